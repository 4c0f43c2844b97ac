/*
 * server.h - the HTTP face: expositions for scrapers, JSON and a page for people, health for
 * supervisors.
 *
 * Runs on the caller's uv loop, without threads. A loop turn spends a quarter of a millisecond on
 * HTTP at most, shared by all connections; what does not fit waits for the next turn, so that
 * datagrams are read in between. An exposition of up to one slice is rendered at once and so shows
 * one instant; a longer one follows as the client reads it.
 *
 * What it answers is in routes.h; the addresses it takes in listen.h.
 */
#ifndef STATGATE_HTTP_SERVER_H
#define STATGATE_HTTP_SERVER_H

#include <uv.h>

#include "http/bounds.h"
#include "view/view.h"

enum {
    HTTP_IDLE_S = 30,     /**< without progress a connection ends */
    HTTP_REQUEST_S = 10,  /**< in which a request must be complete, however slowly it trickles in */
    HTTP_ANSWER_S = 300,  /**< from its first line until its answer is taken, however slowly */
    HTTP_STALL_MS = 1000, /**< without taking anything, a client's answer makes way for another's */
    HTTP_TURN_US =
        250, /**< of work in one loop turn: ingest gets its turn after at most that and one slice */
    HTTP_ERROR_MAX = 512
};

/** A page of metrics and where it is. Strings are copied, the endpoint is borrowed. */
struct http_endpoint {
    const char *setting;      /**< for messages: "--metrics-listen", "FILE: /endpoints/0/listen" */
    const char *listen;       /**< address; "" = no listener: the page is nowhere */
    const char *path;         /**< several endpoints of one address have different ones */
    const char *bearer_token; /**< for this page; NULL = open; "" is refused */
    const struct endpoint *endpoint;
};

/** Settings; strings are copied. Zero stands for the default. */
struct http_options {
    const struct http_endpoint *endpoints; /**< the default one first */
    size_t endpoint_count;
    /** /debug and the page: NULL = where the first endpoint listens; "" = nowhere; an address =
     * there. The health checks are on every listener, but where this is an address on that alone.
     */
    const char *debug_listen;
    const char *debug_setting; /**< for messages; NULL: "debug_listen" */
    const char *bearer_token;  /**< for /debug and the page; NULL = open; "" is refused */
    mode_t socket_mode;        /**< of Unix sockets; 0 = 0660 */
    unsigned connections_max;
    unsigned idle_s;
    unsigned request_s;
    unsigned answer_s;
    unsigned turn_us;
    size_t answers_bytes; /**< most of all answers under way: HTTP_ANSWERS_BYTES */
};

/** One exposition that was asked for, when it is over. */
struct http_scrape {
    enum exposition_format format;
    unsigned code; /**< 200, or 500 when memory ran out before the first byte */
    bool gzip;
    bool complete;       /**< the client took all of it */
    double seconds;      /**< from the request's arrival to its last byte */
    double work_seconds; /**< of that, spent on rendering and compressing */
    uint64_t bytes;      /**< of the body, as sent */
    uint64_t slices;
};

/** Where the server gets its content. All functions but `clock` may be NULL. */
struct http_source {
    struct view_source views; /**< what it points to is borrowed for the life of the server */
    void *arg;                /**< for the functions below */
    struct store_time (*clock)(void *arg);
    /** Called before an exposition or a view of /debug is begun, so that it shows what was received
     * before it; for a third of a millisecond at most. */
    void (*catch_up)(void *arg);
    /** The numbers are in the midst of a change that must be seen whole: no slice is made before a
     * later turn in which this is false. NULL: never. */
    bool (*is_midway)(void *arg);
    /** Called when one is begun, so that the daemon's own metrics are up to date. */
    void (*prepare)(void *arg, struct store_time now);
    /**
     * Values of a page that come from elsewhere, brought up to date before its exposition, within
     * `within_ms`. NULL: there is nothing to wait for, go on. Else a handle, and done(done_arg) is
     * called once, later, from the loop; if the client goes away first, `forget` is called with the
     * handle instead. A NULL function: never anything to wait for.
     */
    void *(*collect)(void *arg, const struct endpoint_page *page, uint64_t within_ms,
                     void (*done)(void *done_arg), void *done_arg);
    void (*forget)(void *arg, void *handle);
    /** Writes the JSON of /debug/queries. NULL: 404. */
    void (*write_queries)(void *arg, struct strbuf *out);
    /** Writes the JSON of /debug/endpoints. NULL: 404. */
    void (*write_endpoints)(void *arg, struct strbuf *out);
    /** Writes the JSON of /debug/ingress. NULL: 404. */
    void (*write_ingress)(void *arg, struct strbuf *out);
    /** NULL when ready, else a sentence why not (static). A NULL function: always ready. */
    const char *(*why_not_ready)(void *arg);
    void (*on_scrape)(void *arg, const struct http_scrape *scrape);
};

