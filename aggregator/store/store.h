/* SPDX-License-Identifier: MIT */
/*
 * store.h - all numbers of the daemon: series by family and label values, bounded by the catalogs.
 *
 * The store as a whole: it is made for a set of catalogs, which determine its size. No I/O, no
 * clock, no log: time is an argument, in milliseconds. One thread. A record that outlives a call
 * refers to a series by its place, not by pointer.
 */
#ifndef STATGATE_STORE_STORE_H
#define STATGATE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "catalog/catalog.h"
#include "object/object.h"

/** Two clocks, read once per loop turn by the caller. */
struct store_time {
    int64_t mono_ms; /**< for ages and time to live */
    int64_t real_ms; /**< Unix time, for `_created` */
};

struct store;
struct object;
struct owners;
struct series;
struct store_family; /* private */

/** Counts of a store. */
struct store_figures {
    uint64_t series;      /**< live; for families of sets, those of both sets */
    uint64_t series_full; /**< new series refused because a family was full, and nothing could be
                             folded */
    uint64_t
        pattern_full; /**< values refused because a pattern label without `otherwise` was full */
    uint64_t series_freed; /**< ended by ttl, absent or removal, or with their set */
    uint64_t parts;        /**< values that processes own */
    uint64_t parts_full;   /**< samples refused because the table of parts was full */
    uint64_t pages_full;   /**< observations of summaries that went to a neighbouring bin */
    uint64_t bytes;        /**< memory of tables and series */
};

enum { PARTS_MAX = 262144, WINDOW_PAGES_MAX = 262144 };

/**
 * Make a store for a finished set. Borrowed: the set; and `object`, in which numbers outlive the
 * process (NULL: they do not). Creates these series at 0: label-less counters (not of readings),
 * histograms, up-down counters and computed summaries, all series of families with `zeros`, and
 * every series of attempts and jobs, also those with `otherwise`.
 */
struct store *store_new(struct object *object, const struct catalog_set *set, uint64_t seed,
                        struct store_time now);
void store_free(struct store *store);
void store_figures(const struct store *store, struct store_figures *ret_figures);

/** Bytes of a full family's series and tables, with pattern values of the greatest length and
 * windows of summaries included: the arithmetic of `check`. */
uint64_t store_family_bytes(const struct catalog_family *family);
/** Bytes of the tables that all families of a set share: parts, and pages of windows. They are as
 * large as the set can need, with at most PARTS_MAX parts and WINDOW_PAGES_MAX pages. */
uint64_t store_shared_bytes(const struct catalog_set *set);

/** Bytes of the store's tables in an object, the table of owners included. */
uint64_t store_object_bytes(const struct catalog_set *set);

/*
 * Each change of a store is noted in the object's undo record and not committed: the caller commits
 * when it has changed everything that belongs together. Only these commit by themselves:
 * store_expire, store_disown and store_forget, after each series and each part; and functions that
 * find or make a series, if the family is full, after each series that they end for it. So a caller
 * of these must have no other change under way.
 */

/** Live series of a family; series past their time to live count until they are swept. */
uint64_t store_family_count(const struct store *store, const struct catalog_family *family);
/** The same of all families of a service. */
uint64_t store_service_count(const struct store *store, const struct catalog *catalog);

/** The processes that own values. */
struct owners *store_owners(const struct store *store);

/* ---- owners ----
 * live processes that own values, which end with their process.
 *
 * A sender becomes an owner with its first sample for something owned (a part of a merged gauge, a
 * reading, a running job). An owner is one process, not one pid: an ended owner never returns, and
 * its id is never given to another owner. Pure: callers report which processes live (ingress
 * watches them). The owned things are linked in lists of store and machines, whose heads are here.
 */

enum {
    OWNERS_MAX = 16384,
    OWNER_NONE = 0, /**< no owner's id */
    OWNER_SLOT_BITS = 15
};

/** A slot number + 1 in the low OWNER_SLOT_BITS bits, and above it how often the slot was used. */
typedef uint32_t owner_id;

/** The slot of an owner, which must not be OWNER_NONE: 0 to max - 1. A slot is reused once its
 * owner is released. */
static inline uint32_t owner_slot(owner_id id) {
    return (id & ((UINT32_C(1) << OWNER_SLOT_BITS) - 1)) - 1;
}

