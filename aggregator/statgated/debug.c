/* SPDX-License-Identifier: MIT */
/* debug.c - debug views that only the daemon can make. */
#include "statgated/daemon.h"

#include <string.h>

#include "base/listen_address.h"
#include "gate/gate.h"
#include "ledger/ledger.h"

/* ---- endpoints: The JSON of /debug/endpoints. ---- */

static void put_where(struct json_writer *w, const struct daemon *daemon, size_t index) {
    const size_t listener = http_server_listener_of(daemon->http, index);
    char address[LISTEN_TEXT_MAX];
    http_server_address(daemon->http, listener, address, sizeof address);
    json_member_text(w, "address", listener == SIZE_MAX ? NULL : address);
    json_member_text(w, "closed_by", daemon->plan.places[index].closed_by);
    json_member_text(w, "path", daemon->plan.places[index].path);
}

static void write_services(struct json_writer *w, const struct endpoint *endpoint) {
    json_open_member(w, "services", '[');
    for (size_t i = 0; i < endpoint->service_count; i++)
        json_text(w, endpoint->services[i]->service);
    json_close(w, ']');
}

/* Write the bounds of the page, without comments and constant labels. */
static void put_bounds(struct json_writer *w, const struct endpoint_page *page) {
    uint64_t bound;
    uint64_t lines;
    settings_endpoint_plan_measure(page, &bound, &lines);
    json_member_u64(w, "families", page->family_count);
    json_member_u64(w, "bound", bound);
    json_member_u64(w, "lines", lines);
}

static void put_figures(struct json_writer *w, const struct http_endpoint_figures *figures) {
    char code[16];
    json_open_member(w, "answers", '{');
    for (int i = 0; i < HTTP_CODE_COUNT; i++) {
        (void)snprintf(code, sizeof code, "%u", http_code((enum http_code_index)i));
        json_member_u64(w, code, figures->answers[i]);
    }
    json_close(w, '}');
    json_member_u64(w, "in_flight", figures->in_flight);
}

/* ---- scrapers ---- */

static void put_scraper(struct json_writer *w, const struct scraper *scraper) {
    json_open(w, '{');
    json_member_text(w, "page", scraper->page);
    json_member_text(w, "client", scraper->client);
    json_member_text(w, "agent", *scraper->agent != '\0' ? scraper->agent : NULL);
    json_member_time(w, "at", scraper->last_ms);
    json_member_number(w, "took_s", (double)scraper->took_ms / 1000);
    json_key(w, "interval_s");
    if (scraper->interval_ms > 0)
        json_number(w, (double)scraper->interval_ms / 1000);
    else
        json_text(w, NULL);
    json_member_bool(w, "away", scraper->away);
    json_close(w, '}');
}

static void put_scrapers(struct json_writer *w, const struct daemon *daemon, size_t index) {
    const struct scrapers *scrapers = facts_of(daemon)->scrapers;
    const int64_t now_ms = daemon_now().mono_ms;
    struct scraper scraper;
    json_key(w, "last_scrape");
    if (scrapers_latest(scrapers, index, now_ms, &scraper))
        put_scraper(w, &scraper);
    else
        json_text(w, NULL);
    json_open_member(w, "scrapers", '[');
    for (size_t i = 0; scrapers_at(scrapers, i, now_ms, &scraper); i++)
        if (scraper.endpoint == index)
            put_scraper(w, &scraper);
    json_close(w, ']');
}

static bool serves(const struct endpoint *endpoint, const struct catalog *service) {
    bool found = service == NULL;
    for (size_t i = 0; i < endpoint->service_count; i++)
        found |= endpoint->services[i] == service;
    return found;
}

void debug_endpoints_write(const struct daemon *daemon, const struct json_selection *selection,
                           struct strbuf *out) {
    const struct endpoint_plan *plan = &daemon->plan;
    struct json_writer w = {.out = out};
    json_open(&w, '{');
    json_open_member(&w, "endpoints", '[');
    for (size_t i = 0; i < plan->count; i++) {
        const struct endpoint *endpoint = &plan->endpoints.items[i];
        struct http_endpoint_figures figures;
        if (!serves(endpoint, selection->service))
            continue;
        http_server_endpoint(daemon->http, i, &figures);
        json_line(&w);
        json_open(&w, '{');
        put_where(&w, daemon, i);
        json_member_bool(&w, "default", i == 0);
        write_services(&w, endpoint);
        put_bounds(&w, &endpoint->all);
        endpoint_options_put_json(&w, &plan->options[i]);
        json_member_bool(&w, "token", *plan->places[i].bearer_token_file != '\0');
        put_figures(&w, &figures);
        put_scrapers(&w, daemon, i);
        json_close(&w, '}');
    }
    json_close(&w, ']');
    json_close(&w, '}');
    strbuf_putc(out, '\n');
}

