/* SPDX-License-Identifier: MIT */
/* postgres.c - the queries of all catalogs: when each is run, and what became of it. */
#include "postgres/postgres_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"

/* ---- news ---- */

bool postgres_news_take(struct news *news, bool good, int64_t mono_ms) {
    if (good) {
        const bool reported = news->failing;
        news->failing = false;
        return reported;
    }
    if (news->failing || (news->before && mono_ms - news->failed_ms < NEWS_PAUSE_MS))
        return false;
    *news = (struct news){.failing = true, .before = true, .failed_ms = mono_ms};
    return true;
}

/* The classes of PostgreSQL's appendix A, without those about data (22, 23, 44), without P0 (a
 * function's own text), and without unknown ones. */
bool postgres_news_may_cite(const char *sqlstate) {
    static const char *const classes[] = {
        "08", /* connection exception */
        "25", /* invalid transaction state: a query that writes */
        "28", /* invalid authorization */
        "3D", /* invalid catalog name: no such database */
        "40", /* transaction rollback */
        "42", /* syntax error or access rule violation */
        "53", /* insufficient resources */
        "55", /* object not in prerequisite state: locks */
        "57", /* operator intervention: cancelled, shut down */
    };
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strncmp(sqlstate, classes[i], 2) == 0)
            return true;
    return false;
}

/* ---- schedule: when queries are started: the turn and the timer. ---- */

static void arm(struct postgres *postgres);

/* ---- asking ---- */

static void give_up_wait(struct postgres *postgres, struct postgres_wait *wait, uint64_t now_ns) {
    wait->missing = 0;
    for (size_t i = 0; i < wait->count; i++) {
        struct run *run = &postgres->runs[wait->queries[i]];
        if (run->stage == RUN_NONE || run->ticket > wait->ticket)
            continue;
        query_run_missed(run);
        postgres_silence_time_out(run->database, now_ns);
    }
}

static bool is_due(const struct run *run, int64_t mono_ms) {
    /* The database is known to have no connection, and nothing is shown: nothing changes before the
     * back-off is over, or a probe was answered. */
    if (run->view.error == POSTGRES_CONNECT &&
        (pool_is_down(run->database) || run->database->silent))
        return false;
    return !run->view.up || mono_ms - run->good_mono_ms >= run->query->cache_ms;
}

static void enqueue(struct run *run) {
    run->stage = RUN_QUEUED;
    run->ticket = ++run->postgres->tickets;
    run->had_turn = false;
    run->queued_ns = postgres_collector_now_ns();
    run->started_ns = 0;
    run->wanted_until_ns = 0;
    postgres_ready_kick(run->postgres);
}

/* A scrape shows rows of this database. */
static void note_wanted(struct database *database, int64_t mono_ms) {
    database->wanted_ms = mono_ms;
    if (database->silent)
        postgres_ready_kick(database->postgres); /* probes may have ended */
}

/* Extend the wait for a run. A run that had its turn for earlier scrapes gets another for later
 * ones. */
static void want(struct run *run, uint64_t now_ns, uint64_t until_ns) {
    if (query_run_is_late(run, now_ns))
        run->had_turn = false;
    if (run->wanted_until_ns < until_ns)
        run->wanted_until_ns = until_ns;
}

bool postgres_fresh(struct postgres *postgres, const uint32_t *queries, size_t count,
                    uint64_t within_ms, struct postgres_wait *wait) {
    const int64_t mono_ms = postgres_collector_mono_ms(postgres);
    const uint64_t now_ns = postgres_collector_now_ns();
    const uint64_t deadline_ns = now_ns + within_ms * NS_PER_MS;
    size_t missing = 0;
    if (postgres->closing)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct run *run = &postgres->runs[queries[i]];
        note_wanted(run->database, mono_ms);
        if (run->stage == RUN_NONE && is_due(run, mono_ms))
            enqueue(run);
        if (run->stage == RUN_NONE)
            continue;
        want(run, now_ns, deadline_ns);
        missing++;
    }
    if (missing == 0)
        return false;
    wait->queries = queries;
    wait->count = count;
    wait->deadline_ns = deadline_ns;
    postgres_waits_add(postgres, wait, missing);
    arm(postgres);
    return true;
}

