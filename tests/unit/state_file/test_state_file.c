/* SPDX-License-Identifier: MIT */
/* One daemon leaves its values, and the next one finds them. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"
#include "object/object.h"
#include "place.h"
#include "values.h"

TestSuite(state_file, .init = place_make, .fini = place_remove, .timeout = 300);

static struct error error;

static void leave(uint64_t number) {
    cr_assert(values_leave(number, &error), "%s", error.text);
}

Test(state_file, is_found_by_the_next_start_and_no_other) {
    leave(5);
    cr_expect(eq(u64, values_find(&error), 5));
    cr_expect(eq(u64, values_find(&error), VALUES_NONE));
    cr_expect(eq(str, error.text, ""), "that there is none is no fault");
    leave(6);
    cr_expect(eq(u64, values_find(&error), 6));
}

Test(state_file, is_ours_alone_and_leaves_nothing_beside_it) {
    struct stat status;
    (void)umask(0);
    leave(5);
    cr_assert(eq(int, stat(values_path(), &status), 0));
    cr_expect(eq(u32, status.st_mode & 07777, 0600));
    cr_expect(not(values_is_there(".new")));
    cr_expect(not(values_is_there(".lock")));
    (void)values_find(&error);
    cr_expect(not(values_is_there("")));
    cr_expect(not(values_is_there(".used")));
    cr_expect(not(values_is_there(".bad")));
    cr_expect(not(values_is_there(".lock")));
}

Test(state_file, has_holes_where_the_object_has) {
    struct stat status;
    struct state_file file;
    int fd;
    leave(5);
    cr_assert(eq(int, stat(values_path(), &status), 0));
    cr_expect(gt(i64, status.st_size, 800000));
    cr_expect(lt(i64, status.st_blocks * 512, 500000));
    cr_assert(state_file_open(&file, values_path(), &error));
    cr_assert(eq(int, (int)state_file_take(&file, &fd, &error), STATE_FILE_TAKEN));
    cr_assert(eq(int, fstat(fd, &status), 0));
    cr_expect(lt(i64, status.st_blocks * 512, 500000));
    cr_assert(state_file_spend(&file, &error));
    state_file_close(&file);
    (void)values_read(fd);
}

/* A start takes it and gets no further. */
static void take(struct state_file *file) {
    int fd;
    cr_assert(state_file_open(file, values_path(), &error), "%s", error.text);
    cr_assert(eq(int, (int)state_file_take(file, &fd, &error), STATE_FILE_TAKEN), "%s", error.text);
    (void)values_read(fd);
}

Test(state_file, is_found_again_when_the_daemon_does_not_start) {
    struct state_file file;
    leave(5);
    for (int i = 0; i < 5; i++) {
        take(&file);
        state_file_give_up(&file);
        state_file_close(&file);
    }
    cr_expect(eq(u64, values_find(&error), 5));
    cr_expect(eq(u64, values_find(&error), VALUES_NONE));
}

Test(state_file, with_which_two_daemons_died_is_kept_aside) {
    struct state_file file;
    leave(5);
    for (int i = 0; i < STATE_FILE_BEGUN_MAX; i++) {
        take(&file);
        state_file_close(&file);
    }
    cr_expect(eq(u64, values_find(&error), VALUES_NONE));
    cr_expect(strstr(error.text, ": 2 daemons died while they took it over; it is kept aside as") !=
                  NULL,
              "%s", error.text);
    cr_expect(values_is_there(".bad"));
    leave(6);
    cr_expect(eq(u64, values_find(&error), 6));
}

/* In memory the deaths are counted again, by the process that takes it over. */
Test(state_file, with_which_one_died_is_taken) {
    struct state_file file;
    struct object_file object;
    struct object_marks marks;
    uint64_t at;
    int fd;
    leave(5);
    take(&file);
    state_file_close(&file);
    cr_assert(state_file_open(&file, values_path(), &error));
    cr_assert(eq(int, (int)state_file_take(&file, &fd, &error), STATE_FILE_TAKEN));
    cr_assert(host_object_file_open(fd, &object, &error));
    cr_assert(image_marks(object.at, object.size, &marks, &at));
    cr_expect(eq(u32, marks.begun, 1), "without this attempt");
    host_object_file_close(&object);
    state_file_close(&file);
}

Test(state_file, that_makes_no_sense_is_kept_aside) {
    struct state_file file;
    leave(5);
    take(&file);
    cr_expect(state_file_set_aside(&file));
    state_file_close(&file);
    cr_expect(values_is_there(".bad"));
    cr_expect(eq(u64, values_find(&error), VALUES_NONE));
}

