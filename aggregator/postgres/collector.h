/*
 * collector.h - what the files of this module share: the collector and its parts. Private.
 *
 *   struct run         one query: what it waits for, what it found last
 *   struct database    its connections, its back-off
 *   struct connection  NONE ─▶ CONNECTING ─▶ IDLE ⇄ BUSY
 *                      (BEGIN ─▶ PREPARE ─▶ DESCRIBE ─▶ ROWS ─▶ END ─▶ SETTLING ─▶ DISCARD)
 *
 * Who calls whom, from the top; nothing calls up:
 *
 *   postgres.c   make, close, show
 *   schedule.c   the turn, the timer, which queries are due
 *   pool.c       who gets a connection          input.c   what came on a connection
 *   run.c        a query on a connection        connect.c, cancel.c   threads that block
 *   rows.c       results into sets              waits.c   scrapes that wait
 *   connection.c, ready.c                       an open connection; who needs the next turn
 *   collector.c                                 time, news, the end
 *
 * All work on results is done in one idle callback, the turn, within one budget for everybody: a
 * connection with something to read stops polling and waits for its share of the turn. A run is
 * over when its query has an answer; its connection may have more to do (rows nobody wants, the end
 * of the transaction) and carries on without it.
 */
#ifndef STATGATE_POSTGRES_COLLECTOR_H
#define STATGATE_POSTGRES_COLLECTOR_H

#include <libpq-fe.h>

#include "postgres/blocking.h"
#include "postgres/convert.h"
#include "postgres/news.h"
#include "postgres/postgres.h"

enum {
    DEADLINE_GRACE_MS = 100, /* the server's statement_timeout comes first, and costs no cancel */
    GIVE_UP_MS = 1000,       /* after a cancel, and for the end of a transaction */
    ROW_BYTES_MAX = 1024 * 1024, /* of one message: libpq holds it whole */
    RECEIVE_BYTES = 64 * 1024,   /* of the socket's buffer: what one read can bring */
    NS_PER_UNIT = 100,
    UNITS_A_BIT = 250, /* of the store's, between two looks at the clock */
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
    uint64_t ticket; /* order of being asked for; of the run under way or the last */
    bool had_turn;   /* on a connection, since it was asked for; it gave it to others */
    uint64_t
        set_back; /* order of having last held a connection in vain; 0: the last run was good */
    uint64_t queued_ns;
    uint64_t started_ns; /* 0: still waits for a connection */
    uint64_t deadline_ns;
    uint64_t wanted_until_ns; /* the last scrape that waits for it does so until then */
    uint64_t good_ns;         /* how long the last good one took on its connection */
    int64_t good_mono_ms;     /* when it ended */
    /* Of the result that comes. */
    size_t begun; /* families whose set is under way */
    uint64_t rows;
    uint64_t values;
    uint64_t rejected;
    uint64_t nulls;
    int *value_columns; /* value_count */
    enum convert_kind *kinds;
    int *label_columns; /* family by family; -1: no column bears it */
    struct news news;   /* of all errors but POSTGRES_CONNECT, which the database's are about */
    struct postgres_view view;
};

enum connection_state { CONNECTION_NONE, CONNECTION_CONNECTING, CONNECTION_IDLE, CONNECTION_BUSY };

enum connection_phase {
    PHASE_BEGIN,
    PHASE_PREPARE,
    PHASE_DESCRIBE, /* which columns it has; it only runs if it has the declared ones */
    PHASE_ROWS,
    PHASE_END,
    PHASE_SETTLING, /* the transaction is over, the cancel request not yet */
    PHASE_DISCARD
};

struct cancel;

struct connection {
    struct database *database;
    enum connection_state state;
    enum connection_phase phase; /* BUSY */
    PGconn *pg;
    uv_poll_t *poll; /* memory of its own: it closes after the connection */
    struct run *run; /* NULL: its answer is given, or idle */
    struct cancel *cancel;
    uint64_t give_up_ns;   /* close it then; 0: no */
    int64_t idle_since_ms; /* by collector_mono_ms */
    size_t unread;         /* bytes that came since the last whole message */
    bool used;             /* had a transaction before */
    bool clean;            /* and the session holds nothing of it */
    bool ready;            /* in line for the turn */
    struct connection *next_ready;
};

struct database {
    struct postgres *postgres;
    const struct catalog_database *catalog;
    struct connection *connections;
    size_t count; /* of them */
    struct blocking *connecting;
    struct cancel *cancels[CATALOG_CONNECTIONS_MAX];
    uint64_t backoff_ms; /* after the next failure */
    uint64_t retry_ns;   /* no attempt before; 0: none failed */
    int64_t
        grow_ms; /* while there are connections: none at one more before, by collector_mono_ms */
    uint64_t look_ns; /* when pool_dispatch may have more to do; UINT64_MAX: not by time alone */
    uint64_t connects;
    uint64_t failures;
    uint64_t cancelled;
    struct error message;
    struct news news;      /* of attempts to connect */
    struct news grow_news; /* of those at one more */
};

struct postgres {
    const struct memory *memory;
    struct postgres_options options;
    struct run *runs;
    size_t run_count;
    struct database *databases;
    size_t database_count;
    int *columns; /* memory of the runs' columns */
    enum convert_kind *kinds;
    uv_idle_t turn;
    uv_idle_cb on_turn; /* what it runs (schedule.c) */
    uv_timer_t timer;
    struct connection *first_ready;
    struct connection *last_ready;
    struct postgres_wait *waits;
    uint64_t tickets;
    uint64_t set_backs;
    bool kicked;   /* something is to be started or reported in the next turn */
    bool untidy;   /* the store may have sets that nobody shows */
    bool retiring; /* no connection is kept for a next run */
    bool closing;
    size_t open_handles; /* not yet closed */
    void (*closed)(void *arg);
    void *closed_arg;
};

/** Now, for deadlines. */
uint64_t collector_now_ns(void);
/** The clock of the options, for what takes a minute. */
int64_t collector_mono_ms(const struct postgres *postgres);
/** When that clock will read mono_ms, by collector_now_ns, which is now_ns; now_ns if it is past. */
uint64_t collector_ns_at(const struct postgres *postgres, int64_t mono_ms, uint64_t now_ns);
/** Report it, if it is new and somebody listens. */
void collector_report(struct postgres *postgres, struct news *about,
                      const struct postgres_news *news);
/** A handle was closed: frees the collector when it was the last. */
void collector_handle_closed(void *postgres);
/** Free its memory; no handle is open. */
void collector_free(struct postgres *postgres);

#endif
