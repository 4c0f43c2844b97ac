/* Quantiles of a window, from its sub-windows taken together. */
#include <math.h>
#include <stdlib.h>

#include "store/series_private.h"
#include "store/window_private.h"

/* The observations of all sub-windows within the window. */
struct merged {
    double min;
    double max;
    uint64_t count;
    uint64_t zeros;
    size_t astray_count;
    struct {
        double value;
        uint64_t count;
    } astray[SUBWINDOWS]; /* in order of value */
    size_t page_count;
    const struct window_page *pages[PAGES_WINDOW]; /* in order of number */
};

static int compare_pages(const void *a, const void *b) {
    const struct window_page *x = *(const struct window_page *const *)a;
    const struct window_page *y = *(const struct window_page *const *)b;
    return (x->number > y->number) - (x->number < y->number);
}

/* Only the bounds of observations without a page are known, so they are counted in the middle. */
static void merge_astray(struct merged *merged, const struct subwindow *sub) {
    if (sub->astray == 0)
        return;
    const double value = sqrt(sub->min) * sqrt(sub->max);
    size_t at = merged->astray_count++;
    for (; at > 0 && merged->astray[at - 1].value > value; at--)
        merged->astray[at] = merged->astray[at - 1];
    merged->astray[at].value = value;
    merged->astray[at].count = sub->astray;
}

static void merge(const struct store *store, const struct subwindow *subs, int64_t turn,
                  struct merged *merged) {
    merged->count = merged->zeros = 0;
    merged->astray_count = merged->page_count = 0;
    for (size_t i = 0; i < SUBWINDOWS; i++) {
        const struct subwindow *sub = &subs[i];
        if (!window_covers(sub, turn))
            continue;
        if (merged->count == 0 || sub->min < merged->min)
            merged->min = sub->min;
        if (merged->count == 0 || sub->max > merged->max)
            merged->max = sub->max;
        merged->count += sub->count;
        merged->zeros += sub->zeros;
        merge_astray(merged, sub);
        for (uint32_t place = 0; place < PAGES_EACH; place++)
            if (sub->pages[place] != 0)
                merged->pages[merged->page_count++] = window_page_at(store, sub->pages[place]);
    }
    qsort(merged->pages, merged->page_count, sizeof(merged->pages[0]), compare_pages);
}

/* The middle of a bin by relative distance: 2 GAMMA^bin / (GAMMA + 1). */
static double middle_of(int32_t bin) {
    return exp(bin * log(GAMMA) + log(2 / (GAMMA + 1)));
}

/* A walk over merged counts from the smallest observation to the greatest. */
struct bin_walk {
    const struct merged *merged;
    uint64_t passed; /* observations of earlier steps and of this one */
    double value;    /* of this step */
    size_t page;
    size_t page_end; /* pages of one number */
    int32_t bin;     /* within them, the next to examine */
    size_t astray;
};

/* Go to the next bin with a count. False at the end. */
static bool walk_bin(struct bin_walk *walk, uint64_t *ret_count) {
    const struct merged *merged = walk->merged;
    while (walk->page < merged->page_count) {
        const int32_t number = merged->pages[walk->page]->number;
        while (walk->page_end < merged->page_count &&
               merged->pages[walk->page_end]->number == number)
            walk->page_end++;
        for (; walk->bin < PAGE_BINS; walk->bin++) {
            uint64_t count = 0;
            for (size_t i = walk->page; i < walk->page_end; i++)
                count += merged->pages[i]->bins[walk->bin];
            if (count == 0)
                continue;
            walk->value = middle_of(number * PAGE_BINS + walk->bin);
            *ret_count = count;
            return true;
        }
        walk->page = walk->page_end;
        walk->bin = 0;
    }
    return false;
}

static bool walk_next(struct bin_walk *walk) {
    const struct merged *merged = walk->merged;
    uint64_t count = 0;
    const bool has_bin = walk_bin(walk, &count);
    if (walk->astray < merged->astray_count &&
        (!has_bin || merged->astray[walk->astray].value < walk->value)) {
        walk->value = merged->astray[walk->astray].value;
        walk->passed += merged->astray[walk->astray++].count;
        return true;
    }
    if (!has_bin)
        return false;
    walk->passed += count;
    walk->bin++;
    return true;
}

/* Nearest rank: the smallest observation such that at least this fraction of all is not above it. A
 * product that rounding puts just above a whole number (0.07 * 100) does not give the next rank. */
static uint64_t rank_of(double quantile, uint64_t count) {
    const double rank = ceil(quantile * (double)count * (1 - 0x1p-50));
    if (rank < 1)
        return 1;
    return rank < (double)count ? (uint64_t)rank : count;
}

bool store_quantiles(const struct store *store, const struct catalog_family *family,
                     const struct series *series, struct store_time now, double *ret_quantiles,
                     size_t *ret_units) {
    enum { PAGE_UNITS = 2, UNITS = 4 };
    const uint32_t number = series_summary(series)->window;
    struct merged merged;
    const int64_t turn = window_turn_at(family, now);
    const int64_t latest = *window_turn(store, number);
    merge(store, window_subs(store, number), turn > latest ? turn : latest, &merged);
    *ret_units = UNITS + PAGE_UNITS * merged.page_count;
    if (merged.count == 0)
        return false;
    struct bin_walk walk = {.merged = &merged, .passed = merged.zeros, .value = 0};
    for (uint32_t i = 0; i < family->quantile_count; i++) {
        const uint64_t rank = rank_of(family->quantiles[i], merged.count);
        while (walk.passed < rank && walk_next(&walk))
            ;
        double value = walk.value;
        if (rank == 1 || value < merged.min)
            value = merged.min;
        if (rank == merged.count || value > merged.max)
            value = merged.max;
        ret_quantiles[i] = value;
    }
    return true;
}