/* ---- time ---- */

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns) {
    return b_ns != 0 && b_ns < a_ns ? b_ns : a_ns;
}

static uint64_t next_of_database(const struct database *database, uint64_t now_ns) {
    uint64_t next_ns = earlier(database->look_ns, pool_shrinks_at_ns(database, now_ns));
    next_ns = earlier(next_ns, postgres_silence_look_ns(database));
    for (size_t i = 0; i < database->count; i++) {
        const struct connection *connection = &database->connections[i];
        next_ns = earlier(next_ns, connection->give_up_ns);
        if (connection->run != NULL)
            next_ns = earlier(next_ns, connection->run->deadline_ns);
    }
    return next_ns;
}

static uint64_t next_deadline(const struct postgres *postgres, uint64_t now_ns) {
    uint64_t next_ns = UINT64_MAX;
    for (const struct postgres_wait *wait = postgres->waits; wait != NULL; wait = wait->next)
        next_ns = earlier(next_ns, wait->deadline_ns);
    for (size_t i = 0; i < postgres->database_count; i++)
        next_ns = earlier(next_ns, next_of_database(&postgres->databases[i], now_ns));
    return next_ns;
}

static void look_at(struct connection *connection, uint64_t now_ns) {
    if (connection->run != NULL && now_ns >= connection->run->deadline_ns) {
        postgres_silence_time_out(connection->database, now_ns);
        query_run_overdue(connection->run, connection);
    }
    if (connection->give_up_ns != 0 && now_ns >= connection->give_up_ns) {
        postgres_silence_give_up(connection, now_ns);
        connection_close(connection, "the server did not end the transaction in time");
    }
}

static void look_at_database(struct database *database, uint64_t now_ns) {
    const uint64_t look_ns = postgres_silence_look_ns(database);
    for (size_t i = 0; i < database->count; i++)
        look_at(&database->connections[i], now_ns);
    if (look_ns != 0 && now_ns >= look_ns)
        postgres_silence_time_out(database, now_ns);
}

static void schedule_on_timer(uv_timer_t *timer) {
    struct postgres *postgres = timer->data;
    const uint64_t now_ns = postgres_collector_now_ns();
    for (size_t i = 0; i < postgres->database_count; i++)
        look_at_database(&postgres->databases[i], now_ns);
    for (struct postgres_wait *wait = postgres->waits; wait != NULL; wait = wait->next)
        if (wait->missing > 0 && now_ns >= wait->deadline_ns)
            give_up_wait(postgres, wait, now_ns);
    postgres_ready_kick(postgres);
}

static void arm(struct postgres *postgres) {
    const uint64_t now_ns = postgres_collector_now_ns();
    const uint64_t next_ns = next_deadline(postgres, now_ns);
    if (postgres->closing)
        return;
    if (next_ns == UINT64_MAX) {
        (void)uv_timer_stop(&postgres->timer);
        return;
    }
    uv_update_time(postgres->options.loop);
    (void)uv_timer_start(&postgres->timer, schedule_on_timer,
                         next_ns <= now_ns ? 0 : (next_ns - now_ns) / NS_PER_MS + 1, 0);
}

/* ---- the turn ---- */

static void read_some(struct postgres *postgres, uint64_t until_ns) {
    while (postgres->first_ready != NULL && postgres_collector_now_ns() < until_ns) {
        struct connection *connection = postgres->first_ready;
        postgres_ready_remove(connection);
        if (postgres_input_step(connection, until_ns))
            postgres_ready_add(connection);
    }
}

/* The callbacks of struct postgres's handles. */
static void schedule_on_turn(uv_idle_t *turn) {
    struct postgres *postgres = turn->data;
    const uint64_t until_ns =
        postgres_collector_now_ns() + (uint64_t)POSTGRES_UNITS_PER_TURN * NS_PER_UNIT;
    postgres->kicked = false;
    read_some(postgres, until_ns);
    for (size_t i = 0; i < postgres->database_count; i++) {
        pool_dispatch(&postgres->databases[i]);
        pool_shrink(&postgres->databases[i]);
    }
    postgres_waits_finish(postgres);
    if (postgres->closing)
        return;
    while (postgres->untidy && postgres_collector_now_ns() < until_ns) {
        size_t budget = UNITS_A_BIT;
        postgres->untidy = !store_set_tidy(postgres->options.store, &budget);
    }
    if (postgres->first_ready == NULL && !postgres->kicked && !postgres->untidy)
        (void)uv_idle_stop(turn);
    arm(postgres);
}

