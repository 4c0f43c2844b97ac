/* The JSON of /debug/endpoints. */
#include <string.h>

#include "base/json_writer.h"
#include "base/listen_address.h"
#include "statgated/debug.h"
#include "statgated/facts.h"

static void put_where(struct json_writer *w, const struct daemon *daemon, size_t index) {
    const size_t listener = http_server_listener_of(daemon->http, index);
    char address[LISTEN_TEXT_MAX];
    http_server_address(daemon->http, listener, address, sizeof address);
    json_member_text(w, "address", listener == SIZE_MAX ? NULL : address);
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
