/*
 * pool.h - the connections of a database: who gets one, and when one is opened or closed. Private.
 *
 * Connections are opened one after the other while runs wait, up to the number that the catalog
 * declares. If the server refuses one more, the queries share the existing ones.
 *
 * When no more can be opened, every run that a scrape waits for gets a turn on a connection before
 * any run gets a second: a run gives its connection up when its share of its scrape's time is over
 * and another run has had no turn. A run that held a connection in vain goes last the next time, so
 * a query that waits for a lock costs the others one scrape at most.
 */
#ifndef STATGATE_POSTGRES_POOL_H
#define STATGATE_POSTGRES_POOL_H

#include "postgres/collector.h"

/** Whether there is no connection, and no attempt will be made before the back-off is over. */
bool pool_is_down(const struct database *database);
/** Give connections to the runs that wait for one; sets look_ns. */
void pool_dispatch(struct database *database);
/** Close connections that were idle for long, but keep one. */
void pool_shrink(struct database *database);
/** When the next connection may be closed, by collector_now_ns; UINT64_MAX: never. */
uint64_t pool_shrinks_at_ns(const struct database *database, uint64_t now_ns);

#endif
