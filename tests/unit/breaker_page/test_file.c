/* SPDX-License-Identifier: MIT */
/* The file of the page: found, checked, created, left to the next daemon. */
#include "assertions.h"
#include "files.h"
#include "place.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static struct breaker_page *writer;
static const struct sg_breaker_page *page;
static struct error error;

static void setup(void) {
    place_init();
    writer = NULL;
    page = NULL;
}

static void teardown(void) {
    if (page)
        reader_unmap(page);
    breaker_page_close(writer);
    place_done();
}

TestSuite(breaker_page_file, .init = setup, .fini = teardown);

static struct breaker_page *open_writer(void) {
    return breaker_page_open(place_page, NULL, 0, &place_breakers.set, place_breakers.breakers_jobs,
                             &error);
}

static void publish(void) {
    writer = open_writer();
    cr_assert(writer != NULL, "%s", error.text);
    page = reader_map(place_page);
    cr_assert(page != NULL);
}

static void check_good(void) {
    const struct stat status = place_stat(place_page);
    cr_expect(eq(u32, status.st_mode & S_IFMT, S_IFREG));
    cr_expect(eq(u32, status.st_mode & 07777, 0444));
    cr_expect(eq(u64, (uint64_t)status.st_size, 69632));
    cr_expect(ge(i64, status.st_blocks * 512, 69632), "no holes");
    cr_expect(eq(u32, page->head.version, 1));
    cr_expect(eq(u32, page->head.bytes, 69632));
    cr_expect(eq(u32, page->head.slots_at, 4096));
    cr_expect(eq(u32, page->head.slot_count, 4096));
    cr_expect(eq(int, memcmp(page->head.magic, "SGBREAKS", 8), 0));
    cr_expect(eq(u32, page->head.pid, (uint32_t)getpid()));
    cr_expect(ne(u64, page->head.generation, 0));
    cr_expect(ne(u64, page->head.beat_mono_ms, 0));
    cr_expect(ne(u64, page->head.beat_unix_ms, 0));
    cr_expect(reader_find(page, reader_tag("background_job", "job:publish", NULL)) != NULL);
    cr_expect(eq(sz, place_names(), 1), "nothing but the page");
}

Test(breaker_page_file, stands_beside_the_socket) {
    char path[40];
    cr_expect(breaker_page_path("/run/statgate/statgate.sock", path, sizeof path));
    cr_expect(eq(str, path, (char *)"/run/statgate/statgate.breakers"));
    cr_expect(breaker_page_path("/run/x", path, sizeof path));
    cr_expect(eq(str, path, (char *)"/run/x.breakers"));
    cr_expect(breaker_page_path("/run/.sock", path, sizeof path));
    cr_expect(eq(str, path, (char *)"/run/.breakers"));
    cr_expect(breaker_page_path("s", path, sizeof "s.breakers"));
    cr_expect(not(breaker_page_path("s", path, sizeof "s.breakers" - 1)));
    cr_expect(eq(str, path, (char *)"s.breakers"), "untouched");
}

Test(breaker_page_file, is_made_whole_for_all_to_read) {
    const mode_t mask = umask(0077);
    publish();
    umask(mask);
    check_good();
    cr_expect(eq(str, (char *)breaker_page_file(writer), place_page));
}

Test(breaker_page_file, shows_what_a_breaker_is) {
    const uint64_t tag = reader_tag("background_job", "job:publish", NULL);
    breakers_set(&place_breakers, 1, BREAKER_OPEN, 7);
    publish();
    cr_expect(eq(u32, reader_find(page, tag)->state, 7 << 2 | 1));
    breakers_set(&place_breakers, 1, BREAKER_HALF_OPEN, 8);
    cr_expect(eq(u32, reader_find(page, tag)->state, 7 << 2 | 1));
    breaker_page_show(writer, 1);
    cr_expect(eq(u32, reader_find(page, tag)->state, 8 << 2 | 2));
    breakers_set(&place_breakers, 1, BREAKER_HALF_OPEN, (1u << 30) - 1);
    breaker_page_show(writer, 1);
    cr_expect(eq(u32, reader_find(page, tag)->state, 0xfffffffe));
    breaker_page_show(writer, 2);
    breaker_page_show(writer, SIZE_MAX);
}

Test(breaker_page_file, says_at_once_that_it_stopped) {
    publish();
    breaker_page_close(writer);
    writer = NULL;
    cr_expect(eq(u64, page->head.beat_mono_ms, 0));
    cr_expect(eq(u64, page->head.beat_unix_ms, 0));
    cr_expect(eq(u64, page->head.generation, 0));
    cr_expect(eq(sz, reader_entries(page), 0));
    cr_expect(eq(sz, place_names(), 1), "the file stays");
    breaker_page_close(NULL);
}

