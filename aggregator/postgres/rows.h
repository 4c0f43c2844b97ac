/*
 * rows.h - a result's rows into the sets of the query's families. Private.
 */
#ifndef STATGATE_POSTGRES_ROWS_H
#define STATGATE_POSTGRES_ROWS_H

#include "postgres/collector.h"

/** Find the declared columns in what a statement is described to give, and whether they have the
 * right types. */
bool rows_map(struct run *run, const PGresult *described, struct failure *ret_failure);
/** Start the families' sets. False: some UNITS_A_BIT were not enough; call again. */
bool rows_begin(struct run *run);
/** Put rows into the sets. False with the reason. */
bool rows_take(struct run *run, const PGresult *result, struct failure *ret_failure);
void rows_show(struct run *run);
void rows_clear(struct run *run);
/** Show nothing until the rows under way are all there. */
void rows_hide(struct run *run);

#endif
