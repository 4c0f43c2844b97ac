/* SPDX-License-Identifier: MIT */
/* The arithmetic: products, limits, and places reserved for fallbacks. */
#include "assertions.h"
#include "catalog/catalog.h"

/* A label with so many values, without otherwise unless asked. */
static struct catalog_label label_of(uint64_t bound, bool folds) {
    return (struct catalog_label){.value_count = (uint32_t)bound,
                                  .otherwise = folds ? 0 : -1,
                                  .default_value = -1,
                                  .bound = bound};
}

static struct catalog_family family_of(const struct catalog_label *labels, uint32_t count,
                                       uint64_t max_series) {
    struct catalog_family family = {
        .kind = &catalog_kind_rows[KIND_COUNTER], .labels = labels, .label_count = count};
    catalog_family_count(&family, max_series);
    return family;
}

/* Combinations of two labels with so many values. */
static uint64_t product_of(uint64_t a, uint64_t b) {
    const struct catalog_label labels[] = {label_of(a, false), label_of(b, false)};
    return family_of(labels, 2, UINT64_MAX).combinations;
}

Test(bound, sums_and_products_stay_at_the_top) {
    cr_expect(eq(u64, product_of(3, 4), 12));
    cr_expect(eq(u64, product_of(UINT64_MAX, 1), UINT64_MAX));
    cr_expect(eq(u64, product_of(UINT64_C(1) << 32, UINT64_C(1) << 32), UINT64_MAX));
    cr_expect(eq(u64, product_of(UINT64_MAX, 0), 0));
    cr_expect(eq(u64, catalog_bound_add(UINT64_MAX - 1, 1), UINT64_MAX));
    cr_expect(eq(u64, catalog_bound_add(UINT64_MAX - 1, 2), UINT64_MAX));
}

Test(bound, of_a_family_without_labels_is_one) {
    const struct catalog_family family = family_of(NULL, 0, UINT64_MAX);
    cr_expect(eq(u64, family.combinations, 1));
    cr_expect(eq(u64, family.bound, 1));
    cr_expect(eq(u64, family.reserved, 0));
    cr_expect(eq(u64, family.lines, 1));
}

Test(bound, is_the_product_or_the_limit) {
    const struct catalog_label labels[] = {label_of(3, false), label_of(5, false)};
    cr_expect(eq(u64, family_of(labels, 2, UINT64_MAX).bound, 15));
    cr_expect(eq(u64, family_of(labels, 2, 16).bound, 15));
    cr_expect(eq(u64, family_of(labels, 2, 15).bound, 15));
    cr_expect(eq(u64, family_of(labels, 2, 14).bound, 14));
    cr_expect(eq(u64, family_of(labels, 2, 14).combinations, 15));
}

Test(bound, keeps_places_only_when_the_limit_cuts_and_a_label_folds) {
    const struct catalog_label folding[] = {label_of(3, true), label_of(5, false),
                                            label_of(7, true)};
    cr_expect(eq(u64, family_of(folding, 3, UINT64_MAX).reserved, 0));
    cr_expect(eq(u64, family_of(folding, 3, 105).reserved, 0));
    cr_expect(eq(u64, family_of(folding, 3, 104).reserved, 5));
    const struct catalog_label rigid[] = {label_of(3, false), label_of(5, false)};
    cr_expect(eq(u64, family_of(rigid, 2, 4).reserved, 0));
    const struct catalog_label all[] = {label_of(3, true), label_of(5, true)};
    cr_expect(eq(u64, family_of(all, 2, 4).reserved, 1));
}

Test(bound, does_not_wrap) {
    struct catalog_label labels[CATALOG_LABELS_MAX];
    for (uint32_t i = 0; i < CATALOG_LABELS_MAX; i++)
        labels[i] = label_of(10000, i == 0);
    struct catalog_family family = family_of(labels, CATALOG_LABELS_MAX, 1000);
    cr_expect(eq(u64, family.combinations, UINT64_MAX));
    cr_expect(eq(u64, family.bound, 1000));
    cr_expect(eq(u64, family.reserved, UINT64_MAX));
    family = family_of(labels, CATALOG_LABELS_MAX, UINT64_MAX);
    cr_expect(eq(u64, family.bound, UINT64_MAX));
    cr_expect(eq(u64, family.lines, UINT64_MAX));
}