struct owner {
    owner_id id; /**< OWNER_NONE: the slot is free */
    int32_t pid;
    uint64_t start_ticks; /**< when the process started, by its host's count; 0: not known */
    uint32_t uses;        /**< private: how often the slot was taken */
    bool ended;           /**< takes no more values; its parts and jobs are to be released */
    uint32_t parts;       /**< store: head of the list of its parts (index + 1), 0 none */
    uint32_t part_count;  /**< store */
    uint32_t jobs;        /**< machines: head of the list of its running jobs (index + 1), 0 none */
    uint32_t job_count;   /**< machines */
    uint32_t next;        /**< private: free list, list of ended owners */
};

/** Make a table for `max` owners (at most OWNERS_MAX). `object` is borrowed. With an object, owners
 * outlive the daemon's process; with NULL they do not. */
struct owners *owners_new(struct object *object, uint32_t max);
void owners_free(struct owners *owners);
/** Bytes of a table for `max` owners. */
uint64_t owners_bytes(uint32_t max);
/** Bytes of such a table that are in an object. */
uint64_t owners_object_bytes(uint32_t max);

/**
 * Make a process an owner. OWNER_NONE if the table is full, which is counted. If the pid already
 * has a live owner, that owner is returned unchanged: a caller that knows that the pid now belongs
 * to another process ends the old owner first.
 */
owner_id owners_begin(struct owners *owners, int32_t pid);
/** The live owner of this pid, or OWNER_NONE. */
owner_id owners_find(const struct owners *owners, int32_t pid);
/** Set when the process of an owner started. Does nothing for an unknown id. */
void owners_describe(struct owners *owners, owner_id id, uint64_t start_ticks);
/** Mark an owner as ended, because its process is. Its parts and jobs are released step by step;
 * see owners_ended. Does nothing for an ended or unknown id. */
void owners_end(struct owners *owners, owner_id id);
/** The owner with this id, ended or not; NULL if it was released. Valid until owners_release. */
struct owner *owners_at(const struct owners *owners, owner_id id);
/** The live owner in a slot, or OWNER_NONE. */
owner_id owners_in_slot(const struct owners *owners, uint32_t slot);

/** The live owner with this id, or NULL. */
static inline struct owner *owners_live(const struct owners *owners, owner_id id) {
    struct owner *owner = id == OWNER_NONE ? NULL : owners_at(owners, id);
    return owner != NULL && !owner->ended ? owner : NULL;
}

/** Of the ended owners that are not released yet, the one that ended first; OWNER_NONE: none. */
owner_id owners_ended(const struct owners *owners);
/** Free the slot of that ended owner, whose lists must be empty. */
void owners_release(struct owners *owners, owner_id id);

/** Called for an owner before it is dropped; its lists need not be empty. */
typedef void owners_gone_fn(void *arg, const struct owner *owner);
/**
 * Take over the owners of an image, each with its id and slot. Owners that had ended in the image
 * are ended here, too, and all are if image->strangers is set. An invalid record is left out. The
 * table must be empty, or contain only owners that an earlier call took over: owners that are still
 * in the image keep what they have, and `gone` is called for the others.
 */
void owners_restore(struct owners *owners, const struct image *image, owners_gone_fn *gone,
                    void *arg);

struct owners_figures {
    uint32_t live;
    uint32_t ended; /**< to be released */
    uint32_t max;
    uint64_t refused;  /**< calls of owners_begin that found the table full */
    uint64_t released; /**< ended and released */
};
void owners_figures(const struct owners *owners, struct owners_figures *ret_figures);

/* ---- series ----
 * what a series is, and how to read it: its value, its body by kind, its labels.
 *
 * A series pointer stays readable for the life of the store; the generation shows whether it still
 * is the same series. Other libraries only read series; store/store.h and store/store.h change
 * them.
 */

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
 *   attempts, jobs    the number of a machine (breakers_jobs/)
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
 * for other kinds it is for people, and after a crash it may be that of a sample that was
 * undone.
 */
int64_t store_written(const struct catalog_family *family, const struct series *series);

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

/* ---- obtain ----
 * finding and making series by their labels, and finding them by their places.
 */

/** One label value of the series that is asked for. */
struct store_label {
    int32_t id; /**< a declared value's id, or -1: `text` is a value that matches the pattern */
    const char *text; /**< borrowed */
    size_t len;
};

