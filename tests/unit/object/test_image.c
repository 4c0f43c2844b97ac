/* SPDX-License-Identifier: MIT */
/* Reading the object of another process, and refusing what cannot be read. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "object/object_private.h"
#include "stage.h"

static struct stage stage;
static unsigned char *copy;

static void init(void) {
    stage_init(&stage);
    copy = region_copy(&stage.region);
}

static void done(void) {
    region_drop(&stage.region, copy);
    stage_done(&stage);
}

TestSuite(image, .init = init, .fini = done, .timeout = 300);

/* ---- what is read ---- */

Test(image, reads_every_type_of_field) {
    struct image image;
    struct image_table table;
    *stage_item(&stage, 3) = (struct stage_item){.word = UINT64_MAX,
                                                 .number = -1.5,
                                                 .below = -7,
                                                 .bytes = {1, 2, 255},
                                                 .text = {'a', 'b', 'c', 'd', 'e'},
                                                 .halves = {0, 65535}};
    stage_open(&stage, &image);
    cr_assert(image_find(&image, "item", OBJECT_NONE, OBJECT_NONE, &table));
    cr_expect(
        eq(u64, image_integer(&table, 3, image_field(&table, "word", OBJECT_U64), 0), UINT64_MAX));
    cr_expect(eq(dbl, image_double(&table, 3, image_field(&table, "number", OBJECT_F64), 0), -1.5));
    cr_expect(eq(
        i64, (int64_t)image_integer(&table, 3, image_field(&table, "below", OBJECT_I32), 0), -7));
    cr_expect(eq(u64, image_integer(&table, 3, image_field(&table, "bytes", OBJECT_U8), 2), 255));
    cr_expect(
        eq(u64, image_integer(&table, 3, image_field(&table, "halves", OBJECT_U16), 1), 65535));
    char text[9] = "";
    cr_expect(eq(sz, image_text(&table, 3, image_field(&table, "text", OBJECT_TEXT), text, 8), 5));
    cr_expect(eq(str, text, (char *)"abcde"));
    stage_close(&stage, &image);
}

Test(image, has_nothing_where_there_is_no_record_field_or_number) {
    struct image image;
    struct image_table table;
    memset(object_at(&stage.table, 0), 1, 10 * sizeof(struct stage_item));
    stage_open(&stage, &image);
    cr_assert(image_find(&image, "item", OBJECT_NONE, OBJECT_NONE, &table));
    const struct image_field bytes = image_field(&table, "bytes", OBJECT_U8);
    cr_expect(eq(u64, image_integer(&table, 0, bytes, 2), 1));
    cr_expect(eq(u64, image_integer(&table, 0, bytes, 3), 0));
    cr_expect(eq(u64, image_integer(&table, table.items, bytes, 0), 0));
    cr_expect(eq(u64, image_integer(&table, UINT64_MAX, bytes, 0), 0));
    cr_expect(eq(u32, image_field(&table, "none", OBJECT_U8).count, 0));
    cr_expect(eq(u32, image_field(&table, "bytes", OBJECT_U32).count, 0));
    cr_expect(eq(dbl, image_double(&table, 0, bytes, 0), 0));
    char text[8];
    cr_expect(eq(sz, image_text(&table, 0, bytes, text, sizeof text), 0));
    stage_close(&stage, &image);
}

/* ---- at another time ---- */

static void end_in_order(int64_t mono_ms, int64_t real_ms) {
    volatile struct object_marks *marks = object_marks(stage.object);
    marks->clean = 1;
    marks->ended_mono_ms = mono_ms;
    marks->ended_real_ms = real_ms;
    marks->processes = 7;
}

/* The time that `mono_ms` of an image is there, in a boot with this first byte. */
static int64_t time_there(unsigned char boot, const struct image_host *here, int64_t mono_ms,
                          bool *ret_strangers) {
    struct image image;
    struct error error;
    unsigned char other[OBJECT_BOOT_BYTES];
    unsigned char *bytes = region_copy(&stage.region);
    memcpy(other, region_boot, sizeof other);
    other[0] = boot;
    cr_assert(image_open(&image, bytes, stage.region.place.size, other, &error), "%s", error.text);
    image_arrive(&image, here);
    const int64_t there_ms = image_mono(&image, mono_ms);
    *ret_strangers = image.strangers;
    region_drop(&stage.region, bytes);
    return there_ms;
}

enum { SAME_BOOT = 1, NEXT_BOOT = 2 };

static void expect_time(unsigned char boot, const struct image_host *here, int64_t mono_ms,
                        int64_t expected_ms, bool strangers) {
    bool found;
    cr_expect(eq(i64, time_there(boot, here, mono_ms, &found), expected_ms));
    cr_expect(eq(int, found, strangers));
}

Test(image, times_stay_in_the_same_boot) {
    end_in_order(1000000, 5000000);
    expect_time(SAME_BOOT, &(struct image_host){1100000, 9000000, 7}, 999000, 999000, false);
    expect_time(SAME_BOOT, &(struct image_host){1100000, 9000000, 8}, 999000, 999000, true);
}