/* ---- collector ---- */

uint64_t postgres_collector_now_ns(void) {
    return uv_hrtime();
}

int64_t postgres_collector_mono_ms(const struct postgres *postgres) {
    return postgres->options.clock(postgres->options.arg).mono_ms;
}

uint64_t postgres_collector_ns_at(const struct postgres *postgres, int64_t mono_ms,
                                  uint64_t now_ns) {
    const int64_t left_ms = mono_ms - postgres_collector_mono_ms(postgres);
    return left_ms > 0 ? now_ns + (uint64_t)left_ms * NS_PER_MS : now_ns;
}

void postgres_collector_report(struct postgres *postgres, struct news *about,
                               const struct postgres_news *news) {
    const struct postgres_options *options = &postgres->options;
    if (options->report == NULL || postgres->closing)
        return;
    if (postgres_news_take(about, news->good, postgres_collector_mono_ms(postgres)))
        options->report(options->arg, news);
}

void postgres_collector_forget_leaving(struct postgres *postgres) {
    for (size_t i = 0; i < postgres->leaving_count; i++)
        (void)close(postgres->leaving[i].fd);
    postgres->leaving_count = 0;
}

/* Free the collector's memory; no handle may be open. */
static void collector_free(struct postgres *postgres) {
    for (size_t i = 0; i < postgres->database_count; i++)
        free(postgres->databases[i].connections);
    free(postgres->databases);
    object_table_done(&postgres->handed);
    free(postgres->runs);
    free(postgres->columns);
    free(postgres->kinds);
    free(postgres->leaving);
    free(postgres);
}

/* The same as a callback for handles whose data is the collector. */
static void collector_on_closed(uv_handle_t *handle) {
    struct postgres *postgres = handle->data;
    postgres->open_handles--;
    postgres_collector_handle_closed(postgres);
}

void postgres_collector_handle_closed(void *arg) {
    struct postgres *postgres = arg;
    uv_handle_t *timer = (uv_handle_t *)&postgres->timer;
    if (!postgres->closing)
        return;
    if (postgres->open_handles == 1 && !uv_is_closing(timer))
        uv_close(timer, collector_on_closed);
    if (postgres->open_handles > 0)
        return;
    void (*closed)(void *closed_arg) = postgres->closed;
    void *closed_arg = postgres->closed_arg;
    collector_free(postgres);
    if (closed != NULL)
        closed(closed_arg);
}

/* ---- check: Checks queries against a database before anybody scrapes. Blocks. ---- */

enum { STATEMENT_TIMEOUT_S = 30 };

static void tell_error(const PGresult *result, struct postgres_check *check) {
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    error_clear(&check->error);
    if (sqlstate != NULL)
        error_set(&check->error, "%s: ", sqlstate);
    postgres_message_add(&check->error, primary != NULL ? primary : PQresultErrorMessage(result));
}

/* Check a result's status, report an error, and free the result. */
static bool is_good(PGresult *result, ExecStatusType wanted, struct postgres_check *check) {
    const bool good = PQresultStatus(result) == wanted;
    if (!good)
        tell_error(result, check);
    PQclear(result);
    return good;
}

/* ---- columns and types ---- */

static void name_type(PGconn *pg, Oid oid, int modifier, char *ret_type, size_t size) {
    char text[96];
    (void)snprintf(text, sizeof text, "SELECT pg_catalog.format_type(%u,%d)", oid, modifier);
    PGresult *result = PQexec(pg, text);
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1)
        postgres_message_clean(PQgetvalue(result, 0, 0), ret_type, size);
    else
        (void)snprintf(ret_type, size, "oid %u", oid);
    PQclear(result);
}

