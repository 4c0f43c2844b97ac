/*
 * options.h - what a server is made with: addresses, pages, tokens and limits.
 */
#ifndef STATGATE_HTTP_OPTIONS_H
#define STATGATE_HTTP_OPTIONS_H

#include <stddef.h>
#include <sys/types.h>

#include "endpoint/endpoint.h"
#include "host/unix_listener.h"

enum {
    HTTP_IDLE_S = 30,     /**< without progress a connection ends */
    HTTP_REQUEST_S = 10,  /**< in which a request must be complete, however slowly it trickles in */
    HTTP_ANSWER_S = 300,  /**< from its first line until its answer is taken, however slowly */
    HTTP_STALL_MS = 1000, /**< without taking anything, a client's answer makes way for another's */
    HTTP_TURN_US =
        250, /**< of work in one loop turn: ingest gets its turn after at most that and one slice */
};

/** A page of metrics and where it is. Strings are copied, the endpoint is borrowed. */
struct http_endpoint {
    const char *setting;      /**< for messages: "--metrics-listen", "FILE: /endpoints/0/listen" */
    const char *listen;       /**< address; "" = no listener: the page is nowhere */
    const char *path;         /**< several endpoints of one address have different ones */
    const char *bearer_token; /**< for this page; NULL = open; "" is refused */
    const struct endpoint *endpoint;
};

/** Settings; strings are copied. Zero means the default. */
struct http_options {
    const struct http_endpoint *endpoints; /**< the default one first */
    size_t endpoint_count;
    /** Where /debug and the landing page are: NULL = where the first endpoint listens; "" = nowhere;
     * an address = there. The health checks are on every listener, or, if this is an address, on
     * that one alone. */
    const char *debug_listen;
    const char *debug_setting; /**< for messages; NULL: "debug_listen" */
    const char *debug_token;   /**< for /debug and the landing page; NULL = open; "" is refused */
    const char *debug_hosts; /**< names under which these may be asked for (hosts.h); NULL: none */
    /** Of a process before us. One at an address that is wanted is taken, and its fd here is -1 then. */
    struct unix_listener *kept;
    size_t kept_count;
    mode_t socket_mode; /**< of Unix sockets; 0 = 0660 */
    unsigned connections_max;
    unsigned idle_s;
    unsigned request_s;
    unsigned answer_s;
    unsigned turn_us;
    size_t answers_bytes; /**< most of all answers under way: HTTP_ANSWERS_BYTES */
};

#endif
