/* SPDX-License-Identifier: MIT */
/*
 * http_private.h - the structs that the server's files share: the server with its listeners, their
 * pages and connections, and a request from its first line to its last byte.
 */
#ifndef STATGATE_HTTP_HTTP_PRIVATE_H
#define STATGATE_HTTP_HTTP_PRIVATE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/listen_address.h"
#include "base/strbuf.h"
#include "gzip/gzip.h"
#include "http/http.h"
#include "page/page.h"

/* ---- bearer token: a secret that a request needs for a page. ---- */

struct bearer_token {
    char *text; /**< NULL: open, no token is needed */
    size_t len;
};

/** Copy a token; NULL: open. */
void http_bearer_token_copy(struct bearer_token *ret_token, const char *text);
/** Overwrite and free it. Safe on a zeroed struct. */
void http_bearer_token_done(struct bearer_token *token);

/* ---- answer memory ----
 * the memory of answers under way: one account for all listeners.
 *
 * An answer may take an eighth of the free memory for its next piece, up to a whole slice. So a few
 * answers get all they want, and the last of many still get some; slow readers that hold their
 * memory make the pieces of others smaller, and no one waits. When almost nothing is free, an
 * answer continues uncompressed, in slices of HTTP_ANSWER_LEAST bytes; these exceed the account and
 * are counted with the connections.
 */

struct answer_memory {
    size_t max;
    size_t used;       /**< may exceed max by slices of HTTP_ANSWER_LEAST bytes */
    uint64_t squeezed; /**< answers that got less than they could have used */
};

/** How many bytes an answer may take for its next piece; 0 if no memory is free. */
size_t answer_memory_share(const struct answer_memory *memory);
/** Change the account for an answer that held *held bytes and now holds `now`; sets *held to
 * `now`. */
void answer_memory_change(struct answer_memory *memory, size_t *held, size_t now);

/* ---- body ----
 * the bytes of one answer, made piece by piece: slices of a view, gzipped in small steps.
 *
 * Each http_body_work() does one bounded piece of work: a slice of the view, which ends at a given
 * time, or the compression of at most GZIP_PIECE_BYTES. So the caller can decide after every piece
 * whether this loop turn has time for another. Knows no sockets and no HTTP.
 */

enum body_state {
    BODY_READY, /**< bytes are ready to take */
    BODY_WORK,  /**< a piece of work is due */
    BODY_END,   /**< all bytes were taken */
    BODY_FAILED /**< out of memory; what was taken so far is incomplete */
};

struct body {
    struct answer_memory *memory; /**< the account that is charged */
    size_t held;                  /**< bytes charged to it */
    struct view *view;            /**< NULL when it was rendered to its end, and for plain text */
    struct strbuf plain;          /**< rendered; from plain_at on not yet taken or compressed */
    size_t plain_at;
    struct strbuf compressed; /**< from compressed_at on not yet taken */
    size_t compressed_at;
    bool gzip;
    struct gzip *compressor; /**< NULL when all is compressed, and for plain text */
    bool squeezed;           /**< the body got less memory than it could have used */
    bool failed;
    uint64_t slices; /**< of the view so far */
    uint64_t taken;  /**< bytes taken so far */
};

/** An empty body; `body->plain` may be written to. The account is borrowed. */
void http_body_init(struct body *body, struct answer_memory *memory);
/** Free everything, the view included, and make the body empty with the same account. Safe to call
 * twice. */
void http_body_done(struct body *body);

/** Charge the account for the text written to `body->plain`. False: there is no room for it, and it
 * is longer than HTTP_ANSWER_LEAST, which any answer may take. */
bool http_body_written(struct body *body);

/**
 * Fill the body from a view, which it takes over. Without memory for `gzip` the body stays plain:
 * see body->gzip.
 */
void http_body_start(struct body *body, struct view *view, bool gzip);

enum body_state http_body_state(const struct body *body);
/**
 * Do one piece of work; only in state BODY_WORK. A slice consists of steps of VIEW_STEP_UNITS, at
 * least one, and ends at `end_ns` by uv_hrtime() or when it has enough bytes.
 */
