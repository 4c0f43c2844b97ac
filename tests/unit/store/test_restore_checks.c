/* SPDX-License-Identifier: MIT */
/* Nothing in an image is believed: changing any number in it affects only that number or its
 * series. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "built.h"
#include "object/object_private.h"
#include "store/store.h"

static const double quantiles[] = {0.5};
static const double buckets[] = {1, 5};
static const double none = 0;

static const struct built_family families[] = {
    {.name = "c_total", .kind = KIND_COUNTER, .users = 5},
    {.name = "g", .kind = KIND_GAUGE, .users = 5, .ttl_ms = 5000},
    {.name = "g_max", .kind = KIND_GAUGE, .merge = MERGE_MAX, .users = 5},
    {.name = "g_sum", .kind = KIND_GAUGE, .merge = MERGE_SUM, .users = 5},
    {.name = "h", .kind = KIND_HISTOGRAM, .users = 5, .buckets = buckets, .bucket_count = 2},
    {.name = "r",
     .kind = KIND_RELAYED,
     .merge = MERGE_LATEST,
     .users = 5,
     .quantiles = quantiles,
     .quantile_count = 1},
    {.name = "read_total", .kind = KIND_READING, .merge = MERGE_READING, .users = 5},
    {.name = "s",
     .kind = KIND_SUMMARY,
     .users = 5,
     .quantiles = quantiles,
     .quantile_count = 1,
     .window_ms = 8000},
    {.name = "st", .kind = KIND_STATESET, .users = 5},
    {.name = "up", .kind = KIND_UPDOWNCOUNTER, .users = 5, .floor = &none},
};
enum { FAMILIES = sizeof families / sizeof *families };

static struct built before;
static struct built after;
static struct image image;
static struct store_restored restored;
static owner_id one;
static owner_id two;

static void count(const char *name, int u, double value) {
    cr_assert(store_number(before.store, built_family(&before, name),
                           built_series(&before, name, u), value, 1, 1,
                           before.now) == NUMBER_TAKEN);
}

static void item(uint32_t number, double value) {
    cr_assert(store_own(before.store, built_family(&before, "r"), built_series(&before, "r", 1),
                        one, number, value, before.now) == OWN_TAKEN);
}

static void setup(void) {
    built_init_object(&before, families, FAMILIES);
    one = owners_begin(before.owners, 7);
    two = owners_begin(before.owners, 8);
    for (int u = 1; u <= 2; u++) {
        count("c_total", u, 3);
        count("g", u, 3);
        count("h", u, 3);
        count("s", u, 3);
        count("s", u, 1);
        count("s", u, 0);
        count("st", u, 1);
        count("up", u, 3);
        built_own(&before, "g_sum", u, one, 3);
        built_own(&before, "g_sum", u, two, 4);
        built_own(&before, "read_total", u, one, 3);
    }
    built_own(&before, "g_max", 1, one, 3);
    built_own(&before, "g_max", 1, two, 2);
    item(RELAYED_COUNT, 3);
    item(RELAYED_QUANTILES, 2);
    undo_commit(object_undo(before.object));
    built_image(&before, &image);
}

static void restore(void) {
    restored = built_restore(&after, families, FAMILIES, &image, before.now);
}

static void teardown(void) {
    built_done(&after);
    built_drop(&before, &image);
    built_done(&before);
}

TestSuite(restore_checks, .init = setup, .fini = teardown);

/* Where a number is in the image. */
static void *in_table(const struct image_table *table, uint64_t record, const char *name,
                      enum object_type type, uint32_t number, uint32_t width) {
    const unsigned char *at =
        image_at(table, record, image_field(table, name, type), number, width);
    cr_assert(at != NULL, "%s", name);
    return image.bytes + (at - image.bytes);
}

static struct image_table table_of(const char *name, const char *family, uint32_t label) {
    struct image_table table;
    const uint32_t index = family != NULL ? built_family(&before, family)->index : OBJECT_NONE;
    cr_assert(image_find(&image, name, index, label, &table), "%s", name);
    return table;
}