/* The file is left by a daemon that died after it had marked the file as spent. */
Test(state_file, that_was_spent_leaves_nothing) {
    const int fd = open(values_path_of(".used"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    cr_assert(ge(int, fd, 0));
    (void)close(fd);
    cr_expect(eq(u64, values_find(&error), VALUES_NONE));
    cr_expect(eq(str, error.text, ""));
    cr_expect(not(values_is_there(".used")));
}

Test(state_file, that_is_older_is_kept_aside) {
    struct state_file file;
    leave(5);
    cr_assert(state_file_open(&file, values_path(), &error));
    cr_expect(state_file_set_aside(&file));
    cr_expect(not(state_file_set_aside(&file)));
    state_file_close(&file);
    cr_expect(values_is_there(".bad"));
    cr_expect(eq(u64, values_find(&error), VALUES_NONE));
}

Test(state_file, is_one_daemons) {
    struct state_file first;
    cr_assert(state_file_open(&first, values_path(), &error));
    cr_expect(not(values_leave(5, &error)));
    cr_expect(strstr(error.text, "another daemon uses it") != NULL, "%s", error.text);
    cr_expect(eq(u64, values_find(&error), VALUES_NONE));
    cr_expect(strstr(error.text, "another daemon uses it") != NULL, "%s", error.text);
    state_file_close(&first);
    state_file_close(&first);
    leave(5);
}

Test(state_file, is_not_written_without_a_folder) {
    struct state_file file;
    cr_expect(not(state_file_open(&file, place_path("none/state"), &error)));
    cr_expect(strstr(error.text, "its folder cannot be opened: No such file") != NULL, "%s",
              error.text);
    state_file_close(&file);
}

static int be_somebody(void *arg) {
    (void)arg;
    CLAIM(1, chmod(place_folder, 0755) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
    CLAIM(2, !values_leave(5, &error));
    CLAIM(3, strstr(error.text, "nothing can be written beside it: Permission denied") != NULL);
    return 0;
}

Test(state_file, is_not_written_where_nothing_can_be) {
    if (geteuid() != 0)
        cr_skip("this needs root");
    cr_expect(eq(int, in_child(be_somebody, NULL), 0));
}

/* ---- seen before ---- */

static int look_in_vain(void *arg) {
    struct object_file object;
    struct state_file file;
    const struct rlimit limit = {100000, 100000};
    (void)arg;
    values_make(&object, 5);
    CLAIM(1, state_file_open(&file, values_path(), &error));
    CLAIM(2, state_file_check(&file, &object, &error));
    CLAIM(3, setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CLAIM(4, !state_file_check(&file, &object, &error));
    CLAIM(5, strstr(error.text, "it cannot be written: File too large") != NULL);
    CLAIM(6, chmod(place_folder, 0755) == 0 && setgid(65534) == 0 && setuid(65534) == 0);
    CLAIM(7, !state_file_check(&file, &object, &error));
    CLAIM(8, strstr(error.text, "nothing can be written beside it: Permission denied") != NULL);
    return 0;
}

Test(state_file, that_could_not_be_written_is_seen_before) {
    if (geteuid() != 0)
        cr_skip("this needs root");
    cr_expect(eq(int, in_child(look_in_vain, NULL), 0));
}

Test(state_file, of_a_folder_that_is_gone_is_seen_before) {
    struct object_file object;
    struct state_file file;
    char folder[PATH_MAX];
    char path[PATH_MAX + 16];
    values_make(&object, 5);
    (void)snprintf(folder, sizeof folder, "%s", place_path("inner"));
    (void)snprintf(path, sizeof path, "%s/state", folder);
    cr_assert(eq(int, mkdir(folder, 0700), 0));
    cr_assert(state_file_open(&file, path, &error), "%s", error.text);
    (void)snprintf(path, sizeof path, "%s/state.lock", folder);
    cr_assert(eq(int, unlink(path), 0));
    cr_assert(eq(int, rmdir(folder), 0));
    cr_expect(not(state_file_check(&file, &object, &error)));
    cr_expect(strstr(error.text, "its folder is gone: No such file or directory") != NULL, "%s",
              error.text);
    state_file_close(&file);
    host_object_file_close(&object);
}

static int limit_files(void *arg) {
    struct object_file object;
    struct state_file file;
    struct stat status;
    const struct rlimit limit = {100000, 100000};
    (void)arg;
    values_make(&object, 5);
    (void)signal(SIGXFSZ, SIG_IGN); /* as the daemon does */
    CLAIM(1, setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CLAIM(2, state_file_open(&file, values_path(), &error));
    CLAIM(3, !state_file_write(&file, &object, &error));
    CLAIM(4, strstr(error.text, "it cannot be written: File too large") != NULL);
    CLAIM(5, lstat(values_path(), &status) != 0);
    return 0;
}

Test(state_file, is_not_written_beyond_the_limit_of_file_sizes) {
    leave(4);
    cr_expect(eq(int, in_child(limit_files, NULL), 0));
    cr_expect(values_is_there(".bad"), "what is older does not come back");
}

/* What a daemon that was killed left half written. */
Test(state_file, is_written_over_what_was_not_finished) {
    const int fd = open(values_path_of(".new"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    cr_assert(ge(int, fd, 0));
    (void)close(fd);
    leave(5);
    cr_expect(eq(u64, values_find(&error), 5));
}
