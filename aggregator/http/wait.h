/*
 * wait.h - requests that wait until the numbers they show are up to date.
 *
 * The loop does the work, within the budgets of ingress and postgres, never within the HTTP library.
 * Meanwhile the connection is suspended, outside the turn's queue, and costs nothing. A suspended
 * connection does not notice that its client is gone or its time is up, so the sweep of connections
 * checks for both, and the end of the server releases all of them.
 */
#ifndef STATGATE_HTTP_WAIT_H
#define STATGATE_HTTP_WAIT_H

#include "http/http_private.h"

/** Ask the source for up-to-date numbers, once for each request; `page` NULL: no page's queries. True:
 * the request is suspended until they are there, and is then looked at again. */
bool wait_begin(struct http_request *request, const struct endpoint_page *page);
/** The request is over; if it waited, the source forgets it. */
void wait_end(struct http_request *request);
/** Release the requests whose client is gone or whose time is up. */
void wait_give_up(struct http_server *server);
/** Release all of them, so that their connections can be stopped. */
void wait_stop(struct http_server *server);

#endif
