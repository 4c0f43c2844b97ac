/* SPDX-License-Identifier: MIT */
/* Reading the object of a process that still writes it. */
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "object/object.h"
#include "object/object_private.h"
#include "stage.h"

static struct stage stage;
static struct image image;
static struct error error;

static void init(void) {
    stage_init(&stage);
    image = (struct image){0};
}

static void done(void) {
    image_done(&image);
    stage_done(&stage);
}

TestSuite(image_live, .init = init, .fini = done, .timeout = 300);

/* In the very memory that the stage writes. */
static bool open_with(void) {
    return image_open_live(&image, stage.region.place.at, stage.region.place.size, region_boot,
                           &error);
}

static void open_live(void) {
    cr_assert(open_with(), "%s", error.text);
}

static struct image_table find(void) {
    struct image_table table;
    cr_assert(image_find(&image, "item", OBJECT_NONE, OBJECT_NONE, &table));
    return table;
}

static uint64_t word(uint64_t record) {
    const struct image_table table = find();
    return image_integer(&table, record, image_field(&table, "word", OBJECT_U64), 0);
}

static uint64_t front_bytes(void) {
    const struct object_header *header = (const void *)stage.region.place.at;
    return header->fields + header->field_count * sizeof(struct layout_field);
}

static void add_table(const char *name, uint32_t family, uint32_t label) {
    struct object_spec spec = stage_spec;
    struct object_table table;
    spec.name = name;
    spec.family = family;
    spec.label = label;
    spec.max_items = 10;
    object_table(stage.object, &spec, &table);
}

Test(image_live, writes_nothing_before_it_is_settled) {
    add_table("value", 1, 1);
    add_table("value", 0, 0);
    stage_item(&stage, 0)->word = 5;
    undo_word(object_undo(stage.object), &stage_item(&stage, 0)->word);
    stage_item(&stage, 0)->word = 6;
    const uint64_t bytes = front_bytes();
    unsigned char *before = malloc(bytes);
    cr_assert(before != NULL);
    memcpy(before, stage.region.place.at, bytes);
    open_live();
    cr_expect(zero(int, memcmp(before, stage.region.place.at, bytes)));
    cr_expect(eq(u64, word(0), 6));
    free(before);
}

Test(image_live, is_settled_with_marks_position_and_words_of_the_end) {
    const struct undo_position position = {.datagram = 7, .offset = 8};
    struct undo *undo = object_undo(stage.object);
    open_live();
    cr_expect(eq(u32, image.marks.waiting, 0));
    object_marks(stage.object)->waiting = 1;
    object_marks(stage.object)->alive_ms = 9;
    undo_commit_at(undo, &position);
    stage_item(&stage, 1)->word = 10;
    undo_word(undo, &stage_item(&stage, 1)->word);
    stage_item(&stage, 1)->word = 11;
    cr_assert(image_settle(&image, &error), "%s", error.text);
    cr_expect(eq(u32, image.marks.waiting, 1));
    cr_expect(eq(i64, image.marks.alive_ms, 9));
    cr_expect(eq(u32, image.position.datagram, 7));
    cr_expect(eq(u32, image.position.offset, 8));
    cr_expect(eq(u64, image.undone, 1));
    cr_expect(eq(u64, word(1), 10));
}

static struct object_header *header(void) {
    return (struct object_header *)(void *)stage.region.place.at;
}

Test(image_live, is_not_settled_with_another_beginning) {
    open_live();
    add_table("later", 0, 0);
    cr_expect(not(image_settle(&image, &error)));
    cr_expect(eq(str, error.text, "object: its beginning has changed while it was read"));
    header()->table_count = UINT32_MAX;
    cr_expect(not(image_settle(&image, &error)));
    cr_expect(eq(str, error.text, "object: its beginning is damaged"));
    header()->magic[0] = 0;
    cr_expect(not(image_settle(&image, &error)));
}

Test(image_live, refuses_what_image_open_refuses) {
    unsigned char *copy = region_copy(&stage.region);
    struct layout_table *entry = (struct layout_table *)(void *)(copy + header()->directory);
    entry->item_bytes = 0;
    cr_expect(not(image_open_live(&image, copy, stage.region.place.size, region_boot, &error)));
    cr_expect(eq(str, error.text, "object: table 0 of 1 is damaged"));
    region_drop(&stage.region, copy);
}