Test(bound, lines_of_a_histogram) {
    const struct catalog_label label = label_of(4, false);
    struct catalog_family family = {.kind = &catalog_kind_rows[KIND_HISTOGRAM],
                                    .labels = &label,
                                    .label_count = 1,
                                    .bucket_count = 11};
    catalog_family_count(&family, UINT64_MAX);
    cr_expect(eq(u64, family.lines, 56), "11 bounds, +Inf, sum, count");
    family.allow_negative = true;
    catalog_family_count(&family, UINT64_MAX);
    cr_expect(eq(u64, family.lines, 52), "no sum");
    catalog_family_count(&family, 3);
    cr_expect(eq(u64, family.lines, 39));
}

Test(bound, lines_and_words_of_other_types) {
    const struct catalog_label label = label_of(4, false);
    const struct catalog_label states = label_of(3, false);
    const struct {
        struct catalog_family family;
        uint64_t lines; /* of 4 series */
        uint32_t words;
    } cases[] = {
        {{.kind = &catalog_kind_rows[KIND_COUNTER]}, 4, 0},
        {{.kind = &catalog_kind_rows[KIND_READING], .merge = MERGE_READING}, 4, 4 + 16},
        {{.kind = &catalog_kind_rows[KIND_GAUGE], .merge = MERGE_MIN}, 4, 4 + 16},
        {{.kind = &catalog_kind_rows[KIND_UPDOWNCOUNTER], .merge = MERGE_SUM}, 4, 4 + 16},
        {{.kind = &catalog_kind_rows[KIND_HISTOGRAM], .bucket_count = 11}, 56, 12},
        {{.kind = &catalog_kind_rows[KIND_SUMMARY], .quantile_count = 5, .window_ms = 1}, 28, 2},
        {{.kind = &catalog_kind_rows[KIND_RELAYED], .quantile_count = 5, .merge = MERGE_LATEST},
         28,
         4 + 3 + 5},
        {{.kind = &catalog_kind_rows[KIND_INFO], .merge = MERGE_LATEST}, 4, 4},
        {{.kind = &catalog_kind_rows[KIND_STATESET], .state_label = &states}, 12, 0},
        {{.kind = &catalog_kind_rows[KIND_ATTEMPTS]}, 0, 1},
        {{.kind = &catalog_kind_rows[KIND_JOBS]}, 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct catalog_family family = cases[i].family;
        family.labels = &label;
        family.label_count = 1;
        catalog_family_count(&family, UINT64_MAX);
        cr_expect(eq(u64, family.lines, cases[i].lines), "case %zu", i);
        cr_expect(eq(u32, family.body_words, cases[i].words), "case %zu", i);
        cr_expect(eq(u64, family.bound, 4), "case %zu", i);
    }
}

Test(bound, zeros_leave_otherwise_out) {
    const struct catalog_label labels[] = {label_of(3, true), label_of(5, false)};
    struct catalog_family family = {.labels = labels, .label_count = 2};
    cr_expect(eq(u64, catalog_family_zeros(&family), 10));
    family.label_count = 0;
    cr_expect(eq(u64, catalog_family_zeros(&family), 1));
    const struct catalog_label only_otherwise = label_of(1, true);
    family = (struct catalog_family){.labels = &only_otherwise, .label_count = 1};
    cr_expect(eq(u64, catalog_family_zeros(&family), 0));
    struct catalog_label pattern = label_of(3, true);
    pattern.kind = LABEL_PATTERN;
    family.labels = &pattern;
    cr_expect(eq(u64, catalog_family_zeros(&family), 0));
}
