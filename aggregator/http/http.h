/* SPDX-License-Identifier: MIT */
/* http.h - the HTTP face: the server, its options, where its data comes from, and its counts. */
#ifndef STATGATE_HTTP_HTTP_H
#define STATGATE_HTTP_HTTP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "base/error.h"
#include "control/control.h"
#include "endpoint/endpoint.h"
#include "events/events.h"
#include "host/clock.h"
#include "host/unix_socket.h"
#include "view/view.h"

/* ---- bounds ----
 * the limits of HTTP, for its own account and for the arithmetic of `check`. Includes
 * nothing.
 */

enum {
    HTTP_CONNECTIONS_MAX = 64, /**< of one listener, and requests that it serves at a time. With an
                                    address for each endpoint and one for /debug, 4160 in all */
    HTTP_SCRAPES_SHARE = 4,    /**< of these requests one in so many is left to expositions */
    HTTP_SPARE_MAX = 8,   /**< more connections, for health checks while all requests are slow */
    HTTP_ACCEPTS_MAX = 8, /**< connections accepted in one callback; as many may be closing */
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

/* The same of a server that takes commands. */
enum {
    HTTP_COMMANDS_MAX = 8,             /**< requests at a time */
    HTTP_COMMAND_IDLE_S = 10,          /**< a client that takes nothing for so long is left */
    HTTP_COMMAND_ANSWER_S = INT32_MAX, /**< a command takes as long as it takes */
    HTTP_ANSWER_MAX = 64 << 10,        /**< bytes of lines of an answer; further ones are counted */
    HTTP_COMMANDS_BYTES = (2 * HTTP_COMMANDS_MAX + HTTP_ACCEPTS_MAX) * HTTP_CONNECTION_MEMORY +
                          HTTP_COMMANDS_MAX * (HTTP_REQUEST_BYTES + HTTP_ANSWER_MAX)
};

/* ---- figures: what the server counts. ---- */

/** Status codes, each with a count of its own. Not counted are 304 (the page's files have not
 * changed), 421 (a Host that is not ours), 207, 403, 409
 * and 422 (of commands), and the HTTP library's own answers to input that is not
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

/* ---- options: options of a server: addresses, pages, tokens and limits. ---- */

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
    const char
        *debug_hosts; /**< names under which these may be requested (http_private.h); NULL: none */
    /** Path of a Unix socket that takes commands and nothing else; NULL: none. */
    const char *commands;
    const char *commands_setting; /**< for messages */
    uid_t commands_uid;           /**< the user that may give them, besides root */
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

/* ---- answer: the answer to a command, which may end long after the command came.
 *
 * It has lines, and ends with a status and a sentence. Whoever got the answer must end it once,
 * even if the client has left meanwhile; nobody reads it then.
 *
 * An answer that flows has its lines sent as they are added, until it is ended or the client
 * leaves. A client that reads slowly loses lines and delays no one; one that takes nothing for
 * HTTP_COMMAND_IDLE_S is left.
 */

struct http_answer;

/** The user that gave the command; (uid_t)-1 once it has left. */
uint32_t http_answer_uid(const struct http_answer *answer);
/** Add a line. Control bytes in it become `?`. */
void http_answer_line(struct http_answer *answer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** End the answer, and free it. The sentence is its last line if the command was done, else its
 * first, before what explains it. An answer that flows ends as it is. */
void http_answer_end(struct http_answer *answer, enum control_status status, const char *format,
                     ...) __attribute__((format(printf, 3, 4)));
/** Answer with 101 and leave the connection to `fn`, which borrows its socket (RFC 9110, 7.8). 400
 * if the client did not ask to upgrade to this protocol. The answer is ended. */
void http_answer_upgrade(struct http_answer *answer, const char *protocol,
                         void (*fn)(void *arg, int fd), void *arg);
/** Let the answer flow from now on. `left` is called if it is over before it is ended: the client
 * has left, or the server has closed. The answer is freed after that. */
void http_answer_flow(struct http_answer *answer, void (*left)(void *arg), void *arg);
/** Add a line of `len` bytes without a newline to an answer that flows; control bytes in it must be
 * escaped. False: HTTP_ANSWER_MAX bytes wait for the client already. */
bool http_answer_flow_line(struct http_answer *answer, const char *text, size_t len);

/* ---- source: the functions by which the server gets its content and reports scrapes. ---- */

/** A report of one requested exposition, when its request is over. */
struct http_scrape {
    const struct endpoint_page *page;
    const char *where;  /**< "127.0.0.1:9464/metrics"; borrowed for the call */
    const char *client; /**< see http_private.h; "": unknown; borrowed for the call */
    const char *agent;  /**< User-Agent as received; "": none; borrowed for the call */
    size_t endpoint;    /**< its index in http_options */
    enum exposition_format format;
    unsigned code; /**< 200; 500 if out of memory before the first byte */
    bool gzip;
    bool complete;       /**< the client took all of it */
    double seconds;      /**< from the request's arrival to its last byte */
    double work_seconds; /**< of that, spent on rendering and compressing */
    uint64_t bytes;      /**< of the body, as sent */
    uint64_t slices;
};

/** Writes the whole JSON of a view. Items of a service, a family or a time are written only if the
 * selection has them. */
typedef void (*http_write_fn)(void *arg, const struct json_selection *selection,
                              struct strbuf *out);

/** All functions except `clock` may be NULL. */
struct http_source {
    struct view_source views; /**< its pointers are borrowed for the life of the server */
    void *arg;                /**< for the functions below */
    struct store_time (*clock)(void *arg);
    /** True while numbers are being changed that must be shown together: no slice is made until a
     * later turn in which this is false. NULL: never. */
    bool (*is_midway)(void *arg);
    /** Called when an exposition or a view begins, so that the daemon's own metrics are up to
     * date. */
    void (*prepare)(void *arg, struct store_time now);
    /**
     * Ask for up-to-date numbers before an answer shows them: samples that were sent before the
     * request, and (within `within_ms`) those values of its page that come from databases; page
     * NULL: a view of /debug. It is called from within the HTTP library, so it must only ask.
     * Returns NULL if there is nothing to wait for, else a handle. Then either done(done_arg) is
     * called once, later, from the loop, or, if the client goes away first, `forget` is called with
     * the handle. A NULL function: there is never anything to wait for.
     */
    void *(*collect)(void *arg, const struct endpoint_page *page, uint64_t within_ms,
                     void (*done)(void *done_arg), void *done_arg);
    void (*forget)(void *arg, void *handle);
    /** Writes the JSON of /debug/queries. NULL: 404. */
    http_write_fn write_queries;
    /** Writes the JSON of /debug/endpoints. NULL: 404. */
    http_write_fn write_endpoints;
    /** Writes the JSON of /debug/ingress. NULL: 404. */
    http_write_fn write_ingress;
    /** NULL when ready, else a sentence why not (static). A NULL function: always ready. */
    const char *(*why_not_ready)(void *arg);
    /** What somebody should know of a daemon that is ready: "ready, but ..."; static. NULL:
     * nothing. The function may be NULL. */
    const char *(*ready_note)(void *arg);
    void (*on_scrape)(void *arg, const struct http_scrape *scrape);
    /** Carry out a command, now or later, and end its answer. Called from the loop. The request is
     * borrowed for the call. */
    void (*command)(void *arg, const struct control_request *request, struct http_answer *answer);
};

static inline bool http_source_is_midway(const struct http_source *source) {
    return source->is_midway != NULL && source->is_midway(source->arg);
}

/** Prepare the source for an exposition or a view; returns the time as of which it shows
 * numbers. */
static inline struct store_time http_source_prepare(const struct http_source *source) {
    const struct store_time now = source->clock(source->arg);
    if (source->prepare != NULL)
        source->prepare(source->arg, now);
    return now;
}

/* ---- server ----
 * the HTTP server: expositions for scrapers, JSON and a landing page for people, health
 * checks for supervisors.
 *
 * Runs on the caller's uv loop, without threads. A loop turn spends at most a quarter of a
 * millisecond on HTTP, shared by all connections; more work waits for the next turn, so that
 * datagrams are read in between. An exposition that fits into one turn is rendered at once and so
 * shows one instant; a longer one is rendered as the client reads it.
 *
 * Its paths are in http_private.h, the form of addresses in http_private.h.
 */

struct http_server;

/**
 * Open the listeners and serve. On failure NULL, with a message in ret_error that names the
 * setting, the address and what to do; nothing is then open, but `loop` must run once more so that
 * closed handles end. Without any listener the server exists and does nothing.
 */
struct http_server *http_server_new(uv_loop_t *loop, const struct http_options *options,
                                    const struct http_source *source, struct error *ret_error);

/**
 * Stop: listeners close at once, answers under way get `grace_ms` to end, then all connections are
 * closed. `done(arg)` is called when the last uv handle is closed; the server is then already
 * freed. Call it once, and not from a function of the source.
 */
void http_server_close(struct http_server *server, unsigned grace_ms, void (*done)(void *arg),
                       void *arg);

/** End the grace of http_server_close now. Must not be called after its `done`. */
void http_server_hurry(struct http_server *server);

/** Give the answers of a server that closes only `grace_ms` from now on. Must not be called after
 * its `done`. */
void http_server_shorten(struct http_server *server, unsigned grace_ms);

/** Called just before http_server_close: leave the listening sockets to another process, so that
 * the files of Unix sockets stay, except of sockets for which `stays` returns false; NULL: all
 * stay. Connections with a request, or that had none so far, are answered within the grace;
 * connections that are idle after an answer end at once. */
void http_server_leave(struct http_server *server, bool (*stays)(void *arg, int fd), void *arg);

/** The same, but only for sockets that were passed to this process (http_options.kept): its start
 * has failed. */
void http_server_give_back(struct http_server *server);

/** How many listeners there are, one for each address (those of the endpoints in their order, then
 * that of /debug), and the address of each, as bound: "127.0.0.1:9464", "unix:/path". "" beyond. */
size_t http_server_listeners(const struct http_server *server);
void http_server_address(const struct http_server *server, size_t index, char *out, size_t size);
/** The socket of a listener, borrowed, to be kept for the next process. -1: closed. */
struct unix_listener http_server_socket(const struct http_server *server, size_t index);
/** The listener of an endpoint's page, by the endpoint's index in http_options; for
 * `endpoint_count` the listener of /debug. SIZE_MAX: none. */
size_t http_server_listener_of(const struct http_server *server, size_t index);

/** True within a callback of the HTTP library, where work of the loop must not be done. */
bool http_server_is_inside(const struct http_server *server);

/** Also resets `busiest_turn_ns`. */
void http_server_figures(struct http_server *server, struct http_figures *ret_figures);
/** Of these figures, how often memory was short. */
uint64_t http_server_no_memory(const struct http_server *server);

/** The counts of an endpoint, by its index in http_options. */
void http_server_endpoint(const struct http_server *server, size_t index,
                          struct http_endpoint_figures *ret_figures);

#endif
