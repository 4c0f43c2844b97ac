/* SPDX-License-Identifier: MIT */
/* scrape.c - what HTTP answers are made of: scrapes, queries, facts. */
#include "statgated/daemon.h"

#include <limits.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include "breakers_jobs/breakers_jobs.h"
#include "footprint/footprint.h"
#include "ledger/ledger.h"

/* ---- facts ---- */

enum {
    SECONDS = 10, /* period of rates */
    SECOND_MS = 1000
};

/* Counts up to a moment. */
struct facts_moment {
    int64_t mono_ms;
    uint64_t samples;
    uint64_t rejected;
    uint64_t folded;
    uint64_t queue_most; /* in the second up to this moment */
};

struct facts {
    struct status_facts shown;
    struct scrapers *scrapers;
    struct status_query *queries; /* those that fail; room for all */
    struct error *said;           /* the servers' words about them */
    const char **awaited;         /* sentences of the endpoints; borrowed */
    struct facts_moment moments[SECONDS + 1];
    struct status_table tables[SELF_TABLE_COUNT];
    uint64_t count; /* moments so far; the latest is at (count - 1) % (SECONDS + 1) */
    uint64_t dropped[INGRESS_INPUTS_MAX]; /* of each input, a second ago */
    char host[HOST_NAME_MAX + 1];
};

/* Memory of a daemon whose tables are all full. */
static uint64_t bound_of(const struct daemon *daemon) {
    struct footprint footprint;
    footprint_measure(&footprint, &daemon->set, &daemon->plan);
    const uint64_t bytes = footprint_bytes(&footprint);
    footprint_done(&footprint);
    return bytes;
}

/* List what endpoints and inputs wait for. */
static void list_awaited(struct facts *facts, const struct endpoint_plan *plan) {
    const struct endpoints *endpoints = &plan->endpoints;
    size_t count = 0;
    for (size_t i = 0; i < plan->input_count; i++)
        count += plan->inputs[i].waiting_count;
    for (size_t i = 0; i < endpoints->count; i++)
        count += endpoints->items[i].waiting_count;
    facts->awaited = memory_array(count + 1, sizeof *facts->awaited);
    facts->shown.awaited = facts->awaited;
    for (size_t i = 0; i < endpoints->count; i++)
        for (size_t j = 0; j < endpoints->items[i].waiting_count; j++)
            facts->awaited[facts->shown.awaited_count++] = endpoints->items[i].waiting[j];
    for (size_t i = 0; i < plan->input_count; i++)
        for (size_t j = 0; j < plan->inputs[i].waiting_count; j++)
            facts->awaited[facts->shown.awaited_count++] = plan->inputs[i].waiting[j];
}

void facts_open(struct daemon *daemon) {
    const size_t queries = daemon->set.query_count + 1;
    struct facts *facts = memory_alloc(sizeof *facts);
    const struct store_time now = daemon_now();
    const int64_t started_ms = (int64_t)(daemon->start_time_s * 1000);
    daemon->facts = facts;
    facts->scrapers = scrapers_new();
    facts->queries = memory_array(queries, sizeof *facts->queries);
    facts->said = memory_array(queries, sizeof *facts->said);
    facts->shown =
        (struct status_facts){.version = STATGATE_VERSION,
                              .started_ms = started_ms,
                              .started_mono_ms = now.mono_ms - (now.real_ms - started_ms),
                              .samples_rate = -1,
                              .rejected_rate = -1,
                              .folded_rate = -1,
                              .memory_bound = bound_of(daemon),
                              .scrapers = facts->scrapers,
                              .queries = facts->queries};
    if (gethostname(facts->host, sizeof facts->host - 1) == 0)
        facts->shown.host = facts->host;
    list_awaited(facts, &daemon->plan);
}

void facts_close(struct daemon *daemon) {
    struct facts *facts = daemon->facts;
    daemon->facts = NULL;
    if (facts == NULL)
        return;
    scrapers_free(facts->scrapers);
    free(facts->queries);
    free(facts->said);
    free((void *)facts->awaited);
    free(facts);
}

const struct status_facts *facts_of(const struct daemon *daemon) {
    return &daemon->facts->shown;
}

/* ---- each second ---- */