static void *in_series(const char *family, const char *name, enum object_type type, uint32_t number,
                       uint32_t width) {
    const struct image_table table = table_of("series", family, OBJECT_NONE);
    return in_table(&table, 0, name, type, number, width);
}

static void set_double(const char *family, const char *name, uint32_t number, double value) {
    memcpy(in_series(family, name, OBJECT_F64, number, 8), &value, 8);
}

static void set_u32(const char *table_name, const char *family, uint32_t label, uint64_t record,
                    const char *name, uint32_t value) {
    const struct image_table table = table_of(table_name, family, label);
    memcpy(in_table(&table, record, name, OBJECT_U32, 0, 4), &value, 4);
}

/* Removes all values of processes from this series. */
static void empty_series(const char *family, uint64_t record) {
    const struct image_table table = table_of("series", family, OBJECT_NONE);
    memset(in_table(&table, record, "writers", OBJECT_U64, 0, 8), 0,
           SERIES_WRITERS * sizeof(struct series_writer));
}

/* Restores a faulty image, for whose fault exactly one series ends. */
static void expect_one_ended(const char *family) {
    restore();
    cr_expect(restored.ended == 1, "%s", family);
    cr_expect(restored.kept + 1 == built_figures(&before).series);
    cr_expect(built_shown(&after, family) == 1, "%s", family);
}

#define REFUSES(title, family, change)                                                             \
    Test(restore_checks, title) {                                                                  \
        change;                                                                                    \
        expect_one_ended(family);                                                                  \
    }

REFUSES(a_counter_is_a_number, "c_total", set_double("c_total", "value", 0, (double)NAN))
REFUSES(a_counter_is_not_below_0, "c_total", set_double("c_total", "value", 0, -1))
REFUSES(a_gauge_is_finite, "g", set_double("g", "value", 0, (double)INFINITY))
REFUSES(a_sum_of_positive_numbers_is_not_below_0, "h", set_double("h", "value", 0, -3))
REFUSES(counts_add_up_to_one, "h", memset(in_series("h", "buckets", OBJECT_U64, 0, 8), 0xff, 16))
REFUSES(a_state_is_one_of_them, "st", set_double("st", "value", 0, 2))
REFUSES(a_state_is_no_fraction_below, "st", set_double("st", "value", 0, -0.5))
REFUSES(a_value_has_a_place, "c_total", set_u32("series", "c_total", OBJECT_NONE, 0, "ids", 77777))
REFUSES(a_text_has_a_place, "c_total", set_u32("value", "c_total", 0, 0, "text", UINT32_MAX))
REFUSES(a_text_lies_within_its_cell, "c_total", set_u32("value", "c_total", 0, 0, "len", 199))
REFUSES(a_text_has_a_length, "c_total", set_u32("value", "c_total", 0, 0, "len", 0))
REFUSES(a_text_fits_its_pattern, "c_total", set_u32("value", "c_total", 0, 0, "text", 7))
REFUSES(two_records_are_not_one_series, "g", set_u32("series", "g", OBJECT_NONE, 1, "ids", 0))
REFUSES(no_part_no_series, "read_total", {
    set_u32("part", NULL, OBJECT_NONE, 2, "place", 9999);
    set_double("read_total", "base", 0, -4);
    empty_series("read_total", 0);
    memset(in_series("read_total", "flags", OBJECT_U8, 0, 1), 1, 1);
})

Test(restore_checks, times_are_in_the_past) {
    const int64_t late = INT64_MAX;
    const int64_t early = INT64_MIN;
    memcpy(in_series("g", "updated_ms", OBJECT_MONO_MS, 0, 8), &late, 8);
    memcpy(in_series("c_total", "created_ms", OBJECT_I64, 0, 8), &early, 8);
    restore();
    cr_expect(restored.ended == 0);
    cr_expect(built_series(&after, "g", 1)->updated_ms == before.now.mono_ms);
    char *dump = built_dump(&after);
    cr_expect(strstr(dump, "created -") == NULL);
    free(dump);
}

Test(restore_checks, an_item_that_cannot_be_is_missing) {
    set_double("r", "items", RELAYED_COUNT, 2.5);
    restore();
    const struct series_relayed *relayed = series_relayed(built_series(&after, "r", 1));
    cr_expect(relayed->present == (1u << RELAYED_QUANTILES));
    cr_expect(relayed->items[RELAYED_QUANTILES] == 2);
}

