/*
 * cursor.h - walks over the series of a family in the order of their labels.
 */
#ifndef STATGATE_STORE_CURSOR_H
#define STATGATE_STORE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/series.h"

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
    uint32_t place;      /**< store_place of the series that store_cursor_next returned last */
    uint32_t next_place; /**< of `next`; 0 at the end */
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

#endif
