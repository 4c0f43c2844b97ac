/* SPDX-License-Identifier: MIT */
/* When a series was last written: known for every kind, and by the next process. */
#include <string.h>

#include "assertions.h"
#include "built.h"
#include "store/store.h"

static const double median[] = {0.5};
static const double buckets[] = {1, 5};
static const char *const words[] = {"a", "b", NULL};

/* One family of each kind for every way in which values can belong to processes, and histograms
 * whose ids fill their words or do not. */
static const struct built_family families[] = {
    {.name = "c_total", .kind = KIND_COUNTER, .users = 9},
    {.name = "g", .kind = KIND_GAUGE, .users = 9},
    {.name = "g_sum", .kind = KIND_GAUGE, .merge = MERGE_SUM, .users = 9},
    {.name = "h", .kind = KIND_HISTOGRAM, .users = 9, .buckets = buckets, .bucket_count = 2},
    {.name = "h_two",
     .kind = KIND_HISTOGRAM,
     .users = 9,
     .words = words,
     .buckets = buckets,
     .bucket_count = 2},
    {.name = "i_info", .kind = KIND_INFO, .merge = MERGE_LATEST, .users = 9},
    {.name = "r",
     .kind = KIND_RELAYED,
     .merge = MERGE_LATEST,
     .users = 9,
     .quantiles = median,
     .quantile_count = 1},
    {.name = "read_total", .kind = KIND_READING, .merge = MERGE_READING, .users = 9},
    {.name = "s",
     .kind = KIND_SUMMARY,
     .users = 9,
     .quantiles = median,
     .quantile_count = 1,
     .window_ms = 8000},
    {.name = "st", .kind = KIND_STATESET, .users = 9},
    {.name = "up", .kind = KIND_UPDOWNCOUNTER, .users = 9},
    {.name = "up_sum", .kind = KIND_UPDOWNCOUNTER, .merge = MERGE_SUM, .users = 9},
};
enum { FAMILIES = sizeof families / sizeof *families, SECOND_MS = 1024 };

static struct built b;
static struct built after;

static void setup(void) {
    built_init_object(&b, families, FAMILIES);
    b.now = (struct store_time){.mono_ms = 50000, .real_ms = 1800000000000};
}

static void teardown(void) {
    built_done(&after);
    built_done(&b);
}

TestSuite(store_written, .init = setup, .fini = teardown);

static const struct series *series_of(const struct built_family *from) {
    const struct catalog_family *family = built_family(&b, from->name);
    const struct store_label labels[2] = {{.id = -1, .text = "1", .len = 1}, {.id = 0}};
    const struct series *series = NULL;
    int at;
    cr_assert(eq(int, (int)store_series(b.store, family, labels, b.now, &series, &at), STORE_FOUND),
              "%s", from->name);
    return series;
}

/* A sample of the value 1, from process 7 if values belong to processes. */
static void write(const struct built_family *from) {
    const struct catalog_family *family = built_family(&b, from->name);
    const struct series *series = series_of(from);
    if (!family_is_owned(family)) {
        cr_assert(
            eq(int, (int)store_number(b.store, family, series, 1, 1, 1, b.now), NUMBER_TAKEN));
        return;
    }
    owner_id owner = owners_find(b.owners, 7);
    if (owner == OWNER_NONE)
        owner = owners_begin(b.owners, 7);
    cr_assert(eq(int, (int)store_own(b.store, family, series, owner, 0, 1, b.now), OWN_TAKEN));
}

static void expect_written(const struct built *built, const struct built_family *from,
                           const struct series *series, int64_t ms) {
    const int64_t written = store_written(built_family(built, from->name), series);
    cr_expect(le(i64, written, ms), "%s", from->name);
    cr_expect(gt(i64, written, ms - SECOND_MS), "%s", from->name);
    if (from->kind != KIND_HISTOGRAM && from->kind != KIND_SUMMARY)
        cr_expect(eq(i64, written, ms), "%s", from->name);
}

Test(store_written, each_sample_is_a_write) {
    for (size_t i = 0; i < FAMILIES; i++)
        for (int j = 0; j < 4;
             j++) { /* the first and the third sample of a process take different paths */
            b.now.mono_ms += 3000;
            write(&families[i]);
            expect_written(&b, &families[i], series_of(&families[i]), b.now.mono_ms);
        }
}

Test(store_written, what_is_refused_is_no_write) {
    const struct catalog_family *family = built_family(&b, "c_total");
    write(&families[0]);
    const int64_t written = b.now.mono_ms;
    b.now.mono_ms += 5000;
    cr_expect(eq(int, (int)store_number(b.store, family, series_of(&families[0]), -1, 1, 0, b.now),
                 NUMBER_BAD));
    expect_written(&b, &families[0], series_of(&families[0]), written);
}

static const struct series *restored(const struct built_family *from) {
    return built_series(&after, from->name, 1);
}

/* Series with two labels are not made by built_series. */
static bool is_plain(const struct built_family *from) {
    return from->words == NULL;
}

static void take_image(struct image *ret_image) {
    undo_commit(object_undo(b.object));
    built_image(&b, ret_image);
}

static void restore(int64_t mono_ms, const struct image *image) {
    const struct store_time now = {.mono_ms = mono_ms, .real_ms = b.now.real_ms + 1000};
    (void)built_restore(&after, families, FAMILIES, image, now);
}

Test(store_written, times_of_another_boot_are_moved) {
    struct image image;
    b.now.mono_ms = 9000000;
    for (size_t i = 0; i < FAMILIES; i++)
        write(&families[i]);
    take_image(&image);
    image.mono_shift_ms = -8000000;
    restore(1001000, &image);
    built_drop(&b, &image);
    for (size_t i = 0; i < FAMILIES; i++)
        if (is_plain(&families[i]))
            expect_written(&after, &families[i], restored(&families[i]), 1000000);
}

Test(store_written, times_that_cannot_be_are_now_or_unknown) {
    struct image image;
    for (size_t i = 0; i < FAMILIES; i++)
        write(&families[i]);
    take_image(&image);
    image.mono_shift_ms = INT64_MAX;
    restore(70000, &image);
    for (size_t i = 0; i < FAMILIES; i++)
        if (is_plain(&families[i]))
            expect_written(&after, &families[i], restored(&families[i]), 70000);
    built_drop(&b, &image);
}