void http_body_work(struct body *body, struct store_time now, uint64_t end_ns);
/** True if the next piece is a slice of the view, which takes longer than any other piece. */
bool http_body_slice_due(const struct body *body);
/** True if every byte of the answer is in memory: nothing is left to render or to compress. */
bool http_body_whole(const struct body *body);
/** All bytes not yet taken; only if http_body_whole(). Borrowed until http_body_done. */
const char *http_body_bytes(const struct body *body, size_t *ret_len);
/** Take at most `max` bytes; only in state BODY_READY. Returns how many. */
size_t http_body_take(struct body *body, char *out, size_t max);

/* ---- listen: listening stream sockets for addresses in settings. Knows nothing of HTTP. ---- */

/** A listening socket. */
struct listen_socket {
    int fd;                        /**< non-blocking, close-on-exec; -1 when closed */
    struct listen_address address; /**< as bound: with the real port if 0 was asked for */
    struct unix_socket_file file;  /**< of a Unix socket */
    bool adopted;                  /**< an earlier process made it */
};

/**
 * Bind and listen. TCP with SO_REUSEADDR. A Unix socket is bound under a temporary name, gets
 * `mode`, listens, and is then renamed into place, so that no client ever finds a name that does
 * not answer. A stale socket at the path is replaced; a socket that answers, or a file that is not
 * a socket, is an error. False with a static sentence in *ret_reason.
 */
bool http_listen_socket_open(const struct listen_address *address, mode_t mode,
                             struct listen_socket *ret_socket, const char **ret_reason);
/**
 * Take over a socket on which an earlier process listened, with its waiting connections, if it is
 * bound to the wanted address. A wanted port of 0 matches any port. The file of a Unix socket must
 * still be in place and must be `file`. False: the socket does not match; the caller then keeps the
 * descriptor.
 */
bool http_listen_socket_adopt(int fd, const struct unix_socket_file *file,
                              const struct listen_address *wanted,
                              struct listen_socket *ret_socket);
/** Leave the socket to another process: its file stays when it is closed. */
void http_listen_socket_leave(struct listen_socket *listener);
/** Close, and remove the Unix socket's file if it still is ours. Safe to call twice. */
void http_listen_socket_close(struct listen_socket *listener);

/* ---- places ----
 * the connections of one listener: how many there may be, and which one makes way for
 * another. Pure: the caller passes the time, and closes what must be closed.
 *
 * A listener serves `most` requests at a time, of which `scrapes` are left to expositions, and
 * holds as many connections. Up to `spare` more are accepted while fewer than `spare` have an
 * incomplete request, so that a health check is answered even if all `most` are slow. After that, a
 * connection makes way: the oldest without a complete request, else one whose client does not take
 * its answer.
 */

enum place_state {
    PLACE_FREE,
    PLACE_OPENED,   /**< no request yet; perhaps part of a first line has arrived */
    PLACE_KEPT,     /**< the same, after an answer */
    PLACE_HEAD,     /**< the first line has arrived, the rest has not */
    PLACE_COMPLETE, /**< head and body have arrived; until the answer is taken */
    PLACE_LEAVING   /**< the connection is being closed */
};

/** One connection. */
struct http_place {
    enum place_state state;
    int fd;
    bool serving;       /**< counts as one of the `most` requests; health checks do not */
    bool other;         /**< the same, and it is no exposition */
    bool handed;        /**< bytes of the answer wait for the client */
    uint64_t since_ms;  /**< opened, first line of the request, or end of the last answer */
    uint64_t handed_ms; /**< since when, if `handed` */
};

/** Limits of the connections of a listener. */
struct http_places_limits {
    unsigned most;     /**< connections, and requests that are served */
    unsigned scrapes;  /**< of these requests, those that only expositions may be */
    unsigned spare;    /**< further connections; a number above `most` has no effect */
    unsigned leaving;  /**< connections that are being closed */
    unsigned stall_ms; /**< a client that takes nothing of its answer for this time has stalled */
};

struct http_places {
    struct http_places_limits limits;
    struct http_place *all;
    unsigned count;      /**< of `all`: the sum of the limits */
    unsigned taken;      /**< not free */
    unsigned open;       /**< neither free nor leaving */
    unsigned incomplete; /**< of the open ones, without a complete request */
    unsigned serving;
    unsigned others; /**< of those that are served, requests that are no expositions */
};

