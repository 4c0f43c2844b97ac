/*
 * server_private.h - the parts of the server among themselves: listeners and their connections
 * (server.c), requests (request.c, answer.c, wait.c), and the time of a loop turn (turn.c).
 */
#ifndef STATGATE_HTTP_SERVER_PRIVATE_H
#define STATGATE_HTTP_SERVER_PRIVATE_H

#include <microhttpd.h>

#include "http/body.h"
#include "http/listen.h"
#include "http/negotiate.h"
#include "http/places.h"
#include "http/routes.h"
#include "http/server.h"

enum {
    REQUEST_BODY_MAX =
        64 << 10 /* a body up to this is read and forgotten; a longer one ends the connection */
};

struct listener;
struct request;

/* ---- pages.c: where pages of metrics are, and who may see them ---- */

struct token {
    char *text; /* NULL = open */
    size_t len;
};

/* An endpoint's page, with those of its services below it. */
struct page {
    const struct endpoint *endpoint;
    char *path;
    struct token token;
    struct listener *listener; /* NULL: nowhere */
    struct http_endpoint_figures figures;
};

/* Copy what the options tell, and decide which listeners there shall be and what each serves; opens
 * nothing. False with a message. */
bool pages_plan(struct http_server *server, const struct http_options *options, char *ret_error,
                size_t error_size);
/* Free it. */
void pages_done(struct http_server *server);

/* ---- people.c: the page at / ---- */

/* HTML without scripts or foreign content, or plain text: all endpoints, and what else the listener
 * serves. */
void people_write_html(struct strbuf *out, const struct listener *listener);
void people_write_text(struct strbuf *out, const struct listener *listener);

/* ---- turn.c: what one loop turn may spend ---- */

/*
 * Work is measured, and a piece begins only if its usual cost still fits. Requests that find no
 * room are suspended in a queue. The first of the queue is the turn's favourite: it does one piece
 * whatever it takes, and until it did, its share is kept free. So there is progress on a slow
 * machine, and whoever waits is served after those before it, however many new requests arrive.
 */
struct turn {
    uint64_t budget_ns;
    uint64_t spent_ns;               /* in this turn, before the section that is open now */
    uint64_t begun_ns;               /* of the open section; 0 = none is open */
    uint64_t busiest_ns;             /* since the figures were read */
    const struct request *favourite; /* until it did its piece */
    struct request *first;
    struct request *last;
    size_t waiting;
};

/** What a piece usually takes. */
enum { COST_SLICE_NS = 800000, COST_DEFLATE_NS = 400000, COST_SMALL_NS = 0 };

/** The spent time is forgotten: a new loop turn begins. */
void turn_begin(struct turn *turn);
/** Around each run of the HTTP library. */
void turn_enter(struct turn *turn);
void turn_leave(struct turn *turn);
/** True when the request (NULL: some request) may do a piece of that cost in this turn. */
bool turn_allows(const struct turn *turn, const struct request *request, uint64_t cost_ns);
/** The request did a piece. */
void turn_did(struct turn *turn, const struct request *request);
/** Queue of suspended requests. */
void turn_push(struct turn *turn, struct request *request);
struct request *turn_pop(struct turn *turn);
/** Forget the request, wherever it is. */
void turn_remove(struct turn *turn, struct request *request);

/* ---- request.c ---- */

/** One request, from its first line to its last byte. Owned by the HTTP library's client context.
 */
struct request {
    struct listener *listener;
    struct MHD_Connection *connection;
    struct place *place;
    struct request *next;      /* in the turn's queue */
    struct request *wait_next; /* in server->waiting */
    struct request *wait_before;
    struct page *page; /* that it asks for; its answer is counted there */
    void *collecting;  /* the source's handle while it waits for values */
    bool admitted;     /* to that page: in flight there */
    bool suspended;    /* in the turn's queue */
    bool waiting;      /* in server->waiting; suspended, too, as the library calls it */
    bool collected;    /* the source was asked for values; once is enough */
    bool given_up;     /* the client went away while it waited */
    bool begun;        /* its head was looked at */
    bool caught_up;    /* what was received before it was applied */
    bool answered;     /* a response is queued */
    bool head;
    bool too_long; /* the target was, and was not kept */
    bool scrape;   /* an exposition: report it */
    bool gzip;
    unsigned code;
    const char *fault; /* what is wrong with the target, or NULL */
    uint64_t since_ns;
    uint64_t work_ns;
    uint64_t discarded; /* bytes of its body */
    enum exposition_format format;
    struct body body;
    struct target target;
    char text[]; /* the target's text */
};

