/*
 * rows.h - the tables of `statgate top`, each out of one view. Pure. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_TOP_ROWS_H
#define STATGATE_STATGATE_TOP_ROWS_H

#include "statgate/top/data.h"
#include "statgate/top/section.h"

/** What needs somebody, in the daemon's words. */
void rows_needs(const struct top_data *data, struct section *section);
/** How many more there are than the daemon lists. */
size_t rows_needs_left_out(const struct top_data *data);
/** Rejections by family, label and reason, those that rise most first. */
void rows_refused(const struct top_data *data, struct section *section);
/** Senders, those that send most first. */
void rows_senders(const struct top_data *data, struct section *section);
/** Circuit breakers, those that are not closed first, or only these. */
void rows_breakers(const struct top_data *data, bool closed, struct section *section);
/** How many breakers there are, and how many of them are not closed. */
size_t rows_count_breakers(const struct top_data *data, size_t *ret_open);

#endif
