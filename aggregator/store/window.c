/* SPDX-License-Identifier: MIT */
/* window.c - the observations of summaries, in bins of time, and their quantiles. */
#include "store/store_private.h"

#include <stdlib.h>

/* ---- window ----
 * Sliding windows of observations, for summaries computed here; what reads them is below.
 *
 * A window consists of eight sub-windows, each an eighth of its length, used in turn: an
 * observation older than the window never counts, one younger than seven eighths of it always does.
 * A sub-window counts observations in bins whose bounds grow by a factor of GAMMA, so that the
 * middle of a bin is within ACCURACY of every observation in it: the DDSketch of Masson, Rim and
 * Lee (VLDB 2019, section 2). The least and greatest observation are kept exactly. Pages of bins
 * are taken from one pool.
 */

/* ---- the pool ---- */

static uint32_t most_pages(const struct catalog_set *set) {
    uint64_t pages = 0;
    for (size_t i = 0; i < set->family_count && pages < WINDOW_PAGES_MAX; i++)
        if (family_has_window(set->families[i]))
            pages += set->families[i]->bound < WINDOW_PAGES_MAX
                         ? set->families[i]->bound * PAGES_WINDOW
                         : WINDOW_PAGES_MAX;
    return pages < WINDOW_PAGES_MAX ? (uint32_t)pages : WINDOW_PAGES_MAX;
}

static uint64_t most_windows(const struct catalog_set *set) {
    uint64_t windows = 0;
    for (size_t i = 0; i < set->family_count; i++)
        if (family_has_window(set->families[i]))
            windows += set->families[i]->bound;
    return windows;
}

static const struct object_field page_fields[] = {
    OBJECT_FIELD(struct window_page, number, "number", OBJECT_I32),
    OBJECT_FIELDS(struct window_page, bins, "bins", OBJECT_U32, PAGE_BINS),
};

/* `count` is not listed: a reader counts again, and ignores turn and bounds of a sub-window without
 * observations. */
static const struct object_field sub_fields[] = {
    OBJECT_FIELD(struct subwindow, turn, "turn", OBJECT_I64),
    OBJECT_FIELD(struct subwindow, zeros, "zeros", OBJECT_U64),
    OBJECT_FIELD(struct subwindow, astray, "astray", OBJECT_U64),
    OBJECT_FIELD(struct subwindow, min, "min", OBJECT_F64),
    OBJECT_FIELD(struct subwindow, max, "max", OBJECT_F64),
    OBJECT_FIELDS(struct subwindow, pages, "pages", OBJECT_U32, PAGES_EACH),
};

static struct object_spec pages_spec(const struct catalog_set *set) {
    return (struct object_spec)OBJECT_SPEC("window_page", struct window_page, most_pages(set),
                                           page_fields);
}

static struct object_spec windows_spec(const struct catalog_set *set) {
    return (struct object_spec)OBJECT_SPEC("window", struct subwindow,
                                           most_windows(set) * SUBWINDOWS, sub_fields);
}

uint64_t windows_bytes(const struct catalog_set *set) {
    const struct object_spec pages = pages_spec(set);
    const struct object_spec subs = windows_spec(set);
    const uint64_t windows = most_windows(set);
    if (windows == 0)
        return 0;
    return held_table_bytes(&pages) + held_table_bytes(&subs) +
           heap_bytes(windows * sizeof(int64_t)) - windows * window_bytes();
}

uint64_t windows_object_bytes(const struct catalog_set *set) {
    const struct object_spec pages = pages_spec(set);
    const struct object_spec windows = windows_spec(set);
    return held_object_bytes(&pages) + held_object_bytes(&windows);
}

uint64_t window_bytes(void) {
    return SUBWINDOWS * sizeof(struct subwindow) + sizeof(int64_t);
}

void windows_init(struct store *store, struct object *object) {
    const struct object_spec pages = pages_spec(store->set);
    const struct object_spec windows = windows_spec(store->set);
    if (windows.max_items == 0)
        return;
    store->windows.turns =
        held_array(&store->held, most_windows(store->set), sizeof *store->windows.turns);
    object_table(object, &pages, &store->pool.pages);
    object_table(object, &windows, &store->windows.subs);
}

