/* SPDX-License-Identifier: MIT */
/* postgres_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_POSTGRES_POSTGRES_PRIVATE_H
#define STATGATE_POSTGRES_POSTGRES_PRIVATE_H

#include <libpq-fe.h>
#include <poll.h>

#include "postgres/postgres.h"

/* ---- blocking ----
 * runs calls that block (name look-up, TLS, authentication, cancelling) in threads of
 * their own, so neither the loop nor the end of the program waits for them.
 *
 *   loop    blocking_start ──────────────────── done(arg) ◀── uv_async
 *   thread            └─▶ work(arg) ─ seconds, or forever ───┘
 *
 * libuv's pool is not used: its four threads are shared, and four unresponsive servers would keep
 * all others from connecting. A job that is no longer needed is abandoned: its thread carries on
 * alone and frees what it holds.
 */

struct blocking;

struct blocking_calls {
    void (*work)(void *arg); /**< called in the thread; may use only `arg` */
    void (*done)(
        void *arg); /**< called in the loop when work returned; not called for an abandoned job */
    void (*drop)(void *arg); /**< frees `arg`; called last of all, in the loop or in the thread */
};

/* ---- convert ----
 * converts a column's text to a number. Pure.
 *
 * By the type of the column, as the server describes it (a domain counts as its base type):
 *
 *   boolean                         false 0, true 1
 *   smallint integer bigint         the number; beyond 2^53 the nearest double
 *   real double precision numeric   the number; NaN and infinities are wrong
 *   interval                        seconds, as extract(epoch from ...) counts them: a month has 30
 *                                   days, 12 months 365.25 days, a day 86,400 s
 *   timestamp with time zone        Unix seconds
 *   timestamp                       Unix seconds, taken as UTC
 *
 * Any other type is a wrong type, even if all values are NULL: a bare NULL has type text and needs
 * a cast. The session formats intervals as iso_8601 and timestamps as ISO with their offset,
 * whatever the server's settings are; its time zone is left alone, for the query's own sake.
 */

/** Settings on which the texts depend, for the start of each transaction. */
#define CONVERT_SETTINGS                                                                           \
    "SET LOCAL datestyle='ISO';SET LOCAL intervalstyle='iso_8601';SET LOCAL extra_float_digits=3;"

enum convert_kind {
    CONVERT_NONE, /**< not a numeric type */
    CONVERT_BOOLEAN,
    CONVERT_NUMBER,
    CONVERT_INTERVAL,
    CONVERT_TIMESTAMP
};

/** The kind for a type's object identifier (pg_type.dat; those of built-in types never change). */
enum convert_kind postgres_convert_kind_of(unsigned type_oid);
/** Read a terminated text as the server writes it. False: not a finite number. */
bool postgres_convert_value(enum convert_kind kind, const char *text, double *ret_value);

/* ---- news ----
 * decides which failures of queries and connections are reported, and how often. Pure.
 */

/** At most one failure of a query or connection is reported in this time. */
enum { NEWS_PAUSE_MS = 60000 };

/** What was last reported about one query or connection; zeroed: nothing. */
struct news {
    bool failing; /**< a failure was reported, and no success since */
    bool before;  /**< a failure was ever reported */
    int64_t failed_ms;
};

/** Record a failure or success at this monotonic time. True: report it. Success is reported once,
 * after a reported failure. */
bool postgres_news_take(struct news *news, bool good, int64_t mono_ms);

/** True if a server message with this SQLSTATE is about names, permissions, resources or
 * connections; other messages may cite values of rows. */
bool postgres_news_may_cite(const char *sqlstate);

