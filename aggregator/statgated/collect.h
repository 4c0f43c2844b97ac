/*
 * collect.h - what a request waits for: first rows of queries, which may take seconds, then
 * datagrams, so that the answer also shows samples that were sent while the queries ran.
 */
#ifndef STATGATE_STATGATED_COLLECT_H
#define STATGATE_STATGATED_COLLECT_H

#include "statgated/daemon.h"

/** http_source.collect and forget; `daemon` is their arg. collect_begin is called from within
 * the HTTP library and receives nothing: ingress does so in the loop's next turn. */
void *collect_begin(void *daemon, const struct endpoint_page *page, uint64_t within_ms,
                    void (*done)(void *done_arg), void *done_arg);
void collect_forget(void *daemon, void *handle);

#endif
