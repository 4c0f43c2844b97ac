/* Computes the bounds of a family: the most series and lines that it can have. */
#include "catalog/build.h"

uint64_t bound_product(uint64_t a, uint64_t b) {
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

uint64_t bound_add(uint64_t a, uint64_t b) {
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

uint32_t catalog_family_items(const struct catalog_family *family) {
    switch (family->kind->items) {
    case ITEMS_BUCKETS:
        return family->bucket_count + 1;
    case ITEMS_QUANTILES:
        return family->quantile_count;
    case ITEMS_STATES:
        return family->state_label->value_count;
    case ITEMS_NONE:
        break;
    }
    return 0;
}

/* Number of sample lines of one series in the longest format, without `_created`. */
static uint64_t lines_per_series(const struct catalog_family *family) {
    const struct kind_row *kind = family->kind;
    if (kind->is_machine)
        return 0;
    if (kind->items == ITEMS_NONE)
        return 1;
    const uint64_t totals = !kind->has_totals ? 0 : family->allow_negative ? 1 : 2;
    return catalog_family_items(family) + totals;
}

/* Number of words that the store keeps after the fixed part of a series (store/series.h). */
static uint32_t body_words(const struct catalog_family *family) {
    enum { OWNED = 4, WRITERS = 16 };
    const struct kind_row *kind = family->kind;
    uint32_t words = kind->words + kind->words_an_item * catalog_family_items(family);
    words += family_is_owned(family) ? OWNED : 0;
    words += family_has_writers(family) ? WRITERS : 0;
    return words;
}

void catalog_family_count(struct catalog_family *family, uint64_t max_series) {
    uint64_t combinations = 1;
    uint64_t fallbacks = 1; /* combinations with `otherwise` for every label that has it */
    bool can_fold = false;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        combinations = bound_product(combinations, label->bound);
        if (label->otherwise >= 0)
            can_fold = true;
        else
            fallbacks = bound_product(fallbacks, label->bound);
    }
    const bool cut = max_series < combinations;
    family->body_words = body_words(family);
    family->max_series = max_series;
    family->combinations = combinations;
    family->bound = cut ? max_series : combinations;
    family->reserved = cut && can_fold ? fallbacks : 0;
    family->lines = bound_product(family->bound, lines_per_series(family));
}

uint64_t catalog_family_zeros(const struct catalog_family *family) {
    uint64_t zeros = 1;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        if (label->kind == LABEL_PATTERN)
            return 0;
        zeros = bound_product(zeros, label->value_count - (label->otherwise >= 0 ? 1 : 0));
    }
    return zeros;
}
