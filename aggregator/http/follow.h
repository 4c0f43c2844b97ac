/*
 * follow.h - those that follow events: answers that go on, as server-sent events (WHATWG HTML, section 9.2).
 *
 * A stream begins behind the event named in Last-Event-ID, or else in `after`; without either, with the first event
 * since the time in `since`; without that, with the next one. Between events its connection is suspended and costs
 * nothing; a comment now and then shows whether it still takes anything. Who does not take what there is for it is
 * closed, and so is whoever the ring has overtaken: a client comes again with the id that it had. Nothing here waits,
 * so no follower can delay ingest.
 */
#ifndef STATGATE_HTTP_FOLLOW_H
#define STATGATE_HTTP_FOLLOW_H

#include "http/http_private.h"

/** Hear of events, and stop to. */
void follow_open(struct http_server *server);
void follow_close(struct http_server *server);
/** What is wrong with the parameters of a stream, beside its filters: a sentence for a 400 (static), or NULL. */
const char *follow_fault(const struct target *target);
/** Answer a request with the events that pass the filter; 503 when there are too many followers already. */
enum MHD_Result follow_begin(struct http_request *request, const struct event_filter *filter);
/** A turn begins: followers for which there is something go on in it. */
void follow_turn(struct http_server *server);
/** Now and then: comments, and followers that are gone or have stalled. */
void follow_sweep(struct http_server *server);
/** The server closes: all of them end, in order. */
void follow_end(struct http_server *server);
/** Release all connections, so that they can be stopped. */
void follow_stop(struct http_server *server);
/** The request is over. */
void follow_over(struct http_request *request);

#endif
