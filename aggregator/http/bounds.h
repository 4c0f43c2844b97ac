/*
 * bounds.h - what HTTP takes at most, for its own account and for the arithmetic of `check`. Includes
 * nothing.
 */
#ifndef STATGATE_HTTP_BOUNDS_H
#define STATGATE_HTTP_BOUNDS_H

enum {
    HTTP_CONNECTIONS_MAX = 64, /**< of one listener, and requests that it serves at a time. With an
                                    address for each endpoint and one for /debug, 4160 in all */
    HTTP_FOLLOWERS_MAX = 8,    /**< of the events, of all listeners; each is one of the requests */
    HTTP_SPARE_MAX = 8,   /**< connections beyond, for health checks while all requests are slow */
    HTTP_ACCEPTS_MAX = 8, /**< connections taken in by one callback; as many may be leaving */
    HTTP_PLACES_MAX =
        HTTP_CONNECTIONS_MAX + HTTP_SPARE_MAX + HTTP_ACCEPTS_MAX, /**< descriptors of a listener */
    HTTP_CONNECTION_MEMORY = 64 << 10, /**< of one connection, for heads and for chunks */
    HTTP_TARGET_MAX = 8 << 10,     /**< bytes of a request's target; longer ones are answered 414 */
    HTTP_CHUNK_BYTES = 16 << 10,   /**< kept beside an answer made piece by piece */
    HTTP_ANSWERS_BYTES = 16 << 20, /**< of all answers under way, of all listeners: text that is
                                      made and not yet taken, and what compresses it */
    HTTP_ANSWER_LEAST = 16 << 10,  /**< bytes of a slice that an answer still gets then */
    HTTP_REQUEST_BYTES = /**< of one request but its share of the answers': target, view, least
                            slice, chunk */
    HTTP_TARGET_MAX + (16 << 10) + HTTP_ANSWER_LEAST + HTTP_CHUNK_BYTES,
    HTTP_LISTENER_BYTES = /**< of all connections and requests of one listener */
    HTTP_PLACES_MAX * HTTP_CONNECTION_MEMORY + HTTP_CONNECTIONS_MAX * HTTP_REQUEST_BYTES
};

#endif