void windows_done(struct store *store) {
    free(store->windows.turns);
    object_table_done(&store->windows.subs);
    object_table_done(&store->pool.pages);
}

uint32_t window_take_page(struct store *store, int32_t number) {
    struct window_pool *pool = &store->pool;
    uint32_t link = pool->free;
    if (link != 0)
        pool->free = window_page_at(store, link)->next;
    else if (held_reach(&store->held, &pool->pages, (uint64_t)pool->used + 1))
        link = ++pool->used;
    else
        return 0;
    struct window_page *page = window_page_at(store, link);
    undo_range(store->undo, page, sizeof *page); /* undo may give it back to its former window */
    *page = (struct window_page){.number = number};
    return link;
}

static void give_page(struct store *store, uint32_t link) {
    window_page_at(store, link)->next = store->pool.free;
    store->pool.free = link;
}

/* ---- windows ---- */

static struct series_summary *summary_of(struct series *series) {
    return (struct series_summary *)(void *)(series + 1);
}

void window_begin(struct store *store, const struct catalog_family *family, struct series *series,
                  struct store_time now) {
    (void)now;
    if (!family_has_window(family))
        return;
    struct windows *windows = &store->windows;
    uint32_t number = windows->free;
    if (number != 0) {
        windows->free = (uint32_t)*window_turn(store, number);
    } else {
        number = ++windows->used;
        held_need(&store->held, &windows->subs, (uint64_t)number * SUBWINDOWS);
    }
    *window_turn(store, number) = 0;
    summary_of(series)->window = number;
}

static void empty_subwindow(struct store *store, struct subwindow *sub) {
    if (sub->count == 0)
        return;
    undo_range(store->undo, sub, sizeof *sub);
    for (uint32_t i = 0; i < PAGES_EACH && sub->page_count > 0; i++)
        if (sub->pages[i] != 0) {
            give_page(store, sub->pages[i]);
            sub->page_count--;
        }
    *sub = (struct subwindow){0};
}

void window_clear(struct store *store, uint32_t number) {
    struct subwindow *subs = window_subs(store, number);
    for (size_t i = 0; i < SUBWINDOWS; i++)
        empty_subwindow(store, &subs[i]);
    *window_turn(store, number) = 0;
}

void window_end(struct store *store, struct store_family *sf, struct series *series) {
    (void)sf;
    const uint32_t number = summary_of(series)->window;
    if (number == 0)
        return;
    window_clear(store, number);
    *window_turn(store, number) = store->windows.free;
    store->windows.free = number;
}

static size_t pass(struct store *store, struct subwindow *subs, int64_t turn) {
    size_t freed = 0;
    for (size_t i = 0; i < SUBWINDOWS; i++) {
        if (subs[i].count == 0 || window_covers(&subs[i], turn))
            continue;
        freed += subs[i].page_count;
        empty_subwindow(store, &subs[i]);
    }
    return freed;
}

size_t window_pass(struct store *store, const struct catalog_family *family, struct series *series,
                   struct store_time now) {
    return pass(store, window_subs(store, summary_of(series)->window), window_turn_at(family, now));
}

int64_t window_due_ms(const struct catalog_family *family, struct store_time now) {
    return (window_turn_at(family, now) + 1) * window_turn_length(family);
}

/* ---- observations ---- */

/* The bin of a number above 0: a bin holds numbers in (GAMMA^(bin-1), GAMMA^bin]. */
static int32_t bin_of(double value) {
    return (int32_t)ceil(log(value) * (1 / log(GAMMA)));
}

uint32_t window_page_place(const struct store *store, const struct subwindow *sub, int32_t number) {
    uint32_t place = (uint32_t)number % PAGES_EACH;
    for (uint32_t i = 1; i < PAGES_EACH; i++) {
        if (sub->pages[place] == 0 || window_page_at(store, sub->pages[place])->number == number)
            break;
        place = (place + 1) % PAGES_EACH;
    }
    return place;
}

/* The page whose number is nearest, or NULL. */
static struct window_page *nearest_page(const struct store *store, const struct subwindow *sub,
                                        int32_t number) {
    struct window_page *nearest = NULL;
    for (uint32_t i = 0; i < PAGES_EACH; i++) {
        if (sub->pages[i] == 0)
            continue;
        struct window_page *page = window_page_at(store, sub->pages[i]);
        if (nearest == NULL || abs(page->number - number) < abs(nearest->number - number))
            nearest = page;
    }
    return nearest;
}