/* ---- collector ----
 * what the files of this module share: the collector and its parts. Private.
 *
 *   struct run         one query: what it waits for, what it last found
 *   struct database    its connections, its back-off
 *   struct connection  NONE ─▶ CONNECTING ─▶ IDLE ⇄ BUSY
 *                      (BEGIN ─▶ PREPARE ─▶ DESCRIBE ─▶ ROWS ─▶ END ─▶ SETTLING ─▶ DISCARD)
 *
 * Which file calls which, from the top; nothing calls up:
 *
 *   postgres.c    make, close, show; the turn, the timer, which queries are due
 *   pool.c        who gets a connection, whether a database answers, scrapes that wait
 *   run.c         a query on a connection, and its results as sets
 *   connection.c  an open connection, its input, threads that block
 *
 * All work on results is done in one idle callback, the turn, within one budget for all
 * connections: a connection with something to read stops polling and waits for its share of the
 * turn. A run is over when its query has an answer; its connection may have more to do (unwanted
 * rows, the end of the transaction) and does that without the run.
 */

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
    uint64_t set_back; /* order in which runs held a connection without effect; 0: the last run was
                          good */
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
    int64_t idle_since_ms; /* by postgres_collector_mono_ms */
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
    uint64_t connect_ns; /* when that attempt began */
    uint64_t heard_ns;   /* when the database last answered */
    int64_t wanted_ms;   /* when a scrape last wanted its rows, by postgres_collector_mono_ms */
    bool silent;         /* it does not answer: scrapes do not wait for it */
    bool doubtful;       /* it may be silent: a probe says */
    struct connection *probe; /* connecting, or its first request is under way; NULL: none */
    struct cancel *cancels[CATALOG_CONNECTIONS_MAX];
    uint64_t backoff_ms; /* pause after the next failure */
    uint64_t retry_ns;   /* no attempt before then; 0: none failed */
    int64_t grow_ms;     /* while connected: no attempt at one more before then, by
                            postgres_collector_mono_ms */
    uint64_t look_ns; /* when pool_dispatch may have more to do; UINT64_MAX: not because of time */
    uint64_t connects;
    uint64_t failures;
    uint64_t cancelled;
    struct error message;
    struct news news;      /* about attempts to connect */
    struct news grow_news; /* about attempts at one more connection */
};

