/*
 * window_private.h - the layout of a window: for window.c, which fills it, and quantiles.c, which
 * reads it.
 */
#ifndef STATGATE_STORE_WINDOW_PRIVATE_H
#define STATGATE_STORE_WINDOW_PRIVATE_H

#include "store/store_private.h"

enum {
    SUBWINDOWS = 8,
    PAGE_SHIFT = 6,
    PAGE_BINS = 1 << PAGE_SHIFT,
    PAGES_EACH = 32, /* in a sub-window: 2,048 bins, which span 17 powers of ten */
    PAGES_WINDOW = SUBWINDOWS * PAGES_EACH
};

/* Relative; below 0.01, so that the error stays within one percent with rounding in log() and
 * exp().
 */
#define ACCURACY 0.0099
#define GAMMA    ((1 + ACCURACY) / (1 - ACCURACY))

struct window_page {
    int32_t number; /* bins number * PAGE_BINS and up */
    uint32_t next;  /* while free */
    uint32_t bins[PAGE_BINS];
};

struct subwindow {
    int64_t turn; /* time / an eighth of the window; its index is turn % SUBWINDOWS */
    uint64_t count;
    uint64_t zeros;  /* observations of 0 */
    uint64_t astray; /* observations for which there was no page at all */
    double min;      /* when count > 0 */
    double max;
    uint32_t page_count;
    uint32_t unused;
    uint32_t pages[PAGES_EACH]; /* index + 1, at number % PAGES_EACH or the next free place */
};

/* Take an empty page for this number; 0 when the pool is empty. */
uint32_t window_take_page(struct store *store, int32_t number);
/* The position in a sub-window where the page with this number is, or would be. Pages of one range
 * of PAGES_EACH numbers never collide. */
uint32_t window_page_place(const struct store *store, const struct subwindow *sub, int32_t number);

/* Empty a window. */
void window_clear(struct store *store, uint32_t number);

static inline struct window_page *window_page_at(const struct store *store, uint32_t link) {
    return object_at(&store->pool.pages, link - 1);
}

/* The sub-windows of a window. */
static inline struct subwindow *window_subs(const struct store *store, uint32_t number) {
    return object_at(&store->windows.subs, (uint64_t)(number - 1) * SUBWINDOWS);
}

static inline int64_t *window_turn(const struct store *store, uint32_t number) {
    return &store->windows.turns[number - 1];
}

static inline int64_t window_turn_length(const struct catalog_family *family) {
    const int64_t length = family->window_ms / SUBWINDOWS;
    return length > 0 ? length : 1;
}

static inline int64_t window_turn_at(const struct catalog_family *family, struct store_time now) {
    return now.mono_ms / window_turn_length(family);
}

static inline bool window_covers(const struct subwindow *sub, int64_t turn) {
    return sub->count > 0 && turn - sub->turn < SUBWINDOWS;
}

#endif
