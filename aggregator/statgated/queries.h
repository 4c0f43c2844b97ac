/*
 * queries.h - values that live in databases: scrapes that wait for them, and figures of queries.
 */
#ifndef STATGATE_STATGATED_QUERIES_H
#define STATGATE_STATGATED_QUERIES_H

#include "statgated/daemon.h"

/** The collector, where catalogs declare queries; connects to nothing yet. */
bool queries_open(struct daemon *daemon, struct start_error *ret_error);
/** Close connections. HTTP must be closed before: nobody may wait any more. Safe twice. */
void queries_close(struct daemon *daemon);
/** http_source.collect and forget; `daemon` is their arg. */
void *queries_wait(void *daemon, const struct endpoint_page *page, uint64_t within_ms,
                   void (*done)(void *arg), void *done_arg);
void queries_forget(void *daemon, void *handle);
/** Figures of the queries, for self. */
void queries_read(struct daemon *daemon, struct store_time now);

#endif
