/*
 * connection.h - an open connection, polled while it does not wait for a turn. Private.
 */
#ifndef STATGATE_POSTGRES_CONNECTION_H
#define STATGATE_POSTGRES_CONNECTION_H

#include "postgres/collector.h"

/** How many connections of a database are open. */
uint32_t connection_count(const struct database *database);
/** Take over a connection that libpq opened. False: out of memory or descriptors; then the caller
 * keeps `pg`. */
bool connection_adopt(struct connection *connection, PGconn *pg);
/** Make the connection ready for a run. */
void connection_idle(struct connection *connection);
/** Send what libpq has buffered and listen again. False: the loop cannot poll the connection, which
 * is lost. */
bool connection_listen(struct connection *connection);
/** Close the connection, for the given reason (NULL: none to report); its run must have ended. */
void connection_close(struct connection *connection, const char *why);
/** Close the connection, and note when the server has closed its end, too. */
void connection_leave(struct connection *connection);
/** Why the connection was lost, in libpq's words if it gave any; never empty. */
void connection_why_lost(const struct connection *connection, struct error *ret_why);

#endif