enum store_result {
    STORE_FOUND,         /**< the series with these labels */
    STORE_FOLDED_LABEL,  /**< a pattern label was full: the series with its `otherwise` instead */
    STORE_FOLDED_SERIES, /**< the family was full: `otherwise` for every label that has one */
    STORE_LABEL_FULL,    /**< refused: a pattern label is full and has no otherwise */
    STORE_SERIES_FULL    /**< refused: the family is full */
};

/**
 * Find or make the series of `family` with these labels (label_count items in the family's order).
 * If there is no room, series past their time to live are ended first. *ret_label is the index of
 * the label that was folded or full, else -1. On the refusing results *ret_series is untouched.
 * Does not make series that come as one set: STORE_SERIES_FULL.
 */
enum store_result store_series(struct store *store, const struct catalog_family *family,
                               const struct store_label *labels, struct store_time now,
                               const struct series **ret_series, int *ret_label);
/** Same as store_series; *ret_made is true if the series is new. */
enum store_result store_obtain(struct store *store, const struct catalog_family *family,
                               const struct store_label *labels, struct store_time now,
                               const struct series **ret_series, int *ret_label, bool *ret_made);
/** The series with these ids, which must belong to declared values. NULL if it does not exist. */
const struct series *store_find(const struct store *store, const struct catalog_family *family,
                                const uint32_t *ids);
/**
 * The place of a series: its number within its family, from 1; 0 is none. It is valid while the
 * series lives, and does not depend on where the tables are in memory. Not for series that come as
 * one set.
 */
uint32_t store_place(const struct store *store, const struct catalog_family *family,
                     const struct series *series);
/** The series at a place that is not 0. */
const struct series *store_at(const struct store *store, const struct catalog_family *family,
                              uint32_t place);

/* ---- numbers: changing the numbers of series whose values belong to the host. ---- */

enum store_number {
    NUMBER_TAKEN,
    NUMBER_BAD,   /**< not a value for this kind; nothing changed */
    NUMBER_BEYOND /**< a total would not be finite; nothing changed */
};
/**
 * Apply a sample to a series whose values belong to the host, by its kind. `rate` is the fraction
 * of samples that the client sends, `item` the state of a stateset:
 *
 *   counter            an increment, divided by the rate; not below 0
 *   updowncounter      a change of either sign, divided by the rate
 *   gauge              the value
 *   histogram, summary an observation that represents 1 / rate observations; the bins of a summary
 *                      are taken from a pool, so nothing is allocated
 *   stateset           1 selects the state, 0 deselects it if it is the selected one
 */
enum store_number store_number(struct store *store, const struct catalog_family *family,
                               const struct series *series, double value, double rate,
                               uint32_t item, struct store_time now);

/* Single changes, for series that the daemon itself writes. */
bool series_add(struct store *store, const struct catalog_family *family,
                const struct series *series, double delta, struct store_time now);
/** Set a gauge. The caller handles a value equal to the family's `absent` (store_remove). */
bool series_write(struct store *store, const struct series *series, double value,
                  struct store_time now);
/** Count `weight` observations of `value`; a fractional part is carried to the next observation. */
bool series_observe(struct store *store, const struct catalog_family *family,
                    const struct series *series, double value, double weight,
                    struct store_time now);

/* ---- numbers that were counted elsewhere (self, machines) ----
 *
 * Each word is valid by itself, so these changes are not noted for undo. */

/** Set the value of a series of any kind, counters included; updated_ms is unchanged. */
void series_put(const struct series *series, double value);
/** Histogram: set its counts (bucket_count + 1, not cumulative) and its sum. */
void series_put_histogram(const struct catalog_family *family, const struct series *series,
                          const uint64_t *buckets, double sum);
/** Set created_ms: the Unix time from which its numbers count. */
void series_put_created(const struct series *series, int64_t real_ms);
/** Attempts, jobs: set the number of the series' machine. */
void series_put_machine(const struct series *series, uint64_t number);

/* ---- own: values of series that belong to processes. ---- */

enum store_own {
    OWN_TAKEN,
    OWN_BAD_VALUE, /**< not a value for this kind; nothing changed */
    OWN_BEYOND,    /**< a total would not be finite; nothing changed */
    OWN_FULL       /**< no place for another part; counted */
};
/**
 * Apply a value from a live owner to a series of an owned family:
 *
 *   gauge          the process's latest value; a value equal to `absent` frees the part
 *   updowncounter  a delta for the process's part; `floor` applies to each part
 *   counter        a reading; one smaller than the reading before is a reset
 *   info           (value 1, else OWN_BAD_VALUE) the process now has these labels
 *   summary        item number `item` of a relayed summary; a new writer starts from nothing
 *                  (not below 0, a count whole, else OWN_BAD_VALUE)
 *
 * The series stays even if its last part was freed: see store_is_vacant.
 */