static uint64_t add_saturated(const struct store *store, uint32_t *bin, uint64_t count) {
    undo_word(store->undo, bin);
    const uint64_t room = UINT32_MAX - *bin;
    const uint64_t added = count < room ? count : room;
    *bin += (uint32_t)added;
    return added;
}

/* Add to the bin of `value`. Returns how much of the count was added. */
static uint64_t add_to_bin(struct store *store, struct subwindow *sub, double value,
                           uint64_t count) {
    const int32_t bin = bin_of(value);
    const int32_t number = bin >> PAGE_SHIFT;
    const uint32_t place = window_page_place(store, sub, number);
    struct window_page *page = NULL;
    if (sub->pages[place] != 0) {
        page = window_page_at(store, sub->pages[place]);
    } else {
        const uint32_t link = window_take_page(store, number);
        if (link != 0) {
            undo_word(store->undo, &sub->pages[place]);
            sub->pages[place] = link;
            sub->page_count++;
            page = window_page_at(store, link);
        }
    }
    if (page != NULL && page->number == number)
        return add_saturated(store, &page->bins[bin & (PAGE_BINS - 1)], count);
    store->figures.pages_full++;
    page = nearest_page(store, sub, number);
    if (page != NULL)
        return add_saturated(store, &page->bins[page->number < number ? PAGE_BINS - 1 : 0], count);
    undo_word(store->undo, &sub->astray);
    sub->astray += count;
    return count;
}

/* The sub-window that takes an observation of `value` now; widens its bounds. */
static struct subwindow *open_subwindow(struct store *store, const struct catalog_family *family,
                                        uint32_t number, double value, struct store_time now) {
    struct subwindow *subs = window_subs(store, number);
    int64_t *latest = window_turn(store, number);
    const int64_t turn = window_turn_at(family, now);
    if (turn > *latest) {
        *latest = turn;
        (void)pass(store, subs, turn);
    }
    struct subwindow *sub = &subs[*latest % SUBWINDOWS];
    if (sub->count == 0) {
        sub->turn = *latest;
        sub->min = value;
        sub->max = value;
    }
    if (value < sub->min) {
        undo_word(store->undo, &sub->min);
        sub->min = value;
    }
    if (value > sub->max) {
        undo_word(store->undo, &sub->max);
        sub->max = value;
    }
    return sub;
}

static void put_in_window(struct store *store, const struct catalog_family *family, uint32_t number,
                          double value, uint64_t count, struct store_time now) {
    struct subwindow *sub = open_subwindow(store, family, number, value, now);
    if (value > 0) {
        sub->count += add_to_bin(store, sub, value, count);
    } else {
        undo_word(store->undo, &sub->zeros);
        sub->zeros += count;
        sub->count += count;
    }
}

static bool summarize(struct store *store, const struct catalog_family *family,
                      struct series *series, double value, double weight, struct store_time now) {
    struct observed observed;
    if (!series_weigh(family, series, value, weight, &observed))
        return false;
    struct series_summary *summary = summary_of(series);
    series_take_observed(store, series, &observed);
    if (observed.count == 0)
        return true;
    undo_word(store->undo, &summary->count);
    if (summary->window != 0)
        put_in_window(store, family, summary->window, value, observed.count, now);
    undo_release(); /* before the count, by which a process that copies detects the change */
    summary->count += observed.count;
    return true;
}

enum store_number window_take_observation(struct store *store, const struct catalog_family *family,
                                          struct series *series, double value, double rate,
                                          uint32_t item, struct store_time now) {
    (void)item;
    if (summarize(store, family, series, value, series_weight(rate), now)) {
        summary_of(series)->written = written_word(now);
        return NUMBER_TAKEN;
    }
    return value < 0 ? NUMBER_BAD : NUMBER_BEYOND;
}

/* ---- quantiles: Quantiles of a window, from its sub-windows taken together. ---- */

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
    *ret_units = UNITS;
    if (number == 0)
        return false;
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
