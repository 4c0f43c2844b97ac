/* SPDX-License-Identifier: MIT */
/* Bytes of a state file that were altered on the disk, one at a time: none of them is shown. */
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "object/object.h"
#include "place.h"
#include "values.h"

static struct error error;
static struct state_file file;

/* The file's bytes, which change when the file is written, and where its parts are. */
static struct {
    int fd;
    unsigned char *at;
    uint64_t size;
    uint64_t begun; /* the word that counts attempts */
} disk;

static void setup(void) {
    struct stat status;
    struct object_marks marks;
    place_make();
    cr_assert(values_leave(5, &error), "%s", error.text);
    disk.fd = open(values_path(), O_RDWR | O_CLOEXEC);
    cr_assert(eq(int, fstat(disk.fd, &status), 0));
    disk.size = (uint64_t)status.st_size;
    disk.at = mmap(NULL, disk.size, PROT_READ | PROT_WRITE, MAP_SHARED, disk.fd, 0);
    cr_assert(disk.at != MAP_FAILED);
    cr_assert(image_marks(disk.at, disk.size, &marks, &disk.begun));
    disk.begun += offsetof(struct object_marks, begun);
    cr_assert(state_file_open(&file, values_path(), &error));
}

static void teardown(void) {
    state_file_close(&file);
    (void)munmap(disk.at, disk.size);
    (void)close(disk.fd);
    place_remove();
}

TestSuite(state_sums, .init = setup, .fini = teardown, .timeout = 300);

/* A start that takes the file, shows its values, and leaves it as it was. False: it was refused. */
static bool is_taken(void) {
    int fd;
    if (state_file_take(&file, &fd, &error) != STATE_FILE_TAKEN) {
        memset(disk.at + disk.begun, 0, sizeof(uint32_t));
        cr_assert(eq(int, rename(values_path_of(".bad"), values_path()), 0));
        return false;
    }
    state_file_give_up(&file);
    cr_assert(eq(u64, values_read(fd), 5));
    return true;
}

/* The word of the attempts is read as what it says. */
static bool may_be_altered(uint64_t at) {
    return at >= disk.begun && at < disk.begun + sizeof(uint32_t);
}

static void alter(uint64_t at, unsigned char bits) {
    const unsigned char was = disk.at[at];
    disk.at[at] = was ^ bits;
    const bool taken = is_taken();
    disk.at[at] = was;
    cr_assert(may_be_altered(at) || !taken, "byte %llu ^ %u is taken", (unsigned long long)at,
              bits);
}

enum { PAGE = 4096, LINE = 64 };

static bool is_used(uint64_t line) {
    static const unsigned char zeros[LINE];
    return memcmp(disk.at + line, zeros, LINE) != 0;
}

/* Every byte near others that are not 0, and some of the rest. */
Test(state_sums, no_altered_byte_is_shown) {
    for (uint64_t line = 0; line < disk.size; line += LINE) {
        const uint64_t step = is_used(line) ? 1 : LINE;
        if (step == LINE && line % (UINT64_C(16) * LINE) != 0)
            continue;
        for (uint64_t at = line; at < line + LINE; at += step)
            alter(at, UINT8_C(1) << at % 8);
    }
    cr_expect(is_taken());
}

/* ---- larger damage ---- */

/* The last byte that is not 0. */
static uint64_t last_used(void) {
    uint64_t at = disk.size - 1;
    while (disk.at[at] == 0)
        at--;
    return at;
}

static void expect_refused(const char *why) {
    cr_expect(not(is_taken()));
    cr_expect(strstr(error.text, why) != NULL, "%s", error.text);
}

Test(state_sums, see_a_hole_that_was_data) {
    enum { PUNCH = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE };
    const off_t at = (off_t)(last_used() / PAGE * PAGE);
    cr_assert(eq(int, fallocate(disk.fd, PUNCH, at, PAGE), 0));
    expect_refused("its checksum is wrong, so it is not as it was written; it is kept aside as");
}

Test(state_sums, see_an_end_that_was_lost) {
    cr_assert(eq(int, ftruncate(disk.fd, (off_t)(last_used() / PAGE * PAGE)), 0));
    cr_assert(eq(int, ftruncate(disk.fd, (off_t)disk.size), 0));
    expect_refused("its checksum is wrong");
}

/* As a copy may have them. */
Test(state_sums, are_the_same_without_holes) {
    for (uint64_t page = 0; page < disk.size; page += PAGE)
        disk.at[page] = *(volatile unsigned char *)(disk.at + page);
    cr_expect(is_taken());
}

Test(state_sums, that_is_left_out_is_missed) {
    memset(disk.at + object_sum_offset(), 0, sizeof(uint32_t));
    expect_refused("its checksum is wrong");
}