/* ---- queries ----
 * /debug/queries: databases with their connections, and queries with their last run and last
 * error. A conninfo is never shown, as it may hold secrets.
 */

/* Bytes of SQL shown: the view is written in one piece, so each of many queries gets less. */
enum { SQL_SHOWN_ALL = 64 << 10, SQL_SHOWN_MAX = 4096 };

/* Write Unix time in milliseconds, as in all views; null if there is none. */
static void write_time(struct json_writer *w, const char *key, int64_t time_ms) {
    json_member_time_known(w, key, time_ms > 0 ? time_ms : 0);
}

/* Write a text; null if it is empty. */
static void write_known(struct json_writer *w, const char *key, const char *text) {
    json_member_text(w, key, text[0] != '\0' ? text : NULL);
}

/* How many bytes of a text are shown: at most `most`, without splitting a character. */
static size_t cut(const char *text, size_t len, size_t most) {
    if (len <= most)
        return len;
    while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

/* ---- databases ---- */

static void write_database(struct json_writer *w, const struct postgres_database_view *view) {
    const struct catalog_database *database = view->database;
    json_open(w, '{');
    json_member_text(w, "service", database->catalog->service);
    json_member_text(w, "name", database->name);
    json_member_u64(w, "connected", view->connected);
    json_member_u64(w, "connecting", view->connecting);
    json_member_bool(w, "silent", view->silent);
    json_member_u64(w, "connects", view->connects);
    json_member_u64(w, "failures", view->failures);
    json_member_u64(w, "cancelled", view->cancelled);
    write_time(w, "retry_at", view->retry_ms);
    write_known(w, "message", view->message.text);
    json_close(w, '}');
}

/* ---- queries ---- */

static void write_declared(struct json_writer *w, const struct catalog_query *query, size_t most) {
    const size_t sql_len = strlen(query->sql);
    const size_t shown = cut(query->sql, sql_len, most);
    json_member_text(w, "service", query->catalog->service);
    json_member_text(w, "name", query->name);
    json_member_text(w, "database", query->database->name);
    json_key(w, "sql");
    json_bytes(w, query->sql, shown);
    json_member_bool(w, "sql_cut", shown < sql_len);
    json_open_member(w, "families", '[');
    for (size_t i = 0; i < query->value_count; i++)
        json_text(w, query->values[i].family->name);
    json_close(w, ']');
    json_member_number(w, "timeout_s", (double)query->timeout_ms / 1000);
    json_member_number(w, "cache_s", (double)query->cache_ms / 1000);
}

static void write_errors(struct json_writer *w, const struct postgres_view *view) {
    json_open_member(w, "errors", '{');
    for (int reason = POSTGRES_OK + 1; reason < POSTGRES_ERROR_COUNT; reason++)
        json_member_u64(w, postgres_error_text((enum postgres_error)reason), view->errors[reason]);
    json_close(w, '}');
    if (view->error == POSTGRES_OK) {
        json_member_text(w, "last_error", NULL);
        return;
    }
    json_open_member(w, "last_error", '{');
    json_member_text(w, "reason", postgres_error_text(view->error));
    write_known(w, "sqlstate", view->sqlstate);
    write_known(w, "message", view->message.text);
    json_close(w, '}');
}

static void write_query(struct json_writer *w, const struct postgres_view *view, size_t sql_most) {
    json_open(w, '{');
    write_declared(w, view->query, sql_most);
    json_member_bool(w, "running", view->running);
    json_member_bool(w, "late", view->late);
    json_member_bool(w, "up", view->up);
    json_member_u64(w, "runs", view->runs);
    write_time(w, "last_run", view->last_run_ms);
    write_time(w, "last_good", view->last_good_ms);
    json_member_number(w, "duration_s", view->duration_s);
    json_member_u64(w, "rows", view->rows);
    json_member_u64(w, "values", view->values);
    json_member_u64(w, "rejected", view->rejected);
    json_member_u64(w, "nulls", view->nulls);
    write_errors(w, view);
    json_close(w, '}');
}

static bool has_family(const struct catalog_query *query, const char *family) {
    bool found = family == NULL;
    for (size_t i = 0; i < query->value_count; i++)
        found |= family != NULL && strcmp(query->values[i].family->name, family) == 0;
    return found;
}

static bool shows_query(const struct json_selection *selection, const struct postgres_view *view) {
    return (selection->service == NULL || selection->service == view->query->catalog) &&
           has_family(view->query, selection->family) &&
           json_selection_has_time(selection, view->last_run_ms);
}

static void write_databases(struct json_writer *w, const struct postgres *postgres,
                            const struct json_selection *selection) {
    json_open_member(w, "databases", '[');
    for (size_t i = 0; i < postgres_database_count(postgres); i++) {
        struct postgres_database_view view;
        postgres_database_at(postgres, i, &view);
        if (selection->service != NULL && selection->service != view.database->catalog)
            continue;
        json_line(w);
        write_database(w, &view);
    }
    json_close(w, ']');
}

static void write_queries(struct json_writer *w, const struct postgres *postgres,
                          const struct json_selection *selection) {
    const size_t count = postgres_count(postgres);
    const size_t share = SQL_SHOWN_ALL / (count > 0 ? count : 1);
    json_open_member(w, "queries", '[');
    for (size_t i = 0; i < count; i++) {
        struct postgres_view view;
        postgres_at(postgres, i, &view);
        if (!shows_query(selection, &view))
            continue;
        json_line(w);
        write_query(w, &view, share < SQL_SHOWN_MAX ? share : SQL_SHOWN_MAX);
    }
    json_close(w, ']');
}

void debug_queries_write(const struct postgres *postgres, const struct json_selection *selection,
                         struct strbuf *out) {
    struct json_writer w = {.out = out};
    json_open(&w, '{');
    write_databases(&w, postgres, selection);
    write_queries(&w, postgres, selection);
    json_close(&w, '}');
    strbuf_putc(out, '\n');
}

/* ---- restore ----
 * The last restore, in /debug/ingress.
 */

static void write_done(struct json_writer *w, const struct daemon *daemon) {
    const struct restore *restore = &daemon->restore;
    const int64_t pause_ms = restore_pause_ms(restore, daemon->ingress);
    struct ingress_figures figures;
    struct owner_watch_figures watch;
    ingress_figures(daemon->ingress, &figures);
    owner_watch_figures(daemon->owner_watch, &watch);
    json_member_u64(w, "series_kept", restore->series.kept);
    json_member_u64(w, "series_ended", restore->series.ended);
    json_member_u64(w, "words_put_back", restore->undone);
    json_member_u64(w, "inbox_received", restore->inbox.received);
    json_member_u64(w, "inbox_left", restore->inbox.left);
    json_member_u64(w, "inbox_skipped", figures.skipped);
    json_member_u64(w, "owners_kept", restore->owners.kept);
    json_member_u64(w, "owners_ended", restore->owners.ended);
    json_member_u64(w, "owners_unproven", restore->owners.unproven);
    json_member_u64(w, "owners_to_look_at", watch.unseen);
    if (pause_ms >= 0)
        json_member_u64(w, "pause_ms", (uint64_t)pause_ms);
}

/* Write members of the JSON of /debug/ingress: whether values outlive this process, and the
 * last restore. */
static void debug_restore_write(struct json_writer *w, const struct daemon *daemon) {
    static const char *const causes[SELF_CAUSE_COUNT] = {SELF_CAUSES};
    const struct restore *restore = &daemon->restore;
    json_member_bool(w, "outlives", daemon->object != NULL);
    if (!restore->done && restore->why.text[0] == '\0')
        return;
    json_open_member(w, "restore", '{');
    json_member_text(w, "cause", causes[restore->cause]);
    json_member_bool(w, "done", restore->done);
    json_member_time(w, "at_ms", restore->real_ms);
    json_member_u64(w, "attempts", restore->begun);
    if (restore->done)
        write_done(w, daemon);
    else
        json_member_text(w, "why", restore->why.text);
    json_close(w, '}');
}

/* ---- ingress ----
 * /debug/ingress: sockets and queues, work in callbacks, owners, the line cache.
 */

static void write_figures(struct json_writer *w, const struct ingress_figures *figures) {
    json_member_u64(w, "datagrams", figures->datagrams);
    json_member_u64(w, "wakes", figures->wakes);
    json_member_u64(w, "empty", figures->empty);
    json_member_u64(w, "ticks", figures->ticks);
    json_member_u64(w, "tick_turns", figures->tick_turns);
    json_member_u64(w, "errors", figures->errors);
    if (figures->last_error != 0)
        json_member_text(w, "last_error", strerror(figures->last_error));
}

static void write_input(struct json_writer *w, const struct daemon *daemon,
                        const struct ingress_view *view) {
    const struct input_plan *plan =
        &daemon->plan.inputs[view->scope - gate_scope_of_input(&daemon->set, 0)];
    json_open(w, '{');
    json_member_text(w, "input", view->listener->name);
    settings_input_write(w, plan);
    if (view->listener->kind == INGRESS_UDP) {
        json_member_u64(w, "dropped", view->input.dropped);
    } else {
        json_member_bool(w, "in_place", ingress_listen_in_place(view->listener));
        json_member_u64(w, "connections", view->input.connections);
        json_member_u64(w, "accepted", view->input.accepted);
        json_member_u64(w, "cut", view->input.cut);
        json_open_member(w, "closed", '{');
        for (int i = 0; i < INGRESS_STREAM_ENDS; i++)
            json_member_u64(w, ingress_stream_end_text((enum ingress_stream_end)i),
                            view->input.closed[i]);
        json_close(w, '}');
    }
    write_figures(w, &view->figures);
    json_close(w, '}');
}

static void write_socket(struct json_writer *w, const struct daemon *daemon,
                         const struct ingress_view *from) {
    const struct ingress_view view = *from;
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

/* Of the line cache, what no metric has. */
static void write_known_lines(struct json_writer *w, const struct gate *gate) {
    struct gate_figures figures;
    gate_figures(gate, &figures);
    json_open_member(w, "known_lines", '{');
    json_member_u64(w, "capacity", figures.capacity);
    json_member_u64(w, "hits", figures.hits);
    json_member_u64(w, "misses", figures.misses);
    json_close(w, '}');
}

/* Names of labels are texts of senders. */
static void write_ignored(struct json_writer *w, const struct daemon *daemon) {
    const bool hidden =
        !daemon->settings->rejected_text || settings_debug_access_is_open(&daemon->plan);
    struct gate_ignored ignored;
    json_open_member(w, "ignored_labels", '[');
    for (size_t i = 0; !hidden && gate_ignored_at(daemon->gate, i, &ignored); i++) {
        json_open(w, '{');
        json_member_text(w, "service", ignored.service);
        json_key(w, "label");
        json_bytes(w, ignored.label, ignored.len);
        json_member_u64(w, "spellings", ignored.spellings);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_member_u64(w, "ignored_labels_further", gate_ignored_rest(daemon->gate));
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

/* The sockets of the Unix domain that take datagrams, or the inputs. */
static void write_all(struct json_writer *w, const struct daemon *daemon,
                      void (*write)(struct json_writer *w, const struct daemon *daemon,
                                    const struct ingress_view *view),
                      bool sockets) {
    struct ingress_view view;
    for (size_t i = 0; i < ingress_count(daemon->ingress); i++) {
        ingress_at(daemon->ingress, i, &view);
        if ((view.listener->kind == INGRESS_UNIX) != sockets)
            continue;
        json_line(w);
        write(w, daemon, &view);
    }
}

void debug_ingress_write(const struct daemon *daemon, struct strbuf *out) {
    struct json_writer w = {.out = out};
    json_open(&w, '{');
    json_open_member(&w, "sockets", '[');
    write_all(&w, daemon, write_socket, true);
    json_close(&w, ']');
    json_open_member(&w, "inputs", '[');
    write_all(&w, daemon, write_input, false);
    json_close(&w, ']');
    write_work(&w, daemon);
    write_owners(&w, daemon);
    write_known_lines(&w, daemon->gate);
    write_ignored(&w, daemon);
    debug_restore_write(&w, daemon);
    json_close(&w, '}');
    strbuf_putc(out, '\n');
}
