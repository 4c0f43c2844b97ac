/* SPDX-License-Identifier: MIT */
/* Undoing what was under way when the process ended. */
#include <string.h>

#include "assertions.h"
#include "stage.h"

static struct stage stage;
static struct undo *undo;

static void init(void) {
    stage_init(&stage);
    undo = object_undo(stage.object);
}

static void done(void) {
    stage_done(&stage);
}

TestSuite(undo, .init = init, .fini = done, .timeout = 300);

/* The word of item 0 as the next process finds it. */
static uint64_t found(struct image *image) {
    struct image_table table;
    stage_open(&stage, image);
    cr_assert(image_find(image, "item", OBJECT_NONE, OBJECT_NONE, &table));
    return image_integer(&table, 0, image_field(&table, "word", OBJECT_U64), 0);
}

static void expect_word(uint64_t word, uint64_t undone) {
    struct image image;
    cr_expect(eq(u64, found(&image), word));
    cr_expect(eq(u64, image.undone, undone));
    stage_close(&stage, &image);
}

static void set_word(uint64_t word) {
    undo_word(undo, &stage_item(&stage, 0)->word);
    stage_item(&stage, 0)->word = word;
}

Test(undo, takes_back_what_was_not_committed) {
    set_word(1);
    undo_commit(undo);
    set_word(2);
    expect_word(1, 1);
}

Test(undo, takes_back_the_last_change_first) {
    set_word(1);
    set_word(2);
    set_word(3);
    expect_word(0, 3);
}

Test(undo, leaves_what_was_committed) {
    set_word(1);
    undo_commit(undo);
    expect_word(1, 0);
}

Test(undo, takes_a_range_back_whole) {
    struct stage_item *item = stage_item(&stage, 0);
    memset(item, 1, sizeof *item);
    undo_commit(undo);
    undo_range(undo, item, sizeof *item);
    memset(item, 2, sizeof *item);
    expect_word(0x0101010101010101, (sizeof *item + 7) / 8);
}

Test(undo, leaves_alone_what_lies_outside_of_the_object) {
    uint64_t elsewhere = 5;
    undo_word(undo, &elsewhere);
    elsewhere = 6;
    set_word(1);
    expect_word(0, 1);
    cr_expect(eq(u64, elsewhere, 6));
}

/* A damaged record could name the front, which was checked before. */
Test(undo, leaves_alone_what_describes_the_object) {
    undo_word(undo, stage.region.place.at);
    undo_word(undo, &undo->entries[1]);
    set_word(1);
    expect_word(0, 1);
}

Test(undo, knows_the_position_of_the_last_commit) {
    struct image image;
    const struct undo_position first = {.datagram = 3, .begun = 1, .offset = 20, .accepted = 4};
    undo_commit_at(undo, &first);
    set_word(1);
    undo_commit(undo);
    (void)found(&image);
    cr_expect(eq(int, image.position.datagram, 3));
    cr_expect(eq(u32, image.position.offset, 20));
    cr_expect(eq(u32, image.position.accepted, 4));
    stage_close(&stage, &image);
}

Test(undo, moves_the_position_with_what_was_changed) {
    struct image image;
    const struct undo_position first = {.datagram = 1};
    undo_commit_at(undo, &first);
    set_word(1);
    const struct undo_position second = {.datagram = 2};
    undo_commit_at(undo, &second);
    set_word(5);
    cr_expect(eq(u64, found(&image), 1));
    cr_expect(eq(int, image.position.datagram, 2));
    cr_expect(eq(int, undo_position(undo)->datagram, 2));
    stage_close(&stage, &image);
}

Test(undo, takes_a_position_as_words) {
    const struct undo_words words = {
        .counts = undo_counts(1, 2, 3, 4), .line = undo_pair(5, 6), .samples = undo_pair(7, 8)};
    undo_commit_words(undo, words);
    const struct undo_position *position = undo_position(undo);
    cr_expect(eq(int, position->datagram, 1));
    cr_expect(eq(int, position->begun, 2));
    cr_expect(eq(int, position->ended, 3));
    cr_expect(eq(int, position->values, 4));
    cr_expect(eq(u32, position->offset, 5));
    cr_expect(eq(u32, position->sender, 6));
    cr_expect(eq(u32, position->service, 7));
    cr_expect(eq(u32, position->accepted, 8));
    cr_expect(eq(u32, undo_second(words.samples), 8));
}

Test(undo, holds_so_many_words) {
    for (uint64_t i = 0; i < UNDO_MAX; i++)
        set_word(i);
    cr_expect(eq(u32, undo_count(undo), UNDO_MAX));
    expect_word(0, UNDO_MAX);
}
