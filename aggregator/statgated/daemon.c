/* The life of the daemon: open, run, drain, close. */
#include "statgated/daemon.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "catalog/catalog.h"
#include "gate/gate.h"
#include "host/clock.h"
#include "host/entropy.h"
#include "host/log.h"
#include "ledger/ledger.h"
#include "machines/state.h"
#include "store/store.h"

enum {
    DRAIN_MS = 500,       /* what is queued at SIGTERM is taken within this */
    HTTP_GRACE_MS = 1000, /* answers under way may end */
};

bool daemon_fail(struct daemon_error *ret_error, int exit_code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    (void)vsnprintf(ret_error->text, sizeof ret_error->text, format, args);
    va_end(args);
    ret_error->exit_code = exit_code;
    return false;
}

struct store_time daemon_now(void) {
    const struct clock_now clock = clock_now();
    return (struct store_time){.mono_ms = clock.mono_ms, .real_ms = clock.real_ms};
}

/* ---- what HTTP asks ---- */

struct store_time daemon_clock(void *arg) {
    (void)arg;
    return daemon_now();
}

/* Somebody may ask within the grace when the daemon stops; what is read here is closed then. */

static void source_catch_up(void *arg) {
    struct daemon *daemon = arg;
    if (!daemon->stopping)
        (void)ingress_catch_up(daemon->ingress);
}

static bool source_is_midway(void *arg) {
    const struct daemon *daemon = arg;
    return !daemon->stopping && ingress_is_midway(daemon->ingress);
}

static void source_prepare(void *arg, struct store_time time) {
    struct daemon *daemon = arg;
    if (daemon->stopping)
        return;
    struct ingress_figures figures;
    struct ingress_work work;
    struct http_figures http;
    ingress_figures(daemon->ingress, &figures);
    ingress_work(daemon->ingress, &work);
    struct owner_watch_figures owners;
    owner_watch_figures(daemon->owner_watch, &owners);
    http_server_figures(daemon->http, &http);
    struct ingress_view shared;
    ingress_at(daemon->ingress, 0, &shared);
    struct self_inputs *inputs = &daemon->inputs;
    inputs->queue_capacity = shared.listener->queue_depth;
    for (size_t i = 0; i < INGRESS_PER_WAKE_BUCKETS; i++)
        inputs->wake_buckets[i] = figures.per_wake[i];
    inputs->wake_sum = (double)figures.datagrams;
    inputs->slow_callbacks = work.watch.slow + daemon->cleaner.watch.slow;
    inputs->slow_callbacks_cpu = work.watch.slow_cpu + daemon->cleaner.watch.slow_cpu;
    inputs->log_dropped = log_dropped();
    inputs->socket_rebinds = path_watch_rebinds(daemon->path_watch);
    inputs->no_descriptor = owners.no_descriptor + http.no_descriptor;
    inputs->http_connections = http.connections;
    inputs->http_evicted = http.evicted;
    inputs->http_answer_bytes = http.answer_bytes;
    inputs->http_squeezed = http.squeezed;
    inputs->start_time_s = daemon->start_time_s;
    process_read(inputs);
    daemon_read_queries(daemon, time);
    daemon_read_handlers(daemon);
    state_publish(daemon->state, time);
    self_publish(daemon->self, inputs, time);
}

static void source_look(void *arg, size_t row) {
    const struct daemon *daemon = arg;
    if (daemon->watch) /* until it stops */
        sender_watch_look(daemon->watch, row);
}

static void source_ingress(void *arg, struct strbuf *out) {
    const struct daemon *daemon = arg;
    if (daemon->stopping)
        strbuf_puts(out, "{\"stopping\":true}\n");
    else
        ingress_json_write(daemon, out);
}

static void source_queries(void *arg, struct strbuf *out) {
    const struct daemon *daemon = arg;
    queries_json_write(daemon->postgres, out);
}

static void source_endpoints(void *arg, struct strbuf *out) {
    const struct daemon *daemon = arg;
    if (daemon->stopping)
        strbuf_puts(out, "{\"stopping\":true}\n");
    else
        endpoints_json_write(daemon, out);
}

static const char *source_not_ready(void *arg) {
    const struct daemon *daemon = arg;
    return daemon->stopping ? "statgated is stopping" : path_watch_trouble(daemon->path_watch);
}

static void source_scrape(void *arg, const struct http_scrape *scrape) {
    struct daemon *daemon = arg;
    struct self_inputs *inputs = &daemon->inputs;
    if (scrape->format == EXPOSITION_OPENMETRICS)
        inputs->scrapes_openmetrics++;
    else
        inputs->scrapes_text++;
    size_t bucket = 0;
    while (bucket < SELF_SCRAPE_BUCKETS && scrape->seconds > self_scrape_bounds[bucket])
        bucket++;
    inputs->scrape_buckets[bucket]++;
    inputs->scrape_sum_s += scrape->seconds;
}

