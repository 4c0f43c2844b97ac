/* The collector's beginning, its end, and what it shows. */
#include "postgres/postgres.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "postgres/postgres_private.h"

const char *collect_error_text(enum collect_error error) {
    static const char *const texts[COLLECT_ERROR_COUNT] = {
        [COLLECT_OK] = "none",
        [COLLECT_CONNECT] = "connect",
        [COLLECT_LOST] = "connection_lost",
        [COLLECT_TIMEOUT] = "timeout",
        [COLLECT_SQL] = "sql",
        [COLLECT_MISSING_COLUMN] = "missing_column",
        [COLLECT_WRONG_TYPE] = "wrong_type",
        [COLLECT_DUPLICATE_ROW] = "duplicate_row",
        [COLLECT_TOO_MANY_ROWS] = "too_many_rows",
        [COLLECT_TOO_LONG_ROW] = "too_long_row"};
    return texts[error];
}

uint64_t collect_now_ns(void) {
    return uv_hrtime();
}

int64_t collect_mono_ms(const struct collect *collect) {
    return collect->options.clock(collect->options.arg).mono_ms;
}

uint64_t collect_ns_at(const struct collect *collect, int64_t mono_ms, uint64_t now_ns) {
    const int64_t left_ms = mono_ms - collect_mono_ms(collect);
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
static bool make_columns(struct collect *collect) {
    size_t values = 0;
    size_t labels = 0;
    for (size_t i = 0; i < collect->run_count; i++) {
        values += collect->runs[i].query->value_count;
        labels += label_columns(collect->runs[i].query);
    }
    int *column = collect->columns = calloc(values + labels + 1, sizeof *collect->columns);
    enum convert_kind *kind = collect->kinds = calloc(values + 1, sizeof *collect->kinds);
    if (!column || !kind)
        return false;
    for (size_t i = 0; i < collect->run_count; i++) {
        struct run *run = &collect->runs[i];
        run->value_columns = column;
        run->label_columns = column + run->query->value_count;
        column = run->label_columns + label_columns(run->query);
        run->kinds = kind;
        kind += run->query->value_count;
    }
    return true;
}

static bool make_databases(struct collect *collect) {
    const struct catalog_set *set = collect->options.set;
    collect->databases = calloc(set->database_count + 1, sizeof *collect->databases);
    if (!collect->databases)
        return false;
    for (; collect->database_count < set->database_count; collect->database_count++) {
        struct database *database = &collect->databases[collect->database_count];
        database->collect = collect;
        database->catalog = set->databases[collect->database_count];
        database->backoff_ms = COLLECT_RETRY_MIN_MS;
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

static bool make_runs(struct collect *collect) {
    const struct catalog_set *set = collect->options.set;
    collect->runs = calloc(set->query_count + 1, sizeof *collect->runs);
    if (!collect->runs)
        return false;
    collect->run_count = set->query_count;
    for (size_t i = 0; i < set->query_count; i++) {
        struct run *run = &collect->runs[i];
        run->collect = collect;
        run->query = set->queries[i];
        run->database = &collect->databases[run->query->database->index];
        run->view.query = run->query;
    }
    return make_columns(collect);
}

static void free_collect(struct collect *collect) {
    for (size_t i = 0; i < collect->database_count; i++)
        free(collect->databases[i].connections);
    free(collect->databases);
    free(collect->runs);
    free(collect->columns);
    free(collect->kinds);
    free(collect);
}

/* A set that goes frees its label values one by one. glibc puts such small pieces aside and joins
 * them all at once when somebody wants a large piece, which a PGresult is: a millisecond for
 * 100,000. Without the putting aside each is joined when it is freed. */
static void keep_frees_short(void) {
#ifdef M_MXFAST
    (void)mallopt(M_MXFAST, 0);
#endif
}

struct collect *collect_new(const struct collect_options *options) {
    struct collect *collect = calloc(1, sizeof *collect);
    if (!collect)
        return NULL;
    if (options->set->query_count > 0)
        keep_frees_short();
    collect->options = *options;
    if (!make_databases(collect) || !make_runs(collect)) {
        free_collect(collect);
        return NULL;
    }
    /* Neither can fail: they only fill the handle. */
    (void)uv_idle_init(options->loop, &collect->turn);
    (void)uv_timer_init(options->loop, &collect->timer);
    collect->turn.data = collect;
    collect->timer.data = collect;
    collect->open_handles = 2;
    return collect;
}

/* ---- end ---- */

void collect_handle_closed(void *arg) {
    struct collect *collect = arg;
    if (!collect->closing || collect->open_handles > 0)
        return;
    void (*closed)(void *closed_arg) = collect->closed;
    void *closed_arg = collect->closed_arg;
    free_collect(collect);
    if (closed)
        closed(closed_arg);
}

static void on_handle_closed(uv_handle_t *handle) {
    struct collect *collect = handle->data;
    collect->open_handles--;
    collect_handle_closed(collect);
}

void collect_close(struct collect *collect, void (*closed)(void *arg), void *arg) {
    if (!collect) {
        if (closed)
            closed(arg);
        return;
    }
    collect->closing = true;
    collect->closed = closed;
    collect->closed_arg = arg;
    collect->waits = NULL;
    for (size_t i = 0; i < collect->database_count; i++) {
        struct database *database = &collect->databases[i];
        for (size_t j = 0; j < database->count; j++)
            if (database->connections[j].pg)
                connection_close(&database->connections[j], NULL);
        connection_leave_jobs(database);
    }
    uv_close((uv_handle_t *)&collect->turn, on_handle_closed);
    uv_close((uv_handle_t *)&collect->timer, on_handle_closed);
}

/* ---- news ---- */

void collect_tell(struct collect *collect, struct news *about, const struct collect_news *news) {
    const struct collect_options *options = &collect->options;
    if (options->tell == NULL || collect->closing)
        return;
    if (news_take(about, news->good, collect_mono_ms(collect)))
        options->tell(options->arg, news);
}

/* ---- views ---- */

size_t collect_count(const struct collect *collect) {
    return collect->run_count;
}

void collect_at(const struct collect *collect, size_t index, struct collect_view *ret_view) {
    *ret_view = collect->runs[index].view;
    ret_view->running = collect->runs[index].stage != RUN_NONE;
}

size_t collect_database_count(const struct collect *collect) {
    return collect->database_count;
}

static uint64_t retry_ns(const struct database *database, uint64_t now_ns) {
    return pool_connected(database) > 0
               ? collect_ns_at(database->collect, database->grow_ms, now_ns)
               : database->retry_ns;
}

static int64_t retry_ms(const struct database *database) {
    const struct collect_options *options = &database->collect->options;
    const uint64_t now_ns = collect_now_ns();
    const uint64_t at_ns = retry_ns(database, now_ns);
    if (at_ns <= now_ns)
        return 0;
    return options->clock(options->arg).real_ms + (int64_t)((at_ns - now_ns) / NS_PER_MS);
}

void collect_database_at(const struct collect *collect, size_t index,
                         struct collect_database_view *ret_view) {
    const struct database *database = &collect->databases[index];
    *ret_view = (struct collect_database_view){.database = database->catalog,
                                               .connected = pool_connected(database),
                                               .connecting = database->connecting ? 1 : 0,
                                               .connects = database->connects,
                                               .failures = database->failures,
                                               .cancelled = database->cancelled,
                                               .retry_ms = retry_ms(database)};
    memcpy(ret_view->message, database->message, sizeof ret_view->message);
}
