/*
 * connections.h - the connections of a listener: taken in within its places, ended when they make
 * way for others or take too long.
 *
 * The HTTP library could accept by itself, but it stops at its maximum, whatever the connections do.
 * So it has no listening socket, and gets one connection after the other. Its time-out is for
 * idleness only: a client that sends or takes a byte now and then would hold a place for ever. This
 * file ends such connections.
 */
#ifndef STATGATE_HTTP_CONNECTIONS_H
#define STATGATE_HTTP_CONNECTIONS_H

#include "http/http_private.h"

/** Open the timers of the server; to be closed with it. */
void connections_init(struct http_server *server);
/** Begin to take connections in. False: the loop cannot watch the socket. */
bool connections_open(struct listener *listener);
/** While the server leaves: end connections that are kept for a next request, of which nothing has come. True when
 * others are open. */
bool connections_end_idle(struct http_server *server);
/** Handler of the HTTP library; `arg` is the listener. */
void connection_notify(void *arg, struct MHD_Connection *connection, void **context,
                       enum MHD_ConnectionNotificationCode what);
/** End the connection (NULL: none) to make way for another. */
void connection_evict(struct listener *listener, struct http_place *place);

#endif