enum store_own store_own(struct store *store, const struct catalog_family *family,
                         const struct series *series, owner_id owner, uint32_t item, double value,
                         struct store_time now);
/** True for an owned series without parts that must not be shown: the caller removes it. False for
 * an up-down counter or kept reading that once had a part, and for a series that exists from the
 * start. */
bool store_is_vacant(const struct catalog_family *family, const struct series *series);

/** The value of the owner's part of a gauge; 0: it has none. */
double store_own_value(const struct store *store, const struct catalog_family *family,
                       const struct series *series, owner_id owner);

/** Prefetch the part of the series' body that store_own will need. */
static inline void store_own_bring(const struct series *series, owner_id owner) {
    const uintptr_t body = (uintptr_t)series + sizeof *series;
    __builtin_prefetch((const void *)(body + offsetof(struct series_numbers, writers) +
                                      owner % SERIES_WRITERS * sizeof(struct series_writer)),
                       1);
}

/** Prefetch the other memory that store_own will need, once the series is in the cache: call
 * store_own_touch first, and if it returns true, store_own_fetch some lines later. */
bool store_own_touch(const struct store *store, const struct series *series, owner_id owner);
void store_own_fetch(const struct store *store, const struct series *series, owner_id owner);
/**
 * Release the parts of an ended owner, and end the series that this leaves vacant. Deducts the work
 * from *budget (work units, about 100 ns each) and stops at 0, at most one series late. Returns
 * true when the owner has no parts left.
 */
bool store_disown(struct store *store, owner_id owner, size_t *budget);

/* ---- end: ending series: by request, and past their time to live. ---- */

/** End a series. A pattern value is freed when the last series that has it ends. */
void store_remove(struct store *store, const struct series *series);

/** End gauges and statesets that are past their time to live, and free the parts of summary windows
 * that have become too old. Deducts the work from *budget (work units, about 100 ns each). Returns
 * false if the budget ran out before all families were examined: call again. A full family does not
 * wait for this. */
bool store_expire(struct store *store, struct store_time now, size_t *budget);

/** Which series are to be ended by store_forget, and its progress. */
struct store_forgetting {
    const struct catalog_family *family;
    const struct store_key
        *labels;    /**< label_count items in the family's order; text NULL: any value */
    uint64_t ended; /**< number of series ended so far */
    uint64_t again; /**< how many of these exist from the start, and were made again, at 0 */
    uint32_t next;  /**< private, as all that follows */
    uint32_t next_part;
};
/**
 * End all series of a family that have these label values, step by step: deducts the work from
 * *budget (work units) and returns false if the budget ran out before the end: call again. A series
 * that is sent again later starts over, with a new created_ms. A sample that arrives between two
 * steps may go into a series that is still to end. The parts of processes end with their series,
 * all at once, so a series with very many parts makes one step long. Not for families of queries,
 * of attempts and jobs, nor for families derived from these: other tables refer to their series by
 * place.
 */
bool store_forget(struct store *store, struct store_forgetting *forgetting, struct store_time now,
                  size_t *budget);

/* ---- cursor: walks over the series of a family in the order of their labels. ---- */

/**
 * Move the fresh series of a family into its sorted order. Deducts the work from *budget (work
 * units, about 100 ns each); returns false if the budget ran out before all series were sorted.
 * Views call this before they walk a family.
 */
bool store_settle(struct store *store, const struct catalog_family *family, size_t *budget);

/**
 * A position in a family's sorted order that survives changes between loop turns: while the cursor
 * is open, the store moves it past series that end. A walk may miss series that are made during the
 * walk, but returns no series twice.
 */
struct store_cursor {
    const struct catalog_family *family;
    struct store_family *set;  /**< private: the table it walks, even if no longer shown */
    const struct series *next; /**< the series that the walk returns next, or NULL at the end */
    size_t chunk;              /**< position of `next` as of `version`: a hint */
    size_t item;
    uint64_t version;
    size_t units; /**< extra work units of the last store_cursor_next, spent on merging parts */
    struct store_cursor *link; /**< the family's open cursors */
};