Test(image, times_of_another_boot_go_by_unix_time) {
    end_in_order(1000000, 5000000);
    /* It ended a minute ago, 30 s before the boot; this was a second earlier. */
    expect_time(NEXT_BOOT, &(struct image_host){30000, 5060000, 7}, 999000, -31000, true);
    expect_time(NEXT_BOOT, &(struct image_host){90000, 5060000, 7}, 999000, 29000, true);
    /* The monotonic clock of another namespace, in the same boot. */
    expect_time(SAME_BOOT, &(struct image_host){90000, 5060000, 7}, 999000, 29000, false);
}

Test(image, no_end_is_in_the_future) {
    end_in_order(1000000, 5000000);
    expect_time(NEXT_BOOT, &(struct image_host){30000, 4000000, 7}, 999000, 29000, true);
}

Test(image, a_time_that_cannot_be_is_later_than_any) {
    end_in_order(1000000, INT64_MIN);
    expect_time(NEXT_BOOT, &(struct image_host){30000, 4000000, 7}, 999000, 999000, true);
    end_in_order(1000000, -(INT64_C(1) << 60));
    expect_time(NEXT_BOOT, &(struct image_host){30000, 4000000, 7}, 999000, INT64_MAX, true);
    expect_time(SAME_BOOT, &(struct image_host){1100000, 4000000, 7}, INT64_MIN, INT64_MAX, false);
}

/* ---- what is refused ---- */

static struct object_header *header(void) {
    return (struct object_header *)(void *)copy;
}

static struct layout_table *table_entry(void) {
    return (struct layout_table *)(void *)(copy + header()->directory);
}

static struct layout_field *field_entry(void) {
    return (struct layout_field *)(void *)(copy + header()->fields);
}

static void expect_refused_of(uint64_t size, const char *reason) {
    struct image image = {.size = 1};
    struct error error = {0};
    cr_expect(not(image_open(&image, copy, size, region_boot, &error)));
    cr_expect(eq(u64, image.size, 1));
    cr_expect(eq(str, error.text, (char *)(uintptr_t)reason));
}

static void expect_refused(const char *reason) {
    expect_refused_of(stage.region.place.size, reason);
}

static const char no_beginning[] =
    "object: its header is missing: it is unfinished, or not a statgate object";
static const char damaged[] = "object: its beginning is damaged";
static const char table_damaged[] = "object: table 0 of 1 is damaged";

Test(image, is_refused_without_a_beginning) {
    memset(header()->magic, 0, sizeof header()->magic);
    expect_refused(no_beginning);
}

Test(image, is_refused_if_too_small) {
    const size_t bytes = sizeof(struct object_header) - 1;
    char reason[80];
    (void)snprintf(reason, sizeof reason, "object: %zu bytes are too few", bytes);
    expect_refused_of(0, "object: 0 bytes are too few");
    expect_refused_of(bytes, reason);
}

Test(image, is_refused_with_a_header_that_is_too_short) {
    header()->header_bytes = OBJECT_HEADER_MIN - 1;
    expect_refused(damaged);
}

Test(image, is_refused_of_another_layout) {
    struct image image;
    struct error error;
    header()->layout = OBJECT_LAYOUT + 1;
    cr_assert(not(image_open(&image, copy, stage.region.place.size, region_boot, &error)));
    cr_expect(
        eq(str, error.text, (char *)"object: its layout is 2, and this version reads layout 1"));
}

Test(image, is_refused_of_another_size) {
    header()->size = 4096;
    char reason[80];
    (void)snprintf(reason, sizeof reason, "object: it says that it has 4096 bytes, and has %llu",
                   (unsigned long long)stage.region.place.size);
    expect_refused(reason);
}

Test(image, is_refused_from_another_boot) {
    header()->boot[0] ^= 1;
    expect_refused(
        "object: it was made before this host started, and its process did not end in order");
}

Test(image, is_refused_when_parts_of_the_front_lie_outside) {
    uint64_t *const parts[] = {&header()->undo, &header()->directory, &header()->fields,
                               &header()->families};
    const uint64_t wrong[] = {0, 7, stage.region.place.size - 64, UINT64_MAX - 63};
    for (size_t part = 0; part < 4; part++)
        for (size_t i = 0; i < 4; i++) {
            const uint64_t right = *parts[part];
            *parts[part] = wrong[i];
            if (part != 3 || wrong[i] != stage.region.place.size - 64)
                expect_refused(damaged);
            *parts[part] = right;
        }
    header()->families_bytes = UINT64_MAX;
    expect_refused(damaged);
}

Test(image, is_refused_with_more_entries_than_places) {
    header()->table_count = header()->directory_max + 1;
    expect_refused(damaged);
    header()->table_count = 1;
    header()->field_count = header()->fields_max + 1;
    expect_refused(damaged);
    header()->field_count = 6;
    header()->directory_max = header()->table_count = UINT32_MAX;
    expect_refused(damaged);
}

Test(image, is_refused_with_more_under_way_than_can_be) {
    struct undo *undo = (struct undo *)(void *)(copy + header()->undo);
    undo->state = UNDO_MAX + 1;
    expect_refused("object: its undo record is damaged");
}

