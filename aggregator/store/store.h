/*
 * store.h - all numbers of the daemon: series by family and label values, bounded by the catalogs.
 *
 * The store as a whole: it is made for a set of catalogs, which determine its size. No I/O, no
 * clock, no log: time is an argument, in milliseconds. One thread. A record that outlives a call
 * refers to a series by its place, not by pointer.
 *
 *   series.h   what a series is, and reading it    obtain.h   finding, making series (gate, self)
 *   numbers.h  numbers of the host's series        own.h      values that belong to processes
 *   end.h      how series end                      cursor.h   walking them in order (views)
 *   sets.h     series that come as one set         restore.h  taking over from another process
 *   trial.h    what samples would do               owners.h   processes that own values
 */
#ifndef STATGATE_STORE_STORE_H
#define STATGATE_STORE_STORE_H

#include <stdint.h>

#include "base/memory.h"
#include "catalog/catalog.h"

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
    uint64_t series;      /**< live; for families of sets (sets.h), those of both sets */
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
 * Make a store for a finished set. Borrowed: the set; `memory`, the allocator for what ends with
 * the process; and `object`, in which numbers outlive the process (NULL: they do not). Creates
 * these series at 0: label-less counters (not of readings), histograms, up-down counters and
 * computed summaries, all series of families with `zeros`, and every series of attempts and jobs,
 * also those with `otherwise`. NULL when out of memory.
 */
struct store *store_new(const struct memory *memory, struct object *object,
                        const struct catalog_set *set, uint64_t seed, struct store_time now);
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

#endif
