/* SPDX-License-Identifier: MIT */
/* The heartbeat of the page, and what it detects. */
#include "assertions.h"
#include "host/clock.h"
#include "place.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct breaker_page *writer;
static const struct sg_breaker_page *page;
static struct error error;

static struct breaker_page *open_writer(void) {
    return breaker_page_open(place_page, NULL, 0, &place_breakers.set, place_breakers.breakers_jobs,
                             &error);
}

static void setup(void) {
    place_init();
    writer = open_writer();
    cr_assert(writer != NULL, "%s", error.text);
    page = reader_map(place_page);
    cr_assert(page != NULL);
}

static void teardown(void) {
    reader_unmap(page);
    breaker_page_close(writer);
    place_done();
}

TestSuite(breaker_page_beat, .init = setup, .fini = teardown);

Test(breaker_page_beat, has_both_clocks) {
    const struct clock_now before = clock_now();
    breaker_page_beat(writer);
    const struct clock_now after = clock_now();
    cr_expect(ge(u64, page->head.beat_mono_ms, (uint64_t)before.mono_ms));
    cr_expect(le(u64, page->head.beat_mono_ms, (uint64_t)after.mono_ms));
    cr_expect(ge(u64, page->head.beat_unix_ms, (uint64_t)before.real_ms));
    cr_expect(le(u64, page->head.beat_unix_ms, (uint64_t)after.real_ms));
}

Test(breaker_page_beat, changes_nothing_else) {
    const uint64_t generation = page->head.generation;
    const struct stat before = place_stat(place_page);
    breaker_page_beat(writer);
    cr_expect(eq(u64, page->head.generation, generation));
    cr_expect(eq(u64, place_stat(place_page).st_ino, before.st_ino));
}

/* Readers of the page that was removed are sent away from it. */
static void check_made_anew(void) {
    const uint64_t tag = reader_tag("background_job", "job:publish", NULL);
    breakers_set(&place_breakers, 1, BREAKER_OPEN, 3);
    breaker_page_beat(writer);
    cr_expect(eq(u64, page->head.beat_mono_ms, 0));
    cr_expect(eq(sz, reader_entries(page), 0));
    const struct sg_breaker_page *renewed = reader_map(place_page);
    cr_assert(renewed != NULL);
    cr_expect(ne(u64, renewed->head.beat_mono_ms, 0));
    cr_expect(eq(u32, reader_find(renewed, tag)->state, 3 << 2 | 1));
    breakers_set(&place_breakers, 1, BREAKER_CLOSED, 3);
    breaker_page_show(writer, 1);
    cr_expect(eq(u32, reader_find(renewed, tag)->state, 3 << 2));
    reader_unmap(renewed);
}

Test(breaker_page_beat, makes_a_removed_page_again) {
    cr_assert(eq(int, unlink(place_page), 0));
    check_made_anew();
}

Test(breaker_page_beat, makes_a_page_again_that_was_renamed) {
    char away[128];
    (void)snprintf(away, sizeof away, "%s/away", place_folder);
    cr_assert(eq(int, rename(place_page, away), 0));
    check_made_anew();
}

Test(breaker_page_beat, replaces_what_was_put_in_the_way) {
    cr_assert(eq(int, unlink(place_page), 0));
    cr_assert(eq(int, symlink("/etc/passwd", place_page), 0));
    check_made_anew();
    cr_expect(eq(u32, place_stat(place_page).st_mode & S_IFMT, S_IFREG));
}

/* Root and the owner can cut the file; a reader that comes later goes on, without a new mapping. */
static void check_cut(void (*see)(struct breaker_page *page)) {
    const uint64_t tag = reader_tag("background_job", "job:publish", NULL);
    const ino_t inode = place_stat(place_page).st_ino;
    cr_assert(eq(int, chmod(place_page, 0644), 0));
    cr_assert(eq(int, truncate(place_page, 0), 0));
    see(writer);
    cr_assert(eq(u64, (uint64_t)place_stat(place_page).st_size, sizeof *page));
    cr_expect(eq(u64, place_stat(place_page).st_ino, inode));
    cr_expect(ne(u64, page->head.beat_mono_ms, 0));
    const struct sg_breaker_page_slot *slot = reader_find(page, tag);
    cr_assert(slot != NULL);
    breakers_set(&place_breakers, 1, BREAKER_OPEN, 3);
    breaker_page_show(writer, 1);
    cr_expect(eq(u32, slot->state, 3 << 2 | 1));
}