Test(restore_checks, no_item_is_below_0) {
    set_double("r", "items", RELAYED_QUANTILES, -2);
    restore();
    cr_expect(series_relayed(built_series(&after, "r", 1))->present == (1u << RELAYED_COUNT));
}

Test(restore_checks, a_base_below_0_is_none) {
    set_double("read_total", "base", 0, -2);
    restore();
    cr_expect(eq(dbl, built_value(&after, "read_total", 1), 3));
}

Test(restore_checks, a_value_is_not_below_its_floor) {
    set_double("up", "value", 0, -2);
    restore();
    cr_expect(eq(dbl, built_value(&after, "up", 1), 0));
}

/* Sets the value of a part, which must then not be in its series. */
static void set_part(uint64_t record, double value) {
    const struct image_table table = table_of("part", NULL, OBJECT_NONE);
    uint32_t family;
    uint32_t place;
    memcpy(&family, in_table(&table, record, "family", OBJECT_U32, 0, 4), 4);
    memcpy(&place, in_table(&table, record, "place", OBJECT_U32, 0, 4), 4);
    empty_series(families[family].name, place - 1);
    memcpy(in_table(&table, record, "value", OBJECT_F64, 0, 8), &value, 8);
}

Test(restore_checks, parts_are_numbers_and_their_sum_is_finite) {
    set_part(0, 1.5e308);
    set_part(1, 1.5e308);
    set_part(3, (double)NAN);
    restore();
    cr_expect(eq(dbl, built_value(&after, "g_sum", 1), 1.5e308));
    cr_expect(eq(dbl, built_value(&after, "g_sum", 2), 4));
    cr_expect(restored.ended == 0);
    cr_expect(built_figures(&after).parts == built_figures(&before).parts - 2);
}

/* Replaces a field of the image's series by another one. */
static void become(const char *family, const char *was, const struct layout_field *field) {
    const struct image_table table = table_of("series", family, OBJECT_NONE);
    for (uint32_t i = 0; i < table.field_count; i++) {
        struct layout_field *at =
            (struct layout_field *)(void *)(image.bytes + image.fields) + table.first_field + i;
        if (strcmp(at->name, was) != 0)
            continue;
        *at = *field;
        return;
    }
    cr_assert(false, "%s", was);
}

/* Gives the series the value of only one process, `owner`, as an earlier version stored it. */
static void have_one_writer(const char *family, owner_id owner) {
    const struct image_table table = table_of("series", family, OBJECT_NONE);
    const uint32_t at = image_field(&table, "writers", OBJECT_U64).offset +
                        owner % SERIES_WRITERS * (uint32_t)sizeof(struct series_writer);
    become(family, "writers",
           &(struct layout_field){"writer_value", OBJECT_F64,
                                  at + offsetof(struct series_writer, value), 1, 0});
    become(family, "created_ms",
           &(struct layout_field){"writer_part", OBJECT_U32,
                                  at + offsetof(struct series_writer, part), 1, 0});
}

Test(restore_checks, the_one_value_that_an_earlier_version_had_in_a_series_is_read) {
    const struct image_table parts = table_of("part", NULL, OBJECT_NONE);
    const double stale = 100;
    const double of_two = 5;
    memcpy(in_table(&parts, 0, "value", OBJECT_F64, 0, 8), &stale, 8);
    memcpy(in_table(&parts, 1, "value", OBJECT_F64, 0, 8), &of_two, 8);
    have_one_writer("g_sum", one);
    restore();
    cr_expect(eq(dbl, built_value(&after, "g_sum", 1), 3 + 5));
    cr_expect(restored.ended == 0);
}

Test(restore_checks, a_process_has_one_part_of_a_series) {
    set_u32("part", NULL, OBJECT_NONE, 1, "owner", one);
    restore();
    cr_expect(eq(dbl, built_value(&after, "g_sum", 1), 3));
}

