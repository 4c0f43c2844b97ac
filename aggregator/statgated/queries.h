/*
 * queries.h - values from databases: the collector, its log and its figures.
 */
#ifndef STATGATE_STATGATED_QUERIES_H
#define STATGATE_STATGATED_QUERIES_H

#include "statgated/daemon.h"

/** Make the collector if catalogs declare queries. It does not connect yet. */
bool queries_open(struct daemon *daemon, struct start_error *ret_error);
/** Close the connections. Close HTTP first: no request may still be waiting. Safe twice. */
void queries_close(struct daemon *daemon);
/** See postgres_retire; does nothing without queries. */
void queries_retire(struct daemon *daemon, bool retiring);
/** See postgres_await_retired; does nothing without queries. */
void queries_await_retired(struct daemon *daemon);
/** Read the figures of the queries, for self. */
void queries_read(struct daemon *daemon, struct store_time now);

#endif