/* Note a full queue, and who sends most of what arrives there. Without news it is forgotten after a
 * minute. */
static void note_full(struct facts *facts, struct daemon *daemon, const struct pressure *pressure) {
    enum { KEPT_MS = 60000 };
    struct status_queue *queue = &facts->shown.full_queue;
    const int64_t real_ms = daemon_now().real_ms;
    const struct pressure_sender *most = ingress_pressure_most(pressure);
    if (!ingress_pressure_is_full(pressure, daemon->inputs.queue_capacity)) {
        if (real_ms - queue->last_ms > KEPT_MS)
            *queue = (struct status_queue){0};
        return;
    }
    if (queue->since_ms == 0)
        queue->since_ms = real_ms;
    queue->last_ms = real_ms;
    queue->service = pressure->scope > 0 ? daemon->set.catalogs[pressure->scope - 1] : NULL;
    queue->who = (struct who){0};
    queue->percent = most != NULL ? (unsigned)(most->count * 100 / pressure->counted) : 0;
    if (most != NULL)
        (void)ledger_sender_name(daemon->ledger, most->pid, real_ms, &queue->who);
}

/* Note an input by UDP that has lost something since the last second. */
static void note_lost(struct facts *facts, const struct daemon *daemon) {
    enum { KEPT_MS = 60000 };
    struct status_input *input = &facts->shown.full_input;
    const int64_t real_ms = daemon_now().real_ms;
    struct ingress_view view;
    if (real_ms - input->last_ms > KEPT_MS)
        *input = (struct status_input){0};
    for (size_t i = 0; i < ingress_count(daemon->ingress); i++) {
        ingress_at(daemon->ingress, i, &view);
        if (view.listener->kind != INGRESS_UDP)
            continue;
        uint64_t *before = &facts->dropped[view.scope - gate_scope_of_input(&daemon->set, 0)];
        const uint64_t lost = view.input.dropped - *before;
        *before = view.input.dropped;
        if (lost == 0)
            continue;
        if (input->listen != view.listener->name)
            *input = (struct status_input){.since_ms = real_ms, .listen = view.listener->name};
        input->last_ms = real_ms;
        input->dropped += lost;
    }
}

static uint64_t take_most(struct facts *facts, struct daemon *daemon) {
    struct pressure pressure;
    ingress_take_pressure(daemon->ingress, &pressure);
    note_full(facts, daemon, &pressure);
    return pressure.most;
}

static const struct facts_moment *moment_before(const struct facts *facts, uint64_t back) {
    return &facts->moments[(facts->count - 1 - back) % (SECONDS + 1)];
}

static void show_rates(struct facts *facts) {
    const uint64_t back = facts->count > SECONDS ? SECONDS : facts->count - 1;
    const struct facts_moment *now = moment_before(facts, 0);
    const struct facts_moment *then = moment_before(facts, back);
    const double seconds = (double)(now->mono_ms - then->mono_ms) / SECOND_MS;
    if (back == 0 || seconds <= 0)
        return;
    facts->shown.samples_rate = (double)(now->samples - then->samples) / seconds;
    facts->shown.rejected_rate = (double)(now->rejected - then->rejected) / seconds;
    facts->shown.folded_rate = (double)(now->folded - then->folded) / seconds;
    facts->shown.queue_most = 0;
    for (uint64_t i = 0; i < back; i++)
        if (moment_before(facts, i)->queue_most > facts->shown.queue_most)
            facts->shown.queue_most = moment_before(facts, i)->queue_most;
}

void facts_tick(struct daemon *daemon, int64_t mono_ms) {
    struct facts *facts = daemon->facts;
    const struct tally *total = ledger_total(daemon->ledger);
    if (facts->count > 0 && mono_ms - moment_before(facts, 0)->mono_ms < SECOND_MS)
        return;
    facts->moments[facts->count++ % (SECONDS + 1)] =
        (struct facts_moment){.mono_ms = mono_ms,
                              .samples = tally_total(total),
                              .rejected = total->by_verdict[VERDICT_REJECTED],
                              .folded = total->by_verdict[VERDICT_FOLDED],
                              .queue_most = take_most(facts, daemon)};
    note_lost(facts, daemon);
    show_rates(facts);
}

