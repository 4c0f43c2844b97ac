/*
 * fetch.h - one GET over HTTP/1.1, step by step.
 *
 * Only fetch_wait blocks: whoever has other descriptors to watch polls fetch_fd for fetch_events
 * and calls fetch_step. A connection serves one request. The body is buffered up to a cap; the
 * reader of a stream removes bytes as they arrive (strbuf_consume).
 */
#ifndef STATGATE_FETCH_FETCH_H
#define STATGATE_FETCH_FETCH_H

#include <stdint.h>

#include "fetch/address.h"
#include "fetch/response.h"

enum fetch_state {
    FETCH_UNDER_WAY,
    FETCH_DONE,        /**< the response is complete */
    FETCH_NOBODY,      /**< no connection could be made; fetch_error has the reason */
    FETCH_CUT,         /**< the connection ended before the response did */
    FETCH_NO_RESPONSE, /**< what arrived is not HTTP */
    FETCH_TOO_LARGE,   /**< more than body_max */
    FETCH_NO_MEMORY
};

struct fetch_request {
    const struct fetch_address *address; /**< borrowed until fetch_free */
    const char *target;                  /**< "/debug/series?limit=5" */
    const char *token;                   /**< for `Authorization: Bearer`; NULL: none */
    const char *accept;                  /**< NULL: anything */
    const char *last_event_id;           /**< NULL: none */
    size_t body_max;                     /**< most bytes of the body to buffer at a time */
};

struct fetch;

/** Begin a request. NULL when out of memory. */
struct fetch *fetch_start(const struct fetch_request *request);
/** Close the connection and free the request; NULL is fine. */
void fetch_free(struct fetch *fetch);

/** What to poll for while the request is under way. */
int fetch_fd(const struct fetch *fetch);
short fetch_events(const struct fetch *fetch);
/** Continue as far as possible without waiting. */
enum fetch_state fetch_step(struct fetch *fetch);
/** Continue until the request is no longer under way; FETCH_UNDER_WAY: the time is over. */
enum fetch_state fetch_wait(struct fetch *fetch, int64_t until_ns);

/** The head, and the part of the body, received so far. */
const struct fetch_response *fetch_head(const struct fetch *fetch);
struct strbuf *fetch_body(struct fetch *fetch);
/** The errno for FETCH_NOBODY and FETCH_CUT, or 0. */
int fetch_error(const struct fetch *fetch);

#endif
