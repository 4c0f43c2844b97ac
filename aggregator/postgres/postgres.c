/* The collector's beginning, its end, and what it shows. */
#include "postgres/postgres.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "postgres/postgres_private.h"

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

uint64_t postgres_now_ns(void) {
    return uv_hrtime();
}

int64_t postgres_mono_ms(const struct postgres *postgres) {
    return postgres->options.clock(postgres->options.arg).mono_ms;
}

uint64_t postgres_ns_at(const struct postgres *postgres, int64_t mono_ms, uint64_t now_ns) {
    const int64_t left_ms = mono_ms - postgres_mono_ms(postgres);
    return left_ms > 0 ? now_ns + (uint64_t)left_ms * NS_PER_MS : now_ns;
}

/* ---- beginning ---- */

static size_t label_columns(const struct catalog_query *query) {
    size_t count = 0;
    for (size_t i = 0; i < query->value_count; i++)
        count += query->values[i].family->label_count;
    return count;
}

/* One piece of memory for the columns of all runs. */
static bool make_columns(struct postgres *postgres) {
    size_t values = 0;
    size_t labels = 0;
    for (size_t i = 0; i < postgres->run_count; i++) {
        values += postgres->runs[i].query->value_count;
        labels += label_columns(postgres->runs[i].query);
    }
    int *column = postgres->columns = calloc(values + labels + 1, sizeof *postgres->columns);
    enum convert_kind *kind = postgres->kinds = calloc(values + 1, sizeof *postgres->kinds);
    if (!column || !kind)
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
    postgres->databases = calloc(set->database_count + 1, sizeof *postgres->databases);
    if (!postgres->databases)
        return false;
    for (; postgres->database_count < set->database_count; postgres->database_count++) {
        struct database *database = &postgres->databases[postgres->database_count];
        database->postgres = postgres;
        database->catalog = set->databases[postgres->database_count];
        database->backoff_ms = POSTGRES_RETRY_MIN_MS;
        database->look_ns = UINT64_MAX;
        database->connections =
            calloc(database->catalog->connections, sizeof *database->connections);
        if (!database->connections)
            return false;
        database->count = database->catalog->connections;
        for (size_t i = 0; i < database->count; i++)
            database->connections[i].database = database;
    }
    return true;
}

static bool make_runs(struct postgres *postgres) {
    const struct catalog_set *set = postgres->options.set;
    postgres->runs = calloc(set->query_count + 1, sizeof *postgres->runs);
    if (!postgres->runs)
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

static void free_postgres(struct postgres *postgres) {
    for (size_t i = 0; i < postgres->database_count; i++)
        free(postgres->databases[i].connections);
    free(postgres->databases);
    free(postgres->runs);
    free(postgres->columns);
    free(postgres->kinds);
    free(postgres);
}

/* A set that goes frees its label values one by one. glibc puts such small pieces aside and joins
 * them all at once when somebody wants a large piece, which a PGresult is: a millisecond for
 * 100,000. Without the putting aside each is joined when it is freed. */
static void keep_frees_short(void) {
#ifdef M_MXFAST
    (void)mallopt(M_MXFAST, 0);
#endif
}

struct postgres *postgres_new(const struct postgres_options *options) {
    struct postgres *postgres = calloc(1, sizeof *postgres);
    if (!postgres)
        return NULL;
    if (options->set->query_count > 0)
        keep_frees_short();
    postgres->options = *options;
    if (!make_databases(postgres) || !make_runs(postgres)) {
        free_postgres(postgres);
        return NULL;
    }
    /* Neither can fail: they only fill the handle. */
    (void)uv_idle_init(options->loop, &postgres->turn);
    (void)uv_timer_init(options->loop, &postgres->timer);
    postgres->turn.data = postgres;
    postgres->timer.data = postgres;
    postgres->open_handles = 2;
    return postgres;
}

/* ---- end ---- */

void postgres_handle_closed(void *arg) {
    struct postgres *postgres = arg;
    if (!postgres->closing || postgres->open_handles > 0)
        return;
    void (*closed)(void *closed_arg) = postgres->closed;
    void *closed_arg = postgres->closed_arg;
    free_postgres(postgres);
    if (closed)
        closed(closed_arg);
}

static void on_handle_closed(uv_handle_t *handle) {
    struct postgres *postgres = handle->data;
    postgres->open_handles--;
    postgres_handle_closed(postgres);
}

void postgres_close(struct postgres *postgres, void (*closed)(void *arg), void *arg) {
    if (!postgres) {
        if (closed)
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
            if (database->connections[j].pg)
                connection_close(&database->connections[j], NULL);
        connection_leave_jobs(database);
    }
    uv_close((uv_handle_t *)&postgres->turn, on_handle_closed);
    uv_close((uv_handle_t *)&postgres->timer, on_handle_closed);
}

/* ---- news ---- */

void postgres_tell(struct postgres *postgres, struct news *about,
                   const struct postgres_news *news) {
    const struct postgres_options *options = &postgres->options;
    if (options->tell == NULL || postgres->closing)
        return;
    if (news_take(about, news->good, postgres_mono_ms(postgres)))
        options->tell(options->arg, news);
}

/* ---- views ---- */

size_t postgres_count(const struct postgres *postgres) {
    return postgres->run_count;
}

void postgres_at(const struct postgres *postgres, size_t index, struct postgres_view *ret_view) {
    *ret_view = postgres->runs[index].view;
    ret_view->running = postgres->runs[index].stage != RUN_NONE;
}

size_t postgres_database_count(const struct postgres *postgres) {
    return postgres->database_count;
}

static uint64_t retry_ns(const struct database *database, uint64_t now_ns) {
    return pool_connected(database) > 0
               ? postgres_ns_at(database->postgres, database->grow_ms, now_ns)
               : database->retry_ns;
}

static int64_t retry_ms(const struct database *database) {
    const struct postgres_options *options = &database->postgres->options;
    const uint64_t now_ns = postgres_now_ns();
    const uint64_t at_ns = retry_ns(database, now_ns);
    if (at_ns <= now_ns)
        return 0;
    return options->clock(options->arg).real_ms + (int64_t)((at_ns - now_ns) / NS_PER_MS);
}

void postgres_database_at(const struct postgres *postgres, size_t index,
                          struct postgres_database_view *ret_view) {
    const struct database *database = &postgres->databases[index];
    *ret_view = (struct postgres_database_view){.database = database->catalog,
                                                .connected = pool_connected(database),
                                                .connecting = database->connecting ? 1 : 0,
                                                .connects = database->connects,
                                                .failures = database->failures,
                                                .cancelled = database->cancelled,
                                                .retry_ms = retry_ms(database)};
    memcpy(ret_view->message, database->message, sizeof ret_view->message);
}
