/*
 * Quantiles over a sliding window, for summaries computed here.
 *
 * A window is eight sub-windows of an eighth of its length each, used in turn: what is older than
 * the window never counts, what is younger than seven eighths of it always does. A sub-window
 * counts observations in bins whose bounds grow by GAMMA, so that the middle of a bin is within
 * ACCURACY of all that is in it: the DDSketch of Masson, Rim and Lee (VLDB 2019, section 2). It
 * knows its least and greatest observation exactly. Bins come in pages from one pool.
 */
#include <math.h>
#include <stdlib.h>

#include "store/series.h"
#include "store/window.h"

enum {
    SUBWINDOWS = 8,
    PAGE_SHIFT = 6,
    PAGE_BINS = 1 << PAGE_SHIFT,
    PAGES_EACH = 32, /* of a sub-window: 2,048 bins, numbers 17 powers of ten apart */
    PAGES_WINDOW = SUBWINDOWS * PAGES_EACH
};

/* Below 0.01, so that rounding in log() and exp() stays within one percent, too. */
#define ACCURACY 0.0099
#define GAMMA    ((1 + ACCURACY) / (1 - ACCURACY))

struct window_page {
    int32_t number; /* bins number * PAGE_BINS and up */
    uint32_t next;  /* while free */
    uint32_t bins[PAGE_BINS];
};

struct subwindow {
    int64_t turn; /* which eighth since time began; its place is turn % SUBWINDOWS */
    uint64_t count;
    uint64_t zeros;  /* observations of 0 */
    uint64_t astray; /* those for which there was no page at all */
    double min;      /* when count > 0 */
    double max;
    uint32_t page_count;
    uint32_t pages[PAGES_EACH]; /* index + 1 by number % PAGES_EACH, or the next free place */
};

struct window {
    int64_t turn; /* the latest with an observation; if free: number of the next free window */
    struct subwindow subs[SUBWINDOWS];
};

/* ---- the pool ---- */

static uint32_t most_pages(const struct catalog_set *set) {
    uint64_t pages = 0;
    for (size_t i = 0; i < set->family_count && pages < WINDOW_PAGES_MAX; i++)
        if (set->families[i]->kind->has_window)
            pages += set->families[i]->bound < WINDOW_PAGES_MAX
                         ? set->families[i]->bound * PAGES_WINDOW
                         : WINDOW_PAGES_MAX;
    return pages < WINDOW_PAGES_MAX ? (uint32_t)pages : WINDOW_PAGES_MAX;
}

static uint64_t most_windows(const struct catalog_set *set) {
    uint64_t windows = 0;
    for (size_t i = 0; i < set->family_count; i++)
        if (set->families[i]->kind->has_window)
            windows += set->families[i]->bound;
    return windows;
}

uint64_t windows_bytes(const struct catalog_set *set) {
    const uint64_t windows = most_windows(set);
    if (windows == 0)
        return 0;
    return (uint64_t)most_pages(set) * sizeof(struct window_page) +
           chunks_bytes(windows, sizeof(struct window)) - windows * sizeof(struct window);
}

uint64_t window_bytes(void) {
    return sizeof(struct window);
}

bool windows_init(struct store *store) {
    const uint32_t max = most_pages(store->set);
    if (max == 0)
        return true;
    store->pool.pages = held_array(&store->held, max, sizeof *store->pool.pages);
    if (store->pool.pages == NULL || !chunks_init(&store->windows.chunks, &store->held,
                                                  most_windows(store->set), sizeof(struct window)))
        return false;
    store->pool.max = max;
    return true;
}

void windows_done(struct store *store) {
    chunks_done(&store->windows.chunks, store->held.memory);
    memory_release(store->held.memory, store->pool.pages);
}

static struct window_page *page_at(const struct store *store, uint32_t link) {
    return &store->pool.pages[link - 1];
}

/* A page without counts; 0 when the pool is empty. */
static uint32_t take_page(struct store *store, int32_t number) {
    struct window_pool *pool = &store->pool;
    uint32_t link = pool->free;
    if (link != 0)
        pool->free = page_at(store, link)->next;
    else if (pool->used < pool->max)
        link = ++pool->used;
    else
        return 0;
    *page_at(store, link) = (struct window_page){.number = number};
    return link;
}