void http_places_init(struct http_places *places, const struct http_places_limits *limits);
void http_places_done(struct http_places *places);

/**
 * True if one more connection may be accepted. *ret_leaver is the place that must be left for it
 * (see http_places_leave), or NULL. False: requests that are served have all places, or too many
 * connections are being closed.
 */
bool http_places_admit(const struct http_places *places, uint64_t now_ms,
                       struct http_place **ret_leaver);
/** Take a place for a new connection. NULL: no place is free. */
struct http_place *http_places_take(struct http_places *places, int fd, uint64_t now_ms);
/** Free the place of a connection that is closed. */
void http_places_free(struct http_places *places, struct http_place *place);
/** Mark a connection that is about to be closed: it no longer counts, but keeps its place until
 * http_places_free. */
void http_places_leave(struct http_places *places, struct http_place *place);

/* ---- a request's way ---- */

void http_places_head(struct http_places *places, struct http_place *place, uint64_t now_ms);
void http_places_complete(struct http_places *places, struct http_place *place);
/**
 * Count the request as one of the `most` that are served, or, unless it is for an exposition
 * (`scrape`), as one of those that scrapes leave. True: it is served until http_places_over.
 * *ret_leaver is the place that must be left for it, that of the served client that has stalled for
 * the longest time, or NULL. A scrape never makes way for another request.
 */
bool http_places_serve(struct http_places *places, struct http_place *place, bool scrape,
                       uint64_t now_ms, struct http_place **ret_leaver);
/** The answer was taken, or the request ended without one. */
void http_places_over(struct http_places *places, struct http_place *place, uint64_t now_ms);
/** Bytes of the answer wait for the client. */
void http_place_handed(struct http_place *place, uint64_t now_ms);
/** The client has taken all bytes so far; the server works on more. */
void http_place_working(struct http_place *place);

/* ---- target ----
 * the target of a request, `/debug/series?limit=10&after=x`, read in place. Pure.
 */

/** The parts of a target that the server uses; all point into the text that was read. */
struct target {
    const char *path; /**< percent-decoded */
    /** The authority of an absolute form, not decoded and not terminated; NULL: there is none. */
    const char *authority;
    size_t authority_len;
    /* Parameters, decoded; NULL when absent, "" without a value. The first of several wins. */
#define PARAMETER(field, ...) const char *field;
#include "http/target.def"
#undef PARAMETER
    const char *unknown; /**< name of the first other parameter, undecoded if it cannot be decoded;
                              NULL: there is none */
};

/**
 * Read a target (origin or absolute form) and decode it in place. False with a sentence (static) in
 * *ret_reason for a `%` without two hex digits, and for an encoded NUL, in the path or in one of
 * the parameters above.
 */
bool http_target_parse(char *text, struct target *ret_target, const char **ret_reason);

/* ---- routes ----
 * the table of paths, for the router, the index of /debug and the landing page.
 */

enum route {
    ROUTE_NONE,
    ROUTE_METRICS,
    ROUTE_SERVICE, /**< PATH/SERVICE */
    ROUTE_DEBUG,
#define VIEW(id, name, about, parameters) ROUTE_##id,
#define DAEMON_VIEW                       VIEW
#include "view/views.def"
#undef VIEW
#undef DAEMON_VIEW
#define COMMAND(id, name, about, parameters) ROUTE_##id,
#include "control/commands.def"
#undef COMMAND
    ROUTE_HEALTHZ,
    ROUTE_READYZ,
    ROUTE_LANDING_PAGE,
    ROUTE_ASSET /**< /-/FILE, which the landing page loads */
};

/** What a listener serves besides pages of metrics; bits. */
enum route_part {
    SERVES_DEBUG = 1,   /**< /debug and below, the landing page and its files */
    SERVES_HEALTH = 2,  /**< /healthz, /readyz */
    SERVES_COMMANDS = 4 /**< commands, and nothing else */
};

/** What a listener serves. */
struct route_table {
    const char *const *pages; /**< paths of pages of metrics, all different */
    size_t page_count;
    unsigned parts; /**< enum route_part */
};

