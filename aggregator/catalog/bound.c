/* The arithmetic behind "bounded": how many series and lines a family can have at most. */
#include "catalog/build.h"

uint64_t bound_mul(uint64_t a, uint64_t b) {
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

uint64_t bound_add(uint64_t a, uint64_t b) {
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* Sample lines of one series in the longest format, without `_created`. */
static uint64_t lines_per_series(const struct catalog_family *family) {
    if (family->type != FAMILY_HISTOGRAM)
        return 1;
    const uint64_t count_and_sum = family->allow_negative ? 1 : 2;
    return (uint64_t)family->bucket_count + 1 + count_and_sum;
}

void catalog_family_count(struct catalog_family *family, uint64_t max_series) {
    uint64_t combinations = 1;
    uint64_t fallbacks = 1; /* combinations with otherwise on every label that has one */
    bool can_fold = false;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        combinations = bound_mul(combinations, label->bound);
        if (label->otherwise >= 0)
            can_fold = true;
        else
            fallbacks = bound_mul(fallbacks, label->bound);
    }
    const bool cut = max_series < combinations;
    family->combinations = combinations;
    family->bound = cut ? max_series : combinations;
    family->reserved = cut && can_fold ? fallbacks : 0;
    family->lines = bound_mul(family->bound, lines_per_series(family));
}

uint64_t catalog_family_zeros(const struct catalog_family *family) {
    uint64_t zeros = 1;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        if (label->kind == LABEL_PATTERN)
            return 0;
        zeros = bound_mul(zeros, label->value_count - (label->otherwise >= 0 ? 1 : 0));
    }
    return zeros;
}
