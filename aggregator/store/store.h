/*
 * store.h - all numbers of the daemon: series by family and label values, bounded by the catalogs.
 *
 * The gate finds or makes series and changes their numbers; views walk them in order. No I/O, no
 * clock, no log: time arrives as an argument, in milliseconds. One thread. A series pointer stays
 * readable for the life of the store; whether it still is the same series tells its generation.
 */
#ifndef STATGATE_STORE_STORE_H
#define STATGATE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"

/** Two clocks, read once per loop turn by the caller. */
struct store_time {
    int64_t mono_ms; /**< for ages and time to live */
    int64_t real_ms; /**< Unix time, for `_created` */
};

enum series_flags {
    SERIES_LIVE = 1,    /**< exists; cleared when freed */
    SERIES_SORTED = 2,  /**< stands in the sorted order (else in the family's fresh list) */
    SERIES_FALLBACK = 4 /**< one of the family's reserved fallback series */
};

/**
 * One series. Fixed part; behind it, for a histogram bucket_count + 1 counts (uint64_t, not
 * cumulative, the last is +Inf), then label_count ids (uint32_t), in the order of the family's
 * labels.
 */
struct series {
    uint32_t generation; /**< changes when the series is freed */
    uint16_t family;     /**< index in the set */
    uint8_t type;        /**< enum family_type */
    uint8_t flags;
    double value; /**< counter, gauge, up-down counter; histogram: sum */
    union {
        int64_t updated_ms; /**< gauge: last write, monotonic */
        double carry;       /**< histogram: the part of sampled weights not yet counted */
    };
    int64_t created_ms; /**< Unix time of the first sample, or of load */
};

struct store;

/** What a store costs and holds. */
struct store_figures {
    uint64_t series;       /**< live */
    uint64_t series_full;  /**< new series refused or folded because a family was full */
    uint64_t pattern_full; /**< label values refused or folded because a pattern label was full */
    uint64_t series_freed; /**< ended by ttl, absent or removal */
    uint64_t bytes;        /**< memory of tables and series */
};

/**
 * A store for a finished set (borrowed, outlives the store). Creates label-less counters,
 * histograms, up-down counters and all `zeros` at 0. NULL when memory is out.
 */
struct store *store_new(const struct catalog_set *set, uint64_t seed, struct store_time now);
void store_free(struct store *store);
void store_figures(const struct store *store, struct store_figures *ret_figures);

/** Bytes that the family's series and tables take when it is full, its pattern values as long as
 * they may be: the arithmetic of `check`. */
uint64_t store_family_bytes(const struct catalog_family *family);

/* ---- finding and making series (gate, self) ---- */

/** What the gate asks for one label. */
struct store_label {
    int32_t id; /**< a declared value's id, or -1: `text` is a value that matches the pattern */
    const char *text; /**< borrowed */
    size_t len;
};

enum store_result {
    STORE_FOUND,         /**< as asked */
    STORE_FOLDED_LABEL,  /**< a pattern label was full: its otherwise was taken */
    STORE_FOLDED_SERIES, /**< the family was full: otherwise on every label that has one */
    STORE_LABEL_FULL,    /**< refused: a pattern label is full and has no otherwise */
    STORE_SERIES_FULL,   /**< refused: the family is full */
    STORE_NO_MEMORY      /**< refused; counted as full */
};

/**
 * The series of `family` with these labels (label_count items in the family's order), made if it is
 * new. *ret_label tells which label was folded or full (index), else -1. On the refusing results
 * *ret_series is untouched.
 */
enum store_result store_series(struct store *store, const struct catalog_family *family,
                               const struct store_label *labels, struct store_time now,
                               struct series **ret_series, int *ret_label);
/** The same for declared ids only, and only if it exists: NULL when it does not. */
struct series *store_find(const struct store *store, const struct catalog_family *family,
                          const uint32_t *ids);
/** End a series; its pattern values are freed with their last series. */
void store_remove(struct store *store, struct series *series);
/** End gauges whose time to live is over; looks at up to `budget` series. Returns how many it
 * ended. */
size_t store_expire(struct store *store, struct store_time now, size_t budget);

/* ---- changing numbers (gate) ---- */

/** Each returns false, changing nothing, for a value that the type cannot take (`bad_value`). */
bool series_add(const struct catalog_family *family, struct series *series, double delta);
/** Gauge. A value equal to the family's `absent` is the caller's business (store_remove). */
bool series_write(struct series *series, double value, struct store_time now);
/** `weight` observations of `value`; a fractional part is carried to the next. */
bool series_observe(const struct catalog_family *family, struct series *series, double value,
                    double weight);

/* ---- reading (views) ---- */

static inline const uint64_t *series_buckets(const struct series *series) {
    return (const uint64_t *)(const void *)(series + 1);
}

/** The ids of the labels. */
static inline const uint32_t *series_ids(const struct catalog_family *family,
                                         const struct series *series) {
    const size_t buckets = family->type == FAMILY_HISTOGRAM ? (size_t)family->bucket_count + 1 : 0;
    return (const uint32_t *)(const void *)(series_buckets(series) + buckets);
}

/** A label value by id; for pattern values valid until the series goes. */
const struct catalog_value *store_label_value(const struct store *store,
                                              const struct catalog_family *family, uint32_t label,
                                              uint32_t id);

/** Live series of a family, those past their time to live included until they are swept. */
uint64_t store_family_count(const struct store *store, const struct catalog_family *family);

/**
 * Bring fresh series of a family into the sorted order. *budget (work units, about 100 ns each)
 * falls; returns false when it ran out before all was sorted. Views call this before they walk a
 * family.
 */
bool store_settle(struct store *store, const struct catalog_family *family, size_t *budget);

/**
 * A place in a family's sorted order that survives changes between loop turns: while it is open the
 * store moves it past series that end. Series that come fresh during a walk may be missed; none is
 * met twice.
 */
struct store_cursor {
    const struct catalog_family *family;
    const struct series *next; /**< the series the walk meets next, or NULL at the end */
    size_t chunk;              /**< where `next` stood at `version`: a hint */
    size_t item;
    uint64_t version;
    struct store_cursor *link; /**< the family's open cursors */
};

/** Open at the first series. The struct is the caller's and must not move until store_cursor_close.
 */
void store_cursor_open(struct store *store, struct store_cursor *cursor,
                       const struct catalog_family *family);
/** A label value by its text, for store_cursor_seek. */
struct store_key {
    const char *text;
    size_t len;
};
/** Move to the first series behind these label values (label_count keys), whether or not such a
 * series exists. */
void store_cursor_seek(struct store *store, struct store_cursor *cursor,
                       const struct store_key *keys);
/** The next series that is present at `now` (not past its time to live), or NULL at the end. Valid
 * until the loop turn ends. */
const struct series *store_cursor_next(struct store *store, struct store_cursor *cursor,
                                       struct store_time now);
/** Safe on a zeroed struct, and twice. */
void store_cursor_close(struct store *store, struct store_cursor *cursor);

#endif
