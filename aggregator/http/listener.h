/*
 * listener.h - runs the HTTP library when it has something to do, and keeps the loop awake for it.
 */
#ifndef STATGATE_HTTP_LISTENER_H
#define STATGATE_HTTP_LISTENER_H

#include "http/http_private.h"

/** From now on, run the library when its descriptor is readable; the listener must have a daemon.
 * False: the loop cannot watch the descriptor. */
bool listener_watch(struct listener *listener);
/** Run the library once, and ask when it wants to run again. */
void listener_run(struct listener *listener);
/** True while a request waits for the next turn, or a listener wants to run in it. */
bool listeners_have_work(const struct http_server *server);
/** Begin a new turn soon, because time was spent or there is work. */
void listeners_wake(struct http_server *server);
/** Let the loop sleep when there is no work. */
void listeners_keep_awake(struct http_server *server);

#endif