/**
 * The route of a decoded path. ROUTE_METRICS and ROUTE_SERVICE set *ret_page to the page's index;
 * ROUTE_SERVICE also sets *ret_service (into path). If several pages' paths match, the longest
 * wins.
 */
enum route route_find(const char *path, const struct route_table *table, size_t *ret_page,
                      const char **ret_service);

/** True, with the command, if the route is one. */
bool route_command(enum route route, enum control_command *ret_command);

/** True for /debug and below, where all answers are JSON, errors included. */
bool route_is_json(const char *path);
/** True for paths that people look at: /debug and below, /, and all paths below /-. */
bool route_is_for_people(const char *path);

/** The first parameter of the target that its route does not take, or NULL. Pages of metrics, the
 * landing page and the health checks take any: scrapers and probes may add their own. */
const char *route_unknown_parameter(enum route route, const struct target *target);
/** Write a sentence about that parameter, with the parameters that the route takes. */
void route_write_unknown(struct strbuf *out, enum route route, const char *name);

/** NULL if `path` can be a metrics_path, else why not (static). */
const char *route_metrics_path_fault(const char *path);

/** `{"metrics": "/metrics", "pages": ["/metrics", ...], "views": [...]}`; `metrics` is the first
 * page, absent without one. */
void route_write_index(struct strbuf *out, const struct route_table *table);
typedef void (*route_put_fn)(struct strbuf *out, const char *path, const char *about);
/** Call put() for each path except those of metrics and of the landing page. */
void route_list(struct strbuf *out, const struct route_table *table, route_put_fn put);
/** Write one sentence that names the paths, for a 404. If /debug is not among them, `debug_setting`
 * is the setting with its address; NULL: it is not served anywhere. */
void route_write_paths(struct strbuf *out, const struct route_table *table,
                       const char *debug_setting);

/* ---- turn ----
 * the time budget of one loop turn, and the queue of requests that wait for the next turn.
 *
 * Work is measured, and a piece begins only if its usual cost still fits. A slice of a view takes
 * the rest of the budget, in steps between which the clock is read. Requests for which there is no
 * time are suspended in a queue. The first of the queue is the turn's favourite: it does one piece
 * at any cost, and the time for it is reserved until then. So a slow machine makes progress, and
 * the queue is served in order, however many new requests arrive.
 */

/** The usual cost of a piece; for compression see gzip_piece_ns(). A slice costs more than the
 * budget of a turn, including a step beyond it, so only favourites make slices. */
enum { TURN_SLICE_NS = 300000, TURN_SMALL_NS = 0 };

/** A link of the queue; a member of the struct that waits. Begins zeroed. */
struct turn_waiter {
    struct turn_waiter *next;
    bool queued;
};

struct turn {
    uint64_t budget_ns;
    uint64_t spent_ns;                   /**< in this turn, before the section that is open now */
    uint64_t begun_ns;                   /**< of the open section; 0 = none is open */
    uint64_t busiest_ns;                 /**< the most of one turn since the figures were read */
    const struct turn_waiter *favourite; /**< NULL once it did its piece */
    struct turn_waiter *first;
    struct turn_waiter *last;
    size_t waiting; /**< length of the queue */
};

/** A new loop turn begins: nothing is spent yet. */
void http_turn_begin(struct turn *turn);
/** Open and close a measured section; called around each run of the HTTP library. */
void http_turn_enter(struct turn *turn);
void http_turn_leave(struct turn *turn);
/** True if the waiter (NULL: any request) may do a piece of that cost in this turn. */
bool http_turn_allows(const struct turn *turn, const struct turn_waiter *waiter, uint64_t cost_ns);
/** The time by uv_hrtime() at which the open section will have spent the budget. */
uint64_t http_turn_end_ns(const struct turn *turn);
/** Record that the waiter did a piece. */
void http_turn_did(struct turn *turn, const struct turn_waiter *waiter);
/** Append to the queue. */
void http_turn_push(struct turn *turn, struct turn_waiter *waiter);
/** Remove the first of the queue; NULL if it is empty. */
struct turn_waiter *http_turn_pop(struct turn *turn);
/** Remove the waiter from the queue, and as favourite. */
void http_turn_remove(struct turn *turn, struct turn_waiter *waiter);

struct listener;

