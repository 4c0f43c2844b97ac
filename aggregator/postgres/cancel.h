/*
 * cancel.h - requests to the server to give up what it does, sent from threads. Private.
 */
#ifndef STATGATE_POSTGRES_CANCEL_H
#define STATGATE_POSTGRES_CANCEL_H

#include "postgres/collector.h"

/** Ask the server to give up what a connection is doing. When that is over the connection gets a
 * turn. False: no memory or no thread. */
bool cancel_start(struct connection *connection);
/** The connection closes: its request goes on without it. */
void cancel_forget(struct connection *connection);
/** Let go of a database's requests. */
void cancel_leave(struct database *database);

#endif
