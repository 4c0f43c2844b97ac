/*
 * postgres.h - values that live in PostgreSQL, read when somebody scrapes.
 *
 *   scrape ──▶ postgres_fresh ──▶ due queries ──▶ connection ──▶ rows ──▶ gate_row, a set per family
 *     ▲                                              │                        │
 *     │            libpq, non-blocking, on the loop; connecting and cancelling
 *     │            in threads of their own (blocking.h)
 *     └─────────────────── all there, or the deadline ────────────────────────┘
 *
 * One run of a query at a time; scrapes that come meanwhile share it. A query that fails, or is
 * late, leaves its families without series and says so; it never fails or delays a scrape beyond
 * its deadline. Passwords and parameters never leave this module.
 */
#ifndef STATGATE_POSTGRES_H
#define STATGATE_POSTGRES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/error.h"
#include "base/memory.h"
#include "catalog/catalog.h"
#include "gate/gate.h"
#include "store/store.h"

enum {
    POSTGRES_UNITS_PER_TURN = 2500, /**< work units (about 100 ns) on rows in one loop turn */
    POSTGRES_RETRY_MIN_MS = 500,    /**< after a connection failed; doubles ... */
    POSTGRES_RETRY_MAX_MS = 30000,  /**< ... up to this */
    POSTGRES_GROW_AFTER_MS = 50,    /**< a query waits so long before one more connection opens */
    POSTGRES_TURN_MIN_MS = 50,      /**< a run keeps its connection this long, whoever waits */
    POSTGRES_GROW_RETRY_MS = 60000, /**< after one more was refused */
    POSTGRES_IDLE_MS = 60000        /**< connections but the last close when idle for so long */
};

/** Why a run of a query gave no rows. */
enum postgres_error {
    POSTGRES_OK,
    POSTGRES_CONNECT,        /**< there is no connection (yet) */
    POSTGRES_LOST,           /**< the connection broke during the run */
    POSTGRES_TIMEOUT,        /**< the query took longer than its timeout_s */
    POSTGRES_SQL,            /**< the server refused it; see SQLSTATE and message */
    POSTGRES_MISSING_COLUMN, /**< a declared column is not in the result */
    POSTGRES_WRONG_TYPE,     /**< a value is no number, or not finite */
    POSTGRES_DUPLICATE_ROW,  /**< rows met on one series, and nothing says how to combine them */
    POSTGRES_TOO_MANY_ROWS,  /**< more than max_rows */
    POSTGRES_TOO_LONG_ROW,   /**< a row of more than a megabyte */
    POSTGRES_ERROR_COUNT
};
/** "connect", "connection_lost", "timeout", "sql", "missing_column", "wrong_type", "duplicate_row",
 * "too_many_rows", "too_long_row" for the label `reason`; "none" for POSTGRES_OK. Static. */
const char *postgres_error_text(enum postgres_error error);

struct postgres;

/** For a log: a query or the connection to a database starts to fail, or works again. A failure
 * that persists is reported once; one that comes and goes, at most once a minute. */
struct postgres_news {
    const struct catalog_database *database;
    const struct catalog_query *query; /**< NULL: this is about the connection */
    uint32_t connected; /**< then: connections that are open; above 0, this is about one more */
    bool good;
    enum postgres_error error; /**< POSTGRES_OK if good */
    const char *sqlstate;      /**< "" none */
    const char *message;       /**< one line without values of rows or parameters; "" none */
};

struct postgres_options {
    uv_loop_t *loop;
    const struct catalog_set *set; /**< all borrowed */
    struct store *store;
    struct gate *gate;
    struct store_time (*clock)(void *arg); /**< as http_source's */
    /** Called from the loop; what *news points to is borrowed for the call. May be NULL. */
    void (*report)(void *arg, const struct postgres_news *news);
    void *arg;
};

/** Ready to run the set's queries; connects when first asked. NULL when out of memory. A set without
 * queries is fine: nothing is ever due then. `memory` is also used by threads,
 * and by those left behind even after the end. */