struct http_server;

/**
 * Open the listeners and serve. NULL with a message in ret_error that names the setting, the
 * address and what to do; then nothing was begun, but `loop` must run once more so that closed
 * handles end. With no listener configured the server exists and does nothing.
 */
struct http_server *http_server_new(uv_loop_t *loop, const struct http_options *options,
                                    const struct http_source *source, char *ret_error,
                                    size_t error_size);

/**
 * Stop: listeners close at once, answers under way get `grace_ms` to end, then all connections are
 * closed. `done(arg)` is called when the last uv handle is closed; the server is gone by then. Not
 * to be called from a source function. Call it once.
 */
void http_server_close(struct http_server *server, unsigned grace_ms, void (*done)(void *arg),
                       void *arg);

/** Listeners there are, one for each address (those of the endpoints in their order, then that of
 * /debug), and the address of each, as bound: "127.0.0.1:9464", "unix:/path". "" beyond. */
size_t http_server_listeners(const struct http_server *server);
void http_server_address(const struct http_server *server, size_t index, char *out, size_t size);
/** The listener of an endpoint's page, by its index in http_options; that of /debug for
 * `endpoint_count`. SIZE_MAX: nowhere. */
size_t http_server_listener_of(const struct http_server *server, size_t index);

/** Codes that the server counts apart; the HTTP library's own answers to what is no HTTP are in
 * none. */
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

struct http_figures {
    uint64_t answers[HTTP_CODE_COUNT]; /**< by code */
    uint64_t aborted;                  /**< answers that the client did not take to the end */
    uint64_t bytes;                    /**< of bodies handed out */
    uint64_t slices;                   /**< steps of views */
    uint64_t deferred;                 /**< times that work waited for the next loop turn */
    uint64_t accepted;                 /**< connections so far */
    uint64_t full;                     /**< times a listener reached its most connections */
    uint64_t expired;                  /**< connections ended by HTTP_REQUEST_S or HTTP_ANSWER_S */
    uint64_t evicted;                  /**< connections ended to make way for another */
    uint64_t no_descriptor;            /**< times that none was left for a connection */
    unsigned connections;              /**< open now */
    unsigned in_flight;                /**< requests begun and not over */
    unsigned waiting;                  /**< of these, expositions that wait for values */
    uint64_t answer_bytes;             /**< that answers under way hold */
    uint64_t squeezed;                 /**< answers made in smaller pieces, or not compressed, as
                                            others held most of the answers' memory */
    uint64_t busiest_turn_ns;          /**< the most work of one loop turn since the last call */
};
/** Also starts `busiest_turn_ns` anew. */
void http_server_figures(struct http_server *server, struct http_figures *ret_figures);

/** Requests for the page of one endpoint, and the pages of its services. */
struct http_endpoint_figures {
    uint64_t answers[HTTP_CODE_COUNT]; /**< by code, when they ended */
    unsigned in_flight;                /**< let in and not over */
};
/** By its index in http_options. */
void http_server_endpoint(const struct http_server *server, size_t index,
                          struct http_endpoint_figures *ret_figures);

#endif