/* ---- opening ---- */

static bool open_model(struct daemon *daemon, struct daemon_error *ret_error) {
    uint64_t seed;
    if (!entropy_u64(&seed))
        return daemon_fail(ret_error, SETTINGS_EXIT_FAILURE, "no random seed from the kernel: %m");
    daemon->store = store_new(&daemon->set, seed, daemon_now());
    daemon->ledger = ledger_new(&daemon->set, seed);
    if (daemon->store && daemon->ledger)
        daemon->state = state_new(&daemon->set, daemon->store, seed, daemon_now());
    if (daemon->state)
        daemon->gate = gate_new(&daemon->set, daemon->store, daemon->ledger, daemon->state, seed);
    if (daemon->gate)
        daemon->self =
            self_new(&daemon->set, daemon->store, daemon->ledger, daemon->state, daemon->gate);
    if (!daemon->self)
        return daemon_fail(ret_error, SETTINGS_EXIT_FAILURE,
                           "out of memory for the tables of %llu series",
                           (unsigned long long)daemon->set.bound);
    if (!daemon->settings->rejected_text)
        ledger_hide_text(daemon->ledger);
    return true;
}

static uint64_t mark(void *arg) {
    const struct daemon *daemon = arg;
    return ingress_mark(daemon->ingress);
}

static uint64_t catch_up(void *arg) {
    const struct daemon *daemon = arg;
    (void)ingress_catch_up(daemon->ingress);
    return ingress_passed(daemon->ingress);
}

static int open_watches(struct daemon *daemon) {
    const size_t further = daemon->plan.count - 1; /* an address each at most */
    const struct owner_watch_options options = {.max = process_owner_budget(further),
                                                .mark = mark,
                                                .catch_up = catch_up,
                                                .release = daemon_release,
                                                .arg = daemon};
    int result = sender_watch_new(&daemon->loop, daemon->ledger, "/proc", &daemon->watch);
    if (result == 0)
        result = daemon_watch_paths(daemon);
    if (result == 0)
        result = owner_watch_new(&daemon->loop, daemon->ledger, store_owners(daemon->store),
                                 "/proc", &options, &daemon->owner_watch);
    return result;
}

static bool open_ingress(struct daemon *daemon, struct inherited *inherited,
                         struct daemon_error *ret_error) {
    const struct ingress_options options = {.loop = &daemon->loop,
                                            .sink = ingress_gate_sink(daemon->gate),
                                            .traffic = ledger_traffic(daemon->ledger)};
    int result = ingress_new(&options, &daemon->ingress);
    if (result == 0)
        result = open_watches(daemon);
    if (result != 0)
        return daemon_fail(ret_error, SETTINGS_EXIT_FAILURE, "ingress: %s", strerror(-result));
    gate_on_new_sender(daemon->gate, sender_watch_meet, daemon->watch);
    gate_on_new_owner(daemon->gate, owner_watch_meet, daemon->owner_watch);
    return daemon_open_sockets(daemon, inherited, ret_error);
}

static bool open_http(struct daemon *daemon, struct daemon_error *ret_error) {
    const bool queries = daemon->postgres != NULL;
    const struct http_source source = {.renderer = &renderer_views,
                                       .views = {.set = &daemon->set,
                                                 .store = daemon->store,
                                                 .ledger = daemon->ledger,
                                                 .state = daemon->state,
                                                 .look = source_look,
                                                 .look_arg = daemon},
                                       .arg = daemon,
                                       .clock = daemon_clock,
                                       .catch_up = source_catch_up,
                                       .is_midway = source_is_midway,
                                       .prepare = source_prepare,
                                       .collect = queries ? daemon_collect : NULL,
                                       .forget = queries ? daemon_forget : NULL,
                                       .write_queries = queries ? source_queries : NULL,
                                       .write_endpoints = source_endpoints,
                                       .write_ingress = source_ingress,
                                       .why_not_ready = source_not_ready,
                                       .on_scrape = source_scrape};
    return daemon_open_http(daemon, &source, ret_error);
}

/* ---- running ---- */

/* Until now requests could wait for the collector. */
static void on_http_closed(void *arg) {
    daemon_close_queries(arg);
}

