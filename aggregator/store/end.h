/*
 * end.h - ending series: by request, and past their time to live.
 */
#ifndef STATGATE_STORE_END_H
#define STATGATE_STORE_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/series.h"

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

#endif
