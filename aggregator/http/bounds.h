/*
 * bounds.h - the limits of HTTP, for its own account and for the arithmetic of `check`. Includes
 * nothing.
 */
#ifndef STATGATE_HTTP_BOUNDS_H
#define STATGATE_HTTP_BOUNDS_H

enum {
    HTTP_CONNECTIONS_MAX = 64, /**< of one listener, and requests that it serves at a time. With an
                                    address for each endpoint and one for /debug, 4160 in all */
    HTTP_FOLLOWERS_MAX = 8,    /**< followers of events, of all listeners; each is a request, too */
    HTTP_FOLLOWERS_OF_ONE = HTTP_FOLLOWERS_MAX / 2, /**< of these, of one address */
    HTTP_SCRAPES_SHARE = 4, /**< of these requests one in so many is left to expositions */
    HTTP_SPARE_MAX = 8,     /**< more connections, for health checks while all requests are slow */
    HTTP_ACCEPTS_MAX = 8,   /**< connections accepted in one callback; as many may be closing */
    HTTP_PLACES_MAX =
        HTTP_CONNECTIONS_MAX + HTTP_SPARE_MAX + HTTP_ACCEPTS_MAX, /**< descriptors of a listener */
    HTTP_CONNECTION_MEMORY = 64 << 10, /**< of one connection, for heads and for chunks */
    HTTP_TARGET_MAX = 8 << 10,     /**< bytes of a request's target; longer ones are answered 414 */
    HTTP_CHUNK_BYTES = 16 << 10,   /**< buffer of an answer that is made piece by piece */
    HTTP_ANSWERS_BYTES = 16 << 20, /**< of all answers under way, of all listeners: text that was
                                      made and not yet taken, and compressors */
    HTTP_ANSWER_LEAST = 16 << 10,  /**< of a slice that an answer gets even if these are used up */
    HTTP_REQUEST_BYTES = /**< of one request without its share of HTTP_ANSWERS_BYTES: target, view,
                            least slice, chunk */
    HTTP_TARGET_MAX + (16 << 10) + HTTP_ANSWER_LEAST + HTTP_CHUNK_BYTES,
    HTTP_LISTENER_BYTES = /**< of all connections and requests of one listener */
    HTTP_PLACES_MAX * HTTP_CONNECTION_MEMORY + HTTP_CONNECTIONS_MAX * HTTP_REQUEST_BYTES
};

#endif