Test(image, is_refused_with_a_table_outside) {
    const uint64_t items = stage.region.place.size / sizeof(struct stage_item);
    const struct layout_table right = *table_entry();
    table_entry()->max_items = items;
    expect_refused(table_damaged);
    table_entry()->max_items = UINT64_MAX;
    expect_refused(table_damaged);
    *table_entry() = right;
    table_entry()->offset = UINT64_MAX - 100;
    expect_refused(table_damaged);
    *table_entry() = right;
    table_entry()->items = right.max_items + 1;
    expect_refused(table_damaged);
    *table_entry() = right;
    table_entry()->item_bytes = 0;
    expect_refused(table_damaged);
    *table_entry() = right;
    memset(table_entry()->name, 'x', sizeof table_entry()->name);
    expect_refused(table_damaged);
}

Test(image, is_refused_with_a_field_outside) {
    const struct layout_table right_table = *table_entry();
    table_entry()->first_field = header()->field_count;
    expect_refused(table_damaged);
    *table_entry() = right_table;
    table_entry()->field_count = OBJECT_FIELDS_EACH + 1;
    expect_refused(table_damaged);
    *table_entry() = right_table;
    const struct layout_field right = *field_entry();
    field_entry()->offset = sizeof(struct stage_item) - 7;
    expect_refused(table_damaged);
    field_entry()->offset = UINT32_MAX;
    expect_refused(table_damaged);
    *field_entry() = right;
    field_entry()->count = UINT32_MAX;
    expect_refused(table_damaged);
    field_entry()->count = 0;
    expect_refused(table_damaged);
    *field_entry() = right;
    memset(field_entry()->name, 'x', sizeof field_entry()->name);
    expect_refused(table_damaged);
}

/* ---- another version ---- */

static struct layout_field *field_named(const char *name) {
    struct layout_field *field = field_entry();
    while (strcmp(field->name, name) != 0)
        field++;
    return field;
}

static bool opens(struct image *image, struct image_table *table) {
    struct error error;
    return image_open(image, copy, stage.region.place.size, region_boot, &error) &&
           image_find(image, "item", OBJECT_NONE, OBJECT_NONE, table);
}

Test(image, with_a_longer_header_is_read) {
    struct image image;
    struct image_table table;
    stage_item(&stage, 3)->word = 41;
    region_drop(&stage.region, copy);
    copy = region_copy(&stage.region);
    struct undo *undo = (struct undo *)(void *)(copy + header()->undo);
    header()->header_bytes += OBJECT_ALIGN;
    header()->undo_max = 1;
    undo->entries[0] = (struct undo_entry){.at = header()->undo_base + table_entry()->offset +
                                                 3 * sizeof(struct stage_item),
                                           .old = 40};
    undo->state = 1;
    cr_assert(opens(&image, &table));
    cr_expect(eq(u64, image_integer(&table, 3, image_field(&table, "word", OBJECT_U64), 0), 40));
}

Test(image, of_another_version_may_have_more_undone_than_ours) {
    struct image image;
    struct image_table table;
    struct undo *undo = (struct undo *)(void *)(copy + header()->undo);
    header()->undo_max = UNDO_MAX + 1;
    undo->state = UNDO_MAX + 1;
    cr_assert(opens(&image, &table));
    undo->state = UNDO_MAX + 2;
    expect_refused("object: its undo record is damaged");
}

/* Only this field is missing; those beside it are read. */
Test(image, a_field_of_an_unknown_type_is_left_out) {
    static const uint32_t types[] = {0, OBJECT_TEXT + 100, UINT32_MAX};
    struct image image;
    struct image_table table;
    for (size_t i = 0; i < 3; i++) {
        field_named("word")->type = types[i];
        field_named("word")->count = UINT32_MAX;
        cr_assert(opens(&image, &table));
        cr_expect(eq(u32, image_field(&table, "word", OBJECT_U64).count, 0));
        cr_expect(eq(u32, image_field(&table, "word", (enum object_type)types[i]).count, 0));
        cr_expect(eq(u32, image_field(&table, "bytes", OBJECT_U8).count, 3));
    }
}

/* Whatever one byte of the front is: refused, or read without leaving the image. */
Test(image, bears_any_byte_of_its_front) {
    const uint64_t end = header()->fields + 6 * sizeof(struct layout_field);
    for (uint64_t at = 0; at < end; at++) {
        /* The undo record is as large as all else; its entries name what is put back. */
        if (at > header()->undo + 200 && at < header()->families)
            continue;
        for (unsigned bit = 0; bit < 8; bit++) {
            struct image image;
            struct error error;
            copy[at] ^= (unsigned char)(1u << bit);
            struct image_table table;
            uint32_t next = 0;
            if (image_open(&image, copy, stage.region.place.size, region_boot, &error))
                while (image_next(&image, "item", &next, &table))
                    (void)image_integer(&table, table.items - 1,
                                        image_field(&table, "word", OBJECT_U64), 0);
            copy[at] ^= (unsigned char)(1u << bit);
        }
    }
}

/* ---- marks ---- */
