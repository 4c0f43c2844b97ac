/*
 * slice.h - how a view is made: the cursor that view.h promises, and a slice's limits. For the folders that make
 * views; who reads them needs view.h only.
 */
#ifndef STATGATE_VIEW_SLICE_H
#define STATGATE_VIEW_SLICE_H

#include "view/view.h"

/** What a view is made of; the first member of each view's own struct. */
struct view {
    enum view_state (*step)(struct view *view, struct strbuf *out, size_t budget,
                            struct store_time now);
    void (*free)(struct view *view);
    size_t slice_bytes; /**< of a slice; 0: VIEW_SLICE_BYTES */
};

/** What is left of the slice being written. */
struct slice {
    struct strbuf *out;
    size_t end; /**< the out->len that ends it */
    size_t budget;
};

static inline struct slice slice_begin(const struct view *view, struct strbuf *out, size_t budget) {
    const size_t bytes = view->slice_bytes > 0 ? view->slice_bytes : VIEW_SLICE_BYTES;
    return (struct slice){.out = out, .end = out->len + bytes, .budget = budget > 0 ? budget : 1};
}

static inline void slice_spend(struct slice *slice, size_t units) {
    slice->budget -= units < slice->budget ? units : slice->budget;
}

/** True when no further item may begin. */
static inline bool slice_is_spent(const struct slice *slice) {
    return slice->budget == 0 || slice->out->len >= slice->end || slice->out->failed;
}

/**
 * store_settle within the slice. Even a spent slice sorts some series, so every step makes
 * progress.
 */
static inline bool slice_settle(struct slice *slice, struct store *store,
                                const struct catalog_family *family) {
    enum { LEAST_UNITS = 64 };
    size_t units = slice->budget < LEAST_UNITS ? LEAST_UNITS : slice->budget;
    const bool settled = store_settle(store, family, &units);
    if (units < slice->budget)
        slice->budget = units;
    return settled;
}

#endif
