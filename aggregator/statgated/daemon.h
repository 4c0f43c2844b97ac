/*
 * daemon.h - everything the daemon has open, for the files that each open, read and close a part of
 * it. statgated.h lists these files.
 */
#ifndef STATGATE_STATGATED_DAEMON_H
#define STATGATE_STATGATED_DAEMON_H

#include <uv.h>

#include "accepted/accepted.h"
#include "breaker_page/breaker_page.h"
#include "control/control.h"
#include "events/events.h"
#include "history/history.h"
#include "host/object_file.h"
#include "http/http.h"
#include "ingress/ingress.h"
#include "postgres/postgres.h"
#include "self_metrics/self_metrics.h"
#include "settings/settings.h"
#include "state_file/state_file.h"
#include "statgated/away.h"
#include "statgated/files_watch.h"
#include "statgated/given_up.h"
#include "statgated/handover.h"
#include "statgated/keeping.h"
#include "statgated/reload_report.h"
#include "statgated/start_error.h"
#include "statgated/supervisor_watch.h"
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
    struct tokens tokens;      /* until the listeners take them */
    struct accepted kept;      /* what was accepted last, while files are read */
    struct accepted accepted;  /* what this daemon runs on, until it is in the object */
    struct object_file file;   /* memory that outlives the process */
    struct object *object;     /* in that file; NULL: values end with the process */
    struct handover handover;
    struct keeping keeping;
    struct takeover takeover;
    struct state_file state; /* zeroed: not open */
    bool state_taken;
    struct error state_wrong; /* why a stop could not write it; empty: it could, or none is set */
    int64_t state_wrong_ms;   /* Unix time of the last change of state_wrong */
    const char *program;      /* with `arguments`: to start a successor */
    char *const *arguments;
    struct succession *succession; /* a handover under way; NULL: none */
    bool reload_owed;              /* SIGHUP came during a reload */
    struct successor *successor;   /* our link to the former daemon; borrowed */
    struct store *store;
    struct ledger *ledger;
    struct breakers_jobs *breakers_jobs;
    struct events *events;
    struct gate *gate;
    struct self_metrics *self;
    struct history *history;    /* NULL: none is kept */
    struct render_cache *texts; /* the render cache; NULL: texts are not kept */
    uv_loop_t loop;
    uv_signal_t signals[3];
    struct supervisor_watch supervisor;
    struct away away;
    uv_timer_t advance_timer; /* for breakers, while one is not closed */
    uv_timer_t beat_timer;    /* for the breaker pages */
    uv_timer_t state_timer;   /* checks the state file; zeroed: not started */
    struct files_watch files;
    uv_timer_t history_timer;
    uv_check_t turn; /* runs in each turn: the process is alive */
    struct cleaner cleaner;
    struct breaker_page **breaker_pages; /* one for each socket with breakers */
    uv_fs_event_t **breaker_watches;     /* of each page's file */
    size_t breaker_page_count;
    struct ingress *ingress;
    struct sender_watch *watch;
    struct owner_watch *owner_watch;
    struct path_watch *path_watch;
    const char **socket_paths; /* of all sockets; borrowed */
    struct given_up given_up;
    struct http_server *http;
    struct http_server *answering; /* the same server while it closes */
    struct control *control;       /* NULL: no commands are taken */
    struct forget *forget;         /* a command under way; NULL: none */
    struct tail *tail;             /* followers that watch lines; NULL: none */
    struct postgres *postgres;     /* NULL: no catalog declares queries */
    struct self_metrics_query *queries;
    struct self_metrics_handler *handlers;
    struct reload_report reload;
    struct facts *facts;               /* for the status */
    struct incidents *incidents;       /* noticed and reported */
    int description;                   /* file that describes the configuration; -1: none */
    struct self_metrics_inputs inputs; /* also sums up the figures of scrapes */
    double start_time_s;
    uint32_t beat_every_ms; /* how often the manager gets a heartbeat; 0: never, or not yet */
    int64_t beat_ms;        /* when it got the last one */
    bool stopping;
    bool former; /* stopping because a successor took over */
    pid_t heir;  /* a former daemon's successor; 0: none */
};

/** The present time of both clocks. */
struct store_time daemon_now(void);
/** daemon_now() with the signature that sources expect; the argument is ignored. */
struct store_time daemon_clock(void *arg);
/** True within a callback of the HTTP library, where nothing may be received, applied or
 * released. */
bool daemon_is_answering(const struct daemon *daemon);

/** How many connections, requests and commands were refused because memory was short. */
uint64_t daemon_no_memory(const struct daemon *daemon);

#endif
