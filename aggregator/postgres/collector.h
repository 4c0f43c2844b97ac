/*
 * collector.h - what the files of this module share: the collector and its parts. Private.
 *
 *   struct run         one query: what it waits for, what it last found
 *   struct database    its connections, its back-off
 *   struct connection  NONE ─▶ CONNECTING ─▶ IDLE ⇄ BUSY
 *                      (BEGIN ─▶ PREPARE ─▶ DESCRIBE ─▶ ROWS ─▶ END ─▶ SETTLING ─▶ DISCARD)
 *
 * Which file calls which, from the top; nothing calls up:
 *
 *   postgres.c   make, close, show          retire.c     another process takes over
 *   schedule.c   the turn, the timer, which queries are due
 *   pool.c       who gets a connection          input.c   input of a connection
 *   run.c        a query on a connection        connect.c, cancel.c   threads that block
 *   silence.c    whether a database answers
 *   rows.c       results into sets              waits.c   scrapes that wait
 *   connection.c, ready.c                       an open connection; who needs the next turn
 *   collector.c                                 time, news, the end
 *
 * All work on results is done in one idle callback, the turn, within one budget for all
 * connections: a connection with something to read stops polling and waits for its share of the
 * turn. A run is over when its query has an answer; its connection may have more to do (unwanted
 * rows, the end of the transaction) and does that without the run.
 */
#ifndef STATGATE_POSTGRES_COLLECTOR_H
#define STATGATE_POSTGRES_COLLECTOR_H

#include <libpq-fe.h>
#include <poll.h>

#include "postgres/blocking.h"
#include "postgres/convert.h"
#include "postgres/news.h"
#include "postgres/postgres.h"

enum {
    DEADLINE_GRACE_MS = 100, /* the server's statement_timeout comes first, and needs no cancel */
    GIVE_UP_MS = 1000,       /* after a cancel, and for the end of a transaction */
    ROW_BYTES_MAX = 1024 * 1024, /* of one message, which libpq holds whole */
    RECEIVE_BYTES = 64 * 1024,   /* of the socket's buffer: what one read can return */
    NS_PER_UNIT = 100,
    UNITS_A_BIT = 250, /* work units of the store between two looks at the clock */
    NS_PER_MS = 1000000
};

/* Why a run fails. */
struct failure {
    enum postgres_error error;
    char sqlstate[6];
    struct error message;
};

enum run_stage { RUN_NONE, RUN_QUEUED, RUN_ACTIVE };

struct run {
    struct postgres *postgres;
    struct database *database;
    const struct catalog_query *query;
    enum run_stage stage;
    uint64_t ticket;   /* order of request of the present or last run */
    uint64_t excused;  /* scrapes up to this ticket do not wait for it */
    bool had_turn;     /* it had a connection since the request, and gave it to others */
    uint64_t set_back; /* order in which runs held a connection in vain; 0: the last run was good */
    uint64_t queued_ns;
    uint64_t started_ns; /* 0: it still waits for a connection */
    uint64_t deadline_ns;
    uint64_t wanted_until_ns; /* until then the last scrape waits for it */
    uint64_t good_ns;         /* time that the last good run took on its connection */
    int64_t good_mono_ms;     /* when that run ended */
    /* About the result under way. */
    size_t begun; /* families with a set under way */
    uint64_t rows;
    uint64_t values;
    uint64_t rejected;
    uint64_t nulls;
    int *value_columns; /* value_count columns */
    enum convert_kind *kinds;
    int *label_columns; /* family by family; -1: no such column */
    struct news news;   /* about all errors but POSTGRES_CONNECT, which concern the database */
    struct postgres_view view;
};

enum connection_state { CONNECTION_NONE, CONNECTION_CONNECTING, CONNECTION_IDLE, CONNECTION_BUSY };

enum connection_phase {
    PHASE_BEGIN,
    PHASE_PREPARE,
    PHASE_DESCRIBE, /* its columns are checked; it only runs if it has the declared ones */
    PHASE_ROWS,
    PHASE_END,
    PHASE_SETTLING, /* the transaction has ended, the cancel request has not */
    PHASE_DISCARD
};

struct cancel;