static void list_columns(PGconn *pg, const PGresult *described, struct postgres_check *check) {
    const size_t room = sizeof check->columns / sizeof check->columns[0];
    check->column_count = (size_t)PQnfields(described);
    for (size_t i = 0; i < check->column_count && i < room; i++) {
        struct postgres_column *column = &check->columns[i];
        postgres_message_clean(PQfname(described, (int)i), column->name, sizeof column->name);
        name_type(pg, PQftype(described, (int)i), PQfmod(described, (int)i), column->type,
                  sizeof column->type);
    }
}

static int find_column(const PGresult *described, const char *name, struct postgres_check *check) {
    int found = -1;
    for (int i = 0; i < PQnfields(described); i++) {
        if (strcmp(PQfname(described, i), name) != 0)
            continue;
        if (found >= 0) {
            error_set(&check->error, "column \"%s\" is there more than once", name);
            return -1;
        }
        found = i;
    }
    if (found < 0)
        error_set(&check->error, "there is no column \"%s\"", name);
    return found;
}

static bool fits(const struct catalog_query *query, PGconn *pg, const PGresult *described,
                 struct postgres_check *check) {
    if (PQnfields(described) == 0)
        return error_set(&check->error, "the statement gives no rows");
    for (size_t i = 0; i < query->label_count; i++)
        if (find_column(described, query->labels[i].column, check) < 0)
            return false;
    for (size_t i = 0; i < query->value_count; i++) {
        const int column = find_column(described, query->values[i].column, check);
        if (column < 0)
            return false;
        if (postgres_convert_kind_of(PQftype(described, column)) != CONVERT_NONE)
            continue;
        char type[64];
        name_type(pg, PQftype(described, column), PQfmod(described, column), type, sizeof type);
        return error_set(&check->error, "column \"%s\" is %s, which is not read as a number",
                         query->values[i].column, type);
    }
    return true;
}

static bool describe(PGconn *pg, const struct catalog_query *query, struct postgres_check *check) {
    if (!is_good(PQprepare(pg, "", query->sql, 0, NULL), PGRES_COMMAND_OK, check))
        return false;
    PGresult *described = PQdescribePrepared(pg, "");
    bool good = PQresultStatus(described) == PGRES_COMMAND_OK;
    if (!good) {
        tell_error(described, check);
    } else if (PQnparams(described) > 0) {
        good = error_set(&check->error, "the query has parameters ($1)");
    } else {
        list_columns(pg, described, check);
        good = fits(query, pg, described, check);
    }
    PQclear(described);
    return good;
}

/* ---- the plan ---- */

/* The number after a key's first occurrence, which is that of the top node. */
static double number_after(const char *json, const char *key) {
    const char *at = strstr(json, key);
    return at != NULL ? strtod(at + strlen(key), NULL) : 0;
}

/* Read the plan of a query. Some statements that return rows cannot be explained (SHOW): then cost
 * and rows stay 0. */
static void plan(PGconn *pg, const struct catalog_query *query, struct postgres_check *check) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(&text, "EXPLAIN (FORMAT JSON) ");
    strbuf_puts(&text, query->sql);
    PGresult *result = PQexecParams(pg, strbuf_cstr(&text), 0, NULL, NULL, NULL, NULL, 0);
    if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1) {
        const char *json = PQgetvalue(result, 0, 0);
        check->cost = number_after(json, "\"Total Cost\":");
        check->rows = number_after(json, "\"Plan Rows\":");
    }
    PQclear(result);
    strbuf_done(&text);
}

static int64_t timeout_ms_of(unsigned timeout_s) {
    return (int64_t)(timeout_s > 0 ? timeout_s : STATEMENT_TIMEOUT_S) * 1000;
}

static void check_query(PGconn *pg, const struct catalog_query *query, unsigned timeout_s,
                        struct postgres_check *check) {
    char begin[TRANSACTION_TEXT_MAX];
    postgres_transaction_begin(timeout_ms_of(timeout_s), begin);
    if (is_good(PQexec(pg, begin), PGRES_COMMAND_OK, check) && describe(pg, query, check)) {
        plan(pg, query, check);
        check->good = true;
    }
    PQclear(PQexec(pg, TRANSACTION_END));
}