/** The address of an endpoint's page, and of the pages of its services below it. */
struct http_page {
    const struct endpoint *endpoint;
    char *path;
    struct bearer_token token;
    struct listener *listener;     /**< NULL: nowhere */
    char address[LISTEN_TEXT_MAX]; /**< of the listener, as bound */
    struct strbuf services;        /**< names of the services */
    struct http_endpoint_figures figures;
};

/** One request. Owned by the HTTP library's client context. */
struct http_request {
    struct turn_waiter turn; /**< first, so that the turn's queue points to requests */
    struct listener *listener;
    struct MHD_Connection *connection;
    struct http_place *place;
    struct http_request *wait_next; /**< in server->waiting */
    struct http_request *wait_before;
    struct http_page *page;            /**< the requested page; its answer is counted there */
    const struct endpoint_page *shown; /**< scrape: the families and options to show */
    void *collecting;                  /**< the source's handle while it waits */
    bool admitted;                     /**< counted in the page's in_flight */
    bool waiting;                      /**< in server->waiting; its connection is suspended */
    bool collected;                    /**< the source was asked; it is asked once */
    bool given_up;                     /**< the client went away while it waited */
    bool begun;                        /**< its head was examined */
    bool answered;                     /**< a response is queued */
    bool head;                         /**< its method is HEAD */
    bool too_long;                     /**< the target was too long, and was not kept */
    bool hides_bytes;                  /**< its head has bytes that are not shown (server.c) */
    bool scrape;                       /**< an exposition: report it */
    bool gzip;
    unsigned code;
    const char *fault;   /**< what is wrong with the target, or NULL */
    size_t target_bytes; /**< length of the target as received */
    uint64_t since_ns;
    uint64_t work_ns;
    uint64_t discarded; /**< bytes of its body */
    enum exposition_format format;
    struct http_answer *answer; /**< to a command; NULL: none was given yet */
    struct body body;
    struct target target;
    char text[]; /**< the target's text */
};

/** One address. */
struct listener {
    struct http_server *server;
    struct MHD_Daemon *daemon; /**< NULL when closed */
    struct listen_socket socket;
    struct listen_address wanted;
    const char *setting; /**< for messages while it opens: setting and text of the options */
    const char *text;
    struct route_table table;
    const char *paths[ENDPOINTS_MAX]; /**< of `pages`, for the table */
    struct http_page *pages[ENDPOINTS_MAX];
    bool pending; /**< the library wants to run again without an event */
    bool watched; /**< `poll` and `timer` are open */
    bool open;    /**< `backlog` is open */
    bool paused;  /**< no connection is accepted until there is a place */
    uv_poll_t poll;
    uv_timer_t timer;
    uv_poll_t backlog; /**< of the listening socket */
    struct http_places places;
};

struct http_server {
    uv_loop_t *loop;
    struct http_source source;
    struct http_page *pages; /**< by the index in http_options */
    size_t page_count;
    struct bearer_token token; /**< for /debug and the landing page */
    char *hosts;               /**< names under which these may be requested */
    struct listener *debug;    /**< NULL: nowhere */
    uid_t commands_uid;        /**< the user that may give commands, besides root */
    const char *debug_setting; /**< the setting with its address, for a 404 elsewhere; static */
    unsigned connections_max;
    uint64_t request_ms;
    uint64_t answer_ms;
    uint64_t idle_ms;
    struct turn turn;
    struct stopwatch watch; /**< of the callbacks that answer */
    struct answer_memory memory;
    struct http_request *waiting; /**< requests that wait for the source, newest first */
    uv_prepare_t prepare;         /**< begins a turn: calls `on_turn` */
    uv_prepare_cb on_turn;
    uv_idle_t idle;             /**< keeps the loop from sleeping while work waits */
    uv_timer_t sweep;           /**< ends slow connections; while closing, the grace */
    uv_timer_t retry;           /**< for paused listeners */
    size_t handles;             /**< open uv handles */
    struct listener *listeners; /**< as many as pages, and one more */
    size_t listener_count;
    struct http_figures figures;
    bool closing;
    bool leaving; /**< another process takes over the listening sockets */
    bool stopped;
    void (*done)(void *arg);
    void *done_arg;
};

