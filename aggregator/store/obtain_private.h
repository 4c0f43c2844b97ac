/*
 * obtain_private.h - finding and making series. Private to store/.
 */
#ifndef STATGATE_STORE_OBTAIN_PRIVATE_H
#define STATGATE_STORE_OBTAIN_PRIVATE_H

#include "store/obtain.h"
#include "store/store_private.h"

/* Same as store_obtain, for one table of series. */
enum store_result obtain_series(struct store *store, struct store_family *sf,
                                const struct store_label *labels, struct store_time now,
                                const struct series **ret_series, int *ret_label, bool *ret_made,
                                struct store_room *ret_room);

/* Find or make the series with exactly these labels; folds and counts nothing. STORE_FOUND,
 * STORE_LABEL_FULL, STORE_SERIES_FULL or STORE_NO_MEMORY. */
enum store_result obtain_same(struct store *store, struct store_family *sf,
                              const struct store_label *labels, struct store_time now,
                              struct series **ret_series, bool *ret_made);

#endif
