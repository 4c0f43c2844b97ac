#include "statgated/queries.h"

#include <malloc.h>
#include <stdlib.h>

#include "host/log.h"
#include "statgated/incidents.h"

_Static_assert((int)SELF_QUERY_REASONS == (int)POSTGRES_ERROR_COUNT - 1,
               "every reason but POSTGRES_OK is a value of the label");

static void log_query(const struct postgres_news *news) {
    const struct catalog_query *query = news->query;
    const char *service = query->catalog->service;
    if (news->good)
        log_write(LOG_LEVEL_LOG, "queries", "query %s of %s works again", query->name, service);
    else
        log_write(LOG_LEVEL_WARN, "queries",
                  "query %s of %s fails (%s%s%s)%s%s; its families show nothing meanwhile, see "
                  "/debug/queries",
                  query->name, service, postgres_error_text(news->error),
                  *news->sqlstate ? " " : "", news->sqlstate, *news->message ? ": " : "",
                  news->message);
}

static void log_database(const struct postgres_news *news) {
    const struct catalog_database *database = news->database;
    const char *service = database->catalog->service;
    if (news->good && news->silence)
        log_write(LOG_LEVEL_LOG, "queries", "database %s of %s answers again", database->name,
                  service);
    else if (news->silence)
        log_write(
            LOG_LEVEL_WARN, "queries",
            "database %s of %s does not answer: %s; scrapes do not wait for it until it does, "
            "and its families show nothing meanwhile",
            database->name, service, news->message);
    else if (news->good && news->connected > 0)
        log_write(LOG_LEVEL_LOG, "queries", "database %s of %s: more connections again",
                  database->name, service);
    else if (news->good)
        log_write(LOG_LEVEL_LOG, "queries", "database %s of %s: connected again", database->name,
                  service);
    else if (news->connected > 0)
        log_write(LOG_LEVEL_WARN, "queries",
                  "database %s of %s: no more connections than %u: %s; queries take turns on those",
                  database->name, service, news->connected, news->message);
    else
        log_write(LOG_LEVEL_WARN, "queries",
                  "database %s of %s: no connection: %s; its families show nothing meanwhile, "
                  "scrapes try again",
                  database->name, service, news->message);
}

static void log_news(void *arg, const struct postgres_news *news) {
    struct daemon *daemon = arg;
    incidents_query(daemon, news);
    if (news->query != NULL)
        log_query(news);
    else
        log_database(news);
}

/* The end of a set frees its label values one by one. glibc caches such small pieces and joins
 * all of them at once when a large piece is allocated, e.g. for a PGresult: a millisecond for
 * 100,000. Without this cache, each is joined when it is freed. */
static void keep_frees_short(void) {
#ifdef M_MXFAST
    (void)mallopt(M_MXFAST, 0);
#endif
}

bool queries_open(struct daemon *daemon, struct start_error *ret_error) {
    const size_t count = daemon->set.query_count;
    const struct postgres_options options = {.loop = &daemon->loop,
                                             .set = &daemon->set,
                                             .object = daemon->object,
                                             .store = daemon->store,
                                             .gate = daemon->gate,
                                             .clock = daemon_clock,
                                             .report = log_news,
                                             .arg = daemon};
    if (count == 0)
        return true;
    keep_frees_short();
    daemon->queries = calloc(count, sizeof *daemon->queries);
    if (daemon->queries != NULL)
        daemon->postgres = postgres_new(memory_heap(), &options);
    if (daemon->postgres == NULL)
        return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "out of memory for %zu queries",
                                count);
    daemon->inputs.queries = daemon->queries;
    daemon->inputs.query_count = count;
    const size_t databases = daemon->set.database_count;
    log_write(LOG_LEVEL_LOG, "queries", "%zu %s on %zu %s, run when a scrape needs them", count,
              count == 1 ? "query" : "queries", databases,
              databases == 1 ? "database" : "databases");
    return true;
}

/* ---- how they do ---- */

void queries_read(struct daemon *daemon, struct store_time now) {
    for (size_t i = 0; i < daemon->inputs.query_count; i++) {
        struct postgres_view view;
        postgres_at(daemon->postgres, i, &view);
        struct self_metrics_query *query = &daemon->queries[i];
        query->up = view.up;
        query->duration_s = view.runs > 0 ? view.duration_s : -1;
        query->age_s = -1;
        if (view.last_good_ms > 0)
            query->age_s = (double)(now.mono_ms - view.last_good_mono_ms) / 1000;
        query->rows = view.rows;
        query->rejected = view.rejected;
        for (int reason = 0; reason < SELF_QUERY_REASONS; reason++)
            query->errors[reason] = view.errors[reason + 1];
    }
}

/* ---- the end ---- */

void queries_retire(struct daemon *daemon, bool retiring) {
    if (daemon->postgres != NULL)
        postgres_retire(daemon->postgres, retiring);
}

void queries_await_retired(struct daemon *daemon) {
    if (daemon->postgres != NULL)
        postgres_await_retired(daemon->postgres);
}

void queries_close(struct daemon *daemon) {
    postgres_close(daemon->postgres, NULL, NULL);
    daemon->postgres = NULL;
}
