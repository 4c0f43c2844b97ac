/* SPDX-License-Identifier: MIT */
/*
 * rig.h - a collector over a real database, and somebody who scrapes it.
 */
#ifndef TESTS_COLLECT_RIG_H
#define TESTS_COLLECT_RIG_H

#include <libpq-fe.h>
#include <sys/types.h>
#include <uv.h>

#include "fixture.h"
#include "postgres/postgres.h"

/* The environment variable with the folder of the server's socket. */
#define RIG_SERVER "STATGATE_TEST_POSTGRES"

struct rig {
    struct fixture fx;
    uv_loop_t loop;
    struct postgres *postgres;
    size_t threads;      /* of the process before the first that is the rig's */
    PGconn *admin;       /* of the test's own database */
    char conninfo[256];  /* of that database */
    int64_t ahead_ms;    /* what the clock that the collector is given is ahead */
    uv_timer_t tick;     /* every millisecond */
    uv_prepare_t before; /* the wait for events */
    uv_check_t after;
    uint64_t ticks;
    uint64_t last_tick_ns;
    uint64_t longest_gap_ns;
    uint64_t busy_from_ns;
    uint64_t longest_busy_ns; /* of processor time, for all callbacks between two waits ... */
    uint64_t busy_ns;         /* ... and for all of them together */
    char reported[2048];      /* news since the test last emptied it, a line each */
};

/* tests/support/postgres.sh ACTION FOLDER [MORE]; its exit code. */
int rig_server(const char *action, const char *folder, const char *more);
enum { RIG_FOLDER_MAX = 64 };
/* The same; it has to succeed. */
void rig_act(const char *folder, const char *action, const char *more);
/* Start again with a database of a server of the test's own, which ends with the program. */
void rig_own_server(struct rig *rig, char ret_folder[RIG_FOLDER_MAX]);
/* The server's first process. */
pid_t rig_postmaster(const char *folder);
/* Send a signal to that process and all that it has started. */
void rig_signal_server(const char *folder, int signal);
/* A database of the test's own; skips the test where there is no server. `server` NULL: the
 * program's server. */
void rig_database(struct rig *rig, const char *server);
/* The collector of one service over conninfo (NULL: the database's): `families` is the inside of
 * the object, `queries` that of the array. "connections" is 1. */
void rig_start(struct rig *rig, const char *conninfo, const char *families, const char *queries);
/* With whole catalogs, in which %s is replaced by the conninfo. */
void rig_start_catalogs(struct rig *rig, const char *conninfo, const char *const *catalogs,
                        size_t count);
/* Closes the collector; fails the test when that takes longer than two seconds. */
void rig_stop(struct rig *rig);

/* Statements as the owner of the database. */
void rig_sql(struct rig *rig, const char *sql);
/* A number from it. */
long rig_ask(struct rig *rig, const char *sql);

/* postgres_fresh for the page of a service (NULL: of all). */
bool rig_fresh(struct rig *rig, const char *service, uint64_t within_ms,
               struct postgres_wait *wait);
/* Scrape: wait for rows at most `within_ms`. Milliseconds that it took; -1: nothing was due. */
int64_t rig_scrape(struct rig *rig, uint64_t within_ms);
/* Let the loop run. */
void rig_run_for(struct rig *rig, uint64_t ms);
/* ... until the query is not running, ten seconds at most. */
void rig_settle(struct rig *rig, size_t query);

struct postgres_view rig_view(const struct rig *rig, size_t query);
struct postgres_database_view rig_database_view(const struct rig *rig);
/* The family's series are these (fixture_dump). */
#define rig_expect(rig, family, text)                                                              \
    do {                                                                                           \
        char *dumped = fixture_dump(&(rig)->fx, family);                                           \
        cr_expect(eq(str, dumped, text));                                                          \
        free(dumped);                                                                              \
    } while (0)

#endif
