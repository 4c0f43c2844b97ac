/*
 * family.h - a metric family: what its samples mean, and which series it can have.
 */
#ifndef STATGATE_CATALOG_FAMILY_H
#define STATGATE_CATALOG_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "catalog/kind.h"
#include "catalog/label.h"
#include "catalog/machines.h"

struct catalog;
struct catalog_query;

/** Where the samples of a family come from. */
enum family_source {
    SOURCE_DATAGRAMS,
    SOURCE_DERIVED, /**< derived from attempts or jobs; datagrams for it are `type_mismatch` */
    SOURCE_QUERY    /**< rows of a database query; datagrams for it are `type_mismatch` */
};

/** A metric family. */
struct catalog_family {
    const struct catalog *catalog;
    const char *name;            /**< as exposed, with `_total` on counters */
    const struct kind_row *kind; /**< a row of kinds.def */
    const char *help;            /**< may be "" */
    const char *unit;            /**< NULL when none */
    const char *group;           /**< NULL when none */
    const char *const *aliases;  /**< additional names on the wire */
    size_t alias_count;
    const struct catalog_label *labels; /**< in byte order of name */
    uint32_t label_count;
    enum family_merge merge; /**< that of the kind, unless the catalog sets another */
    enum family_source source;
    /** Where the catalog declares the family, for messages: /section/key. `section` is static, the
     * keys are in the arena. */
    const char *section;     /**< "families", "attempts" or "jobs" */
    const char *key;         /**< its name, or that of the attempts or jobs it is derived from */
    const char *part_key;    /**< SOURCE_DERIVED: its key in `names` there; else NULL */
    const double *quantiles; /**< summary: in [0,1], increasing */
    uint32_t quantile_count;
    int64_t window_ms; /**< window of a summary that the daemon computes; 0: relayed */
    /** stateset: the label that has the family's name. It is not in `labels`: a series is a
     * combination of the other labels, and its value is the id of the state. */
    const struct catalog_label *state_label;
    const struct catalog_attempts *attempts; /**< for attempts, else NULL */
    const struct catalog_jobs *jobs;         /**< for jobs, else NULL */
    const struct catalog_query *query;       /**< for SOURCE_QUERY, else NULL */
    uint32_t body_words;   /**< 8-byte words of a series between its fixed part and its labels */
    const double *buckets; /**< histogram: finite upper bounds, increasing; +Inf is implied */
    uint32_t bucket_count;
    double ms_scale;     /**< factor for `ms` observations (0.001 or 1) */
    bool allow_negative; /**< histogram with a negative bound: takes negative values, has no sum */
    bool zeros;          /**< create every combination of declared values at load */
    bool has_floor;
    double floor; /**< updowncounter: the value never goes below it */
    bool has_absent;
    double absent;         /**< gauge: this value removes the series */
    int64_t ttl_ms;        /**< gauge: removed if not written for this long; 0: never */
    bool exposed;          /**< false: no endpoint shows it, and its samples are ignored */
    uint64_t max_series;   /**< as declared; UINT64_MAX: no limit of its own */
    uint64_t combinations; /**< product of the labels' bounds (saturated) */
    uint64_t bound;        /**< most series at a time: min(combinations, max_series) */
    uint64_t reserved;     /**< part of `bound` for fallback series if max_series cuts; else 0 */
    uint64_t lines;        /**< sample lines of its exposition at the bound (without _created) */
    uint32_t index;        /**< position in its set (catalog_set_finish) */
};

/** Whether the family is a summary whose quantiles, sum and count are computed by a process. */
static inline bool family_is_relayed(const struct catalog_family *family) {
    return family->kind->is_relayed;
}

/** Whether values belong to processes: the store keeps their parts. */
static inline bool family_is_owned(const struct catalog_family *family) {
    return family->merge != MERGE_NONE;
}

/** Whether values belong to processes and each process has a number of its own in each series. */
static inline bool family_has_writers(const struct catalog_family *family) {
    return family_is_owned(family) && family->merge != MERGE_LATEST;
}

/** Whether the family is shown in expositions. */
static inline bool family_has_lines(const struct catalog_family *family) {
    return !family->kind->is_machine;
}

/** The fields that hold the state of the family's series: bits of enum kind_state. */
static inline unsigned family_state(const struct catalog_family *family) {
    return family_is_owned(family) ? family->kind->own_state : family->kind->state;
}

/** The label that distinguishes the lines of a series: `le`, `quantile`, or the name of a stateset.
 * NULL if a series has one line. */
static inline const char *family_item_label(const struct catalog_family *family) {
    if (family->kind->items == ITEMS_NONE)
        return NULL;
    return family->kind->item_label != NULL ? family->kind->item_label : family->name;
}

/** The number of buckets (with +Inf), quantiles or states of a series; 0 if it has one line. */
uint32_t catalog_family_items(const struct catalog_family *family);

/** The attempts or jobs that a family is derived from; NULL if it is not derived. */
const struct catalog_family *catalog_family_origin(const struct catalog_family *family);

#endif
