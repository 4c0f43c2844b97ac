/*
 * daemon.h - what the daemon has open, for the files that open, read and close a part of it
 * each. statgated.h puts them together.
 */
#ifndef STATGATE_STATGATED_DAEMON_H
#define STATGATE_STATGATED_DAEMON_H

#include <uv.h>

#include "breaker_page/breaker_page.h"
#include "control/control.h"
#include "events/events.h"
#include "history/history.h"
#include "host/object_file.h"
#include "http/server.h"
#include "ingress/cleaner.h"
#include "ingress/ingress.h"
#include "ingress/owner_watch.h"
#include "ingress/path_watch.h"
#include "ingress/sender_watch.h"
#include "postgres/postgres.h"
#include "self/self.h"
#include "settings/endpoint_plan.h"
#include "state_file/state_file.h"
#include "statgated/given_up.h"
#include "statgated/handover.h"
#include "statgated/keeper_watch.h"
#include "statgated/keeping.h"
#include "statgated/reload_report.h"
#include "statgated/start_error.h"
#include "statgated/takeover.h"
#include "statgated/tokens.h"

struct facts;
struct incidents;
struct succession;
struct successor;

struct daemon {
    const struct settings *settings;
    struct catalog_set set;
    struct endpoint_plan plan; /* the endpoints, the default one first */
    struct tokens tokens;      /* until the listeners have them */
    struct object_file file;   /* what outlives the process, */
    struct object *object;     /* and what is in it; NULL: values end with the process */
    struct handover handover;
    struct keeping keeping;
    struct takeover takeover;
    struct state_file state; /* zeroed: not open */
    bool state_taken;
    const char *program; /* with `arguments`: how a successor is started */
    char *const *arguments;
    struct succession *succession; /* to another process; NULL: none is under way */
    struct successor *successor;   /* what this process is to the daemon before it; borrowed */
    struct store *store;
    struct ledger *ledger;
    struct machines *machines;
    struct events *events;
    struct gate *gate;
    struct self *self;
    struct history *history;    /* NULL: none is kept */
    struct render_cache *texts; /* of series, for scrapes; NULL: none are kept */
    uv_loop_t loop;
    uv_signal_t signals[3];
    struct keeper_watch keeper;
    uv_timer_t advance_timer; /* what time changes in breakers, while one is not closed */
    uv_timer_t beat_timer;    /* of their pages */
    uv_timer_t history_timer;
    uv_check_t turn; /* of the loop: this process lives */
    struct cleaner cleaner;
    struct breaker_page *
        *breaker_pages; /* one for each socket through which breakers can be reached */
    size_t breaker_page_count;
    struct ingress *ingress;
    struct sender_watch *watch;
    struct owner_watch *owner_watch;
    struct path_watch *path_watch;
    const char **socket_paths; /* of all sockets; texts are borrowed */
    struct given_up given_up;
    struct http_server *http;
    struct http_server *answering; /* the same, while it closes */
    struct control *control;       /* NULL: no commands are taken */
    struct forget *forget;         /* a command that is under way; NULL: none */
    struct tail *tail;             /* who watches lines; NULL: nobody */
    struct postgres *postgres;     /* NULL: no catalog declares queries */
    struct self_query *queries;
    struct self_handler *handlers;
    struct reload_report reload;
    struct facts *facts;         /* for the status */
    struct incidents *incidents; /* what is reported */
    int description;             /* of the configuration, a file; -1: none */
    struct self_inputs inputs;   /* scrape figures are added up here */
    double start_time_s;
    bool stopping;
    bool former; /* and another process is the daemon */
};

/** Both clocks, now. */
struct store_time daemon_now(void);
/** The same, as sources ask for it; the argument is ignored. */
struct store_time daemon_clock(void *arg);
/** True within a callback of the HTTP library, where nothing may be received, applied or released. */
bool daemon_is_answering(const struct daemon *daemon);

#endif
