/*
 * wait.h - expositions that wait for values from elsewhere.
 *
 * Their connections are suspended, outside the turn's queue, and cost nothing. A suspended connection notices nothing, neither that its client is gone nor that its time is
 * up; so the sweep of connections looks at those, and the server's end lets all of them go.
 */
#ifndef STATGATE_HTTP_WAIT_H
#define STATGATE_HTTP_WAIT_H

#include "http/http_private.h"

/** Ask the source for a page's values. True: the request is suspended until they are there, and
 * is examined again then. */
bool wait_begin(struct http_request *request, const struct endpoint_page *page);
/** The request is over; if it waited, the source forgets it. */
void wait_end(struct http_request *request);
/** Let those go whose client is gone, or whose time is up. */
void wait_give_up(struct http_server *server);
/** Let all of them go; their connections may be stopped then. */
void wait_stop(struct http_server *server);

#endif