Test(breaker_page_file, is_used_again_in_place) {
    publish();
    const struct stat before = place_stat(place_page);
    const uint64_t generation = page->head.generation;
    breaker_page_close(writer);
    writer = open_writer();
    cr_assert(writer != NULL);
    cr_expect(eq(u64, place_stat(place_page).st_ino, before.st_ino));
    cr_expect(ne(u64, page->head.generation, generation), "readers search again");
    check_good();
}

static uint64_t abandoned_inode;

/* Leaves a page as a killed daemon does: with a beat, as if it were still alive. */
static void leave_abandoned(void) {
    const pid_t pid = fork();
    if (pid == 0) {
        breakers_set(&place_breakers, 0, BREAKER_OPEN, 1);
        _exit(open_writer() ? 0 : 1);
    }
    int status = -1;
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    cr_assert(eq(int, status, 0));
    abandoned_inode = place_stat(place_page).st_ino;
}

Test(breaker_page_file, is_used_again_after_a_kill_and_nothing_in_it_believed) {
    leave_abandoned();
    page = reader_map(place_page);
    cr_assert(page != NULL);
    const uint64_t tag = reader_tag("background_job", "job:cas-promotion", NULL);
    cr_expect(eq(u32, reader_find(page, tag)->state, 1 << 2 | 1));
    cr_assert(eq(int, chmod(place_page, 0644), 0));
    const int fd = open(place_page, O_WRONLY);
    const struct sg_breaker_page_slot forged = {
        .tag = sg_breaker_page_home(tag) + 1, .state = 1, .probing = 9};
    for (int i = 0; i < SG_BREAKER_PAGE_SLOTS; i++)
        cr_assert(eq(i64, pwrite(fd, &forged, sizeof forged, 4096 + 16 * i), 16));
    close(fd);
    writer = open_writer();
    cr_assert(writer != NULL, "%s", error.text);
    cr_expect(eq(u64, place_stat(place_page).st_ino, abandoned_inode));
    cr_expect(eq(sz, reader_entries(page), 4));
    cr_expect(eq(u32, reader_find(page, tag)->state, 0));
    check_good();
}

/* Its tags are those of the next daemon, whose breakers go on. */
Test(breaker_page_file, goes_on_after_a_kill) {
    const uint64_t tag = reader_tag("background_job", "job:cas-promotion", NULL);
    leave_abandoned();
    page = reader_map(place_page);
    cr_assert(page != NULL);
    const struct sg_breaker_page_head before = page->head;
    const struct sg_breaker_page_slot *slot = reader_find(page, tag);
    breakers_set(&place_breakers, 0, BREAKER_OPEN, 1);
    writer = open_writer();
    cr_assert(writer != NULL, "%s", error.text);
    cr_expect(eq(u64, place_stat(place_page).st_ino, abandoned_inode));
    cr_expect(eq(u64, page->head.generation, before.generation), "nobody searches again");
    cr_expect(ge(u64, page->head.beat_mono_ms, before.beat_mono_ms));
    cr_expect(eq(u32, slot->state, 1 << 2 | 1));
    breakers_set(&place_breakers, 0, BREAKER_HALF_OPEN, 2);
    breaker_page_show(writer, 0);
    cr_expect(eq(u32, slot->state, 2 << 2 | 2));
    check_good();
}

/* Time went on while nobody ran. */
Test(breaker_page_file, goes_on_with_what_the_breakers_are_by_then) {
    const uint64_t tag = reader_tag("background_job", "job:cas-promotion", NULL);
    leave_abandoned();
    breakers_set(&place_breakers, 0, BREAKER_HALF_OPEN, 2);
    publish();
    cr_expect(eq(u32, reader_find(page, tag)->state, 2 << 2 | 2));
    check_good();
}

Test(breaker_page_file, with_other_breakers_readers_search_again) {
    leave_abandoned();
    page = reader_map(place_page);
    cr_assert(page != NULL);
    const uint64_t generation = page->head.generation;
    breakers_undeclare(&place_breakers, 0);
    writer = open_writer();
    cr_assert(writer != NULL, "%s", error.text);
    cr_expect(ne(u64, page->head.generation, generation));
    cr_expect(lt(sz, reader_entries(page), 4));
}

/* The one that lives must see that it is not in charge any more. */
Test(breaker_page_file, of_a_process_that_lives_is_written_anew) {
    publish();
    const uint64_t generation = page->head.generation;
    struct breaker_page *later = open_writer();
    cr_assert(later != NULL, "%s", error.text);
    cr_expect(ne(u64, page->head.generation, generation));
    breaker_page_close(later);
}