/* ---- the role ---- */

static enum postgres_role read_role(const PGresult *result) {
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1)
        return POSTGRES_ROLE_PLAIN;
    if (PQgetvalue(result, 0, 0)[0] == 't')
        return POSTGRES_ROLE_SUPERUSER;
    return PQgetvalue(result, 0, 1)[0] == 't' ? POSTGRES_ROLE_SERVER : POSTGRES_ROLE_PLAIN;
}

static enum postgres_role look_at_role(PGconn *pg, unsigned timeout_s) {
    static const char text[] =
        "SELECT r.rolsuper, EXISTS (SELECT FROM pg_roles AS g WHERE g.rolname IN "
        "('pg_execute_server_program', 'pg_write_server_files') AND pg_has_role(r.oid, g.oid, "
        "'member')) FROM pg_roles AS r WHERE r.rolname = current_user";
    char begin[TRANSACTION_TEXT_MAX];
    postgres_transaction_begin(timeout_ms_of(timeout_s), begin);
    PQclear(PQexec(pg, begin));
    PGresult *result = PQexec(pg, text);
    const enum postgres_role role = read_role(result);
    PQclear(result);
    PQclear(PQexec(pg, TRANSACTION_END));
    return role;
}

void postgres_check_database(const struct catalog_set *set, const struct catalog_database *database,
                             unsigned timeout_s, struct postgres_check *ret_checks,
                             size_t max_checks, struct postgres_database_check *ret_database) {
    size_t count = 0;
    *ret_database = (struct postgres_database_check){.connected = false};
    PGconn *pg = postgres_conninfo_connect(database->conninfo, timeout_s, &ret_database->error);
    if (pg == NULL)
        return;
    ret_database->connected = true;
    ret_database->role = look_at_role(pg, timeout_s);
    for (size_t i = 0; i < set->query_count && count < max_checks; i++) {
        if (set->queries[i]->database != database)
            continue;
        ret_checks[count] = (struct postgres_check){.good = false};
        check_query(pg, set->queries[i], timeout_s, &ret_checks[count++]);
    }
    PQfinish(pg);
}

/* ---- postgres: The collector: make it, close it, show it. ---- */

/* ---- making it ---- */

static size_t label_columns(const struct catalog_query *query) {
    size_t count = 0;
    for (size_t i = 0; i < query->value_count; i++)
        count += query->values[i].family->label_count;
    return count;
}

/* Allocate the columns of all runs in one piece. */
static void make_columns(struct postgres *postgres) {
    size_t values = 0;
    size_t labels = 0;
    for (size_t i = 0; i < postgres->run_count; i++) {
        values += postgres->runs[i].query->value_count;
        labels += label_columns(postgres->runs[i].query);
    }
    int *column = postgres->columns = memory_array(values + labels + 1, sizeof *postgres->columns);
    enum convert_kind *kind = postgres->kinds = memory_array(values + 1, sizeof *postgres->kinds);
    for (size_t i = 0; i < postgres->run_count; i++) {
        struct run *run = &postgres->runs[i];
        run->value_columns = column;
        run->label_columns = column + run->query->value_count;
        column = run->label_columns + label_columns(run->query);
        run->kinds = kind;
        kind += run->query->value_count;
    }
}

static void make_databases(struct postgres *postgres) {
    const struct catalog_set *set = postgres->options.set;
    size_t connections = 0;
    postgres_silence_open(postgres);
    postgres->databases = memory_array(set->database_count + 1, sizeof *postgres->databases);
    for (; postgres->database_count < set->database_count; postgres->database_count++) {
        struct database *database = &postgres->databases[postgres->database_count];
        database->postgres = postgres;
        database->catalog = set->databases[postgres->database_count];
        database->handed = postgres_silence_handed(database);
        database->backoff_ms = POSTGRES_RETRY_MIN_MS;
        database->look_ns = UINT64_MAX;
        database->connections =
            memory_array(database->catalog->connections, sizeof *database->connections);
        database->count = database->catalog->connections;
        for (size_t i = 0; i < database->count; i++)
            database->connections[i].database = database;
        connections += database->count;
    }
    postgres->leaving = memory_array(connections + 1, sizeof *postgres->leaving);
}

