/*
 * ready.h - the connections that need the next turn, in the order in which they asked. Private.
 */
#ifndef STATGATE_POSTGRES_READY_H
#define STATGATE_POSTGRES_READY_H

#include "postgres/collector.h"

/** Make sure that a turn comes, to start or report something. */
void ready_kick(struct postgres *postgres);
/** Add a connection with something to read. Adding it twice has no further effect. */
void ready_add(struct connection *connection);
/** Remove a connection: it has nothing to read, or its turn has come (it is the first). */
void ready_remove(struct connection *connection);

#endif
