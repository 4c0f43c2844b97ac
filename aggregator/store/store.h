/*
 * store.h - all numbers of the daemon: series by family and label values, bounded by the catalogs.
 *
 * The gate finds or makes series and changes their numbers; views walk them in order. No I/O, no
 * clock, no log: time arrives as an argument, in milliseconds. One thread. A series pointer stays
 * readable for the life of the store; its generation says whether it is still the same series.
 * Others only read series; the functions here change them. What outlives a call refers to a series by
 * its place, not by pointer.
 */
#ifndef STATGATE_STORE_STORE_H
#define STATGATE_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "catalog/catalog.h"
#include "object/match.h"
#include "store/owners.h"

/** Two clocks, read once per loop turn by the caller. */
struct store_time {
    int64_t mono_ms; /**< for ages and time to live */
    int64_t real_ms; /**< Unix time, for `_created` */
};

enum series_flags {
    SERIES_LIVE = 1,     /**< exists; cleared when freed */
    SERIES_SORTED = 2,   /**< is in the sorted order (else in the family's fresh list) */
    SERIES_FALLBACK = 4, /**< one of the family's reserved fallback series */
    SERIES_STALE = 16,   /**< private: `value` is to be merged from the parts again */
    SERIES_HIDDEN = 32   /**< private: an info that a newer one replaced */
};

/**
 * One series. Fixed part; behind it the body, family->body_words 8-byte words:
 *
 *   histogram         bucket_count + 1 counts (uint64_t, not cumulative, the last is +Inf)
 *   computed summary  struct series_summary
 *   owned             struct series_owned; a relayed summary's struct series_relayed
 *   attempts, jobs    the number of a machine (machines/)
 *
 * then label_count ids (uint32_t), in the order of the family's labels; and of a histogram one more word
 * of that size, when it was written.
 */
struct series {
    uint32_t generation; /**< changes when the series is freed */
    uint16_t family;     /**< index in the set */
    uint8_t kind;        /**< enum family_kind */
    uint8_t flags;
    double value; /**< counter, gauge, up-down counter; histogram, computed summary: sum; info: 1;
                       stateset: id of the state, -1 none */
    union {
        int64_t updated_ms; /**< all others: last write, monotonic; see store_written */
        double carry;       /**< histogram, summary: the part of sampled weights not yet counted */
    };
    int64_t created_ms; /**< Unix time of the first sample, or of load */
};

/** Body of a series whose values belong to processes. */
struct series_owned {
    uint32_t parts; /**< head of the list, index + 1; 0 none, and of an info always */
    uint32_t part_count;
    double base; /**< counter of readings: what ended processes left */
    /** Private: the value of a process that wrote some times in a row is here, not in its part, so
     * that it touches nothing but the series from then on. */
    owner_id writer;      /**< who wrote last */
    uint32_t writer_part; /**< the link of its part while its value is here; else 0 */
    double writer_value;
    uint32_t place;  /**< private: this series' own */
    uint32_t streak; /**< private: writes in a row of `writer`, before its value is here */
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
    uint32_t written; /**< private: when, see store_written */
};

struct store;
struct store_family; /* private */

/** What a store costs and holds. */
struct store_figures {
    uint64_t series;       /**< live; of a family that comes as one set, all its sets' */
    uint64_t series_full;  /**< new series refused or folded because a family was full */
    uint64_t pattern_full; /**< label values refused or folded because a pattern label was full */
    uint64_t series_freed; /**< ended by ttl, absent or removal, or with their set */
    uint64_t parts;        /**< values that processes own */
    uint64_t parts_full;   /**< samples refused because the table of parts was full */
    uint64_t pages_full;   /**< observations of summaries that had to take a neighbouring bin */
    uint64_t bytes;        /**< memory of tables and series */
};

enum { PARTS_MAX = 262144, WINDOW_PAGES_MAX = 262144 };

/**
 * A store for a finished set. Set, `memory`, the allocator of what ends with the process, and `object`,
 * where numbers outlive it (NULL: they do not), are borrowed. Creates
 * series at 0: label-less counters (not of readings), histograms, up-down counters and computed
 * summaries, and all `zeros`; and every series of attempts and jobs, also those with `otherwise`.
 * NULL when out of memory.
 */
