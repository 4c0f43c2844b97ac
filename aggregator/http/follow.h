/*
 * follow.h - followers of events: answers that continue as server-sent events (WHATWG HTML, section
 * 9.2).
 *
 * A stream begins after the event named in Last-Event-ID, or else in `after`; without either, with
 * the first event since the time in `since`; without that, with the next event. Between events its
 * connection is suspended and costs nothing; regular comments show whether the client still reads.
 * A stream is closed if its client does not take the events sent to it, or if the ring of events
 * has overwritten events that it did not get yet: the client connects again with the last id that
 * it got. Nothing here waits, so no follower can delay ingest.
 */
#ifndef STATGATE_HTTP_FOLLOW_H
#define STATGATE_HTTP_FOLLOW_H

#include "http/http_private.h"

/** Start and stop being notified of events. */
void follow_open(struct http_server *server);
void follow_close(struct http_server *server);
/** Check the parameters of a stream, except its filters: a sentence for a 400 (static), or NULL. */
const char *follow_fault(const struct target *target);
/** Answer a request with the events that pass the filter; 503 if there are too many followers
 * already, of all or of its address. */
enum MHD_Result follow_begin(struct http_request *request, const struct event_filter *filter);
/** Called when a turn begins: resume followers for which there are events. */
void follow_turn(struct http_server *server);
/** Called regularly: send comments, and end followers whose clients are gone or have stalled. */
void follow_sweep(struct http_server *server);
/** The server closes: end all streams in an orderly way. */
void follow_end(struct http_server *server);
/** Resume all suspended connections, so that they can be stopped. */
void follow_stop(struct http_server *server);
/** Called when a request is over: remove it from the followers, if it is one. */
void follow_over(struct http_request *request);

#endif
