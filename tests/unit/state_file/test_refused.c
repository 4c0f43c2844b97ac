/* SPDX-License-Identifier: MIT */
/* Files that are not used: links, folders, files that others can write to, that are damaged, or
 * that belong to another user. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "object/object.h"
#include "place.h"
#include "values.h"

static struct error error;

static void setup(void) {
    place_make();
    cr_assert(values_leave(5, &error), "%s", error.text);
}

TestSuite(state_refused, .init = setup, .fini = place_remove, .timeout = 300);

/* Refused with these words, and kept aside. */
static void expect_refused(const char *why) {
    cr_expect(eq(u64, values_find(&error), VALUES_NONE));
    cr_expect(strstr(error.text, why) != NULL, "%s", error.text);
    cr_expect(strstr(error.text, "; it is kept aside as") != NULL, "%s", error.text);
    cr_expect(not(values_is_there("")));
    cr_expect(values_is_there(".bad"));
    cr_expect(not(values_is_there(".used")));
    cr_assert(values_leave(6, &error), "%s", error.text);
    cr_expect(eq(u64, values_find(&error), 6), "it is in nobody's way");
}

static void write_at(off_t at, const void *bytes, size_t count) {
    const int fd = open(values_path(), O_WRONLY | O_CLOEXEC);
    cr_assert(ge(int, fd, 0));
    cr_assert(eq(int, (int)pwrite(fd, bytes, count, at), (int)count));
    (void)close(fd);
}

Test(state_refused, a_link) {
    cr_assert(eq(int, rename(values_path(), place_path("elsewhere")), 0));
    cr_assert(eq(int, symlink(place_path("elsewhere"), values_path()), 0));
    expect_refused("it is a link, and no link is followed");
    struct stat status;
    cr_expect(eq(int, stat(place_path("elsewhere"), &status), 0), "what it leads to stays");
}

Test(state_refused, a_pipe) {
    cr_assert(eq(int, unlink(values_path()), 0));
    cr_assert(eq(int, mkfifo(values_path(), 0600), 0));
    expect_refused("not a regular file");
}

Test(state_refused, a_folder_keeps_its_name) {
    cr_assert(eq(int, unlink(values_path()), 0));
    cr_assert(eq(int, mkdir(values_path(), 0700), 0));
    cr_expect(eq(u64, values_find(&error), VALUES_NONE));
    cr_expect(strstr(error.text, "it is a folder; name a file in it") != NULL, "%s", error.text);
    cr_expect(not(values_leave(6, &error)));
    struct state_file file;
    cr_expect(not(state_file_open(&file, values_path_of("/"), &error)));
    cr_expect(strstr(error.text, "it is a folder; name a file in it") != NULL, "%s", error.text);
    cr_expect(eq(int, rmdir(values_path()), 0));
}

Test(state_refused, one_that_others_can_write_to) {
    cr_assert(eq(int, chmod(values_path(), 0620), 0));
    expect_refused("mode 0620 lets others write to it");
}

Test(state_refused, one_of_somebody_else) {
    if (geteuid() != 0)
        cr_skip("this needs root");
    cr_assert(eq(int, chown(values_path(), 4711, 0), 0));
    expect_refused("it belongs to uid 4711, neither to us (uid 0) nor to root");
}

Test(state_refused, an_empty_one) {
    cr_assert(eq(int, truncate(values_path(), 0), 0));
    expect_refused("not a statgate state file, or truncated");
}

Test(state_refused, one_that_lost_its_end) {
    struct stat status;
    cr_assert(eq(int, stat(values_path(), &status), 0));
    cr_assert(eq(int, truncate(values_path(), status.st_size - 4096), 0));
    expect_refused("not a statgate state file, or truncated");
}

Test(state_refused, one_of_odd_size) {
    cr_assert(eq(int, truncate(values_path(), 100001), 0));
    expect_refused("not a statgate state file, or truncated");
}

Test(state_refused, something_else) {
    write_at(0, "something else", 14);
    expect_refused("not a statgate state file, or truncated");
}

Test(state_refused, one_without_an_end_in_order) {
    struct object_file object;
    struct state_file file;
    struct object_marks *marks = NULL;
    struct object_marks found;
    uint64_t at;
    values_make(&object, 7);
    cr_assert(image_marks(object.at, object.size, &found, &at));
    marks = (struct object_marks *)(void *)(object.at + at);
    marks->clean = 0;
    cr_assert(state_file_open(&file, values_path(), &error));
    cr_assert(state_file_write(&file, &object, &error));
    state_file_close(&file);
    host_object_file_close(&object);
    expect_refused("its daemon did not end in order");
}

Test(state_refused, a_size_that_no_memory_has) {
    const uint64_t size = UINT64_C(1) << 46;
    if (truncate(values_path(), (off_t)size) != 0)
        cr_skip("no file is that large here");
    write_at(16, &size, sizeof size);
    expect_refused("object: cannot be mapped: Cannot allocate memory (for state file");
}

Test(state_refused, only_one_is_kept_aside) {
    struct stat status;
    write_at(0, "one", 3);
    (void)values_find(&error);
    cr_assert(values_leave(6, &error));
    write_at(0, "two", 3);
    (void)values_find(&error);
    char text[4] = "";
    const int fd = open(values_path_of(".bad"), O_RDONLY | O_CLOEXEC);
    cr_assert(eq(int, (int)read(fd, text, 3), 3));
    (void)close(fd);
    cr_expect(eq(str, text, (char *)"two"));
    cr_expect(eq(int, stat(values_path_of(".bad.bad"), &status), -1));
}

/* Whatever is in the file: it is taken or refused, and once. */
Test(state_refused, any_damage_is_borne) {
    srandom(4711);
    for (int i = 0; i < 200; i++) {
        struct state_file file;
        int fd = -1;
        cr_assert(values_leave(5, &error), "%s", error.text);
        for (int j = 0; j < 8; j++) {
            const unsigned char byte = (unsigned char)random();
            write_at(random() % 4096, &byte, 1);
        }
        cr_assert(state_file_open(&file, values_path(), &error));
        if (state_file_take(&file, &fd, &error) == STATE_FILE_TAKEN) {
            cr_assert(state_file_set_aside(&file));
            (void)close(fd);
        }
        state_file_close(&file);
        cr_assert(not(values_is_there("")));
        cr_assert(values_is_there(".bad"));
    }
}
