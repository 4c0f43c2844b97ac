/* SPDX-License-Identifier: MIT */
/*
 * postgres.h - values that live in PostgreSQL, read when somebody scrapes.
 *
 *   scrape ──▶ postgres_fresh ──▶ due queries ──▶ connection ──▶ rows ──▶ gate_row, set per family
 *     ▲                                              │                        │
 *     │            libpq, non-blocking, on the loop; connecting and cancelling
 *     │            in threads of their own (postgres_private.h)
 *     └─────────────────── all there, or the deadline ────────────────────────┘
 *
 * A query has one run at a time; scrapes that come meanwhile share it. A query that fails, or is
 * late, leaves its families without series and reports that; it never makes a scrape fail or delays
 * it beyond its deadline. Passwords and parameters never leave this module.
 */
#ifndef STATGATE_POSTGRES_POSTGRES_H
#define STATGATE_POSTGRES_POSTGRES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"
#include "base/memory.h"
#include "catalog/catalog.h"
#include "gate/gate.h"
#include "object/object.h"
#include "store/store.h"

enum {
    POSTGRES_UNITS_PER_TURN = 2500,   /**< limit of work units (about 100 ns) on rows in one loop
                                       * turn */
    POSTGRES_RETRY_MIN_MS = 500,      /**< pause after a failed connection; doubles ... */
    POSTGRES_RETRY_MAX_MS = 30000,    /**< ... up to this */
    POSTGRES_GROW_AFTER_MS = 50,      /**< how long a query waits until one more is opened */
    POSTGRES_TURN_MIN_MS = 50,        /**< how long a run keeps its connection, whoever waits */
    POSTGRES_GROW_RETRY_MS = 60000,   /**< pause after one more connection was refused */
    POSTGRES_SILENT_MS = 1000,        /**< in which a database that lives answers */
    POSTGRES_PROBE_MAX_MS = 5000,     /**< longest pause between two probes of a silent one ... */
    POSTGRES_PROBE_WHILE_MS = 300000, /**< ... which end so long after the last scrape */
    POSTGRES_RETIRE_MS = 100, /**< for the end of sessions when another process takes over */
    POSTGRES_CLOSE_MS = 500,  /**< for cancel requests when this one stops */
    POSTGRES_IDLE_MS = 60000  /**< all connections but the last are closed after this */
};

/** Why a run of a query gave no rows. */
enum postgres_error {
    POSTGRES_OK,
    POSTGRES_CONNECT,        /**< there is no connection (yet) */
    POSTGRES_LOST,           /**< the connection broke during the run */
    POSTGRES_TIMEOUT,        /**< the query took longer than its timeout_s */
    POSTGRES_SQL,            /**< the server refused it; see SQLSTATE and message */
    POSTGRES_MISSING_COLUMN, /**< a declared column is not in the result */
    POSTGRES_WRONG_TYPE,     /**< a value is not a number, or not finite */
    POSTGRES_DUPLICATE_ROW,  /**< rows belong to one series, and nothing says how to combine them */
    POSTGRES_TOO_MANY_ROWS,  /**< more than max_rows */
    POSTGRES_TOO_LONG_ROW,   /**< a row of more than a megabyte */
    POSTGRES_ERROR_COUNT
};
/** "connect", "connection_lost", "timeout", "sql", "missing_column", "wrong_type", "duplicate_row",
 * "too_many_rows", "too_long_row" for the label `reason`; "none" for POSTGRES_OK. Static. */
const char *postgres_error_text(enum postgres_error error);

struct postgres;

/** For a log: a query or the connection to a database begins to fail, or works again. A persistent
 * failure is reported once; one that comes and goes, at most once a minute. */
struct postgres_news {
    const struct catalog_database *database;
    const struct catalog_query *query; /**< NULL: about the connection */
    bool silence;       /**< if query is NULL: whether the database answers; scrapes do not wait
                         * for one that does not */
    uint32_t connected; /**< if query is NULL: open connections; above 0, it is about one more */
    bool good;
    enum postgres_error error; /**< POSTGRES_OK if good */
    const char *sqlstate;      /**< "": none */
    const char *message;       /**< one line without values of rows or parameters; "": none */
};

struct postgres_options {
    uv_loop_t *loop;
    const struct catalog_set *set; /**< all pointers are borrowed */
    struct object *object; /**< where the next process finds which databases are silent; NULL:
                                nowhere */
    struct store *store;
    struct gate *gate;
    struct store_time (*clock)(void *arg); /**< as in http_source */
    /** Called from the loop; *news is borrowed for the call. May be NULL. */
    void (*report)(void *arg, const struct postgres_news *news);
    void *arg;
};

/** Prepare to run the set's queries; connects when first asked. A set
 * without queries is fine: nothing is ever due then. */
struct postgres *postgres_new(const struct postgres_options *options);
/** Bytes of its table in the object. */
uint64_t postgres_object_bytes(const struct catalog_set *set);
/** Go on from another process: no scrape waits for a database that did not answer there, if its
 * connection string is the same; a probe asks it at once. */
void postgres_restore(struct postgres *postgres, const struct image *image,
                      const struct match *match);