static void make_runs(struct postgres *postgres) {
    const struct catalog_set *set = postgres->options.set;
    postgres->runs = memory_array(set->query_count + 1, sizeof *postgres->runs);
    postgres->run_count = set->query_count;
    for (size_t i = 0; i < set->query_count; i++) {
        struct run *run = &postgres->runs[i];
        run->postgres = postgres;
        run->query = set->queries[i];
        run->database = &postgres->databases[run->query->database->index];
        run->view.query = run->query;
    }
    make_columns(postgres);
}

struct postgres *postgres_new(const struct postgres_options *options) {
    struct postgres *postgres = memory_alloc(sizeof *postgres);
    postgres->options = *options;
    make_databases(postgres);
    make_runs(postgres);
    /* Neither call can fail: they only fill the handle. */
    (void)uv_idle_init(options->loop, &postgres->turn);
    (void)uv_timer_init(options->loop, &postgres->timer);
    postgres->turn.data = postgres;
    postgres->on_turn = schedule_on_turn;
    postgres->timer.data = postgres;
    postgres->open_handles = 2;
    return postgres;
}

/* ---- end ---- */

static void leave_cancels(uv_timer_t *timer) {
    struct postgres *postgres = timer->data;
    for (size_t i = 0; i < postgres->database_count; i++)
        postgres_cancel_leave(&postgres->databases[i]);
}

void postgres_close(struct postgres *postgres, void (*closed)(void *arg), void *arg) {
    if (postgres == NULL) {
        if (closed != NULL)
            closed(arg);
        return;
    }
    postgres->closing = true;
    postgres->closed = closed;
    postgres->closed_arg = arg;
    postgres->waits = NULL;
    for (size_t i = 0; i < postgres->database_count; i++) {
        struct database *database = &postgres->databases[i];
        for (size_t j = 0; j < database->count; j++)
            if (database->connections[j].pg != NULL)
                query_run_abandon(&database->connections[j]);
        postgres_connect_leave(database);
    }
    postgres_collector_forget_leaving(postgres);
    (void)uv_timer_start(&postgres->timer, leave_cancels, POSTGRES_CLOSE_MS, 0);
    uv_close((uv_handle_t *)&postgres->turn, collector_on_closed);
}

/* ---- views ---- */

size_t postgres_count(const struct postgres *postgres) {
    return postgres->run_count;
}

void postgres_at(const struct postgres *postgres, size_t index, struct postgres_view *ret_view) {
    *ret_view = postgres->runs[index].view;
    ret_view->running = postgres->runs[index].stage != RUN_NONE;
    ret_view->silent = postgres->runs[index].database->silent;
}

size_t postgres_database_count(const struct postgres *postgres) {
    return postgres->database_count;
}

static uint64_t retry_ns(const struct database *database, uint64_t now_ns) {
    return connection_count(database) > 0
               ? postgres_collector_ns_at(database->postgres, database->grow_ms, now_ns)
               : database->retry_ns;
}

static int64_t retry_ms(const struct database *database) {
    const struct postgres_options *options = &database->postgres->options;
    const uint64_t now_ns = postgres_collector_now_ns();
    const uint64_t at_ns = retry_ns(database, now_ns);
    if (at_ns <= now_ns)
        return 0;
    return options->clock(options->arg).real_ms + (int64_t)((at_ns - now_ns) / NS_PER_MS);
}

void postgres_database_at(const struct postgres *postgres, size_t index,
                          struct postgres_database_view *ret_view) {
    const struct database *database = &postgres->databases[index];
    *ret_view = (struct postgres_database_view){.database = database->catalog,
                                                .connected = connection_count(database),
                                                .connecting = database->connecting != NULL ? 1 : 0,
                                                .silent = database->silent,
                                                .connects = database->connects,
                                                .failures = database->failures,
                                                .cancelled = database->cancelled,
                                                .retry_ms = retry_ms(database),
                                                .message = database->message};
}