struct store *store_new(const struct memory *memory, struct object *object,
                        const struct catalog_set *set, uint64_t seed, struct store_time now);
void store_free(struct store *store);
void store_figures(const struct store *store, struct store_figures *ret_figures);

/** Bytes that the family's series and tables take when it is full, its pattern values as long as
 * they may be: the arithmetic of `check`. Windows of summaries included. */
uint64_t store_family_bytes(const struct catalog_family *family);
/** Bytes of the tables that all families of a set share: parts, and pages of windows. As large as
 * the set can need, PARTS_MAX and WINDOW_PAGES_MAX at most. */
uint64_t store_shared_bytes(const struct catalog_set *set);

/** Bytes of the store's tables in an object, its owners' included. */
uint64_t store_object_bytes(const struct catalog_set *set);

/*
 * What a caller changes here is noted in the object's undo record and not committed: the caller commits
 * when all that belongs together was changed. Only store_expire, store_disown and store_forget commit
 * themselves, after each series and each part; and what finds or makes a series in a full family, after
 * each one that ended for it, so nothing else may be under way then.
 */

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
 * new; what is past its time to live does not block it. *ret_label is the label that was
 * folded or full (index), else -1. On the refusing results
 * *ret_series is untouched. Series that come as one set are not made here: STORE_SERIES_FULL.
 */
enum store_result store_series(struct store *store, const struct catalog_family *family,
                               const struct store_label *labels, struct store_time now,
                               const struct series **ret_series, int *ret_label);
/** Which tables were full when labels were given another series, or none; with it one can ask whether
 * they still are. */
struct store_room {
    uint32_t ended; /**< private: so many series of the family had ended */
    uint8_t labels; /**< private: 1: a pattern label was full */
    uint8_t series; /**< private: 1: the family was */
};
/** As store_series; *ret_made is true if the series is new. *ret_room is set on all results. */
enum store_result store_obtain(struct store *store, const struct catalog_family *family,
                               const struct store_label *labels, struct store_time now,
                               const struct series **ret_series, int *ret_label, bool *ret_made,
                               struct store_room *ret_room);
/** Something was full. */
static inline bool store_room_lacked(const struct store_room *room) {
    return room->labels + room->series > 0;
}
/** Whether the same labels would get the same answer where something was full, as no series of the family has ended since, nor is
 * one past its time to live. An answer with a series holds as long as that lives, too. Not for STORE_NO_MEMORY. */
bool store_room_holds(const struct store *store, const struct catalog_family *family,
                      const struct store_room *room, struct store_time now);
/** A series bears this value of the pattern label number `label`. */
bool store_has_value(const struct store *store, const struct catalog_family *family, uint32_t label,
                     const char *text, size_t len);
/** The same answer was given again, without asking: count what was full. */
void store_room_count(struct store *store, const struct store_room *room);
/** The series with these ids, which must be of declared values. NULL when it does not exist. */
const struct series *store_find(const struct store *store, const struct catalog_family *family,
                                const uint32_t *ids);
/**
 * The place of a series: its number within its family, from 1; 0 is none. It is valid while the series
 * lives and does not depend on where the tables are in memory. Not for series that come as one set.
 */
uint32_t store_place(const struct store *store, const struct catalog_family *family,
                     const struct series *series);
/** The series at a place that is not 0. */
const struct series *store_at(const struct store *store, const struct catalog_family *family,
                              uint32_t place);
/** End a series; its pattern values are freed with their last series. */
void store_remove(struct store *store, const struct series *series);
/** End gauges and statesets whose time to live is over, and free what the windows of summaries have
 * passed. *budget (work units, about 100 ns each) falls; false when it ran out before all families
 * were looked at: call again. A family that is full does not wait for this. */
bool store_expire(struct store *store, struct store_time now, size_t *budget);

