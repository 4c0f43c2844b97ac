/*
 * cancel.h - requests to the server to cancel a query, sent from threads. Private.
 */
#ifndef STATGATE_POSTGRES_CANCEL_H
#define STATGATE_POSTGRES_CANCEL_H

#include "postgres/collector.h"

/** Ask the server to cancel what a connection is doing. Once it has answered, the connection gets a
 * turn. False: no memory or no thread. */
bool cancel_start(struct connection *connection);
/** The connection closes: its request carries on without it. */
void cancel_forget(struct connection *connection);
/** Let go of a database's requests. */
void cancel_leave(struct database *database);

#endif
