/*
 * fetch.h - one GET over HTTP/1.1, step by step.
 *
 * Nothing here waits but fetch_wait: whoever has other things to look at polls fetch_fd for
 * fetch_events and calls fetch_step. A connection serves one request. The body is kept up to a cap;
 * the reader of a stream takes it out as it comes (strbuf_consume).
 */
#ifndef STATGATE_FETCH_FETCH_H
#define STATGATE_FETCH_FETCH_H

#include <stdint.h>

#include "fetch/address.h"
#include "fetch/response.h"

enum fetch_state {
    FETCH_UNDER_WAY,
    FETCH_DONE,        /**< the response is whole */
    FETCH_NOBODY,      /**< nobody could be connected to; `error` has the reason */
    FETCH_CUT,         /**< the connection ended before the response did */
    FETCH_NO_RESPONSE, /**< what came is no HTTP */
    FETCH_TOO_LARGE,   /**< more than body_max */
    FETCH_NO_MEMORY
};

struct fetch_request {
    const struct fetch_address *address; /**< borrowed until fetch_free */
    const char *target;                  /**< "/debug/series?limit=5" */
    const char *token;                   /**< for Authorization: Bearer; NULL: none */
    const char *accept;                  /**< NULL: anything */
    const char *last_event_id;           /**< NULL: none */
    size_t body_max;                     /**< most bytes of `body` at a time */
};

struct fetch;

/** Begin. NULL when out of memory. */
struct fetch *fetch_start(const struct fetch_request *request);
/** Close and free; NULL is fine. */
void fetch_free(struct fetch *fetch);

/** What to poll for while it is under way. */
int fetch_fd(const struct fetch *fetch);
short fetch_events(const struct fetch *fetch);
/** Go on as far as possible without waiting. */
enum fetch_state fetch_step(struct fetch *fetch);
/** Go on until it is not under way any more, or the time is over: FETCH_UNDER_WAY. */
enum fetch_state fetch_wait(struct fetch *fetch, int64_t until_ns);

/** What is read so far. */
const struct fetch_response *fetch_head(const struct fetch *fetch);
struct strbuf *fetch_body(struct fetch *fetch);
/** errno of FETCH_NOBODY and FETCH_CUT, or 0. */
int fetch_error(const struct fetch *fetch);

#endif
