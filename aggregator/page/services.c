/* Services: how full they are, their samples, and their senders. */
#include "page/curves.h"
#include "page/html.h"
#include "page/page_private.h"
#include "page/picture.h"
#include "page/words.h"

enum { SERVICES_FEW = 20, SERVICES_MANY = 60, ROW_UNITS = 12 };

/* Append a bar, coloured if samples may soon be refused. */
static void put_fullness(struct strbuf *out, const struct catalog *service,
                         const struct service_sums *sums) {
    const uint64_t bound = service->bound;
    const uint64_t live = sums->live;
    picture_put_bar(out, bound > 0 ? (double)live / (double)bound : 0, sums->near);
    strbuf_puts(out, " <span class=\"of\">");
    words_put_count(out, live);
    strbuf_puts(out, " of ");
    words_put_count(out, bound);
    strbuf_puts(out, "</span>");
}

static void put_refused(struct strbuf *out, uint64_t count) {
    strbuf_printf(out, "</td><td class=\"n%s\">", count > 0 ? " bad" : "");
    words_put_count(out, count);
    strbuf_puts(out, "</td>");
}

static void put_row(struct page *page, struct strbuf *out, const struct catalog *service,
                    struct store_time now) {
    const struct service_sums *sums = &page->gathering.services[service->index];
    const struct tally *tally = ledger_service(page->source.views.ledger, (int)service->index);
    strbuf_puts(out, "<tr data-key=\"");
    html_puts(out, service->service);
    strbuf_puts(out, "\"><th scope=\"row\">");
    page_put_service(out, service);
    strbuf_puts(out, "</th><td>");
    put_fullness(out, service, sums);
    strbuf_puts(out, "</td>");
    curves_put_service_cell(out, page->source.views.history, (int)service->index);
    strbuf_puts(out, "<td class=\"n\">");
    words_put_count(out, tally_total(tally));
    put_refused(out, tally->by_verdict[VERDICT_REJECTED]);
    strbuf_puts(out, "<td class=\"n\">");
    words_put_count(out, sums->senders);
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_ago(out, sums->last_seen_ms, now.real_ms);
    strbuf_puts(out, "</td></tr>\n");
}

static void open(const struct page *page, struct strbuf *out) {
    static const char *const headings[] = {
        "Service",  "Series, of its bound", "#Now", "#Samples", "#Rejected",
        "#Senders", "#Last sample"};
    static const char *const without[] = {
        "Service", "Series, of its bound", "#Samples", "#Rejected", "#Senders", "#Last sample"};
    const bool has = page->source.views.history != NULL;
    page_open_section(out, "services", "Services");
    page_open_table(out, "Services", has ? headings : without, has ? 7 : 6);
}

bool page_write_services(struct page *page, struct slice *slice, struct store_time now) {
    const struct catalog_set *set = page->source.views.set;
    struct page_walk *walk = &page->walk;
    if (walk->stage == 0)
        open(page, slice->out);
    walk->stage = 1;
    const size_t rows = page_rows(page, "services", SERVICES_FEW, SERVICES_MANY);
    for (; walk->at < set->count && walk->at < rows; walk->at++) {
        if (slice_is_spent(slice))
            return false;
        put_row(page, slice->out, set->catalogs[walk->at], now);
        slice_spend(slice, ROW_UNITS);
    }
    page_close_table(slice->out);
    page_put_more(page, slice->out, "services", set->count - walk->at);
    page_close_section(slice->out);
    return true;
}

/* ---- one service ---- */

bool page_write_service(struct page *page, struct slice *slice, struct store_time now) {
    struct strbuf *out = slice->out;
    const struct catalog *service = page->service;
    const struct service_sums *sums = &page->gathering.services[service->index];
    const struct tally *tally = ledger_service(page->source.views.ledger, (int)service->index);
    page_open_section(out, "service", "This service");
    strbuf_puts(out, "<dl class=\"figures\"><div><dt>Series</dt><dd>");
    put_fullness(out, service, sums);
    for (int i = 0; i < VERDICT_COUNT; i++) {
        const char *word = ledger_verdict_text((enum verdict)i);
        strbuf_printf(out, "</dd></div><div><dt>%c%s</dt><dd>", *word - 'a' + 'A', word + 1);
        words_put_count(out, tally->by_verdict[i]);
    }
    strbuf_puts(out, "</dd></div><div><dt>Senders</dt><dd>");
    words_put_count(out, sums->senders);
    strbuf_puts(out, "</dd></div><div><dt>Last sample</dt><dd>");
    words_put_ago(out, sums->last_seen_ms, now.real_ms);
    strbuf_puts(out, "</dd></div><div><dt>Declared in</dt><dd><code>");
    html_puts(out, service->file);
    strbuf_puts(out, "</code></dd></div></dl>\n");
    slice_spend(slice, curves_put_service(out, page->source.views.history, (int)service->index));
    page_close_section(out);
    slice_spend(slice, ROW_UNITS);
    return true;
}
