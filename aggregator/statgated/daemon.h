/*
 * daemon.h - statgated put together: catalogs, store, gate, sockets, HTTP on one loop.
 *
 *   sockets.c   ──▶ ingress ──▶ gate ──▶ store ◀── view ◀── http
 *   catalogs.c  ──▶ set       └─▶ ledger ◀──────┘
 *   endpoints.c ──▶ http, with the plan that the settings come to; figures of handlers for self
 *   process.c   ──▶ self (published before each exposition)
 *   tend.c      ──▶ what time and the end of processes change: state, boards, parts
 *   queries.c   ──▶ postgres ──▶ gate, for scrapes that wait for values in databases
 */
#ifndef STATGATE_STATGATED_DAEMON_H
#define STATGATE_STATGATED_DAEMON_H

#include <uv.h>

#include "base/strbuf.h"
#include "breaker_page/breaker_page.h"
#include "http/server.h"
#include "ingress/cleaner.h"
#include "ingress/ingress.h"
#include "ingress/owner_watch.h"
#include "ingress/path_watch.h"
#include "ingress/sender_watch.h"
#include "postgres/postgres.h"
#include "self/self.h"
#include "settings/endpoint_plan.h"

/** A sentence for the log, and the exit code that goes with it. */
struct daemon_error {
    int exit_code;
    char text[1200];
};

/** Bearer tokens of endpoints; files that several name are read once. */
struct daemon_tokens {
    const char *paths[ENDPOINTS_MAX]; /* of the settings */
    char *texts[ENDPOINTS_MAX];
    size_t count;
};

struct daemon {
    const struct settings *settings;
    struct catalog_set set;
    struct endpoint_plan plan;   /* the endpoints, the default one first */
    struct daemon_tokens tokens; /* until the listeners have them */
    struct store *store;
    struct ledger *ledger;
    struct state *state;
    struct gate *gate;
    struct self *self;
    uv_loop_t loop;
    uv_signal_t signals[3];
    uv_timer_t state_timer; /* what time changes in breakers, and the boards' beat */
    struct cleaner cleaner;
    struct board **boards; /* one for each socket through which breakers can be reached */
    size_t board_count;
    uint32_t advances;
    struct ingress *ingress;
    struct sender_watch *watch;
    struct owner_watch *owner_watch;
    struct path_watch *path_watch;
    struct http_server *http;
    struct postgres *postgres; /* NULL: no catalog declares queries */
    struct self_query *queries;
    struct self_handler *handlers;
    struct self_inputs inputs; /* scrape figures are added up here */
    double start_time_s;
    bool stopping;
};

/**
 * Load, open and start everything; nothing is served before all is well. False with *ret_error;
 * what was begun is taken back. Takes all sockets out of `inherited`.
 */
bool daemon_open(struct daemon *daemon, const struct settings *settings,
                 struct inherited *inherited, struct daemon_error *ret_error);
/** Run until SIGTERM or SIGINT; drains, closes and frees everything. */
void daemon_run(struct daemon *daemon);

/* ---- the parts ---- */

/** Both clocks, now. */
struct store_time daemon_now(void);
/** The same, as sources ask for it. */
struct store_time daemon_clock(void *arg);

/** Fill `false` with a message: for `return`. */
bool daemon_fail(struct daemon_error *ret_error, int exit_code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** All catalogs of the settings and the built-in ones, finished, and the endpoints that show them
 * (catalogs.c). */
bool daemon_load_catalogs(const struct settings *settings, struct catalog_set *ret_set,
                          struct endpoint_plan *ret_plan, struct daemon_error *ret_error);
/** Tell the log what is seldom meant. */
void daemon_warn_catalogs(const struct daemon *daemon);
/** How many there are besides the daemon's own. */
size_t daemon_services(const struct daemon *daemon);

/** The tokens that endpoints name, before anything is opened (endpoints.c). */
bool daemon_read_tokens(struct daemon *daemon, struct daemon_error *ret_error);
/** Forget them. Safe twice. */
void daemon_forget_tokens(struct daemon *daemon);
/** Listeners for all endpoints (endpoints.c). */
bool daemon_open_http(struct daemon *daemon, const struct http_source *source,
                      struct daemon_error *ret_error);
/** How the endpoints' handlers do, for self. */
void daemon_read_handlers(struct daemon *daemon);
/** The JSON of /debug/endpoints (endpoints_json.c). */
void endpoints_json_write(const struct daemon *daemon, struct strbuf *out);

/** Look after the paths of the sockets that are opened next. Returns 0 or a negative errno
 * (sockets.c). */
int daemon_watch_paths(struct daemon *daemon);
/** Open the shared socket and the services' own, inherited ones first, and hand them to the ingress
 * (sockets.c). */
bool daemon_open_sockets(struct daemon *daemon, struct inherited *inherited,
                         struct daemon_error *ret_error);

/** Breakers on the pages beside the sockets, time for state machines, release of what ended
 * processes owned (tend.c). Call it when sockets are open. */
void daemon_start_tending(struct daemon *daemon);
void daemon_stop_tending(struct daemon *daemon);
/** Processes ended: begin to release what they owned (owner_watch's hook; `daemon` is its arg). */
void daemon_release(void *daemon);

/** The collector, where catalogs declare queries; connects to nothing yet (queries.c). */
bool daemon_open_queries(struct daemon *daemon, struct daemon_error *ret_error);
/** Close connections. HTTP must be closed before: nobody may wait any more. Safe twice. */
void daemon_close_queries(struct daemon *daemon);
/** http_source.collect and forget; `daemon` is their arg. */
void *daemon_collect(void *daemon, const struct endpoint_page *page, uint64_t within_ms,
                     void (*done)(void *arg), void *done_arg);
void daemon_forget(void *daemon, void *handle);
/** How the queries do, for self. */
void daemon_read_queries(struct daemon *daemon, struct store_time now);
/** The JSON of /debug/queries (queries_json.c). */
void queries_json_write(const struct postgres *postgres, struct strbuf *out);

/** As many descriptors as this process may have: each process that owns something takes one
 * (process.c). */
void process_raise_descriptors(void);
/** How many processes may be watched, so that connections of HTTP have descriptors, too: those of
 * one or two listeners are in owner_watch_budget() (process.c). */
uint32_t process_owner_budget(size_t further_listeners);
/** What the operating system tells of this process (process.c). */
void process_read(struct self_inputs *inputs);
/** When this process started, Unix time in seconds; 0 when unknown. */
double process_start_time_s(void);

/** The JSON of /debug/ingress (ingress_json.c). */
void ingress_json_write(const struct daemon *daemon, struct strbuf *out);

#endif