/* ---- admission: whether a request is admitted: by the name in Host, then by token. ---- */

enum admission {
    ADMISSION_GRANTED,
    ADMISSION_HOST_UNKNOWN, /**< the request does not name this host: 421 */
    ADMISSION_NO_TOKEN,     /**< 401 */
    ADMISSION_DENIED,       /**< 403: commands are not for this user */
};

/** Decide on a request whose target was read and whose page was found. Health checks are open to
 * all. */
enum admission admission_of(const struct http_request *request, enum route route);
/** True if the request's listener takes commands, and nothing else. */
bool admission_takes_commands(const struct http_request *request);
/** Write a sentence for a request that does not name this host. */
void admission_write_host(struct strbuf *out, const struct http_request *request);
/** True if the request is for something that people look at, so that a browser may ask for a
 * password. */
bool admission_is_for_people(const struct http_request *request);

/* ---- answer: chooses the answer to each request, by method, token and route. ---- */

/** Examine a request whose head and body have arrived, and queue the answer, or suspend the
 * request, which is then examined again. MHD_NO ends the connection. */
enum MHD_Result answer_request(struct http_request *request, const char *method);
/** Answer a request whose head is invalid: 400 with this sentence. The library then closes the
 * connection. */
enum MHD_Result answer_head_refused(struct http_request *request, const char *fault);
/** Answer a request whose body will not be read. The library then closes the connection. */
enum MHD_Result answer_body_refused(struct http_request *request, const char *method);

/* ---- commands: requests that the daemon carries out, and answers when that is over. ---- */

/** Answer a request for a command: first it waits for http_command_give. */
enum MHD_Result http_command_answer(struct http_request *request, enum control_command command);
/** Give the command to the source, from the loop: it may do more than the HTTP library allows. */
void http_command_give(struct http_request *request);
/** True if the request has a command that http_command_give was not called for. */
bool http_command_is_due(const struct http_request *request);
/** Called when the request is over, answered or not. */
void http_command_over(struct http_request *request);

/* ---- client: the client at the other end of an open connection, as text. ---- */

enum { CLIENT_TEXT_MAX = 64 };

/** Write the client's address without its port, which changes: "10.0.0.5", "fe80::1"; for a Unix
 * socket its user: "uid 1000". "": not known. */
void http_client_text(int fd, char out[CLIENT_TEXT_MAX]);

/* ---- connections ----
 * the connections of a listener: accepted while it has places, and ended when they
 * make way for others or take too long.
 *
 * The HTTP library could accept by itself, but it stops at its maximum, whatever the connections
 * do. So it has no listening socket, and is given one connection after the other. Its time-out
 * applies only to idle connections: a client that sends or takes a byte now and then would hold a
 * place forever. This module ends such connections.
 */

/** Open the timers of the server, which are closed with it. */
void connections_init(struct http_server *server);
/** Begin to accept connections. False: the loop cannot watch the socket. */
bool connections_open(struct listener *listener);
/** While the server leaves: end connections that are kept open for a next request of which no byte
 * has arrived. True if other connections are open. */
bool connections_end_idle(struct http_server *server);
/** Handler of the HTTP library; `arg` is the listener. */
void connection_notify(void *arg, struct MHD_Connection *connection, void **context,
                       enum MHD_ConnectionNotificationCode what);
/** End the connection (NULL: none) to make way for another. */
void connection_evict(struct listener *listener, struct http_place *place);

/* ---- deadline: how long an exposition may wait for values from elsewhere. Pure. ---- */

enum {
    DEADLINE_DEFAULT_MS = 5000, /**< for a client that names no time-out */
    DEADLINE_MARGIN_MS = 500,   /**< left for rendering and sending, */
    DEADLINE_MARGIN_PART = 5,   /**< or a fifth of the time-out, if that is less */
    DEADLINE_MOST_MS = 60000    /**< the longest, whatever the client's time-out is */
};

/** The header in which Prometheus sends its time-out in seconds. */
#define DEADLINE_HEADER "X-Prometheus-Scrape-Timeout-Seconds"

/**
 * Milliseconds that an exposition may wait, by the header's value (NULL: there is none): its
 * time-out minus a margin, from 1 to DEADLINE_MOST_MS. Anything but a positive finite decimal
 * number gives DEADLINE_DEFAULT_MS.
 */
