/*
 * collect.h - what a request waits for before it is answered: rows of queries, which may take seconds,
 * then datagrams, so that the answer shows what was sent up to the end of the wait.
 */
#ifndef STATGATE_STATGATED_COLLECT_H
#define STATGATE_STATGATED_COLLECT_H

#include "statgated/daemon.h"

/** http_source.collect and forget; `daemon` is their arg. Nothing is received below collect_begin,
 * which the HTTP library calls: ingress does that in the loop's next turn. */
void *collect_begin(void *daemon, const struct endpoint_page *page, uint64_t within_ms,
                    void (*done)(void *done_arg), void *done_arg);
void collect_forget(void *daemon, void *handle);

#endif