static void give_page(struct store *store, uint32_t link) {
    page_at(store, link)->next = store->pool.free;
    store->pool.free = link;
}

/* ---- windows ---- */

static struct series_summary *summary_of(struct series *series) {
    return (struct series_summary *)(void *)(series + 1);
}

static struct window *window_at(const struct store *store, uint32_t number) {
    return chunks_at(&store->windows.chunks, number - 1);
}

bool window_begin(struct store *store, struct series *series, struct store_time now) {
    (void)now;
    struct windows *windows = &store->windows;
    uint32_t number = windows->free;
    if (number != 0)
        windows->free = (uint32_t)window_at(store, number)->turn;
    else if (chunks_reach(&windows->chunks, &store->held, windows->used))
        number = ++windows->used;
    else
        return false;
    window_at(store, number)->turn = 0;
    summary_of(series)->window = number;
    return true;
}

static void empty_subwindow(struct store *store, struct subwindow *sub) {
    for (uint32_t i = 0; i < PAGES_EACH && sub->page_count > 0; i++)
        if (sub->pages[i] != 0) {
            give_page(store, sub->pages[i]);
            sub->page_count--;
        }
    *sub = (struct subwindow){0};
}

void window_end(struct store *store, struct store_family *sf, struct series *series) {
    (void)sf;
    const uint32_t number = summary_of(series)->window;
    struct window *window = window_at(store, number);
    for (size_t i = 0; i < SUBWINDOWS; i++)
        empty_subwindow(store, &window->subs[i]);
    window->turn = store->windows.free;
    store->windows.free = number;
}

static int64_t turn_length(const struct catalog_family *family) {
    const int64_t length = family->window_ms / SUBWINDOWS;
    return length > 0 ? length : 1;
}

static int64_t turn_at(const struct catalog_family *family, struct store_time now) {
    return now.mono_ms / turn_length(family);
}

static bool is_within(const struct subwindow *sub, int64_t turn) {
    return sub->count > 0 && turn - sub->turn < SUBWINDOWS;
}

static size_t pass(struct store *store, struct window *window, int64_t turn) {
    size_t freed = 0;
    for (size_t i = 0; i < SUBWINDOWS; i++) {
        if (window->subs[i].count == 0 || is_within(&window->subs[i], turn))
            continue;
        freed += window->subs[i].page_count;
        empty_subwindow(store, &window->subs[i]);
    }
    return freed;
}

size_t window_pass(struct store *store, const struct catalog_family *family, struct series *series,
                   struct store_time now) {
    return pass(store, window_at(store, summary_of(series)->window), turn_at(family, now));
}

int64_t window_due_ms(const struct catalog_family *family, struct store_time now) {
    return (turn_at(family, now) + 1) * turn_length(family);
}

/* ---- observations ---- */

/* The bin of a number above 0: those in (GAMMA^(bin-1), GAMMA^bin]. */
static int32_t bin_of(double value) {
    return (int32_t)ceil(log(value) * (1 / log(GAMMA)));
}

/* The bin's middle by relative distance: 2 GAMMA^bin / (GAMMA + 1). */
static double middle_of(int32_t bin) {
    return exp(bin * log(GAMMA) + log(2 / (GAMMA + 1)));
}

/* Where the page of this number is, or would be. Pages of one number range never collide. */
static uint32_t page_place(const struct store *store, const struct subwindow *sub, int32_t number) {
    uint32_t place = (uint32_t)number % PAGES_EACH;
    for (uint32_t i = 1; i < PAGES_EACH; i++) {
        if (sub->pages[place] == 0 || page_at(store, sub->pages[place])->number == number)
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
        struct window_page *page = page_at(store, sub->pages[i]);
        if (nearest == NULL || abs(page->number - number) < abs(nearest->number - number))
            nearest = page;
    }
    return nearest;
}