/* ---- before an answer ---- */

const char *query_why(struct error *out, enum postgres_error error, const char *sqlstate,
                      const char *message) {
    (void)error_set(out, "%s%s%s%s%s", error == POSTGRES_OK ? "late" : postgres_error_text(error),
                    *sqlstate != '\0' ? " " : "", sqlstate, *message != '\0' ? ": " : "", message);
    return out->text;
}

static void read_queries(struct facts *facts, const struct daemon *daemon) {
    facts->shown.query_count = 0;
    for (size_t i = 0; i < daemon->inputs.query_count; i++) {
        struct postgres_view view;
        postgres_at(daemon->postgres, i, &view);
        if (view.up || (view.runs == 0 && !view.late))
            continue;
        const bool away = view.silent || view.error == POSTGRES_CONNECT;
        const size_t index = facts->shown.query_count++;
        facts->queries[index] = (struct status_query){
            .service = view.query->catalog,
            .name = view.query->name,
            .why = query_why(&facts->said[index], view.error, view.sqlstate, view.message.text),
            .away = away ? view.query->database->name : NULL,
            .silent = view.silent,
            .since_ms = view.last_good_ms};
    }
}

static void read_tables(struct facts *facts, const struct daemon *daemon) {
    uint64_t counts[SELF_TABLE_COUNT];
    self_metrics_table_counts(daemon->self, &daemon->inputs, counts);
    counts[SELF_TABLE_MEMORY] = daemon_no_memory(daemon);
    for (int i = 0; i < SELF_TABLE_COUNT; i++) {
        const enum self_metrics_table table = (enum self_metrics_table)i;
        facts->tables[i] =
            (struct status_table){self_metrics_table_text(table),
                                  self_metrics_table_shown(daemon->self, table, counts[i])};
    }
    facts->shown.tables = facts->tables;
    facts->shown.table_count = SELF_TABLE_COUNT;
}

static void show_files(struct status_facts *shown, const struct daemon *daemon) {
    const struct contents *first;
    shown->changed_count = files_watch_changed(&daemon->files, daemon_now().real_ms, &first);
    shown->changed_file = first != NULL ? first->path : NULL;
    shown->changed_ms = first != NULL ? first->since_ms : 0;
}

/* Update the facts before an answer shows them. */
static void facts_read(struct daemon *daemon) {
    struct facts *facts = daemon->facts;
    const struct reload_report *reload = &daemon->reload;
    facts->shown.loaded_ms = reload->taken_ms;
    facts->shown.reload_error = reload->shown.error;
    facts->shown.reload_ms = reload->shown.real_ms;
    facts->shown.partly = reload->files_refused > 0 ? reload->partly.text : NULL;
    facts->shown.files_refused = reload->files_refused;
    facts->shown.partly_ms = reload->taken_ms;
    show_files(&facts->shown, daemon);
    facts->shown.state_wrong = *daemon->state.wrong.text != '\0' ? daemon->state.wrong.text : NULL;
    facts->shown.state_wrong_ms = daemon->state.wrong_ms;
    facts->shown.values_lost = restore_loss(&daemon->restore);
    facts->shown.supervisor_gone = daemon->supervisor.lost;
    facts->shown.not_ready = ingress_path_watch_trouble(daemon->path_watch);
    facts->shown.queue_capacity = daemon->inputs.queue_capacity;
    facts->shown.memory_bytes = (uint64_t)daemon->inputs.resident_bytes;
    read_tables(facts, daemon);
    read_queries(facts, daemon);
}

/* ---- scrapers ---- */

/* Note that somebody scraped a page of metrics. */
static void facts_scrape(struct daemon *daemon, const struct http_scrape *scrape) {
    const struct store_time now = daemon_now();
    const struct scraper_visit visit = {.page = scrape->where,
                                        .client = scrape->client,
                                        .agent = scrape->agent,
                                        .endpoint = scrape->endpoint,
                                        .took_ms = (int64_t)(scrape->seconds * SECOND_MS)};
    if (daemon->facts != NULL && scrape->client[0] != '\0')
        scrapers_came(daemon->facts->scrapers, &visit, now.mono_ms, now.real_ms);
}