static void show_breaker(struct breaker_page *is_shown) {
    breaker_page_show(is_shown, 1);
}

Test(breaker_page_beat, restores_a_page_that_was_cut) {
    check_cut(breaker_page_beat);
}

Test(breaker_page_beat, is_not_what_restores_a_page_whose_event_came_first) {
    check_cut(breaker_page_restore);
}

Test(breaker_page_beat, does_not_write_into_a_page_that_was_cut) {
    check_cut(show_breaker);
}

/* A missing folder is tried again at each beat; updates meanwhile do no harm. */
Test(breaker_page_beat, waits_for_its_folder) {
    char away[128];
    (void)snprintf(away, sizeof away, "%s-away", place_folder);
    cr_assert(eq(int, rename(place_folder, away), 0));
    breaker_page_beat(writer);
    breakers_set(&place_breakers, 1, BREAKER_OPEN, 3);
    breaker_page_show(writer, 1);
    breaker_page_beat(writer);
    cr_expect(eq(u64, page->head.beat_mono_ms, 0));
    cr_assert(eq(int, rename(away, place_folder), 0));
    breaker_page_beat(writer);
    cr_expect(ne(u64, page->head.beat_mono_ms, 0), "the same file again");
    const uint64_t tag = reader_tag("background_job", "job:publish", NULL);
    cr_expect(eq(u32, reader_find(page, tag)->state, 3 << 2 | 1));
}

/* The daemon that came later is in charge: the earlier one neither writes nor clears it. */
Test(breaker_page_beat, leaves_the_page_to_a_later_daemon) {
    struct breaker_page *later = open_writer();
    const uint64_t generation = page->head.generation;
    breakers_set(&place_breakers, 1, BREAKER_OPEN, 3);
    breaker_page_beat(writer);
    breaker_page_show(writer, 1);
    breaker_page_beat(writer);
    const uint64_t tag = reader_tag("background_job", "job:publish", NULL);
    cr_expect(eq(u32, reader_find(page, tag)->state, 0));
    breaker_page_close(writer);
    writer = later;
    cr_expect(eq(u64, page->head.generation, generation));
    cr_expect(ne(u64, page->head.beat_mono_ms, 0));
}

/* Another process took this page over and kept its generation: it writes the page now. */
Test(breaker_page_beat, leaves_the_page_to_a_process_that_goes_on_with_it) {
    const uint32_t other = (uint32_t)getpid() + 1;
    cr_assert(eq(int, chmod(place_page, 0644), 0));
    const int fd = open(place_page, O_WRONLY | O_CLOEXEC);
    const off_t at = (off_t)offsetof(struct sg_breaker_page_head, pid);
    cr_assert(eq(i64, pwrite(fd, &other, sizeof other, at), (ssize_t)sizeof other));
    close(fd);
    breaker_page_beat(writer);
    breakers_set(&place_breakers, 1, BREAKER_OPEN, 3);
    breaker_page_show(writer, 1);
    const uint64_t tag = reader_tag("background_job", "job:publish", NULL);
    cr_expect(eq(u32, reader_find(page, tag)->state, 0));
    cr_expect(eq(u32, page->head.pid, other));
}

Test(breaker_page_beat, takes_the_page_back_when_the_later_daemon_ends) {
    struct breaker_page *later = open_writer();
    breaker_page_beat(writer);
    breaker_page_close(later);
    cr_expect(eq(u64, page->head.beat_mono_ms, 0));
    breaker_page_beat(writer);
    cr_expect(ne(u64, page->head.beat_mono_ms, 0));
    cr_expect(eq(sz, reader_entries(page), 4));
}
