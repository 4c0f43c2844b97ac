/*
 * connect.h - opens connections in threads, one attempt per database at a time. Private.
 */
#ifndef STATGATE_POSTGRES_CONNECT_H
#define STATGATE_POSTGRES_CONNECT_H

#include "postgres/collector.h"

/** Start an attempt; afterwards the connection is idle, or the database backs off. */
void connect_start(struct connection *connection);
/** Abandon the attempt under way, if there is one. */
void connect_leave(struct database *database);

#endif
