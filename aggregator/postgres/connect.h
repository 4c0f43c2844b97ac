/*
 * connect.h - connections are opened in threads: one attempt of a database at a time. Private.
 */
#ifndef STATGATE_POSTGRES_CONNECT_H
#define STATGATE_POSTGRES_CONNECT_H

#include "postgres/collector.h"

/** Start an attempt; the connection is idle after it, or the database backs off. */
void connect_start(struct connection *connection);
/** Let go of the attempt under way, if there is one. */
void connect_leave(struct database *database);

#endif
