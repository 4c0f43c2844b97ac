/* /debug/ingress: sockets and queues, work in callbacks, and how full the tables are. */
#include <string.h>

#include "gate/gate.h"
#include "ledger/ledger.h"
#include "statgated/debug.h"
#include "store/owners.h"
#include "store/store.h"

static void put(struct strbuf *out, const char *key, uint64_t value) {
    strbuf_printf(out, ",\"%s\":%llu", key, (unsigned long long)value);
}

static void write_text(struct strbuf *out, const char *key, const char *text) {
    strbuf_printf(out, ",\"%s\":", key);
    view_json_string(out, text, strlen(text));
}

static void write_flag(struct strbuf *out, const char *key, bool value) {
    strbuf_printf(out, ",\"%s\":%s", key, value ? "true" : "false");
}

static void write_figures(struct strbuf *out, const struct ingress_figures *figures) {
    put(out, "datagrams", figures->datagrams);
    put(out, "wakes", figures->wakes);
    put(out, "empty", figures->empty);
    put(out, "ticks", figures->ticks);
    put(out, "tick_turns", figures->tick_turns);
    put(out, "errors", figures->errors);
    if (figures->last_error != 0)
        write_text(out, "last_error", strerror(figures->last_error));
    strbuf_puts(out, ",\"per_wake\":[");
    for (size_t i = 0; i < INGRESS_PER_WAKE_BUCKETS; i++)
        strbuf_printf(out, "%s{\"up_to\":%u,\"count\":%llu}", i == 0 ? "" : ",",
                      ingress_per_wake_bound(i), (unsigned long long)figures->per_wake[i]);
    strbuf_putc(out, ']');
}

static void write_socket(struct strbuf *out, const struct daemon *daemon, size_t index) {
    struct ingress_view view;
    ingress_at(daemon->ingress, index, &view);
    strbuf_puts(out, index == 0 ? "{\"path\":" : ",{\"path\":");
    view_json_string(out, view.listener->path, strlen(view.listener->path));
    if (view.scope > 0)
        write_text(out, "service", daemon->set.catalogs[view.scope - 1]->service);
    write_flag(out, "inherited", view.listener->inherited);
    write_flag(out, "in_place", ingress_listen_in_place(view.listener));
    write_flag(out, "former", view.former);
    put(out, "queue_capacity", view.listener->queue_depth);
    write_text(out, "queue_source", queue_source_text(view.listener->queue_source));
    if (view.listener->queue_why[0] != '\0')
        write_text(out, "queue_why", view.listener->queue_why);
    write_text(out, "mode", view.ticking ? "ticking" : "polling");
    write_figures(out, &view.figures);
    strbuf_putc(out, '}');
}

/* Processes that own something, and how their ends are noticed. */
static void write_owners(struct strbuf *out, const struct daemon *daemon) {
    struct owners_figures owners;
    struct owner_watch_figures watch;
    owners_figures(store_owners(daemon->store), &owners);
    owner_watch_figures(daemon->owner_watch, &watch);
    strbuf_printf(out, "\"owners\":{\"live\":%u", owners.live);
    put(out, "capacity", owners.max);
    put(out, "refused", owners.refused);
    put(out, "to_release", owners.ended);
    put(out, "descriptors", watch.descriptors);
    put(out, "descriptors_capacity", watch.max);
    put(out, "no_descriptor", watch.no_descriptor);
    put(out, "looked_up", watch.swept);
    put(out, "ending", watch.ending);
    put(out, "ended", watch.deaths);
    put(out, "gone_before", watch.gone_before);
    strbuf_puts(out, "},");
}

static void write_tables(struct strbuf *out, const struct daemon *daemon) {
    struct store_figures store;
    struct gate_figures gate;
    store_figures(daemon->store, &store);
    gate_figures(daemon->gate, &gate);
    strbuf_printf(out, "\"store\":{\"series\":%llu", (unsigned long long)store.series);
    put(out, "bound", daemon->set.bound);
    put(out, "series_full", store.series_full);
    put(out, "label_values_full", store.pattern_full);
    put(out, "freed", store.series_freed);
    put(out, "parts", store.parts);
    put(out, "parts_full", store.parts_full);
    put(out, "summary_pages_full", store.pages_full);
    put(out, "bytes", store.bytes);
    strbuf_printf(out, "},\"known_lines\":{\"count\":%llu", (unsigned long long)gate.lines);
    put(out, "capacity", gate.capacity);
    put(out, "hits", gate.hits);
    put(out, "misses", gate.misses);
    put(out, "evictions", gate.evictions);
    put(out, "bytes", gate.bytes);
    strbuf_putc(out, '}');
}

static void write_watch(struct strbuf *out, const struct stopwatch *watch) {
    strbuf_printf(out, "\"callbacks\":%llu", (unsigned long long)watch->callbacks);
    put(out, "slow", watch->slow);
    put(out, "slow_cpu", watch->slow_cpu);
    put(out, "longest_ns", watch->longest_ns);
    put(out, "longest_cpu_ns", watch->longest_cpu_ns);
}

void debug_ingress_write(const struct daemon *daemon, struct strbuf *out) {
    strbuf_puts(out, "{\"sockets\":[");
    for (size_t i = 0; i < ingress_count(daemon->ingress); i++)
        write_socket(out, daemon, i);
    struct ingress_work work;
    ingress_work(daemon->ingress, &work);
    strbuf_puts(out, "],\"work\":{");
    write_watch(out, &work.watch);
    put(out, "held", work.held);
    strbuf_puts(out, "},\"cleaning\":{");
    write_watch(out, &daemon->cleaner.watch);
    const struct ledger_traffic *traffic = ledger_traffic(daemon->ledger);
    strbuf_printf(out, "},\"traffic\":{\"datagrams\":%llu", (unsigned long long)traffic->datagrams);
    put(out, "bytes", traffic->bytes);
    put(out, "truncated_datagrams", traffic->truncated_datagrams);
    put(out, "truncated_bytes", traffic->truncated_bytes);
    strbuf_puts(out, "},");
    write_owners(out, daemon);
    write_tables(out, daemon);
    strbuf_puts(out, "}\n");
}
