#include "statgated/source.h"
#include "settings/settings.h"

#include "breakers_jobs/breakers_jobs.h"
#include "host/log.h"
#include "statgated/collect.h"
#include "statgated/debug.h"
#include "statgated/facts.h"
#include "statgated/history_feed.h"
#include "statgated/listeners.h"
#include "statgated/process.h"
#include "statgated/queries.h"

/* Requests may arrive while the daemon is stopping and has closed what they ask for. */

static bool is_midway(void *arg) {
    const struct daemon *daemon = arg;
    return !daemon->stopping && ingress_is_midway(daemon->ingress);
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
    away_look(&daemon->away);
    inputs->unread = daemon->away.unread;
    inputs->values_kept = daemon->object != NULL && keeping_is_likely();
    inputs->start_time_s = daemon->start_time_s;
    takeover_read(&daemon->takeover, daemon->ingress, inputs);
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

static const char *explain(void *arg, const char *line, const char *service, struct strbuf *out) {
    const struct daemon *daemon = arg;
    return daemon->stopping ? "it is stopping" : debug_explain_write(daemon, line, service, out);
}

static void try_line(void *arg, const char *line, size_t len, struct strbuf *out) {
    const struct daemon *daemon = arg;
    if (!daemon->stopping)
        debug_explain_write_text(daemon, line, len, out);
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
    if (daemon->former)
        return NULL;
    return daemon->stopping ? "statgated is stopping"
                            : ingress_path_watch_trouble(daemon->path_watch);
}

static const char *ready_note(void *arg) {
    const struct daemon *daemon = arg;
    if (takeover_loss(&daemon->takeover) != NULL)
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
    history_feed_scrape(daemon, scrape->page);
    facts_scrape(daemon, scrape);
}

void source_publish(struct daemon *daemon) {
    prepare(daemon, daemon_now());
}

struct http_source source_of(struct daemon *daemon) {
    const bool queries = daemon->postgres != NULL;
    return (struct http_source){
        .views = {.memory = memory_heap(),
                  .set = &daemon->set,
                  .store = daemon->store,
                  .ledger = daemon->ledger,
                  .breakers_jobs = daemon->breakers_jobs,
                  .history = daemon->history,
                  .reload = &daemon->reload.shown,
                  .events = daemon->events,
                  .facts = facts_of(daemon),
                  .texts = daemon->texts,
                  .look = look,
                  .look_arg = daemon,
                  .hides_texts = !daemon->settings->rejected_text ||
                                 settings_debug_access_is_open(&daemon->plan)},
        .events = daemon->events,
        .version = STATGATE_VERSION,
        .arg = daemon,
        .clock = daemon_clock,
        .is_midway = is_midway,
        .prepare = prepare,
        .collect = collect_begin,
        .forget = collect_forget,
        .write_queries = queries ? write_queries : NULL,
        .write_endpoints = write_endpoints,
        .write_ingress = write_ingress,
        .explain = explain,
        .try_line = try_line,
        .why_not_ready = why_not_ready,
        .ready_note = ready_note,
        .on_scrape = on_scrape};
}