/* ---- one hands over to the other ---- */

struct former {
    pid_t pid;
    int word; /* to it: end in order */
};

/* A daemon that lives, with an open breaker. */
static struct former begin_former(void) {
    int made[2];
    int word[2];
    char byte = 0;
    cr_assert(eq(int, pipe2(made, O_CLOEXEC), 0));
    cr_assert(eq(int, pipe2(word, O_CLOEXEC), 0));
    const pid_t pid = fork();
    if (pid == 0) {
        breakers_set(&place_breakers, 0, BREAKER_OPEN, 1);
        writer = open_writer();
        close(word[1]);
        (void)write(made[1], &byte, 1);
        (void)read(word[0], &byte, 1);
        breaker_page_close(writer);
        _exit(0);
    }
    cr_assert(eq(i64, read(made[0], &byte, 1), 1));
    close(made[0]);
    close(made[1]);
    close(word[0]);
    page = reader_map(place_page);
    cr_assert(page != NULL);
    return (struct former){.pid = pid, .word = word[1]};
}

static void end_former(const struct former *former) {
    close(former->word);
    cr_assert(eq(int, waitpid(former->pid, NULL, 0), former->pid));
}

static void inherit(void) {
    writer = breaker_page_inherit(place_page, NULL, 0, &place_breakers.set,
                                  place_breakers.breakers_jobs, &error);
    cr_assert(writer != NULL, "%s", error.text);
}

Test(breaker_page_file, is_inherited_with_the_same_breakers) {
    const struct former former = begin_former();
    const uint64_t generation = page->head.generation;
    const struct sg_breaker_page_slot *slot =
        reader_find(page, reader_tag("background_job", "job:cas-promotion", NULL));
    breakers_set(&place_breakers, 0, BREAKER_OPEN, 1);
    inherit();
    cr_expect(eq(u64, page->head.generation, generation), "nobody searches again");
    end_former(&former);
    cr_expect(eq(u32, slot->state, 1 << 2 | 1), "the former one leaves it alone");
    check_good();
}

Test(breaker_page_file, is_inherited_in_place_with_other_breakers) {
    const uint64_t tag = reader_tag("background_job", "job:cas-promotion", NULL);
    const struct former former = begin_former();
    const uint64_t generation = page->head.generation;
    const struct stat before = place_stat(place_page);
    breakers_set(&place_breakers, 0, BREAKER_OPEN, 1);
    breakers_undeclare(&place_breakers, 1);
    inherit();
    cr_expect(ne(u64, page->head.generation, generation), "readers search again");
    cr_expect(eq(u64, place_stat(place_page).st_ino, before.st_ino));
    end_former(&former);
    cr_expect(eq(u32, reader_find(page, tag)->state, 1 << 2 | 1));
    cr_expect(lt(sz, reader_entries(page), 4));
}

/* Whatever else stands at the path is replaced, never followed, read or written. */
static void check_replaced(uint64_t inode) {
    publish();
    cr_expect(ne(u64, place_stat(place_page).st_ino, inode));
    check_good();
}

static int write_file(const char *path, const void *bytes, size_t len) {
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
    cr_assert(fd >= 0);
    cr_assert(eq(i64, write(fd, bytes, len), (ssize_t)len));
    return fd;
}

Test(breaker_page_file, replaces_a_short_file) {
    leave_abandoned();
    cr_assert(eq(int, truncate(place_page, 69631), 0));
    check_replaced(abandoned_inode);
}

Test(breaker_page_file, replaces_a_long_file) {
    leave_abandoned();
    cr_assert(eq(int, truncate(place_page, 69633), 0));
    check_replaced(abandoned_inode);
}

Test(breaker_page_file, replaces_a_file_of_another_kind) {
    static const char other[sizeof(struct sg_breaker_page)] = "something that belongs to somebody";
    close(write_file(place_page, other, sizeof other));
    check_replaced(place_stat(place_page).st_ino);
}

Test(breaker_page_file, replaces_a_page_of_another_version) {
    leave_abandoned();
    const uint32_t version = 2;
    cr_assert(eq(int, chmod(place_page, 0600), 0));
    const int fd = open(place_page, O_WRONLY);
    cr_assert(eq(i64, pwrite(fd, &version, sizeof version, 8), 4));
    close(fd);
    check_replaced(abandoned_inode);
}

