/*
 * rows.h - the tables of `statgate top`, each from one view. Pure. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_TOP_ROWS_H
#define STATGATE_STATGATE_TOP_ROWS_H

#include "statgate/top/data.h"
#include "statgate/top/section.h"

/** What needs attention, in the daemon's words. */
void rows_problems(const struct top_data *data, struct section *section);
/** How many more items need attention than the daemon lists. */
size_t rows_problems_left_out(const struct top_data *data);
/** Rejections by family, label and reason, the fastest rising first. */
void rows_refused(const struct top_data *data, struct section *section);
/** Senders, the most active first. */
void rows_senders(const struct top_data *data, struct section *section);
/** Circuit breakers, those that are not closed first; only these unless `closed`. */
void rows_breakers(const struct top_data *data, bool closed, struct section *section);
/** How many breakers there are, and how many of them are not closed. */
size_t rows_count_breakers(const struct top_data *data, size_t *ret_open);

#endif
