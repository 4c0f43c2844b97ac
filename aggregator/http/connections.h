/*
 * connections.h - the connections of a listener: accepted while it has places, and ended when they
 * make way for others or take too long.
 *
 * The HTTP library could accept by itself, but it stops at its maximum, whatever the connections
 * do. So it has no listening socket, and is given one connection after the other. Its time-out
 * applies only to idle connections: a client that sends or takes a byte now and then would hold a
 * place forever. This module ends such connections.
 */
#ifndef STATGATE_HTTP_CONNECTIONS_H
#define STATGATE_HTTP_CONNECTIONS_H

#include "http/http_private.h"

/** Open the timers of the server, which are closed with it. */
void connections_init(struct http_server *server);
/** Begin to accept connections. False: the loop cannot watch the socket. */
bool connections_open(struct listener *listener);
/** While the server leaves: end connections that are kept open for a next request of which no byte
 * has arrived. True if other connections are open. */
bool connections_end_idle(struct http_server *server);
/** Handler of the HTTP library; `arg` is the listener. */
void connection_notify(void *arg, struct MHD_Connection *connection, void **context,
                       enum MHD_ConnectionNotificationCode what);
/** End the connection (NULL: none) to make way for another. */
void connection_evict(struct listener *listener, struct http_place *place);

#endif