static void begin_stop(struct daemon *daemon, const char *why) {
    if (daemon->stopping)
        return;
    daemon->stopping = true;
    (void)sd_notify(0, "STOPPING=1");
    path_watch_close(daemon->path_watch); /* first: the paths are given up next */
    daemon->path_watch = NULL;
    bool empty = true;
    const size_t drained = ingress_drain(daemon->ingress, DRAIN_MS, &empty);
    log_write(LOG_LEVEL_LOG, "stop", "%s: took the last %zu datagrams, %llu in all%s", why, drained,
              (unsigned long long)ledger_traffic(daemon->ledger)->datagrams,
              empty ? "" : ", more were still coming");
    for (size_t i = 0; i < sizeof daemon->signals / sizeof *daemon->signals; i++)
        uv_close((uv_handle_t *)&daemon->signals[i], NULL);
    daemon_stop_tending(daemon);
    http_server_close(daemon->http, HTTP_GRACE_MS, on_http_closed, daemon);
    daemon->http = NULL;
    sender_watch_close(daemon->watch, NULL, NULL);
    daemon->watch = NULL;
    owner_watch_close(daemon->owner_watch, NULL, NULL);
    daemon->owner_watch = NULL;
    ingress_close(daemon->ingress, NULL, NULL);
    daemon->ingress = NULL;
}

static void on_signal(uv_signal_t *signal, int number) {
    struct daemon *daemon = signal->data;
    if (number == SIGHUP) {
        log_write(LOG_LEVEL_WARN, "stop",
                  "SIGHUP: catalogs are read at the start only; restart to load new ones");
        return;
    }
    begin_stop(daemon, number == SIGTERM ? "SIGTERM" : "SIGINT");
}

static void start_watching(struct daemon *daemon) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        (void)uv_signal_init(&daemon->loop, &daemon->signals[i]);
        daemon->signals[i].data = daemon;
        (void)uv_signal_start(&daemon->signals[i], on_signal, numbers[i]);
    }
    daemon_start_tending(daemon);
}

/* Close what is open, run the loop until every handle is gone, free the rest. */
static void close_all(struct daemon *daemon) {
    if (daemon->http)
        http_server_close(daemon->http, 0, on_http_closed, daemon);
    else
        daemon_close_queries(daemon);
    if (daemon->watch)
        sender_watch_close(daemon->watch, NULL, NULL);
    if (daemon->owner_watch)
        owner_watch_close(daemon->owner_watch, NULL, NULL);
    path_watch_close(daemon->path_watch);
    if (daemon->ingress)
        ingress_close(daemon->ingress, NULL, NULL);
    (void)uv_run(&daemon->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&daemon->loop);
    free(daemon->queries);
    free(daemon->handlers);
    self_free(daemon->self);
    gate_free(daemon->gate);
    state_free(daemon->state);
    ledger_free(daemon->ledger);
    store_free(daemon->store);
    daemon_forget_tokens(daemon);
    endpoint_plan_done(&daemon->plan);
    catalog_set_done(&daemon->set);
}

/* What is wrong with files and settings shows before a socket is taken. */
static bool read_files(struct daemon *daemon, struct daemon_error *ret_error) {
    if (!daemon_load_catalogs(daemon->settings, &daemon->set, &daemon->plan, ret_error))
        return false;
    (void)malloc_trim(0); /* what reading took goes back */
    daemon_warn_catalogs(daemon);
    if (daemon_read_tokens(daemon, ret_error))
        return true;
    daemon_forget_tokens(daemon);
    endpoint_plan_done(&daemon->plan);
    catalog_set_done(&daemon->set);
    return false;
}

bool daemon_open(struct daemon *daemon, const struct settings *settings,
                 struct inherited *inherited, struct daemon_error *ret_error) {
    memset(daemon, 0, sizeof *daemon);
    daemon->settings = settings;
    if (!read_files(daemon, ret_error))
        return false;
    const int result = uv_loop_init(&daemon->loop);
    if (result != 0) {
        daemon_forget_tokens(daemon);
        endpoint_plan_done(&daemon->plan);
        catalog_set_done(&daemon->set);
        return daemon_fail(ret_error, SETTINGS_EXIT_FAILURE, "event loop: %s", uv_strerror(result));
    }
    daemon->start_time_s = process_start_time_s();
    process_raise_descriptors();
    if (!open_model(daemon, ret_error) || !open_ingress(daemon, inherited, ret_error) ||
        !daemon_open_queries(daemon, ret_error) || !open_http(daemon, ret_error)) {
        close_all(daemon);
        return false;
    }
    start_watching(daemon);
    return true;
}

void daemon_run(struct daemon *daemon) {
    const size_t services = daemon_services(daemon);
    const char *noun = services == 1 ? "service" : "services";
    log_write(LOG_LEVEL_LOG, "start", "ready: %zu %s, at most %llu series", services, noun,
              (unsigned long long)daemon->set.bound);
    (void)sd_notifyf(0, "READY=1\nSTATUS=Receiving for %zu %s", services, noun);
    (void)uv_run(&daemon->loop, UV_RUN_DEFAULT);
    close_all(daemon);
}
