/*
 * listeners.h - endpoints over HTTP: their addresses, and what their handlers report.
 */
#ifndef STATGATE_STATGATED_LISTENERS_H
#define STATGATE_STATGATED_LISTENERS_H

#include "statgated/daemon.h"

/** Listen for all endpoints, on sockets that were kept where there are some; the tokens are used up. */
bool listeners_open(struct daemon *daemon, const struct http_source *source,
                    struct inherited *inherited, struct start_error *ret_error);
/** Figures of the endpoints' handlers, for self. */
void listeners_read_handlers(struct daemon *daemon);

#endif