static uint64_t add_saturated(uint32_t *bin, uint64_t count) {
    const uint64_t room = UINT32_MAX - *bin;
    const uint64_t added = count < room ? count : room;
    *bin += (uint32_t)added;
    return added;
}

/* Returns how much of the count was taken. */
static uint64_t add_to_bin(struct store *store, struct subwindow *sub, double value,
                           uint64_t count) {
    const int32_t bin = bin_of(value);
    const int32_t number = bin >> PAGE_SHIFT;
    const uint32_t place = page_place(store, sub, number);
    struct window_page *page = NULL;
    if (sub->pages[place] != 0) {
        page = page_at(store, sub->pages[place]);
    } else {
        const uint32_t link = take_page(store, number);
        if (link != 0) {
            sub->pages[place] = link;
            sub->page_count++;
            page = page_at(store, link);
        }
    }
    if (page != NULL && page->number == number)
        return add_saturated(&page->bins[bin & (PAGE_BINS - 1)], count);
    store->figures.pages_full++;
    page = nearest_page(store, sub, number);
    if (page != NULL)
        return add_saturated(&page->bins[page->number < number ? PAGE_BINS - 1 : 0], count);
    sub->astray += count;
    return count;
}

bool store_summarize(struct store *store, const struct catalog_family *family,
                     const struct series *series, double value, double weight,
                     struct store_time now) {
    struct series *own = series_writable(series);
    struct observed observed;
    if (!series_weigh(family, series, value, weight, &observed))
        return false;
    struct series_summary *summary = summary_of(own);
    own->value = observed.sum;
    own->carry = observed.carry;
    summary->count += observed.count;
    if (observed.count == 0)
        return true;
    struct window *window = window_at(store, summary->window);
    const int64_t turn = turn_at(family, now);
    if (turn > window->turn) {
        window->turn = turn;
        (void)pass(store, window, turn);
    }
    struct subwindow *sub = &window->subs[window->turn % SUBWINDOWS];
    if (sub->count == 0) {
        sub->turn = window->turn;
        sub->min = value;
        sub->max = value;
    }
    if (value < sub->min)
        sub->min = value;
    if (value > sub->max)
        sub->max = value;
    if (value > 0) {
        sub->count += add_to_bin(store, sub, value, observed.count);
    } else {
        sub->zeros += observed.count;
        sub->count += observed.count;
    }
    return true;
}

enum store_number window_take_observation(struct store *store, const struct catalog_family *family,
                                          struct series *series, double value, double rate,
                                          uint32_t item, struct store_time now) {
    (void)item;
    if (store_summarize(store, family, series, value, series_weight(rate), now))
        return NUMBER_TAKEN;
    return value < 0 ? NUMBER_BAD : NUMBER_BEYOND;
}

/* ---- quantiles ---- */

/* What the sub-windows within the window hold together. */
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

/* All that is known of observations without a page is where they end: they count in the middle. */
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

static void merge(const struct store *store, const struct window *window, int64_t turn,
                  struct merged *merged) {
    merged->count = merged->zeros = 0;
    merged->astray_count = merged->page_count = 0;
    for (size_t i = 0; i < SUBWINDOWS; i++) {
        const struct subwindow *sub = &window->subs[i];
        if (!is_within(sub, turn))
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
                merged->pages[merged->page_count++] = page_at(store, sub->pages[place]);
    }
    qsort(merged->pages, merged->page_count, sizeof(merged->pages[0]), compare_pages);
}

/* A walk over merged counts from the least observation to the greatest. */
struct bin_walk {
    const struct merged *merged;
    uint64_t passed; /* observations of steps before, and of this one */
    double value;    /* of this step */
    size_t page;
    size_t page_end; /* pages of one number */
    int32_t bin;     /* within them, the next to look at */
    size_t astray;
};

/* The next bin that has counts. False at the end. */
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

/* Nearest rank: the least observation such that at least this part of all is not above it. What
 * rounding puts above a whole number (0.07 * 100) is not the next rank. */
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
    const struct window *window = window_at(store, series_summary(series)->window);
    struct merged merged;
    const int64_t turn = turn_at(family, now);
    merge(store, window, turn > window->turn ? turn : window->turn, &merged);
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
