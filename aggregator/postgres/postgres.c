/* The collector: make it, close it, show it. */
#include "postgres/postgres.h"

#include <string.h>

#include "postgres/cancel.h"
#include "postgres/connect.h"
#include "postgres/connection.h"
#include "postgres/run.h"
#include "postgres/schedule.h"
#include "postgres/silence.h"

const char *postgres_error_text(enum postgres_error error) {
    static const char *const texts[POSTGRES_ERROR_COUNT] = {
        [POSTGRES_OK] = "none",
        [POSTGRES_CONNECT] = "connect",
        [POSTGRES_LOST] = "connection_lost",
        [POSTGRES_TIMEOUT] = "timeout",
        [POSTGRES_SQL] = "sql",
        [POSTGRES_MISSING_COLUMN] = "missing_column",
        [POSTGRES_WRONG_TYPE] = "wrong_type",
        [POSTGRES_DUPLICATE_ROW] = "duplicate_row",
        [POSTGRES_TOO_MANY_ROWS] = "too_many_rows",
        [POSTGRES_TOO_LONG_ROW] = "too_long_row"};
    return texts[error];
}

/* ---- making it ---- */

static size_t label_columns(const struct catalog_query *query) {
    size_t count = 0;
    for (size_t i = 0; i < query->value_count; i++)
        count += query->values[i].family->label_count;
    return count;
}

/* Allocate the columns of all runs in one piece. */
static bool make_columns(struct postgres *postgres) {
    size_t values = 0;
    size_t labels = 0;
    for (size_t i = 0; i < postgres->run_count; i++) {
        values += postgres->runs[i].query->value_count;
        labels += label_columns(postgres->runs[i].query);
    }
    int *column = postgres->columns =
        memory_array(postgres->memory, values + labels + 1, sizeof *postgres->columns);
    enum convert_kind *kind = postgres->kinds =
        memory_array(postgres->memory, values + 1, sizeof *postgres->kinds);
    if (column == NULL || kind == NULL)
        return false;
    for (size_t i = 0; i < postgres->run_count; i++) {
        struct run *run = &postgres->runs[i];
        run->value_columns = column;
        run->label_columns = column + run->query->value_count;
        column = run->label_columns + label_columns(run->query);
        run->kinds = kind;
        kind += run->query->value_count;
    }
    return true;
}

static bool make_databases(struct postgres *postgres) {
    const struct catalog_set *set = postgres->options.set;
    size_t connections = 0;
    if (!silence_open(postgres))
        return false;
    postgres->databases =
        memory_array(postgres->memory, set->database_count + 1, sizeof *postgres->databases);
    if (postgres->databases == NULL)
        return false;
    for (; postgres->database_count < set->database_count; postgres->database_count++) {
        struct database *database = &postgres->databases[postgres->database_count];
        database->postgres = postgres;
        database->catalog = set->databases[postgres->database_count];
        database->handed = silence_handed(database);
        database->backoff_ms = POSTGRES_RETRY_MIN_MS;
        database->look_ns = UINT64_MAX;
        database->connections = memory_array(postgres->memory, database->catalog->connections,
                                             sizeof *database->connections);
        if (database->connections == NULL)
            return false;
        database->count = database->catalog->connections;
        for (size_t i = 0; i < database->count; i++)
            database->connections[i].database = database;
        connections += database->count;
    }
    postgres->leaving = memory_array(postgres->memory, connections + 1, sizeof *postgres->leaving);
    return postgres->leaving != NULL;
}

static bool make_runs(struct postgres *postgres) {
    const struct catalog_set *set = postgres->options.set;
    postgres->runs = memory_array(postgres->memory, set->query_count + 1, sizeof *postgres->runs);
    if (postgres->runs == NULL)
        return false;
    postgres->run_count = set->query_count;
    for (size_t i = 0; i < set->query_count; i++) {
        struct run *run = &postgres->runs[i];
        run->postgres = postgres;
        run->query = set->queries[i];
        run->database = &postgres->databases[run->query->database->index];
        run->view.query = run->query;
    }
    return make_columns(postgres);
}

struct postgres *postgres_new(const struct memory *memory, const struct postgres_options *options) {
    struct postgres *postgres = memory_alloc(memory, sizeof *postgres);
    if (postgres == NULL)
        return NULL;
    postgres->memory = memory;
    postgres->options = *options;
    if (!make_databases(postgres) || !make_runs(postgres)) {
        collector_free(postgres);
        return NULL;
    }
    /* Neither call can ingress_fail: they only fill the handle. */
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
        cancel_leave(&postgres->databases[i]);
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
                run_abandon(&database->connections[j]);
        connect_leave(database);
    }
    collector_forget_leaving(postgres);
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
               ? collector_ns_at(database->postgres, database->grow_ms, now_ns)
               : database->retry_ns;
}

static int64_t retry_ms(const struct database *database) {
    const struct postgres_options *options = &database->postgres->options;
    const uint64_t now_ns = collector_now_ns();
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
