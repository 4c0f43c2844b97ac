/*
 * options.h - options of a server: addresses, pages, tokens and limits.
 */
#ifndef STATGATE_HTTP_OPTIONS_H
#define STATGATE_HTTP_OPTIONS_H

#include <stddef.h>
#include <sys/types.h>

#include "endpoint/endpoint.h"
#include "host/unix_listener.h"

enum {
    HTTP_IDLE_S = 30,     /**< a connection ends after this time without progress */
    HTTP_REQUEST_S = 10,  /**< a request must be complete in this time, even if bytes keep coming */
    HTTP_ANSWER_S = 300,  /**< from a request's first line until its answer is taken completely */
    HTTP_STALL_MS = 1000, /**< a client that takes nothing for this time makes way for another */
    HTTP_TURN_US =
        250, /**< work of one loop turn: ingest gets its turn after at most that and one slice */
};

/** A page of metrics and its address. Strings are copied, the endpoint is borrowed. */
struct http_endpoint {
    const char *setting;      /**< for messages: "--metrics-listen", "FILE: /endpoints/0/listen" */
    const char *listen;       /**< address; "" = no listener: the page is not served */
    const char *path;         /**< must differ between endpoints of one address */
    const char *bearer_token; /**< for this page; NULL = open; "" is refused */
    const struct endpoint *endpoint;
};

/** Settings; strings are copied. Zero means the default. */
struct http_options {
    const struct http_endpoint *endpoints; /**< the default one first */
    size_t endpoint_count;
    /** The address of /debug and the landing page; NULL = that of the first endpoint; "" = nowhere.
     * The health checks are on every listener, or, if this is an address, only on that one. */
    const char *debug_listen;
    const char *debug_setting; /**< for messages; NULL: "debug_listen" */
    const char *debug_token;   /**< for /debug and the landing page; NULL = open; "" is refused */
    const char *debug_hosts; /**< names under which these may be requested (hosts.h); NULL: none */
    /** Sockets of an earlier process. A socket at a wanted address is taken over, which sets its fd
     * here to -1. */
    struct unix_listener *kept;
    size_t kept_count;
    mode_t socket_mode; /**< of Unix sockets; 0 = 0660 */
    unsigned connections_max;
    unsigned idle_s;
    unsigned request_s;
    unsigned answer_s;
    unsigned turn_us;
    size_t answers_bytes; /**< most bytes of all answers under way: HTTP_ANSWERS_BYTES */
};

#endif