/** A label value by its text, for store_cursor_seek and store_forget. */
struct store_key {
    const char *text;
    size_t len;
};
/** Which series somebody wants to end, and how far that is. */
struct store_forgetting {
    const struct catalog_family *family;
    const struct store_key
        *labels;    /**< label_count items in the family's order; text NULL: any value */
    uint64_t ended; /**< so many have */
    uint64_t again; /**< of them: exist from the start, and are there again, at 0 */
    uint32_t next;  /**< private, as is what follows */
    uint32_t next_part;
};
/**
 * End all series of a family that have these label values, step by step: *budget (work units) falls;
 * false when it ran out before the end: call again. What comes again starts over, with a new
 * created_ms. A sample between two steps may be in a series that is still to end. Parts of processes go
 * with their series, at once: a series of very many parts makes one step long. Not for families of
 * queries, of attempts and jobs, and what is derived from these: others have their series by place.
 */
bool store_forget(struct store *store, struct store_forgetting *forgetting, struct store_time now,
                  size_t *budget);

/* ---- taking over from another process ---- */

/** Series of another process. */
struct store_restored {
    uint64_t kept;
    uint64_t
        ended; /**< the present catalogs do not have them, or what was read could not be theirs */
};
/**
 * Take over the series of an image, and the processes that own values, into a new store. Every record
 * is checked; those past their time to live, of queries, and of attempts and jobs (which are machines' to
 * take over) are left out. False: out of memory.
 */
bool store_restore(struct store *store, const struct image *image, const struct match *match,
                   struct store_time now, struct store_restored *ret);

/** The same in two steps, of which the first may be taken while the other process still writes. */
struct store_restoring;
/** For a new store; all is borrowed. The image may be live (object/image.h). `now` is for the first
 * step. NULL: out of memory. */
struct store_restoring *store_restoring_new(struct store *store, const struct image *image,
                                            const struct match *match, struct store_time now);
/** Copy what the image has by now, so that little is left to store_restore_finish. May be left out, and be
 * repeated. False: out of memory. */
bool store_restore_ahead(struct store_restoring *restoring);
/** What restoring a full store takes beside it, until it is over. */
uint64_t store_restore_bytes(const struct catalog_set *set);
/** The image is settled, and was not read before it was but by store_restore_ahead. Whatever that copied,
 * the store then has what store_restore makes of the image. Once. False: out of memory. */
bool store_restore_finish(struct store_restoring *restoring, struct store_time now,
                          struct store_restored *ret);
void store_restoring_free(struct store_restoring *restoring);

/** The labels of a record of a table of series: label_count of the family that it matches. Texts point into
 * the image. False: there is no such family, or it does not take one of the values. */
bool store_read_labels(const struct match *match, const struct image_table *series_table,
                       uint64_t record, struct store_label *ret_labels);

/* ---- changing numbers (gate) ---- */

enum store_number {
    NUMBER_TAKEN,
    NUMBER_BAD,   /**< not a value for this kind; nothing changed */
    NUMBER_BEYOND /**< a total would not be finite; nothing changed */
};
/**
 * Apply a sample to a series whose values belong to the host, by its kind. `rate` is the fraction of
 * samples that the client sends, `item` the state of a stateset:
 *
 *   counter            an increment, divided by the rate; not below 0
 *   updowncounter      a change, likewise, of either sign
 *   gauge              the value
 *   histogram, summary an observation that represents 1 / rate; bins of a summary come from a pool,
 *                      so nothing is allocated
 *   stateset           1 selects the state, 0 deselects it if it is the selected one
 */
enum store_number store_number(struct store *store, const struct catalog_family *family,
                               const struct series *series, double value, double rate,
                               uint32_t item, struct store_time now);

/* Single changes, for series that the daemon itself writes. */
bool series_add(struct store *store, const struct catalog_family *family,
                const struct series *series, double delta, struct store_time now);
/** Gauge. A value equal to the family's `absent` is the caller's business (store_remove). */
bool series_write(struct store *store, const struct series *series, double value,
                  struct store_time now);
