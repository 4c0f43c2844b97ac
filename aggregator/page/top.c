/* The beginning and end of every page: the summary line, the search, and the reader's position. */
#include "page/html.h"
#include "page/page_private.h"
#include "page/words.h"
#include "view/view.h"

static void put_head(struct strbuf *out, const struct page *page) {
    strbuf_puts(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    if (page->family != NULL)
        html_puts(out, page->family->name);
    else if (page->service != NULL)
        html_puts(out, page->service->service);
    strbuf_puts(out, page->service != NULL ? " \u00b7 " : "");
    if (page->status->facts.host != NULL) {
        html_puts(out, page->status->facts.host);
        strbuf_puts(out, " \u00b7 ");
    }
    strbuf_puts(out, "statgate</title>\n");
    strbuf_puts(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<link rel=\"icon\" href=\"data:,\">\n"
                     "<link rel=\"stylesheet\" href=\"./-/statgate.css\">\n"
                     "<script src=\"./-/statgate.js\" defer></script>\n</head>\n<body>\n"
                     "<a class=\"skip\" href=\"#main\">To the content</a>\n");
}

/* Append the search, which stays within the service that the page shows. */
static void put_search(struct strbuf *out, const struct page *page) {
    const char *search = page->texts[PAGE_SEARCH];
    strbuf_puts(
        out, "<form role=\"search\" action=\"./\" method=\"get\"><input type=\"search\" name=\"q\" "
             "id=\"q\" "
             "placeholder=\"Search\" aria-label=\"Search services, families and labels\" value=\"");
    if (search != NULL)
        html_puts(out, search);
    strbuf_puts(out, "\"><button>Search</button></form>\n");
}

/* Append the reader's position. */
static void put_crumbs(struct strbuf *out, const struct page *page) {
    if (page->sections != NULL && page->service == NULL && page->texts[PAGE_SEARCH] == NULL &&
        page->texts[PAGE_SHOW] == NULL && page->texts[PAGE_PID] == NULL && !page->is_missing)
        return;
    strbuf_puts(out, "<nav aria-label=\"Place\" class=\"crumbs\"><a href=\"./\">All services</a>");
    if (page->service != NULL) {
        strbuf_puts(out, " \u203a ");
        page_put_service(out, page->service);
    }
    if (page->family != NULL) {
        strbuf_puts(out, " \u203a ");
        page_put_family(out, page->family);
    }
    strbuf_puts(out, "</nav>\n");
}

/* Append "3 problems". */
static void put_verdict(struct strbuf *out, const struct status *status) {
    const uint64_t count = status->problems.count + status->problems.left_out;
    strbuf_puts(out, "<p role=\"status\" aria-live=\"polite\" class=\"verdict\">");
    if (count == 0) {
        page_put_state(out, "good", "OK");
        strbuf_puts(out, " <span class=\"quiet\">no problems</span></p>\n");
        return;
    }
    strbuf_puts(out, "<a href=\"./#problems\"><span class=\"state bad\">");
    words_put_count(out, count);
    strbuf_puts(out, count == 1 ? " problem</span></a></p>\n" : " problems</span></a></p>\n");
}

static void open_figure(struct strbuf *out, const char *name) {
    strbuf_printf(out, "<div><dt>%s</dt><dd>", name);
}

static void close_figure(struct strbuf *out) {
    strbuf_puts(out, "</dd></div>");
}

/* Append a rate if it is known, else the number since the start. */
static void put_flow(struct strbuf *out, const char *name, double rate, uint64_t count) {
    open_figure(out, name);
    if (rate >= 0)
        words_put_short(out, rate, "/s");
    else
        words_put_short(out, (double)count, "");
    close_figure(out);
}

static void put_facts(struct strbuf *out, const struct status *status, struct store_time now) {
    const struct status_facts *facts = &status->facts;
    open_figure(out, "Series");
    words_put_count(out, status->series);
    close_figure(out);
    if (facts->queue_capacity > 0) {
        open_figure(out, "Queue");
        words_put_share(out, (double)facts->queue_most / (double)facts->queue_capacity);
        close_figure(out);
    }
    if (facts->memory_bytes > 0) {
        open_figure(out, "Memory");
        words_put_bytes(out, (double)facts->memory_bytes);
        if (facts->memory_bound > 0) {
            strbuf_puts(out, " <span class=\"quiet\">of ");
            words_put_bytes(out, (double)facts->memory_bound);
            strbuf_puts(out, "</span>");
        }
        close_figure(out);
    }
    if (facts->started_ms > 0) {
        open_figure(out, "Started");
        words_put_ago(out, now.real_ms - (now.mono_ms - facts->started_mono_ms), now.real_ms);
        close_figure(out);
    }
    if (facts->loaded_ms > 0) {
        open_figure(out, "Catalogs read");
        words_put_ago(out, facts->loaded_ms, now.real_ms);
        close_figure(out);
    }
}

/* Append what is folded most, which nobody has to act on. */
static void put_folding(struct strbuf *out, const struct status_folding *folding) {
    const struct catalog_family *family = folding->family;
    const struct who *who = &folding->who;
    if (family == NULL)
        return;
    strbuf_puts(out, "<p class=\"quiet folding\">Folded as declared, ");
    words_put_short(out, folding->rate, "/s");
    strbuf_puts(out, " and most of ");
    page_put_family(out, family);
    if (folding->label >= 0) {
        strbuf_puts(out, " by label ");
        html_puts(out, family->labels[folding->label].name);
    }
    if (who->pid > 0 || who->comm[0] != '\0') {
        strbuf_puts(out, ", from ");
        page_put_who(out, who->comm, sizeof who->comm, who->pid, who->unit);
    }
    strbuf_puts(out, "</p>");
}

static void put_truth(struct strbuf *out, const struct page *page, struct store_time now) {
    const struct status *status = page->status;
    strbuf_puts(out, "<div id=\"truth\" class=\"truth\">");
    put_verdict(out, status);
    strbuf_puts(out, "<dl class=\"figures\">");
    put_flow(out, "Samples", status->facts.samples_rate, status->samples);
    put_flow(out, "Rejected", status->facts.rejected_rate, status->rejected);
    put_flow(out, "Folded", status->facts.folded_rate, status->folded);
    put_flow(out, "Lost", -1, status->lost);
    put_facts(out, status, now);
    strbuf_puts(out, "</dl>");
    put_folding(out, &status->folding);
    strbuf_puts(out, "</div>\n");
}

bool page_write_top(struct page *page, struct slice *slice, struct store_time now) {
    struct strbuf *out = slice->out;
    put_head(out, page);
    strbuf_puts(out, "<header><h1><a href=\"./\">statgate</a> <span class=\"quiet\">");
    html_puts(out, page->source.version != NULL ? page->source.version : "");
    strbuf_puts(out, "</span></h1>\n");
    put_search(out, page);
    put_truth(out, page, now);
    strbuf_puts(out, "</header>\n");
    put_crumbs(out, page);
    strbuf_puts(out, "<main id=\"main\">\n");
    slice_spend(slice, 20);
    return true;
}

bool page_write_missing(struct page *page, struct slice *slice, struct store_time now) {
    const struct json_query query = {.service = page->texts[PAGE_SERVICE],
                                     .family = page->texts[PAGE_FAMILY]};
    struct json_selection selection;
    const char *near = NULL;
    (void)now;
    page_open_section(slice->out, "missing", "There is no such page");
    if (!view_json_selection_check(&page->source.views, &query, NULL, &selection, &near)) {
        strbuf_puts(slice->out, "<p>");
        html_puts(slice->out, near);
        strbuf_puts(slice->out, "</p>\n");
    }
    strbuf_puts(slice->out, "<p>No catalog that is loaded declares it, or this is no section. "
                            "<a href=\"./\">All services</a></p>\n");
    page_close_section(slice->out);
    return true;
}

/* ---- the end ---- */

/* Append an endpoint: a link only if it is at this page's address. From elsewhere, the daemon may
 * have another address. */
static void put_endpoint(struct strbuf *out, const struct page_endpoint *endpoint) {
    strbuf_puts(out, "<li>");
    if (endpoint->here) {
        strbuf_puts(out, "<a href=\".");
        html_puts(out, endpoint->path);
        strbuf_puts(out, "\">");
        html_puts(out, endpoint->path);
        strbuf_puts(out, "</a> ");
    } else {
        strbuf_puts(out, "<code>");
        html_puts(out, endpoint->address);
        html_puts(out, endpoint->path);
        strbuf_puts(out, "</code> ");
    }
    html_puts(out, endpoint->services);
    strbuf_puts(out, "</li>");
}

static void put_debug(struct strbuf *out, const char *name) {
    strbuf_printf(out, "<li><a href=\"./debug/%s\">/debug/%s</a></li>", name, name);
}

bool page_write_bottom(struct page *page, struct slice *slice, struct store_time now) {
    enum { ENDPOINTS_SHOWN = 20 };
    (void)now;
    struct strbuf *out = slice->out;
    strbuf_puts(out, "</main>\n<footer><nav aria-label=\"Other pages\"><h2>Metrics</h2><ul>");
    for (size_t i = 0; i < page->source.endpoint_count && i < ENDPOINTS_SHOWN; i++)
        put_endpoint(out, &page->source.endpoints[i]);
    strbuf_puts(out, "</ul><h2>As JSON</h2><ul>");
    static const char *const views[] = {"status", "series",  "rejections", "senders",   "breakers",
                                        "jobs",   "history", "catalog",    "endpoints", "ingress"};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        put_debug(out, views[i]);
    if (page->source.views.events != NULL)
        put_debug(out, "events");
    if (page->source.views.set->query_count > 0)
        put_debug(out, "queries");
    strbuf_puts(out, "</ul></nav></footer>\n</body></html>\n");
    slice_spend(slice, 20);
    return true;
}