struct postgres *postgres_new(const struct memory *memory, const struct postgres_options *options);
/** Stop: connections close, waiters are no longer called, and `closed` (may be NULL) is called from
 * the loop once the memory is freed, at once for NULL. Waits for no peer: what blocks in a thread
 * (an attempt to connect, a cancel request) is left there and frees what it holds. */
void postgres_close(struct postgres *postgres, void (*closed)(void *arg), void *arg);

/** Whether another process is about to run these queries: connections close as soon as they are idle. */
void postgres_retire(struct postgres *postgres, bool retiring);

/** Somebody who waits for rows. The struct is the waiter's and must stay until `done` or
 * postgres_forget was called. */
struct postgres_wait {
    void (*done)(void *arg); /**< once, from the loop; never from within postgres_fresh */
    void *arg;
    const uint32_t *queries; /**< private from here on */
    size_t count;
    uint64_t deadline_ns;
    uint64_t ticket;
    size_t missing;
    struct postgres_wait *next;
};
/**
 * Start what is due of these queries (their indices, ascending; the array is borrowed until done or
 * forget), and call wait->done when all of them have an answer, at the latest after `within_ms`.
 * False: nothing is due, everything shown is fresh, and done will not be called. A late query keeps
 * running, and its rows show at the next scrape.
 */
bool postgres_fresh(struct postgres *postgres, const uint32_t *queries, size_t count,
                    uint64_t within_ms, struct postgres_wait *wait);
/** The waiter goes away. */
void postgres_forget(struct postgres *postgres, struct postgres_wait *wait);

/** A query, as self metrics and /debug/queries show it. */
struct postgres_view {
    const struct catalog_query *query;
    bool running;
    bool late;            /**< a scrape went on without the run under way */
    bool up;              /**< the last run gave rows, or none, without error; and none is late */
    uint64_t runs;        /**< that ended */
    int64_t last_run_ms;  /**< Unix time at which the last run ended; 0: none yet */
    int64_t last_good_ms; /**< likewise of the last without error */
    double duration_s;    /**< of the last run */
    uint64_t rows;        /**< of the last good run */
    uint64_t values;      /**< of the last good run: accepted, folded ... */
    uint64_t rejected;    /**< ... and rejected by the gate */
    uint64_t nulls;       /**< ... and without a value */
    uint64_t
        errors[POSTGRES_ERROR_COUNT]; /**< runs by how they ended; POSTGRES_OK is not counted */
    enum postgres_error error;        /**< of the last run */
    char sqlstate[6];                 /**< "" none */
    struct error message;             /**< primary message, no detail, no parameter, no conninfo */
};
size_t postgres_count(const struct postgres *postgres);
void postgres_at(const struct postgres *postgres, size_t index, struct postgres_view *ret_view);

/** A database's connections. */
struct postgres_database_view {
    const struct catalog_database *database;
    uint32_t connected;
    uint32_t connecting;
    uint64_t connects; /**< that succeeded */
    uint64_t failures;
    uint64_t cancelled; /**< requests to the server to cancel what it does */
    int64_t retry_ms;   /**< Unix time before which no new attempt is made; 0 none. While some are
                             connected, attempts at one more */
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
    struct error error; /**< SQLSTATE and message, or what does not fit the declaration */
    struct postgres_column columns[64];
    size_t column_count; /**< may be above 64; then only the first are here */
    double cost;         /**< total cost of the plan, the planner's units */
    double rows;         /**< that the planner expects */
};
/** What a role may do beside reading and writing rows. */
enum postgres_role {
    POSTGRES_ROLE_PLAIN,
    POSTGRES_ROLE_SERVER, /**< run programs on the server, or write its files */
    POSTGRES_ROLE_SUPERUSER
};
/** A database, asked. */
struct postgres_database_check {
    bool connected;
    struct error error; /**< why not */
    enum postgres_role role;
};
/** Prepare every query of a database on one connection, look at columns, types and plan; nothing is
 * executed. Fills one item of ret_checks for each query of the set that is of this database, in
 * order of index; none when there is no connection. */
void postgres_check_database(const struct catalog_set *set, const struct catalog_database *database,
                             unsigned timeout_s, struct postgres_check *ret_checks,
                             size_t max_checks, struct postgres_database_check *ret_database);

#endif