/** Open at the first series. The caller owns the struct and must not move it until
 * store_cursor_close. */
void store_cursor_open(struct store *store, struct store_cursor *cursor,
                       const struct catalog_family *family);
/** Move to the first series after these label values (label_count keys), whether or not a series
 * has exactly these values. */
void store_cursor_seek(struct store *store, struct store_cursor *cursor,
                       const struct store_key *keys);
/** The next series that is present at `now` (not past its time to live, not replaced), with its
 * value merged from its parts; NULL at the end. Valid until the loop turn ends. */
const struct series *store_cursor_next(struct store *store, struct store_cursor *cursor,
                                       struct store_time now);
/** Safe on a zeroed struct, and safe to call twice. */
void store_cursor_close(struct store *store, struct store_cursor *cursor);

/* ---- sets ----
 * families whose series come as one set (SOURCE_QUERY).
 *
 * Such a family has two sets of series: the shown one, which all other functions use, and one under
 * way. The set under way is filled separately and then replaces the shown one at once, however many
 * series it has. Views that walk the old set keep walking it; it is emptied step by step once they
 * have finished. So rows that the query no longer returns disappear, and label values of the old
 * set do not block new ones. The family's bound and the labels' maxima apply to each of the two
 * sets. Before the first commit nothing is shown, with `zeros` or without.
 */

/** Begin an empty set; a set under way is dropped. The remains of an old set are emptied first,
 * even while a view still walks them. False if *budget (work units) ran out before that: call
 * again. */
bool store_set_begin(struct store *store, const struct catalog_family *family, size_t *budget);
/** Same as store_series, in the set under way (STORE_SERIES_FULL if there is none). *ret_made is
 * true if the series is new in that set. */
enum store_result store_set_series(struct store *store, const struct catalog_family *family,
                                   const struct store_label *labels, struct store_time now,
                                   const struct series **ret_series, int *ret_label,
                                   bool *ret_made);
/** Show the set under way, if there is one, instead of the shown one. */
void store_set_commit(struct store *store, const struct catalog_family *family);
/** Show nothing, because the shown values are no longer true. A set under way is dropped, too. */
void store_set_clear(struct store *store, const struct catalog_family *family);
/** Show nothing until the set under way, which stays, is committed. */
void store_set_hide(struct store *store, const struct catalog_family *family);
/** Empty sets that are not shown any more, until *budget is used up. True if there is none left to
 * empty. Sets that a view still walks are left for a later call or the next store_set_begin. */
bool store_set_tidy(struct store *store, size_t *budget);

/* ---- restore: taking over the series of another process into a new store. ---- */

/** What became of the series of another process. */
struct store_restored {
    uint64_t kept;
    uint64_t ended; /**< not in the present catalogs, or with numbers that their kind cannot have */
};
/**
 * Take over the series of an image, and the processes that own values, into a new store. Every
 * record is checked. Left out are series past their time to live, series of queries, and series of
 * attempts and jobs (which the machines take over).
 */
void store_restore(struct store *store, const struct image *image, const struct match *match,
                   struct store_time now, struct store_restored *ret);

/** The same in two steps, the first of which is possible while the other process still writes. */
struct store_restoring;
/** Begin to restore into a new store. All arguments are borrowed. The image may be live
 * (object/object.h). `now` is for the first step. */
struct store_restoring *store_restoring_new(struct store *store, const struct image *image,
                                            const struct match *match, struct store_time now);
/** Copy what the image contains so far, which leaves less work to store_restore_finish. Optional,
 * and may be repeated. */
void store_restore_ahead(struct store_restoring *restoring);
/** Bytes that restoring a full store takes beside the store itself, until it is finished. */
uint64_t store_restore_bytes(const struct catalog_set *set);
/** Finish restoring from an image that is now settled, and that only store_restore_ahead read
 * before that. Whatever was copied ahead, the store then contains the same as after store_restore.
 * Call it once. */
void store_restore_finish(struct store_restoring *restoring, struct store_time now,
                          struct store_restored *ret);
void store_restoring_free(struct store_restoring *restoring);

/** Read the labels of a record of a table of series: label_count items of the family that the table
 * matches. Texts point into the image. False: there is no such family, or it does not take one of
 * the values. */
bool store_read_labels(const struct match *match, const struct image_table *series_table,
                       uint64_t record, struct store_label *ret_labels);

#endif
