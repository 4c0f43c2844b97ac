/*
 * ready.h - who needs the next turn, in order of asking. Private.
 */
#ifndef STATGATE_POSTGRES_READY_H
#define STATGATE_POSTGRES_READY_H

#include "postgres/collector.h"

/** Make sure that a turn comes: something is to be started or reported. */
void ready_kick(struct postgres *postgres);
/** A connection has something to read. Asking twice is asking once. */
void ready_add(struct connection *connection);
/** It has not, or it is the first whose turn it is. */
void ready_remove(struct connection *connection);

#endif
