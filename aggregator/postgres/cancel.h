/*
 * cancel.h - sends requests to cancel a query to the server, in threads. Private.
 */
#ifndef STATGATE_POSTGRES_CANCEL_H
#define STATGATE_POSTGRES_CANCEL_H

#include "postgres/collector.h"

/** Ask the server to cancel the query of a connection. Once it has answered, the connection gets a
 * turn. False: out of memory or threads. */
bool cancel_start(struct connection *connection);
/** The connection closes: its request carries on without it. */
void cancel_forget(struct connection *connection);
/** Abandon a database's requests. */
void cancel_leave(struct database *database);

#endif
