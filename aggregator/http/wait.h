/*
 * wait.h - requests that wait until the numbers they show are up to date.
 *
 * The loop does the work, within the budgets of ingress and postgres, never within the HTTP
 * library. Meanwhile the connection is suspended, outside the turn's queue, and costs nothing. A
 * suspended connection does not notice that its client is gone or its time is up, so the sweep of
 * connections checks for both, and the end of the server resumes all of them.
 */
#ifndef STATGATE_HTTP_WAIT_H
#define STATGATE_HTTP_WAIT_H

#include "http/http_private.h"

/** Ask the source for up-to-date numbers, once for each request; `page` NULL: without queries.
 * True: the request is suspended until the numbers are up to date, and is then examined again. */
bool wait_begin(struct http_request *request, const struct endpoint_page *page);
/** Called when the request is over: if it waits, tell the source to forget it. */
void wait_end(struct http_request *request);
/** Resume the requests whose client is gone or whose time is up. */
void wait_give_up(struct http_server *server);
/** Resume all of them, so that their connections can be stopped. */
void wait_stop(struct http_server *server);

#endif
