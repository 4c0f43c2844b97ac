/*
 * series.h - what a series is, and how to read it: its value, its body by kind, its labels.
 *
 * A series pointer stays readable for the life of the store; the generation shows whether it still
 * is the same series. Other libraries only read series; store/numbers.h and store/own.h change
 * them.
 */
#ifndef STATGATE_STORE_SERIES_H
#define STATGATE_STORE_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"
#include "store/owners.h"
#include "store/store.h"

enum series_flags {
    SERIES_LIVE = 1,     /**< exists; cleared when freed */
    SERIES_SORTED = 2,   /**< is in the sorted order (else in the family's fresh list) */
    SERIES_FALLBACK = 4, /**< one of the family's reserved fallback series */
    SERIES_STALE = 16,   /**< private: `value` has to be merged from the parts again */
    SERIES_HIDDEN = 32   /**< private: an info series that a newer one replaced */
};

/**
 * One series. This fixed part is followed by the body, family->body_words 8-byte words:
 *
 *   histogram         bucket_count + 1 counts (uint64_t, not cumulative, the last is +Inf)
 *   computed summary  struct series_summary
 *   owned             struct series_owned; a relayed summary's struct series_relayed
 *   attempts, jobs    the number of a machine (machines/)
 *
 * then by label_count ids (uint32_t), in the order of the family's labels; a histogram has one more
 * uint32_t, the time of its last write.
 */
struct series {
    uint32_t generation; /**< changes when the series is freed */
    uint16_t family;     /**< index in the set */
    uint8_t kind;        /**< enum family_kind */
    uint8_t flags;
    double value; /**< counter, gauge, up-down counter; histogram, computed summary: sum; info: 1;
                       stateset: id of the state, -1 none */
    union {
        int64_t updated_ms; /**< all other kinds: last write, monotonic; see store_written */
        double carry;       /**< histogram, summary: the part of sampled weights not yet counted */
    };
    int64_t created_ms; /**< Unix time of the first sample, or of load */
};

enum { SERIES_WRITERS = 8 };

/** Body of a series whose values belong to processes. */
struct series_owned {
    uint32_t parts; /**< head of the list of parts, index + 1; 0: none; always 0 for an info */
    uint32_t part_count;
    double base;    /**< counter of readings: what ended processes left */
    uint32_t place; /**< private: the place of this series */
    uint32_t unused;
    uint8_t refused[SERIES_WRITERS]; /**< private: by writer: how often another owner found it
                                          taken; wraps */
};

/** Private: a process whose value is kept in the series and not in its part, so that a sample of it
 * touches no other memory. */
struct series_writer {
    uint32_t owner; /**< an owner_id */
    uint32_t part;  /**< the link of its part; 0: no value is here */
    double value;
};

/** Body of an owned series whose processes each have one number (family_has_writers). */
struct series_numbers {
    struct series_owned owned;
    /** Private: the owner's id selects the writer. Neighbouring ids, which the workers of a service
     * have, do not collide. */
    struct series_writer writers[SERIES_WRITERS];
};

/** Items of a relayed summary; quantile i is RELAYED_QUANTILES + i. */
enum { RELAYED_SUM, RELAYED_COUNT, RELAYED_QUANTILES };

/** Body of a relayed summary. */
struct series_relayed {
    struct series_owned owned;
    uint64_t present; /**< bit i: item i was sent */
    double items[];   /**< sum, count, quantiles */
};

/** Body of a summary computed here. */
struct series_summary {
    uint64_t count;
    uint32_t window;  /**< private: number of its window */
    uint32_t written; /**< private: time of the last write, see store_written */
};

/** The words of a series' body. */
static inline const uint64_t *series_body(const struct series *series) {
    return (const uint64_t *)(const void *)(series + 1);
}

/** The counts of a histogram. */
static inline const uint64_t *series_buckets(const struct series *series) {
    return series_body(series);
}

/** The body of a series of an owned family. */
static inline const struct series_owned *series_owned(const struct series *series) {
    return (const struct series_owned *)(const void *)series_body(series);
}

/** The body of a relayed summary. */
static inline const struct series_relayed *series_relayed(const struct series *series) {
    return (const struct series_relayed *)(const void *)series_body(series);
}

/** The body of a computed summary. */
static inline const struct series_summary *series_summary(const struct series *series) {
    return (const struct series_summary *)(const void *)series_body(series);
}

/** The ids of a series' label values. */
static inline const uint32_t *series_ids(const struct catalog_family *family,
                                         const struct series *series) {
    return (const uint32_t *)(const void *)(series_body(series) + family->body_words);
}

/**
 * When a sample was last applied to the series, on the monotonic clock; for a histogram or a
 * computed summary up to a second too early. 0: never since the series began, or not known, because
 * its numbers were counted elsewhere (series_put). Only gauges and statesets expire by this time;
 * for other kinds it is for people, and after a crash it may be that of a sample that was undone.
 */
int64_t store_written(const struct catalog_family *family, const struct series *series);

/**
 * What has been counted in the series: the value of a counter (of an owned one as of the last
 * store_merge), or the number of observations of a histogram or a summary. False: its kind does not
 * count, or its process relayed no count.
 */
bool store_total(const struct catalog_family *family, const struct series *series,
                 double *ret_total);

/**
 * The family's quantiles for this series, over the window that ends at `now`: quantile_count
 * numbers in ret_quantiles, each within 1 % of an observation of that rank (0 and 1 are exact).
 * False if nothing was observed within the window. *ret_units is set to the work units spent.
 */
bool store_quantiles(const struct store *store, const struct catalog_family *family,
                     const struct series *series, struct store_time now, double *ret_quantiles,
                     size_t *ret_units);

/** A label value by its text, for store_cursor_seek and store_forget. */
struct store_key {
    const char *text;
    size_t len;
};

/** A label value by id; the text of a pattern value is valid until the series ends. */
struct catalog_value store_label_value(const struct store *store,
                                       const struct catalog_family *family, uint32_t label,
                                       uint32_t id);

/** Merge the parts of an owned series into its value, as store_cursor_next does. Returns work
 * units.
 */
size_t store_merge(struct store *store, const struct catalog_family *family,
                   const struct series *series);

#endif