/** Stop: what runs is cancelled, connections close, waiters are no longer called, and `closed` (may
 * be NULL) is called from the loop once the memory is freed, or at once if postgres is NULL. Cancel
 * requests have POSTGRES_CLOSE_MS; then, as an attempt to connect at once, the thread that blocks
 * is left behind and frees what it holds. */
void postgres_close(struct postgres *postgres, void (*closed)(void *arg), void *arg);

/** Tell whether another process is about to run these queries. If so, what runs is cancelled and
 * all connections close; scrapes that wait get the rows of last time. Taken back before the loop
 * runs again, the same queries run anew, and no one has noticed. */
void postgres_retire(struct postgres *postgres, bool retiring);
/** Wait until the server has ended the sessions of connections that so closed, at most
 * POSTGRES_RETIRE_MS. */
void postgres_await_retired(struct postgres *postgres);

/** A waiter for rows. The struct belongs to the waiter and must stay valid until `done` or
 * postgres_forget was called. */
struct postgres_wait {
    void (*done)(void *arg); /**< called once, from the loop; never within postgres_fresh */
    void *arg;
    const uint32_t *queries; /**< private, like all fields below */
    size_t count;
    uint64_t deadline_ns;
    uint64_t ticket;
    size_t missing;
    struct postgres_wait *next;
};
/**
 * Start those of these queries that are due (indices, ascending; the array is borrowed until done
 * or forget), and call wait->done when all of them have an answer, at the latest after `within_ms`.
 * False: nothing is due, everything shown is fresh, and done will not be called. A late query
 * continues, and its rows show at the next scrape.
 */
bool postgres_fresh(struct postgres *postgres, const uint32_t *queries, size_t count,
                    uint64_t within_ms, struct postgres_wait *wait);
/** Stop waiting. */
void postgres_forget(struct postgres *postgres, struct postgres_wait *wait);

/** A query, as self metrics and /debug/queries show it. */
struct postgres_view {
    const struct catalog_query *query;
    bool running;
    bool late;                 /**< a scrape did not wait for the run under way */
    bool silent;               /**< its database does not answer: no scrape waits */
    bool up;                   /**< the last run ended without error, and no run is late */
    uint64_t runs;             /**< runs that ended */
    int64_t last_run_ms;       /**< Unix time at which the last run ended; 0: none yet */
    int64_t last_good_ms;      /**< the same for the last run without error */
    int64_t last_good_mono_ms; /**< ... by the monotonic clock; only if last_good_ms is not 0 */
    double duration_s;         /**< of the last run */
    uint64_t rows;             /**< in the last good run */
    uint64_t values;           /**< in the last good run: accepted, folded ... */
    uint64_t rejected;         /**< ... and rejected by the gate */
    uint64_t nulls;            /**< ... and without a value */
    uint64_t errors[POSTGRES_ERROR_COUNT]; /**< runs by their error; POSTGRES_OK is not counted */
    enum postgres_error error;             /**< of the last run */
    char sqlstate[6];                      /**< "": none */
    struct error message; /**< primary message, no detail, no parameter, no conninfo */
};
size_t postgres_count(const struct postgres *postgres);
void postgres_at(const struct postgres *postgres, size_t index, struct postgres_view *ret_view);

/** A database's connections. */
struct postgres_database_view {
    const struct catalog_database *database;
    uint32_t connected;
    uint32_t connecting;
    bool silent;       /**< it does not answer, and scrapes do not wait for it */
    uint64_t connects; /**< successful attempts */
    uint64_t failures;
    uint64_t cancelled; /**< requests to the server to cancel a query */
    int64_t retry_ms;   /**< Unix time before which no new attempt is made; 0: none. While
                         * connected: attempts at one more connection */
    struct error message;
};
size_t postgres_database_count(const struct postgres *postgres);
void postgres_database_at(const struct postgres *postgres, size_t index,
                          struct postgres_database_view *ret_view);

/* ---- before a deployment (statgate check --connect); blocks ---- */

/** A result column as the server describes it. */
struct postgres_column {
    char name[64];
    char type[64]; /**< "bigint", "text", ... */
};
struct postgres_check {
    bool good;
    struct error error; /**< SQLSTATE and message, or what contradicts the declaration */
    struct postgres_column columns[64];
    size_t column_count; /**< may be above 64; then only the first 64 are here */
    double cost;         /**< total cost of the plan, in the planner's units */
    double rows;         /**< number of rows that the planner expects */
};
/** What a role may do besides reading and writing rows. */
enum postgres_role {
    POSTGRES_ROLE_PLAIN,
    POSTGRES_ROLE_SERVER, /**< run programs on the server, or write its files */
    POSTGRES_ROLE_SUPERUSER
};
/** The result of checking a database. */
struct postgres_database_check {
    bool connected;
    struct error error; /**< why not connected */
    enum postgres_role role;
};
/** Prepare every query of a database on one connection, and check columns, types and plan; nothing
 * is executed. Fills one item of ret_checks for each of the set's queries on this database, in
 * order of index; none without a connection. */
void postgres_check_database(const struct catalog_set *set, const struct catalog_database *database,
                             unsigned timeout_s, struct postgres_check *ret_checks,
                             size_t max_checks, struct postgres_database_check *ret_database);

#endif