/** Handlers of the HTTP library; `arg` is the listener. */
void *request_new(void *arg, const char *uri, struct MHD_Connection *connection);
enum MHD_Result request_handle(void *arg, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **context);
void request_over(void *arg, struct MHD_Connection *connection, void **context,
                  enum MHD_RequestTerminationCode how);
/** Let a suspended request go on at the next run of its listener. */
void request_resume(struct request *request);

/* ---- answer.c ---- */

/** Look at the request and queue the answer. MHD_NO ends the connection. The request may be
 * suspended instead. */
enum MHD_Result answer_request(struct request *request, const char *method);
/** The same for a request whose head is at fault (400 with this sentence), or whose body will not
 * be read; the library closes the connection behind the answer. */
enum MHD_Result answer_head_refused(struct request *request, const char *fault);
enum MHD_Result answer_body_refused(struct request *request, const char *method);

/* ---- wait.c ---- */

/** Ask the source for values before an exposition. True: the request is suspended until they are
 * there, and will be looked at once more. */
bool wait_begin(struct request *request, const struct endpoint_page *page);
/** The request is over; if it waited, the source is told. */
void wait_end(struct request *request);
/** Let go of those whose client is gone, or whose time was up. */
void wait_sweep(struct http_server *server);
/** Let go of all; their connections may be stopped then. */
void wait_stop(struct http_server *server);

/* ---- connections.c ---- */

/** Open the timers of the server; to be closed with it. */
void connections_init(struct http_server *server);
/** Begin to take connections in. False: the loop can't. */
bool connections_open(struct listener *listener);
/** Take them in again if that was paused. */
void connections_resume(struct listener *listener);
/** Handler of the HTTP library; `arg` is the listener. */
void connection_notify(void *arg, struct MHD_Connection *connection, void **context,
                       enum MHD_ConnectionNotificationCode what);
/** End the connection (NULL: none) to make way for another. */
void connection_evict(struct listener *listener, struct place *place);

/* ---- server.c ---- */

/** Run the library once, and see when it wants to run again. */
void listener_run(struct listener *listener);
/** Time was spent, or there is work: a new turn begins, and soon. */
void server_wake(struct http_server *server);

struct listener {
    struct http_server *server;
    struct MHD_Daemon *daemon; /* NULL when closed */
    struct listen_socket socket;
    struct listen_address wanted;
    const char *setting; /* while it opens, for messages: these two are the options' */
    const char *text;
    struct route_table table;
    const char *paths[ENDPOINTS_MAX]; /* of `pages`, for the table */
    struct page *pages[ENDPOINTS_MAX];
    bool pending; /* the library wants to run again without an event */
    bool watched; /* `poll` and `timer` are open */
    bool open;    /* `backlog` is */
    bool paused;  /* no connection is taken in until there is a place */
    uv_poll_t poll;
    uv_timer_t timer;
    uv_poll_t backlog; /* of the listening socket */
    struct places places;
};

struct http_server {
    uv_loop_t *loop;
    struct http_source source;
    struct page *pages; /* by the index in http_options */
    size_t page_count;
    struct token token;        /* for /debug and the page */
    struct listener *debug;    /* NULL: nowhere */
    const char *debug_setting; /* with its address, for a 404 elsewhere; static */
    unsigned connections_max;
    uint64_t request_ms;
    uint64_t answer_ms;
    uint64_t idle_ms;
    struct turn turn;
    struct answer_memory memory;
    struct request *waiting;    /* for values, the latest first */
    uv_prepare_t prepare;       /* begins a turn */
    uv_idle_t idle;             /* keeps the loop from sleeping while work waits */
    uv_timer_t sweep;           /* ends slow connections; while closing, the grace */
    uv_timer_t retry;           /* for paused listeners */
    size_t handles;             /* open uv handles */
    struct listener *listeners; /* as many as pages, and one more */
    size_t listener_count;
    struct http_figures figures;
    bool closing;
    bool stopped;
    void (*done)(void *arg);
    void *done_arg;
};

#endif
