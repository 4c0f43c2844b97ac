/*
 * connection.h - an open connection: polled while it is not in the line for the turn. Private.
 */
#ifndef STATGATE_POSTGRES_CONNECTION_H
#define STATGATE_POSTGRES_CONNECTION_H

#include "postgres/collector.h"

/** How many connections of a database are open. */
uint32_t connection_count(const struct database *database);
/** Take over what libpq connected. False: out of memory or descriptors; then `pg` stays the
 * caller's. */
bool connection_adopt(struct connection *connection, PGconn *pg);
/** Ready for a run. */
void connection_idle(struct connection *connection);
/** Send what libpq has buffered and listen again. False: the loop cannot poll it; it is lost. */
bool connection_listen(struct connection *connection);
/** Close it, for the reason given (NULL: none to report); a run on it must have ended. */
void connection_close(struct connection *connection, const char *why);
/** Why the connection was lost, in libpq's words if it gave any; never empty. */
void connection_why_lost(const struct connection *connection, struct error *ret_why);

#endif