/** `weight` observations of `value`; a fractional part is carried to the next. */
bool series_observe(struct store *store, const struct catalog_family *family,
                    const struct series *series, double value, double weight,
                    struct store_time now);

/* ---- numbers that were counted elsewhere (self, machines) ----
 *
 * Each word is valid by itself, so nothing of them is taken back. */

/** Set the value, also of a counter; updated_ms stays. */
void series_put(const struct series *series, double value);
/** Histogram: set its counts (bucket_count + 1, not cumulative) and its sum. */
void series_put_histogram(const struct catalog_family *family, const struct series *series,
                          const uint64_t *buckets, double sum);
/** Its numbers begin at this Unix time. */
void series_put_created(const struct series *series, int64_t real_ms);
/** Attempts, jobs: set the number of the series' machine. */
void series_put_machine(const struct series *series, uint64_t number);

/* ---- values that belong to processes (gate) ---- */

/** The processes that own something. */
struct owners *store_owners(const struct store *store);

enum store_own {
    OWN_TAKEN,
    OWN_BAD_VALUE, /**< not a value for this kind; nothing changed */
    OWN_BEYOND,    /**< a total would not be finite; nothing changed */
    OWN_FULL       /**< no place for another part; counted */
};
/**
 * A value from a live owner, for a family that is owned:
 *
 *   gauge          the process's latest value; equal to `absent`: its part goes
 *   updowncounter  a delta to the process's part; a `floor` holds for each part
 *   counter        a reading; a smaller one than before is a reset
 *   info           (value 1, else OWN_BAD_VALUE) these are the process's labels now
 *   summary        `item` of what the process relays; a new writer starts from nothing
 *                  (none below 0, a count whole, else OWN_BAD_VALUE)
 *
 * The series stays even when its last part went: see store_is_vacant.
 */
enum store_own store_own(struct store *store, const struct catalog_family *family,
                         const struct series *series, owner_id owner, uint32_t item, double value,
                         struct store_time now);
/** True for an owned series without parts that must not show: the caller removes it. False for an
 * up-down counter or kept reading that had a part once, and for what is there from the start. */
bool store_is_vacant(const struct catalog_family *family, const struct series *series);
/** Prefetch what store_own will need, once the series itself is in the cache: first touch, some
 * lines later fetch. */
void store_own_touch(const struct store *store, const struct series *series, owner_id owner);
void store_own_fetch(const struct store *store, const struct series *series, owner_id owner);
/**
 * Release what an ended owner had; a series that is vacant then ends. *budget (work units, about
 * 100 ns each) falls; it stops at 0, at most one series late. True when the owner has no part any
 * more.
 */
bool store_disown(struct store *store, owner_id owner, size_t *budget);

/* ---- families whose series come as one set (SOURCE_QUERY) ---- */

/*
 * Such a family has two sets of series: the shown one, which every other function means, and one
 * under way. A set is filled apart and then takes the shown one's place whole, at once, however
 * many series it has; views that walk the old one keep walking it, and it is emptied bit by bit
 * behind them. So rows that vanished vanish, and label values of the old set do not block
 * new ones. The family's bound and the labels' maxima hold for each of the two. Before the
 * first commit nothing is shown, `zeros` or not.
 */

/** Begin an empty set; a set under way is dropped. What is left of a former one is emptied first,
 * even while a view still walks it. False if *budget (work units) ran out before: call again. */
bool store_set_begin(struct store *store, const struct catalog_family *family, size_t *budget);
/** As store_series, in the set under way (STORE_SERIES_FULL when none is). *ret_made is true if
 * the series is new in it. */
enum store_result store_set_series(struct store *store, const struct catalog_family *family,
                                   const struct store_label *labels, struct store_time now,
                                   const struct series **ret_series, int *ret_label,
                                   bool *ret_made);
/** Show the set under way, if there is one, instead of the one before. */
void store_set_commit(struct store *store, const struct catalog_family *family);
/** Show nothing: what is known is no longer true. A set under way is given up, too. */
void store_set_clear(struct store *store, const struct catalog_family *family);
/** Show nothing until the set under way is committed: it goes on. */
void store_set_hide(struct store *store, const struct catalog_family *family);
/** Empty sets that nobody shows, as far as *budget goes. True when there is none left to empty;
 * what a view still walks is left alone, for a later call or the next store_set_begin. */
