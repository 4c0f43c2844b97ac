/* /debug/ingress: sockets and queues, work in callbacks, and how full the tables are. */
#include <string.h>

#include "base/json_writer.h"
#include "gate/gate.h"
#include "ledger/ledger.h"
#include "statgated/debug.h"
#include "store/store.h"

static void write_figures(struct json_writer *w, const struct ingress_figures *figures) {
    json_member_u64(w, "datagrams", figures->datagrams);
    json_member_u64(w, "wakes", figures->wakes);
    json_member_u64(w, "empty", figures->empty);
    json_member_u64(w, "ticks", figures->ticks);
    json_member_u64(w, "tick_turns", figures->tick_turns);
    json_member_u64(w, "errors", figures->errors);
    if (figures->last_error != 0)
        json_member_text(w, "last_error", strerror(figures->last_error));
    json_open_member(w, "per_wake", '[');
    for (size_t i = 0; i < INGRESS_PER_WAKE_BUCKETS; i++) {
        json_open(w, '{');
        json_member_u64(w, "up_to", ingress_per_wake_bound(i));
        json_member_u64(w, "count", figures->per_wake[i]);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_socket(struct json_writer *w, const struct daemon *daemon, size_t index) {
    struct ingress_view view;
    ingress_at(daemon->ingress, index, &view);
    json_open(w, '{');
    json_member_text(w, "path", view.listener->path);
    if (view.scope > 0)
        json_member_text(w, "service", daemon->set.catalogs[view.scope - 1]->service);
    json_member_bool(w, "inherited", view.listener->inherited);
    json_member_bool(w, "in_place", ingress_listen_in_place(view.listener));
    json_member_bool(w, "former", view.former);
    json_member_u64(w, "queue_capacity", view.listener->queue_depth);
    json_member_text(w, "queue_source", ingress_queue_source_text(view.listener->queue_source));
    if (view.listener->queue_why[0] != '\0')
        json_member_text(w, "queue_why", view.listener->queue_why);
    json_member_text(w, "mode", view.ticking ? "ticking" : "polling");
    write_figures(w, &view.figures);
    json_close(w, '}');
}

/* Write the processes that own values, and how their ends are noticed. */
static void write_owners(struct json_writer *w, const struct daemon *daemon) {
    struct owners_figures owners;
    struct owner_watch_figures watch;
    owners_figures(store_owners(daemon->store), &owners);
    owner_watch_figures(daemon->owner_watch, &watch);
    json_open_member(w, "owners", '{');
    json_member_u64(w, "live", owners.live);
    json_member_u64(w, "capacity", owners.max);
    json_member_u64(w, "refused", owners.refused);
    json_member_u64(w, "to_release", owners.ended);
    json_member_u64(w, "descriptors", watch.descriptors);
    json_member_u64(w, "descriptors_capacity", watch.max);
    json_member_u64(w, "no_descriptor", watch.no_descriptor);
    json_member_u64(w, "looked_up", watch.swept);
    json_member_u64(w, "ending", watch.ending);
    json_member_u64(w, "ended", watch.deaths);
    json_member_u64(w, "gone_before", watch.gone_before);
    json_close(w, '}');
}

static void write_store(struct json_writer *w, const struct daemon *daemon) {
    struct store_figures store;
    store_figures(daemon->store, &store);
    json_open_member(w, "store", '{');
    json_member_u64(w, "series", store.series);
    json_member_u64(w, "bound", daemon->set.bound);
    json_member_u64(w, "series_full", store.series_full);
    json_member_u64(w, "label_values_full", store.pattern_full);
    json_member_u64(w, "freed", store.series_freed);
    json_member_u64(w, "parts", store.parts);
    json_member_u64(w, "parts_full", store.parts_full);
    json_member_u64(w, "summary_pages_full", store.pages_full);
    json_member_u64(w, "bytes", store.bytes);
    json_close(w, '}');
}

static void write_known_lines(struct json_writer *w, const struct gate *gate) {
    struct gate_figures figures;
    gate_figures(gate, &figures);
    json_open_member(w, "known_lines", '{');
    json_member_u64(w, "count", figures.lines);
    json_member_u64(w, "capacity", figures.capacity);
    json_member_u64(w, "hits", figures.hits);
    json_member_u64(w, "misses", figures.misses);
    json_member_u64(w, "evictions", figures.evictions);
    json_member_u64(w, "bytes", figures.bytes);
    json_close(w, '}');
}

static void write_watch(struct json_writer *w, const struct stopwatch *watch) {
    json_member_u64(w, "callbacks", watch->callbacks);
    json_member_u64(w, "slow", watch->slow);
    json_member_u64(w, "slow_cpu", watch->slow_cpu);
    json_member_u64(w, "longest_ns", watch->longest_ns);
    json_member_u64(w, "longest_cpu_ns", watch->longest_cpu_ns);
}

static void write_work(struct json_writer *w, const struct daemon *daemon) {
    struct ingress_work work;
    ingress_work(daemon->ingress, &work);
    json_open_member(w, "work", '{');
    write_watch(w, &work.watch);
    json_member_u64(w, "held", work.held);
    json_close(w, '}');
    json_open_member(w, "cleaning", '{');
    write_watch(w, &daemon->cleaner.watch);
    json_close(w, '}');
    struct http_figures http;
    http_server_figures(daemon->http, &http);
    json_open_member(w, "answering", '{');
    write_watch(w, &http.watch);
    json_close(w, '}');
}

static void write_traffic(struct json_writer *w, const struct ledger_traffic *traffic) {
    json_open_member(w, "traffic", '{');
    json_member_u64(w, "datagrams", traffic->datagrams);
    json_member_u64(w, "bytes", traffic->bytes);
    json_member_u64(w, "truncated_datagrams", traffic->truncated_datagrams);
    json_member_u64(w, "truncated_bytes", traffic->truncated_bytes);
    json_close(w, '}');
}

void debug_ingress_write(const struct daemon *daemon, struct strbuf *out) {
    struct json_writer w = {.out = out};
    json_open(&w, '{');
    json_open_member(&w, "sockets", '[');
    for (size_t i = 0; i < ingress_count(daemon->ingress); i++)
        write_socket(&w, daemon, i);
    json_close(&w, ']');
    write_work(&w, daemon);
    write_traffic(&w, ledger_traffic(daemon->ledger));
    write_owners(&w, daemon);
    write_store(&w, daemon);
    write_known_lines(&w, daemon->gate);
    debug_takeover_write(&w, daemon);
    json_close(&w, '}');
    strbuf_putc(out, '\n');
}
