/*
 * pool.h - the connections of a database: who gets one, when there is one more, and when one less.
 * Private.
 *
 * Connections open one after the other while runs wait, up to as many as the catalog declares.
 * Where the server refuses one more, the queries go on with those that are there.
 *
 * When no more can be opened, every run that a scrape waits for gets a turn on one before any gets
 * a second: a run gives its connection away when its share of its scrape's time is over and another
 * has had no turn. A run that held a connection in vain goes last the next time, so a query that
 * waits for a lock costs the others one scrape at most.
 */
#ifndef STATGATE_POSTGRES_POOL_H
#define STATGATE_POSTGRES_POOL_H

#include "postgres/collector.h"

/** No connection, and no attempt before the back-off is over. */
bool pool_is_down(const struct database *database);
/** Give connections to runs that wait for one; sets look_ns. */
void pool_dispatch(struct database *database);
/** Close connections that were idle for long, all but one. */
void pool_shrink(struct database *database);
/** When the next may be closed, by collector_now_ns; UINT64_MAX: there is none. */
uint64_t pool_shrinks_at_ns(const struct database *database, uint64_t now_ns);

#endif
