/*
 * slice.h - what implementations of views share: struct view, and the limits of a slice. For the
 * folders that make views; readers of views only need view.h.
 */
#ifndef STATGATE_VIEW_SLICE_H
#define STATGATE_VIEW_SLICE_H

#include "store/store.h"
#include "view/view.h"

/** The base of a view; the first member of each view's own struct. */
struct view {
    enum view_state (*step)(struct view *view, struct strbuf *out, size_t budget,
                            struct store_time now);
    void (*free)(struct view *view);
    size_t slice_bytes; /**< bytes that end a slice; 0: VIEW_SLICE_BYTES */
};

/** The limits of the slice that is being written. */
struct slice {
    struct strbuf *out;
    size_t end; /**< the slice ends when out->len reaches this */
    size_t budget;
};

static inline struct slice slice_begin(const struct view *view, struct strbuf *out, size_t budget) {
    const size_t bytes = view->slice_bytes > 0 ? view->slice_bytes : VIEW_SLICE_BYTES;
    return (struct slice){.out = out, .end = out->len + bytes, .budget = budget > 0 ? budget : 1};
}

static inline void slice_spend(struct slice *slice, size_t units) {
    slice->budget -= units < slice->budget ? units : slice->budget;
}

/** True if no further item may begin. */
static inline bool slice_is_spent(const struct slice *slice) {
    return slice->budget == 0 || slice->out->len >= slice->end || slice->out->failed;
}

/**
 * Call store_settle with the slice's budget. Even a spent slice sorts some series, so that every
 * step makes progress.
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