/* ---- collect ----
 * what a request waits for: first rows of queries, which may take seconds, then
 * datagrams, so that the answer also shows samples that were sent while the queries ran.
 */

/* A request that is waiting. */
struct collect {
    const struct daemon *daemon;
    struct postgres_wait rows;
    struct ingress_wait datagrams;
    bool for_rows; /* false: for datagrams */
    void (*done)(void *arg);
    void *arg;
};

static void on_applied(void *arg) {
    struct collect *collect = arg;
    void (*done)(void *arg) = collect->done;
    void *done_arg = collect->arg;
    free(collect);
    done(done_arg);
}

/* Returns false if the daemon is stopping: it has applied everything already. */
static bool wait_for_datagrams(struct collect *collect) {
    collect->for_rows = false;
    if (!collect->daemon->stopping)
        ingress_await(collect->daemon->ingress, &collect->datagrams);
    return !collect->daemon->stopping;
}

static void on_rows(void *arg) {
    struct collect *collect = arg;
    if (!wait_for_datagrams(collect))
        on_applied(collect);
}

/* An old process runs no more queries, since the new process does: the last results have to do. */
static bool wait_for_rows(struct collect *collect, const struct endpoint_page *page,
                          uint64_t within_ms) {
    struct postgres *postgres = collect->daemon->postgres;
    collect->for_rows =
        page != NULL && postgres != NULL && !collect->daemon->is_retiring &&
        postgres_fresh(postgres, page->queries, page->query_count, within_ms, &collect->rows);
    return collect->for_rows;
}

/* http_source.collect and forget; `daemon` is their arg. collect_begin is called from within the
 * HTTP library and receives nothing: ingress does so in the loop's next turn. If memory is short,
 * the request does not wait, and the answer shows what was applied so far. */
static void *collect_begin(void *arg, const struct endpoint_page *page, uint64_t within_ms,
                           void (*done)(void *done_arg), void *done_arg) {
    struct collect *collect = malloc(sizeof *collect);
    if (collect == NULL)
        return NULL;
    *collect = (struct collect){.daemon = arg,
                                .rows = {.done = on_rows, .arg = collect},
                                .datagrams = {.done = on_applied, .arg = collect},
                                .done = done,
                                .arg = done_arg};
    if (wait_for_rows(collect, page, within_ms) || wait_for_datagrams(collect))
        return collect;
    free(collect);
    return NULL;
}

static void collect_forget(void *arg, void *handle) {
    const struct daemon *daemon = arg;
    struct collect *collect = handle;
    if (collect->for_rows)
        postgres_forget(daemon->postgres, &collect->rows);
    else
        ingress_forget(daemon->ingress, &collect->datagrams);
    free(collect);
}

/* ---- queries ---- */

_Static_assert((int)SELF_INPUT_ENDS == (int)INGRESS_STREAM_ENDS, "the same ends");
_Static_assert((int)SELF_QUERY_REASONS == (int)POSTGRES_ERROR_COUNT - 1,
               "every reason but POSTGRES_OK is a value of the label");

/* The end of a set frees its label values one by one. glibc caches such small pieces and joins
 * all of them at once when a large piece is allocated, e.g. for a PGresult: a millisecond for
 * 100,000. Without this cache, each is joined when it is freed. */
static void keep_frees_short(void) {
#ifdef M_MXFAST
    (void)mallopt(M_MXFAST, 0);
#endif
}

void queries_open(struct daemon *daemon) {
    const size_t count = daemon->set.query_count;
    const struct postgres_options options = {.loop = &daemon->loop,
                                             .set = &daemon->set,
                                             .object = daemon->object,
                                             .store = daemon->store,
                                             .gate = daemon->gate,
                                             .clock = daemon_clock,
                                             .report = upkeep_query,
                                             .arg = daemon};
    if (count == 0)
        return;
    keep_frees_short();
    daemon->inputs.queries = memory_array(count, sizeof *daemon->inputs.queries);
    daemon->postgres = postgres_new(&options);
    daemon->inputs.query_count = count;
    const size_t databases = daemon->set.database_count;
    log_write(LOG_LEVEL_LOG, "queries", "%zu %s on %zu %s, run when a scrape needs them", count,
              count == 1 ? "query" : "queries", databases,
              databases == 1 ? "database" : "databases");
}