bool store_set_tidy(struct store *store, size_t *budget);

/* ---- reading (views) ---- */

/** The body's words. */
static inline const uint64_t *series_body(const struct series *series) {
    return (const uint64_t *)(const void *)(series + 1);
}

/** Of a histogram. */
static inline const uint64_t *series_buckets(const struct series *series) {
    return series_body(series);
}

/** Of an owned family. */
static inline const struct series_owned *series_owned(const struct series *series) {
    return (const struct series_owned *)(const void *)series_body(series);
}

/** Of a relayed summary. */
static inline const struct series_relayed *series_relayed(const struct series *series) {
    return (const struct series_relayed *)(const void *)series_body(series);
}

/** Of a computed summary. */
static inline const struct series_summary *series_summary(const struct series *series) {
    return (const struct series_summary *)(const void *)series_body(series);
}

/**
 * The family's quantiles over its window, as it is at `now`: quantile_count numbers in
 * ret_quantiles, each within 1 % of an observation of that rank (0 and 1 are exact). False when
 * nothing was observed within the window. *ret_units gets the work units it took.
 */
bool store_quantiles(const struct store *store, const struct catalog_family *family,
                     const struct series *series, struct store_time now, double *ret_quantiles,
                     size_t *ret_units);

/** The ids of the labels. */
static inline const uint32_t *series_ids(const struct catalog_family *family,
                                         const struct series *series) {
    return (const uint32_t *)(const void *)(series_body(series) + family->body_words);
}

/**
 * When a sample was last applied to the series, on the monotonic clock: of a histogram or a computed
 * summary up to a second before. 0: never since it began, or not known, as of what was counted
 * elsewhere (series_put). Beside those of gauges and statesets, which expire by
 * them, these times are for people: a crash may leave that of a sample which is then taken back.
 */
int64_t store_written(const struct catalog_family *family, const struct series *series);

/**
 * What has been counted in the series: a counter's value, of an owned one as store_merge has brought it up to date, or
 * how many observations a histogram or a summary has had. False: it does not count, or a process relayed no count.
 */
bool store_total(const struct catalog_family *family, const struct series *series,
                 double *ret_total);

/** A label value by id; the text of a pattern value is valid until the series ends. */
struct catalog_value store_label_value(const struct store *store,
                                       const struct catalog_family *family, uint32_t label,
                                       uint32_t id);

/** Bring the value of an owned series up to date, as store_cursor_next does. Returns work units. */
size_t store_merge(struct store *store, const struct catalog_family *family,
                   const struct series *series);

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
    struct store_family *set;  /**< private: what it walks, even when it is not shown any more */
    const struct series *next; /**< the series the walk meets next, or NULL at the end */
    size_t chunk;              /**< where `next` stood at `version`: a hint */
    size_t item;
    uint32_t place;      /**< of the series that store_cursor_next returned last: as store_place */
    uint32_t next_place; /**< of `next`; 0 at the end */
    uint64_t version;
    size_t units; /**< work units of the last store_cursor_next beyond a plain series (merging) */
    struct store_cursor *link; /**< the family's open cursors */
};

/** Open at the first series. The struct is the caller's and must not move until store_cursor_close.
 */
void store_cursor_open(struct store *store, struct store_cursor *cursor,
                       const struct catalog_family *family);
/** Move to the first series behind these label values (label_count keys), whether or not such a
 * series exists. */
void store_cursor_seek(struct store *store, struct store_cursor *cursor,
                       const struct store_key *keys);
/** The next series that is present at `now` (not past its time to live, not replaced), its value
 * merged from its parts, or NULL at the end. Valid until the loop turn ends. */
const struct series *store_cursor_next(struct store *store, struct store_cursor *cursor,
                                       struct store_time now);
/** Safe on a zeroed struct, and twice. */
void store_cursor_close(struct store *store, struct store_cursor *cursor);

#endif
