/*
 * queries.h - values that live in databases: the collector, its log and its figures.
 */
#ifndef STATGATE_STATGATED_QUERIES_H
#define STATGATE_STATGATED_QUERIES_H

#include "statgated/daemon.h"

/** The collector, where catalogs declare queries; connects to nothing yet. */
bool queries_open(struct daemon *daemon, struct start_error *ret_error);
/** Close connections. HTTP must be closed before: nobody may wait any more. Safe twice. */
void queries_close(struct daemon *daemon);
/** See postgres_retire; nothing without queries. */
void queries_retire(struct daemon *daemon, bool retiring);
/** Figures of the queries, for self. */
void queries_read(struct daemon *daemon, struct store_time now);

#endif