uint64_t http_deadline_ms(const char *header);

/* ---- negotiate ----
 * content negotiation by Accept and Accept-Encoding. Pure.
 *
 * Two formats are offered, `application/openmetrics-text; version=1.0.0` and
 * `text/plain; version=0.0.4`. The rules, from RFC 9110 section 12.5 and Prometheus' "Scrape
 * protocol content negotiation":
 *
 *   - Of the ranges that match a format, the most specific gives its quality: its name, then a
 *     wildcard for the subtype, then a wildcard for both (also written as a lone asterisk).
 *   - The format of higher quality wins. At equal quality a named format beats one that only a
 *     wildcard matches, and of two named ones the first wins.
 *   - 0.0.4 when nothing decides: a bare wildcard, no header, nothing acceptable. Never 406.
 *   - OpenMetrics 0.0.1, the draft's version that scrapers still list, is answered with 1.0.0, as
 *     the Java and Python client libraries do: no parser distinguishes them. Other versions do not
 *     match.
 */

/** How well a client's ranges match one of the formats; private. */
struct negotiated {
    int rank;             /**< specificity; 0 = no range matched */
    double quality;       /**< at most 1 */
    unsigned order;       /**< position among all ranges */
    const char *escaping; /**< a scheme to name in the answer, or NULL; static */
};

/** The state of one request's negotiation. */
struct negotiation {
    struct negotiated openmetrics;
    struct negotiated text;
    unsigned order;
    bool html;   /**< text/html is named and not refused */
    double gzip; /**< qualities, -1 = not named */
    double identity;
    double any_coding;
};

void http_negotiate_init(struct negotiation *negotiation);
/** Add an Accept header. Call it for each such header line. */
void http_negotiate_accept(struct negotiation *negotiation, const char *value);
/** Add an Accept-Encoding header. Call it for each such header line. */
void http_negotiate_encoding(struct negotiation *negotiation, const char *value);

/**
 * The format of the answer. *ret_escaping is the escaping scheme to name in the Content-Type, or
 * NULL: a scheme is named only if it was asked for together with OpenMetrics 1.0.0, and only if it
 * does not change names. All names have only legacy characters; `dots` would double their
 * underscores.
 */
enum exposition_format http_negotiate_format(const struct negotiation *negotiation,
                                             const char **ret_escaping);
/** True if the client accepts gzip and does not prefer the plain body. */
bool http_negotiate_gzip(const struct negotiation *negotiation);

/* ---- headers: reads the headers of a request from the HTTP library. ---- */

/** The value of a header, the first if there are several; NULL: there is none. Valid until the
 * request is over. */
const char *http_headers_find(const struct http_request *request, const char *name);
/** Read Accept and Accept-Encoding, each of which may be on several lines. */
void http_headers_negotiate(const struct http_request *request,
                            struct negotiation *ret_negotiation);

/* ---- hosts ----
 * host names under which people may request /debug and the page. Pure.
 *
 * A foreign web page, open in a browser on this host, can make its own name point here (DNS
 * rebinding), and then read every answer: for the browser both are one site. But Host of such a
 * request has the foreign name. So Host has to be an IP address, which no one can redirect, or a
 * name of this host.
 */

/**
 * True for the authority of a request ("name:port", as in Host) that is an IPv4 address, an IPv6
 * address in brackets, `localhost`, or one of `names`, which are separated by commas; `.suffix`
 * stands for all names that end with it. Case, a port and a dot at the end do not matter. False for
 * a text that is not an authority.
 */
bool http_hosts_admit(const char *names, const char *authority, size_t len);

/* ---- listener ----
 * runs the HTTP library when it has something to do, and keeps the loop awake for it.
 */

/** Run the library once, and ask when it wants to run again. */
void http_listener_run(struct listener *listener);
/** Begin a new turn soon, because time was spent or there is work. */
void http_listeners_wake(struct http_server *server);

/* ---- pages ----
 * the addresses of pages of metrics: one listener for each address, with the pages that
 * share it, and a token for each page.
 */

/** Copy the options, and decide which listeners there are and which pages each serves; opens
 * nothing. False with a message; http_pages_done frees the copies in that case, too. */