struct connection {
    struct database *database;
    enum connection_state state;
    enum connection_phase phase; /* valid in state BUSY */
    PGconn *pg;
    uv_poll_t *poll; /* allocated separately: it closes after the connection */
    struct run *run; /* NULL: idle, or its run has already been answered */
    struct cancel *cancel;
    uint64_t asked_ns;     /* when its last request was sent */
    uint64_t give_up_ns;   /* when to close it; 0: not planned */
    int64_t idle_since_ms; /* by collector_mono_ms */
    size_t unread;         /* bytes received since the last whole message */
    bool used;             /* it has had a transaction */
    bool clean;            /* and nothing of that is left in the session */
    bool ready;            /* it waits for a turn */
    struct connection *next_ready;
};

/* What the next process finds of a database. */
struct handed_database {
    uint32_t service; /* index in the set */
    uint32_t silent;
    uint64_t conninfo; /* hash of its connection string */
    uint64_t name;     /* hash of its name */
};

struct database {
    struct postgres *postgres;
    struct handed_database *handed;
    const struct catalog_database *catalog;
    struct connection *connections;
    size_t count; /* number of connections */
    struct blocking *connecting;
    uint64_t connect_ns;      /* when that attempt began */
    uint64_t heard_ns;        /* when the database last answered */
    int64_t wanted_ms;        /* when a scrape last wanted its rows, by collector_mono_ms */
    bool silent;              /* it does not answer: scrapes do not wait for it (silence.h) */
    bool doubtful;            /* it may be silent: a probe says */
    struct connection *probe; /* connecting, or its first request is under way; NULL: none */
    struct cancel *cancels[CATALOG_CONNECTIONS_MAX];
    uint64_t backoff_ms; /* pause after the next failure */
    uint64_t retry_ns;   /* no attempt before then; 0: none failed */
    int64_t grow_ms; /* while connected: no attempt at one more before then, by collector_mono_ms */
    uint64_t look_ns; /* when pool_dispatch may have more to do; UINT64_MAX: not because of time */
    uint64_t connects;
    uint64_t failures;
    uint64_t cancelled;
    struct error message;
    struct news news;      /* about attempts to connect */
    struct news grow_news; /* about attempts at one more connection */
};

struct postgres {
    const struct memory *memory;
    struct postgres_options options;
    struct run *runs;
    size_t run_count;
    struct database *databases;
    size_t database_count;
    struct object_table handed; /* a struct handed_database for each */
    int *columns;               /* memory for the runs' columns */
    enum convert_kind *kinds;
    uv_idle_t turn;
    uv_idle_cb on_turn; /* callback of `turn` (schedule.c) */
    uv_timer_t timer;
    struct connection *first_ready;
    struct connection *last_ready;
    struct postgres_wait *waits;
    uint64_t tickets;
    uint64_t set_backs;
    bool kicked;            /* the next turn has to start or report something */
    bool untidy;            /* the store may have sets that nothing shows */
    bool retiring;          /* another process runs the queries */
    struct pollfd *leaving; /* sockets of sessions that end; room for all connections */
    size_t leaving_count;
    bool closing;
    size_t open_handles; /* not yet closed */
    void (*closed)(void *arg);
    void *closed_arg;
};

/** The present time for deadlines. */
uint64_t collector_now_ns(void);
/** The clock of the options, for times of about a minute. */
int64_t collector_mono_ms(const struct postgres *postgres);
/** When that clock will read mono_ms, in terms of collector_now_ns, which now reads now_ns; now_ns
 * if mono_ms is past. */
uint64_t collector_ns_at(const struct postgres *postgres, int64_t mono_ms, uint64_t now_ns);
/** Report news if it is new and somebody listens. */
void collector_report(struct postgres *postgres, struct news *about,
                      const struct postgres_news *news);
/** Stop waiting for the ends of sessions. */
void collector_forget_leaving(struct postgres *postgres);
/** A handle was closed: if the collector closes, the timer goes last, and the memory after it. */
void collector_handle_closed(void *postgres);
/** The same as a callback for handles whose data is the collector. */
void collector_on_closed(uv_handle_t *handle);
/** Free the collector's memory; no handle may be open. */
void collector_free(struct postgres *postgres);

#endif
