/*
 * sets.h - families whose series come as one set (SOURCE_QUERY).
 *
 * Such a family has two sets of series: the shown one, which all other functions use, and one under
 * way. The set under way is filled separately and then replaces the shown one at once, however many
 * series it has. Views that walk the old set keep walking it; it is emptied step by step once they
 * have finished. So rows that the query no longer returns disappear, and label values of the old
 * set do not block new ones. The family's bound and the labels' maxima apply to each of the two
 * sets. Before the first commit nothing is shown, with `zeros` or without.
 */
#ifndef STATGATE_STORE_SETS_H
#define STATGATE_STORE_SETS_H

#include <stdbool.h>
#include <stddef.h>

#include "store/obtain.h"

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

#endif
