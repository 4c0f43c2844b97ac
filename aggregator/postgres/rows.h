/*
 * rows.h - puts a result's rows into the sets of the query's families. Private.
 */
#ifndef STATGATE_POSTGRES_ROWS_H
#define STATGATE_POSTGRES_ROWS_H

#include "postgres/collector.h"

/** Find the declared columns in the description of a statement, and check their types. */
bool rows_map(struct run *run, const PGresult *described, struct failure *ret_failure);
/** Start the families' sets. False: UNITS_A_BIT were not enough; call again. */
bool rows_begin(struct run *run);
/** Put rows into the sets. False with the reason. */
bool rows_take(struct run *run, const PGresult *result, struct failure *ret_failure);
void rows_show(struct run *run);
void rows_clear(struct run *run);
/** Show nothing until all rows under way have arrived. */
void rows_hide(struct run *run);

#endif