struct postgres {
    struct postgres_options options;
    struct run *runs;
    size_t run_count;
    struct database *databases;
    size_t database_count;
    struct object_table handed; /* a struct handed_database for each */
    int *columns;               /* memory for the runs' columns */
    enum convert_kind *kinds;
    uv_idle_t turn;
    uv_idle_cb on_turn; /* callback of `turn` (postgres.c) */
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
uint64_t postgres_collector_now_ns(void);
/** The clock of the options, for times of about a minute. */
int64_t postgres_collector_mono_ms(const struct postgres *postgres);
/** When that clock will read mono_ms, in terms of postgres_collector_now_ns, which now reads
 * now_ns; now_ns if mono_ms is past. */
uint64_t postgres_collector_ns_at(const struct postgres *postgres, int64_t mono_ms,
                                  uint64_t now_ns);
/** Report news if it is new and somebody listens. */
void postgres_collector_report(struct postgres *postgres, struct news *about,
                               const struct postgres_news *news);
/** Stop waiting for the ends of sessions. */
void postgres_collector_forget_leaving(struct postgres *postgres);
/** A handle was closed: if the collector closes, the timer goes last, and the memory after it. */
void postgres_collector_handle_closed(void *postgres);

/* ---- cancel: sends requests to cancel a query to the server, in threads. Private. ---- */

/** Ask the server to cancel the query of a connection. Once it has answered, the connection gets a
 * turn. False: too many are under way, or there is no thread. */
bool postgres_cancel_start(struct connection *connection);
/** Abandon a database's requests. */
void postgres_cancel_leave(struct database *database);

/* ---- connect: opens connections in threads, one attempt per database at a time. Private. ---- */

/** Start an attempt; afterwards the connection is idle, or the database backs off. */
void postgres_connect_start(struct connection *connection);
/** Wait for the end of the attempt under way, but not longer, and act on it. */
void postgres_connect_await(struct database *database, uint64_t until_ns);
/** Abandon the attempt under way, if there is one. */
void postgres_connect_leave(struct database *database);

/* ---- connection: an open connection, polled while it does not wait for a turn. Private. ---- */

/** How many connections of a database are open. */
uint32_t connection_count(const struct database *database);
/** Make the connection ready for a run. */
void connection_idle(struct connection *connection);
/** Send what libpq has buffered and listen again. False: the loop cannot poll the connection, which
 * is lost. */
bool connection_listen(struct connection *connection);
/** Close the connection, for the given reason (NULL: none to report); its run must have ended. */
void connection_close(struct connection *connection, const char *why);
/** Close the connection, and note when the server has closed its end, too. */
void connection_leave(struct connection *connection);
/** Why the connection was lost, in libpq's words if it gave any; never empty. */
void connection_why_lost(const struct connection *connection, struct error *ret_why);

/* ---- conninfo ----
 * the connection parameters for libpq: those that the catalog declares, and those that
 * every connection of statgate has.
 */

enum {
    CONNINFO_TIMEOUT_S = 5,     /**< to connect to one address, by default */
    CONNINFO_TIMEOUT_MAX_S = 10 /**< and at most */
};

/**
 * Connect, blocking: `conninfo` as libpq takes it (service, passfile, environment and TLS
 * included), with client_encoding UTF8, connect_timeout (from conninfo, PGCONNECT_TIMEOUT or the
 * default; at most CONNINFO_TIMEOUT_MAX_S, or `timeout_s` if that is less and not 0) and
 * fallback_application_name statgate.
 *
 * NULL on failure, with a sentence in ret_error that never contains the conninfo or the password.
 */
PGconn *postgres_conninfo_connect(const char *conninfo, unsigned timeout_s,
                                  struct error *ret_error);

/* ---- input: reads what arrived on a connection, and acts on it. Private. ---- */

/** Read what is there and act on it until `until_ns`. True: there is more to do at once. */
bool postgres_input_step(struct connection *connection, uint64_t until_ns);

/* ---- message ----
 * cleans messages of libpq and the server for one line of a view or a log. Pure.
 */

/** Write one line of well-formed UTF-8 into `size` bytes, terminated (size 0: nothing is written):
 * line ends and control characters become single blanks, other invalid bytes `?`, and the end is
 * cut between characters. */
void postgres_message_clean(const char *text, char *ret_text, size_t size);
/** Append a text to an error, cleaned in the same way. */
void postgres_message_add(struct error *error, const char *text);

/* ---- pool ----
 * the connections of a database: who gets one, and when one is opened or closed. Private.
 *
 * Connections are opened one after the other while runs wait, up to the number that the catalog
 * declares. If the server refuses one more, the queries share the existing ones.
 *
 * When no more can be opened, every run that a scrape waits for gets a turn on a connection before
 * any run gets a second: a run gives its connection up when its share of its scrape's time is over
 * and another run has had no turn. A run that held a connection without effect goes last the next
 * time, so a query that waits for a lock costs the others one scrape at most.
 */

/** Whether there is no connection, and no attempt will be made before the back-off is over. */
bool pool_is_down(const struct database *database);
/** Give connections to the runs that wait for one; sets look_ns. */
void pool_dispatch(struct database *database);
/** Close connections that were idle for long, but keep one. */
void pool_shrink(struct database *database);
/** When the next connection may be closed, by postgres_collector_now_ns; UINT64_MAX: never. */
uint64_t pool_shrinks_at_ns(const struct database *database, uint64_t now_ns);

/* ---- ready ----
 * the connections that need the next turn, in the order in which they asked. Private.
 */

/** Make sure that a turn comes, to start or report something. */
void postgres_ready_kick(struct postgres *postgres);
/** Add a connection with something to read. Adding it twice has no further effect. */
void postgres_ready_add(struct connection *connection);
/** Remove a connection: it has nothing to read, or its turn has come (it is the first). */
void postgres_ready_remove(struct connection *connection);

/* ---- rows: puts a result's rows into the sets of the query's families. Private. ---- */

/** Find the declared columns in the description of a statement, and check their types. */
bool postgres_rows_map(struct run *run, const PGresult *described, struct failure *ret_failure);
/** Start the families' sets. False: UNITS_A_BIT were not enough; call again. */
bool postgres_rows_begin(struct run *run);
/** Put rows into the sets. False with the reason. */
bool postgres_rows_take(struct run *run, const PGresult *result, struct failure *ret_failure);
void postgres_rows_show(struct run *run);
void postgres_rows_clear(struct run *run);

/* ---- run ----
 * one run of a query on an open connection: a read-only transaction, rows one by one.
 * Private.
 */

/** Begin the run on an idle connection, which it keeps until it is over. */
void query_run_start(struct run *run, struct connection *connection);
/** Begin with a request that is no query's, on a connection that was just opened: its answer shows
 * that the database answers. */
void query_run_probe(struct connection *connection);
/** Take results until there are none, or the time is up (true). */
bool query_run_results(struct connection *connection, uint64_t until_ns);
/** The connection is lost, as libpq reports: its run, if any, ends or waits again, and the
 * connection closes. */
void query_run_drop(struct connection *connection);
/** The transaction is over; the connection becomes idle, unless a cancel request is still under
 * way. */
void query_run_settled(struct connection *connection);
/** The run takes too long: end it. */
void query_run_overdue(struct run *run, struct connection *connection);
/** Whether no scrape waits for the run any more. */
bool query_run_is_late(const struct run *run, uint64_t now_ns);
/** A scrape continues without the run: what the run showed is out of date. */
void query_run_missed(struct run *run);
/** Cancel what runs on the connection, and close it; its run waits for another. */
void query_run_abandon(struct connection *connection);
/** A run that waits is not started: its scrapes continue with what it showed last. */
void query_run_skip(struct run *run);
/** All scrapes continue without the run, which may end all the same. */
void query_run_excuse(struct run *run);
/** Give the connection to other runs: the run waits again if it is still wanted, otherwise it is
 * over. */
void query_run_yield(struct run *run, struct connection *connection, uint64_t now_ns);
/** Give the answer: failure->error POSTGRES_OK shows the rows, any other clears the families. */
void query_run_end(struct run *run, struct connection *connection, const struct failure *failure);

/* ---- silence ----
 * whether a database answers at all. Private.
 *
 * A query may take as long as it likes, or wait for a lock; that says nothing about its database.
 * But some requests cost the server nothing and wait for no one: connecting, BEGIN, ROLLBACK,
 * DISCARD ALL. A database is silent if such a request was not answered for a second, nothing else
 * came from the database meanwhile, and somebody's time has run out: that of a run, a scrape or an
 * attempt to connect. If a query cannot be cancelled, its database is doubtful: the next connection
 * that is opened is a probe first.
 *
 * Scrapes do not wait for a silent database. A probe, one at a time, opens a connection and sends
 * DISCARD ALL; whatever arrives on any connection ends the silence. (pool.c starts probes.) The
 * next process continues with a silence, if the connection string is the same.
 */

/** Something arrived from the database: it answers. */
void postgres_silence_heard(struct database *database);
/** Somebody's time is over: is the database silent? */
void postgres_silence_time_out(struct database *database, uint64_t now_ns);
/** A connection is about to be closed because the server does not end its transaction. */
void postgres_silence_give_up(struct connection *connection, uint64_t now_ns);
/** An attempt to connect has failed, and database->message says why. True: because there was no
 * answer, which has been reported. */
bool postgres_silence_connect_failed(struct connection *connection);
/** Look whether the attempt of a probe takes too long, and say when to look again (0: need not). */
uint64_t postgres_silence_look_ns(const struct database *database);
/** Make the table that tells the next process. */
void postgres_silence_open(struct postgres *postgres);
/** The database's place in it, begun again. */
struct handed_database *postgres_silence_handed(const struct database *database);
/** Pause before the next attempt to connect. */
void postgres_silence_back_off(struct database *database);

/* ---- transaction ----
 * the transaction in which a query runs or is checked: read-only, ends by itself,
 * and does not depend on settings of the server, the database, the role or the environment.
 */

enum { TRANSACTION_TEXT_MAX = 256 };

/** The text that begins a transaction whose statements end after `timeout_ms`. Names without a
 * schema are looked up in pg_catalog, then in public; no `$user` or pg_temp comes before. */
void postgres_transaction_begin(int64_t timeout_ms, char ret_text[TRANSACTION_TEXT_MAX]);

/** Ends the transaction. */
#define TRANSACTION_END "ROLLBACK"
/** Drops what outlives the transaction: advisory locks, prepared statements and all other state of
 * a session. */
#define TRANSACTION_DISCARD "DISCARD ALL"

/* ---- waits: the scrapes that wait for runs. Private. ---- */

/** Wait for `missing` runs of those asked for so far. */
void postgres_waits_add(struct postgres *postgres, struct postgres_wait *wait, size_t missing);
/** A run has its answer: each wait for it has one run less to wait for. */
void postgres_waits_answered(struct postgres *postgres, const struct run *run);
/** Call the waiters whose runs have all been answered. */
void postgres_waits_finish(struct postgres *postgres);

#endif
