/*
 * connect.h - opens connections in threads, one attempt per database at a time. Private.
 */
#ifndef STATGATE_POSTGRES_CONNECT_H
#define STATGATE_POSTGRES_CONNECT_H

#include "postgres/collector.h"

/** Start an attempt; afterwards the connection is idle, or the database backs off. */
void connect_start(struct connection *connection);
/** Wait for the end of the attempt under way, but not longer, and act on it. */
void connect_await(struct database *database, uint64_t until_ns);
/** Abandon the attempt under way, if there is one. */
void connect_leave(struct database *database);

#endif