bool http_pages_plan(struct http_server *server, const struct http_options *options,
                     struct error *ret_error);
/** After the listeners are open: note the addresses of the pages, for the landing page. */
void http_pages_opened(struct http_server *server);
/** Free the memory that http_pages_plan allocated. */
void http_pages_done(struct http_server *server);

/* ---- response ----
 * gives an answer to the HTTP library: headers, and the body as it is made.
 *
 * All functions that return enum MHD_Result queue the one response of the request; MHD_NO ends the
 * connection.
 */

#define RESPONSE_TEXT "text/plain; charset=utf-8"
#define RESPONSE_JSON "application/json"

/** Headers beyond the usual ones; NULL: absent. Borrowed for the call. */
struct response_headers {
    const char *type;
    const char *vary;
    const char *allow;
    const char *authenticate;
    const char *or_authenticate; /**< a second WWW-Authenticate */
    const char *etag;
    const char *caching; /**< Cache-Control */
};
#define RESPONSE_NO_STORE "no-store"

/** Queue the request's body, whether it is complete or still being made. */
enum MHD_Result response_queue(struct http_request *request, unsigned code,
                               const struct response_headers *headers);
/** Queue the text in the body's buffer as the whole body; compressed if `gzip` and there is memory
 * for it. */
enum MHD_Result response_bytes(struct http_request *request, bool gzip,
                               const struct response_headers *headers);
/** Queue the text in the body's buffer. */
enum MHD_Result response_written(struct http_request *request, unsigned code,
                                 const struct response_headers *headers);
/** Queue the document of a view, which is taken over; compressed if `gzip` and there is memory for
 * it. Makes the first slice; a body that is then complete is sent with its length. */
enum MHD_Result response_view(struct http_request *request, unsigned code, struct view *view,
                              bool gzip, const struct response_headers *headers);
/** Queue a sentence, below /debug as JSON. */
enum MHD_Result response_sentence(struct http_request *request, unsigned code, const char *text);
/** The same; the headers' type and caching are set here. */
enum MHD_Result response_sentence_with(struct http_request *request, unsigned code,
                                       const char *text, const struct response_headers *more);
/** 404, with a list of the paths. */
enum MHD_Result response_not_found(struct http_request *request);
/** 500. */
enum MHD_Result response_no_memory(struct http_request *request);
/** 503: no memory for a document that cannot be made in smaller pieces. */
enum MHD_Result response_no_room(struct http_request *request);

/** Answer with 101 and this Upgrade, and give the socket to `fn`. */
enum MHD_Result response_upgrade(struct http_request *request, const char *protocol,
                                 MHD_UpgradeHandler fn, void *arg);
/** Queue an answer whose bytes come from `read`, with `request` as its argument, until that ends
 * it. */
enum MHD_Result response_stream(struct http_request *request, MHD_ContentReaderCallback read,
                                const struct response_headers *headers);

/** Suspend the request until a turn has time for it. */
void response_defer(struct http_request *request);

/* ---- wait ----
 * requests that wait until the numbers they show are up to date.
 *
 * The loop does the work, within the budgets of ingress and postgres, never within the HTTP
 * library. Meanwhile the connection is suspended, outside the turn's queue, and costs nothing. A
 * suspended connection does not notice that its client is gone or its time is up, so the sweep of
 * connections checks for both, and the end of the server resumes all of them.
 */

/** Ask the source for up-to-date numbers, once for each request; `page` NULL: without queries.
 * True: the request is suspended until the numbers are up to date, and is then examined again. */
bool http_wait_begin(struct http_request *request, const struct endpoint_page *page);
/** Suspended connections do not notice that their client is gone: watch a request of one until
 * http_wait_go_on. */
void http_wait_watch(struct http_request *request);
/** Have a request that is watched resumed in a turn that has time for it. */
void http_wait_go_on(struct http_request *request);
/** Resume the requests that wait and whose client is gone or whose time is up. True: there was one.
 */
bool http_wait_give_up(struct http_server *server);
/** Called when the request is over: if it waits, tell the source to forget it. */
void http_wait_end(struct http_request *request);
/** Resume all of them, so that their connections can be stopped. */
void http_wait_stop(struct http_server *server);

#endif
