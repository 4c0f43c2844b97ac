/*
 * listeners.h - listens at the endpoints' addresses over HTTP, and reports figures of their
 * handlers.
 */
#ifndef STATGATE_STATGATED_LISTENERS_H
#define STATGATE_STATGATED_LISTENERS_H

#include "statgated/daemon.h"

/** Listen for all endpoints, on kept sockets where there are some; uses up the tokens. */
bool listeners_open(struct daemon *daemon, const struct http_source *source,
                    struct inherited *inherited, struct start_error *ret_error);
/** Read the figures of the endpoints' handlers, for self. */
void listeners_read_handlers(struct daemon *daemon);

#endif