Test(breaker_page_file, replaces_a_link_and_leaves_its_target_alone) {
    char target[128];
    leave_abandoned();
    (void)snprintf(target, sizeof target, "%s/target", place_folder);
    cr_assert(eq(int, rename(place_page, target), 0));
    cr_assert(eq(int, symlink(target, place_page), 0));
    publish();
    cr_expect(eq(u32, place_stat(place_page).st_mode & S_IFMT, S_IFREG));
    const struct sg_breaker_page *other = reader_map(target);
    cr_expect(ne(u32, other->head.pid, (uint32_t)getpid()));
    reader_unmap(other);
}

Test(breaker_page_file, replaces_a_file_with_a_second_name) {
    char second[128];
    leave_abandoned();
    (void)snprintf(second, sizeof second, "%s/second", place_folder);
    cr_assert(eq(int, link(place_page, second), 0));
    publish();
    cr_expect(ne(u64, place_stat(place_page).st_ino, abandoned_inode));
    cr_expect(eq(u64, place_stat(second).st_ino, abandoned_inode));
}

Test(breaker_page_file, replaces_a_pipe_without_waiting_for_it, .timeout = 300) {
    cr_assert(eq(int, mkfifo(place_page, 0600), 0));
    check_replaced(place_stat(place_page).st_ino);
}

Test(breaker_page_file, replaces_the_file_of_another_user) {
    if (geteuid() != 0)
        cr_skip_test("needs the superuser");
    leave_abandoned();
    cr_assert(eq(int, chown(place_page, 12345, 12345), 0));
    check_replaced(abandoned_inode);
}

Test(breaker_page_file, says_why_it_cannot_be_and_tries_again) {
    cr_assert(eq(int, mkdir(place_page, 0700), 0));
    writer = open_writer();
    cr_assert(writer != NULL);
    cr_expect(strstr(error.text, place_page) != NULL &&
                  strstr(error.text, "Is a directory") != NULL,
              "%s", error.text);
    cr_expect(eq(sz, place_names(), 1), "no temporary file is left");
    breaker_page_beat(writer);
    cr_expect(reader_map(place_page) == NULL, "the folder is still in the way");
    cr_assert(eq(int, rmdir(place_page), 0));
    breaker_page_beat(writer);
    page = reader_map(place_page);
    cr_expect(page != NULL, "the beat made the page");
}

Test(breaker_page_file, names_a_folder_that_is_missing) {
    writer = breaker_page_open("/nonexistent/page", NULL, 0, &place_breakers.set,
                               place_breakers.breakers_jobs, &error);
    cr_assert(writer != NULL);
    cr_expect(strstr(error.text, "No such file or directory") != NULL, "%s", error.text);
}

/* A user without privileges needs more than the superuser to open a file of mode 0444 again. */
Test(breaker_page_file, works_for_a_user_without_privileges) {
    if (geteuid() != 0)
        cr_skip_test("needs the superuser to become somebody else");
    cr_assert(eq(int, chown(place_folder, 12345, 12345), 0));
    const pid_t pid = fork();
    if (pid == 0) {
        if (setresgid(12345, 12345, 12345) != 0 || setresuid(12345, 12345, 12345) != 0)
            _exit(1);
        struct breaker_page *first = open_writer();
        const ino_t inode = place_stat(place_page).st_ino;
        breaker_page_close(first);
        struct breaker_page *second = open_writer();
        _exit(first && second && error.text[0] == '\0' && place_stat(place_page).st_ino == inode
                  ? 0
                  : 2);
    }
    int status = -1;
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    cr_expect(eq(int, status, 0));
}

/* In a file system of its own: 0 as it should be, 77 not to be had here, else what is wrong. */
static int fill_file_system(void) {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", place_folder, "tmpfs", 0, "size=64k") != 0)
        return 77;
    writer = open_writer();
    if (!writer || !strstr(error.text, "No space left on device"))
        return 1;
    return place_names() == 0 ? 0 : 2;
}

/* A hole in a page would be a SIGBUS, to us or to a reader. */
Test(breaker_page_file, is_whole_or_not_at_all_when_the_disk_is_full) {
    const pid_t pid = fork();
    if (pid == 0)
        _exit(fill_file_system());
    int status = -1;
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        cr_skip_test("needs a file system of its own");
    cr_expect(eq(int, status, 0));
}

Test(breaker_page_file, leaves_no_descriptor_behind) {
    const size_t before = open_descriptors();
    for (int i = 0; i < 20; i++) {
        writer = open_writer();
        if (i % 3 == 0)
            unlink(place_page);
        breaker_page_beat(writer);
        if (i % 3 == 1)
            unlink(place_page);
        breaker_page_close(writer);
        if (i % 3 == 2)
            cr_assert(eq(int, truncate(place_page, 5), 0));
    }
    writer = NULL;
    cr_expect(eq(sz, open_descriptors(), before));
}
