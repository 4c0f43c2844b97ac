/*
 * wait.h - requests that wait until the numbers that they show are up to date.
 *
 * What that takes is done by the loop, in turns and budgets of others; nothing of it below the HTTP
 * library. Meanwhile their connections are suspended, outside the turn's queue, and cost nothing. A
 * suspended connection notices nothing, neither that its client is gone nor that its time is up; so
 * the sweep of connections looks at those, and the server's end lets all of them go.
 */
#ifndef STATGATE_HTTP_WAIT_H
#define STATGATE_HTTP_WAIT_H

#include "http/http_private.h"

/** Ask the source for numbers up to date, once, with the page's values from elsewhere (NULL: none).
 * True: the request is suspended until they are there, and is examined again then. */
bool wait_begin(struct http_request *request, const struct endpoint_page *page);
/** The request is over; if it waited, the source forgets it. */
void wait_end(struct http_request *request);
/** Let those go whose client is gone, or whose time is up. */
void wait_give_up(struct http_server *server);
/** Let all of them go; their connections may be stopped then. */
void wait_stop(struct http_server *server);

#endif
