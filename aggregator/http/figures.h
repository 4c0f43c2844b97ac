/*
 * figures.h - what the server counts.
 */
#ifndef STATGATE_HTTP_FIGURES_H
#define STATGATE_HTTP_FIGURES_H

#include <stdint.h>

#include "host/stopwatch.h"

/** Status codes, each with a count of its own. Not counted are 304 (the page's files have not
 * changed), 421 (a Host that is not ours), and the HTTP library's own answers to input that is not
 * HTTP. */
enum http_code_index {
    HTTP_CODE_200,
    HTTP_CODE_400,
    HTTP_CODE_401,
    HTTP_CODE_404,
    HTTP_CODE_405,
    HTTP_CODE_413,
    HTTP_CODE_414,
    HTTP_CODE_500,
    HTTP_CODE_503,
    HTTP_CODE_COUNT
};
/** 200, 400, ... */
unsigned http_code(enum http_code_index index);

/** Counts of a server, since it was made unless another time is given. */
struct http_figures {
    uint64_t answers[HTTP_CODE_COUNT]; /**< by code */
    uint64_t aborted;                  /**< answers that the client did not take to the end */
    uint64_t bytes;                    /**< of bodies given to connections */
    uint64_t slices;                   /**< of views */
    uint64_t deferred;                 /**< times that work waited for the next loop turn */
    uint64_t accepted;                 /**< connections */
    uint64_t full;                     /**< times a listener reached its maximum of connections */
    uint64_t expired;                  /**< connections ended by HTTP_REQUEST_S or HTTP_ANSWER_S */
    uint64_t evicted;                  /**< connections ended to make way for another */
    uint64_t no_descriptor;            /**< times no descriptor was left for a connection */
    uint64_t no_memory;                /**< connections closed, and requests answered with 500, for
                                            lack of memory */
    unsigned connections;              /**< open now */
    unsigned in_flight;                /**< requests that began and are not over */
    unsigned waiting;                  /**< of these, expositions that wait for values */
    uint64_t answer_bytes;             /**< memory that answers under way hold */
    uint64_t squeezed;                 /**< answers made in smaller pieces, or not compressed, as
                                            other answers held most of the memory for answers */
    struct stopwatch watch;            /**< of the callbacks that answer */
    uint64_t busiest_turn_ns;          /**< the most work of one loop turn since the last call of
                                            http_server_figures */
};

/** Counts of requests for the pages of one endpoint. */
struct http_endpoint_figures {
    uint64_t answers[HTTP_CODE_COUNT]; /**< by code, counted when they ended */
    unsigned in_flight;                /**< admitted and not over */
};

#endif