Test(restore_checks, a_part_of_nobody_leaves_what_it_counted) {
    set_u32("owner", NULL, OBJECT_NONE, 0, "id", 12345);
    restore();
    cr_expect(owners_find(after.owners, 7) == OWNER_NONE);
    cr_expect(eq(dbl, built_value(&after, "g_sum", 1), 4), "its gauge is gone");
    cr_expect(eq(dbl, built_value(&after, "read_total", 1), 3), "its counter stays");
    cr_expect(restored.ended == 1, "what it relayed");
}

Test(restore_checks, of_two_owners_with_one_pid_one_is_taken) {
    const struct image_table table = table_of("owner", NULL, OBJECT_NONE);
    const int32_t pid = 7;
    memcpy(in_table(&table, 1, "pid", OBJECT_I32, 0, 4), &pid, 4);
    restore();
    struct owners_figures figures;
    owners_figures(after.owners, &figures);
    cr_expect(figures.live == 1);
    cr_expect(owners_find(after.owners, 7) != OWNER_NONE);
}

static bool ask(int u, double *ret_quantile) {
    size_t units;
    return store_quantiles(after.store, built_family(&after, "s"), built_series(&after, "s", u),
                           after.now, ret_quantile, &units);
}

/* The sub-window that has observations, and its first page. */
static uint64_t used_sub(void) {
    return (uint64_t)(before.now.mono_ms / 1000) % 8;
}

Test(restore_checks, a_window_without_sense_is_empty) {
    const struct image_table table = table_of("window", NULL, OBJECT_NONE);
    const double nan = (double)NAN;
    double found;
    memcpy(in_table(&table, used_sub(), "min", OBJECT_F64, 0, 8), &nan, 8);
    restore();
    cr_expect(not(ask(1, &found)));
    cr_expect(restored.ended == 0);
    cr_expect(series_summary(built_series(&after, "s", 1))->count == 3);
}

Test(restore_checks, a_page_belongs_to_one_window) {
    const struct image_table table = table_of("window", NULL, OBJECT_NONE);
    const uint32_t own = 2;
    const uint32_t beyond = 99999999;
    const uint32_t first = 1; /* of the other series */
    uint32_t place = 0;
    while (memcmp(in_table(&table, used_sub() + 8, "pages", OBJECT_U32, place, 4), &own, 4) != 0)
        place++;
    memcpy(in_table(&table, used_sub() + 8, "pages", OBJECT_U32, place, 4), &first, 4);
    memcpy(in_table(&table, used_sub(), "pages", OBJECT_U32, 29, 4), &beyond, 4);
    restore();
    double found;
    cr_expect(ask(1, &found));
    cr_expect(lt(dbl, fabs(found - 1), 0.01));
    cr_expect(ask(2, &found));
    cr_expect(eq(dbl, found, 3), "only what was 0, and where its values end");
    cr_expect(restored.ended == 0);
}

/* Any byte of any table may be anything: what is restored can be shown. */
Test(restore_checks, whatever_is_in_the_tables) {
    uint64_t state = 11;
    struct image_table tables[3] = {table_of("part", NULL, OBJECT_NONE),
                                    table_of("owner", NULL, OBJECT_NONE),
                                    table_of("window", NULL, OBJECT_NONE)};
    for (int round = 0; round < 300; round++) {
        struct image copy = image;
        copy.bytes = region_copy(&before.region);
        for (int i = 0; i < 20; i++) {
            const uint64_t roll = built_random(&state);
            struct image_table table = tables[roll % 3];
            if (roll % 5 != 0)
                table = table_of("series", families[roll % FAMILIES].name, OBJECT_NONE);
            const uint64_t most = table.items < 6 ? table.items : 6;
            const uint64_t at =
                (uint64_t)(table.at - image.bytes) + (roll >> 8) % (most * table.item_bytes);
            copy.bytes[at] = (unsigned char)(roll % 7 == 0 ? 0xff : roll >> 40);
        }
        restored = built_restore(&after, families, FAMILIES, &copy, before.now);
        char *dump = built_dump(&after);
        cr_assert(strstr(dump, "nan") == NULL && strstr(dump, "inf") == NULL, "%s", dump);
        free(dump);
        region_drop(&before.region, copy.bytes);
        built_done(&after);
    }
    restore();
}