/* ---- how they do ---- */

/* Read the figures of the queries, for self. */
static void queries_read(struct daemon *daemon, struct store_time now) {
    for (size_t i = 0; i < daemon->inputs.query_count; i++) {
        struct postgres_view view;
        postgres_at(daemon->postgres, i, &view);
        struct self_metrics_query *query = &daemon->inputs.queries[i];
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

/* ---- source ---- */

/* Requests may arrive while the daemon is stopping and has closed what they ask for. */

static bool is_midway(void *arg) {
    const struct daemon *daemon = arg;
    return !daemon->stopping && ingress_is_midway(daemon->ingress);
}

static void read_inputs(struct daemon *daemon) {
    struct self_metrics_inputs *inputs = &daemon->inputs;
    const gate_scope first = gate_scope_of_input(&daemon->set, 0);
    struct ingress_view view;
    ingress_note_dropped(daemon->ingress);
    inputs->inputs = daemon->input_figures;
    inputs->input_count = daemon->plan.input_count;
    for (size_t i = 0; i < ingress_count(daemon->ingress); i++) {
        ingress_at(daemon->ingress, i, &view);
        if (view.listener->kind == INGRESS_UNIX)
            continue;
        struct self_metrics_input *input = &daemon->input_figures[view.scope - first];
        *input = (struct self_metrics_input){.dropped = view.input.dropped,
                                             .connections = view.input.connections,
                                             .cut = view.input.cut};
        for (size_t j = 0; j < SELF_INPUT_ENDS; j++)
            input->closed[j] = view.input.closed[j];
    }
}

static void read_ingress(struct daemon *daemon) {
    struct self_metrics_inputs *inputs = &daemon->inputs;
    struct ingress_figures figures;
    struct ingress_view shared;
    ingress_figures(daemon->ingress, &figures);
    ingress_at(daemon->ingress, 0, &shared);
    inputs->queue_capacity = shared.listener->queue_depth;
    for (size_t i = 0; i < INGRESS_PER_WAKE_BUCKETS; i++)
        inputs->wake_buckets[i] = figures.per_wake[i];
    inputs->wake_sum = (double)figures.datagrams;
    inputs->crash_skipped = figures.skipped;
    inputs->socket_rebinds = ingress_path_watch_rebinds(daemon->path_watch);
    read_inputs(daemon);
}

static void read_http(struct self_metrics_inputs *inputs, const struct http_figures *http) {
    inputs->http_connections = http->connections;
    inputs->http_evicted = http->evicted;
    inputs->http_answer_bytes = http->answer_bytes;
    inputs->http_squeezed = http->squeezed;
}

/* Sums of what several parts of the daemon count. */
static void read_sums(struct daemon *daemon, const struct http_figures *http) {
    struct self_metrics_inputs *inputs = &daemon->inputs;
    struct ingress_work work;
    struct owner_watch_figures owners;
    ingress_work(daemon->ingress, &work);
    owner_watch_figures(daemon->owner_watch, &owners);
    inputs->slow_callbacks = work.watch.slow + daemon->cleaner.watch.slow + http->watch.slow;
    inputs->slow_callbacks_cpu =
        work.watch.slow_cpu + daemon->cleaner.watch.slow_cpu + http->watch.slow_cpu;
    inputs->no_descriptor = owners.no_descriptor + http->no_descriptor;
    inputs->no_memory = daemon_no_memory(daemon);
}

static void prepare(void *arg, struct store_time time) {
    struct daemon *daemon = arg;
    if (daemon->stopping)
        return;
    struct self_metrics_inputs *inputs = &daemon->inputs;
    const struct contents *changed;
    struct http_figures http;
    http_server_figures(daemon->http, &http);
    read_ingress(daemon);
    read_http(inputs, &http);
    read_sums(daemon, &http);
    inputs->log_dropped = log_dropped();
    outage_poll(&daemon->outage);
    inputs->unread = daemon->outage.unread;
    inputs->values_kept = daemon->object != NULL && fdstore_check_is_likely();
    inputs->start_time_s = daemon->start_time_s;
    restore_read(&daemon->restore, daemon->ingress, inputs);
    reload_report_read(&daemon->reload, inputs);
    inputs->files_changed = files_watch_changed(&daemon->files, daemon_now().real_ms, &changed);
    process_read(inputs);
    queries_read(daemon, time);
    listeners_read_handlers(daemon);
    facts_read(daemon);
    breakers_jobs_publish(daemon->breakers_jobs, time);
    self_metrics_publish(daemon->self, inputs, time);
    undo_commit(object_undo(daemon->object)); /* keep the series that publishing made */
}

static void look(void *arg, size_t row) {
    const struct daemon *daemon = arg;
    if (daemon->watch != NULL) /* NULL once the daemon stops */
        ingress_sender_watch_look(daemon->watch, row);
}

static void write_ingress(void *arg, const struct json_selection *selection, struct strbuf *out) {
    const struct daemon *daemon = arg;
    (void)selection;
    if (daemon->stopping)
        strbuf_puts(out, "{\"stopping\":true}\n");
    else
        debug_ingress_write(daemon, out);
}

static void write_queries(void *arg, const struct json_selection *selection, struct strbuf *out) {
    const struct daemon *daemon = arg;
    debug_queries_write(daemon->postgres, selection, out);
}

static void write_endpoints(void *arg, const struct json_selection *selection, struct strbuf *out) {
    const struct daemon *daemon = arg;
    if (daemon->stopping)
        strbuf_puts(out, "{\"stopping\":true}\n");
    else
        debug_endpoints_write(daemon, selection, out);
}

static const char *why_not_ready(void *arg) {
    const struct daemon *daemon = arg;
    if (daemon->is_retiring)
        return NULL;
    return daemon->stopping ? "statgated is stopping"
                            : ingress_path_watch_trouble(daemon->path_watch);
}

static const char *ready_note(void *arg) {
    const struct daemon *daemon = arg;
    if (restore_loss(&daemon->restore) != NULL)
        return "ready, but the values of the previous process could not be restored, see "
               "/debug/ingress";
    if (daemon->supervisor.lost)
        return "ready, but its supervisor is gone: values end with this process";
    if (daemon->reload.ready[0] != '\0')
        return daemon->reload.ready;
    return daemon_no_memory(daemon) > 0
               ? "ready, but memory ran out for connections or requests, the log says more"
               : NULL;
}

static void on_scrape(void *arg, const struct http_scrape *scrape) {
    struct daemon *daemon = arg;
    struct self_metrics_inputs *inputs = &daemon->inputs;
    if (scrape->format == EXPOSITION_OPENMETRICS)
        inputs->scrapes_openmetrics++;
    else
        inputs->scrapes_text++;
    size_t bucket = 0;
    while (bucket < SELF_SCRAPE_BUCKETS && scrape->seconds > self_metrics_scrape_bounds[bucket])
        bucket++;
    inputs->scrape_buckets[bucket]++;
    inputs->scrape_sum_s += scrape->seconds;
    facts_scrape(daemon, scrape);
}

void source_publish(struct daemon *daemon) {
    prepare(daemon, daemon_now());
}

struct http_source source_of(struct daemon *daemon) {
    const bool queries = daemon->postgres != NULL;
    return (struct http_source){
        .views = {.set = &daemon->set,
                  .store = daemon->store,
                  .ledger = daemon->ledger,
                  .breakers_jobs = daemon->breakers_jobs,
                  .history = daemon->history,
                  .reload = &daemon->reload.shown,
                  .events = daemon->events,
                  .facts = facts_of(daemon),
                  .look = look,
                  .look_arg = daemon,
                  .hides_texts = !daemon->settings->rejected_text ||
                                 settings_debug_access_is_open(&daemon->plan)},
        .arg = daemon,
        .clock = daemon_clock,
        .is_midway = is_midway,
        .prepare = prepare,
        .collect = collect_begin,
        .forget = collect_forget,
        .write_queries = queries ? write_queries : NULL,
        .write_endpoints = write_endpoints,
        .write_ingress = write_ingress,
        .why_not_ready = why_not_ready,
        .ready_note = ready_note,
        .on_scrape = on_scrape};
}
