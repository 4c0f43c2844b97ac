/* Senders and what became of their samples, as an equation for each; and processes that ended, with
 * what was lost. */
#include <inttypes.h>

#include "page/html.h"
#include "page/page_private.h"
#include "page/words.h"

enum { ROW_UNITS = 15, LOOK_UNITS = 100, ENDED_FEW = 8, ENDED_MANY = 50, ENDED_LOOK_UNITS = 256 };

/* Append samples = accepted + folded + rejected + ignored. */
static void put_equation(struct strbuf *out, const struct tally *tally) {
    strbuf_puts(out, "<td class=\"n\">");
    words_put_count(out, tally_total(tally));
    strbuf_puts(out, "</td>");
    for (int i = 0; i < VERDICT_COUNT; i++) {
        const uint64_t count = tally->by_verdict[i];
        strbuf_printf(out, "<td class=\"n %s%s\">", i == 0 ? "eq" : "plus",
                      i == VERDICT_REJECTED && count > 0 ? " bad" : "");
        words_put_count(out, count);
        strbuf_puts(out, "</td>");
    }
}

static void put_sender(const struct page *page, struct strbuf *out, size_t row,
                       struct store_time now) {
    const struct ledger *ledger = page->source.views.ledger;
    const struct sender *sender = ledger_sender_at(ledger, row);
    const struct catalog_set *set = page->source.views.set;
    const uint32_t services = ledger_sender_services(ledger, row);
    struct ledger_sent sent = {(uint32_t)sender->service, sender->tally, sender->last_seen_ms};
    if (page->service != NULL)
        (void)ledger_sent_for(ledger, row, page->service->index, &sent);
    strbuf_printf(out, "<tr data-key=\"%zu\"><th scope=\"row\">", row);
    page_put_who(out, sender->comm, sizeof sender->comm, sender->pid, sender->unit);
    strbuf_puts(out, "</th><td>");
    if (services > 0)
        page_put_service(out, set->catalogs[sent.service]);
    if (services > 1)
        strbuf_printf(out, " and %u more", services - 1);
    strbuf_puts(out, "</td><td>");
    page_put_state(out, sender->alive ? "good" : "idle", sender->alive ? "alive" : "gone");
    strbuf_puts(out, "</td>");
    put_equation(out, &sent.tally);
    strbuf_printf(out, "<td class=\"n%s\">", sender->lost > 0 ? " bad" : "");
    words_put_count(out, sender->lost);
    strbuf_puts(out, "</td><td>");
    words_put_ago(out, sent.last_seen_ms, now.real_ms);
    strbuf_puts(out, "</td></tr>\n");
}

static void put_sum(struct strbuf *out, const char *name, const struct tally *tally,
                    uint64_t lost) {
    strbuf_printf(out, "<tr class=\"sum\"><th scope=\"row\">%s</th><td></td><td></td>", name);
    put_equation(out, tally);
    strbuf_puts(out, "<td class=\"n\">");
    words_put_count(out, lost);
    strbuf_puts(out, "</td><td></td></tr>\n");
}

/* ---- those that ended ---- */

static bool shows_ended(const struct page *page, const struct ledger_ended *ended) {
    struct ledger_sent sent;
    return (page->service == NULL || ended->service == (int32_t)page->service->index ||
            (ended->row != SIZE_MAX && ledger_sent_for(page->source.views.ledger, ended->row,
                                                       page->service->index, &sent))) &&
           (page->gathering.pid < 0 || ended->who.pid == page->gathering.pid);
}

/* Append what ended with it: values that it owned, and jobs that were lost. */
static void put_taken(struct strbuf *out, const struct ledger_ended *ended) {
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_count(out, ended->parts);
    strbuf_printf(out, "</td><td class=\"n%s\">", ended->jobs > 0 ? " bad" : "");
    words_put_count(out, ended->jobs);
    strbuf_puts(out, "</td></tr>\n");
}

static void put_ended(const struct page *page, struct strbuf *out, const struct ledger_ended *ended,
                      struct store_time now) {
    const struct catalog_set *set = page->source.views.set;
    strbuf_printf(out, "<tr data-key=\"e%" PRIu64 "\"><th scope=\"row\">", ended->serial);
    page_put_who(out, ended->who.comm, sizeof ended->who.comm, ended->who.pid, ended->who.unit);
    strbuf_puts(out, "</th><td>");
    if (ended->service >= 0 && (size_t)ended->service < set->count)
        page_put_service(out, set->catalogs[ended->service]);
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_ago(out, ended->at_ms, now.real_ms);
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_count(out, ended->samples);
    put_taken(out, ended);
}

/* Append the processes that ended, the latest first. Returns work units. */
static size_t put_ended_senders(const struct page *page, struct strbuf *out,
                                struct store_time now) {
    static const char *const headings[] = {"Ended",    "Service",      "#When",
                                           "#Samples", "#Values gone", "#Jobs lost"};
    const size_t rows = page_rows(page, "senders", ENDED_FEW, ENDED_MANY);
    struct ledger_ended ended = {.serial = UINT64_MAX};
    size_t written = 0;
    while (written < rows && ledger_ended(page->source.views.ledger, ended.serial, &ended)) {
        if (!shows_ended(page, &ended))
            continue;
        if (written++ == 0)
            page_open_table(out, "Senders that ended", headings,
                            sizeof headings / sizeof headings[0]);
        put_ended(page, out, &ended, now);
    }
    if (written > 0)
        page_close_table(out);
    return ENDED_LOOK_UNITS + ROW_UNITS * written;
}

/* ---- the section ---- */

enum { WITH_TABLE = 1, WITHOUT_ROWS }; /* stages after the section has begun */

static bool is_about_all(const struct page *page) {
    return page->service == NULL && page->texts[PAGE_PID] == NULL;
}

/* Whether there is a row, or a sum of rows that were replaced. */
static bool has_rows(const struct page *page) {
    return page->gathering.row_total > 0 ||
           (is_about_all(page) && tally_total(ledger_total(page->source.views.ledger)) > 0);
}

static void put_nobody(const struct page *page, struct strbuf *out) {
    strbuf_puts(out, is_about_all(page)
                         ? "<p class=\"quiet\">Nobody has sent anything yet. <code>statgate send "
                           "LINE</code> sends a line; below you can try one.</p>\n"
                         : "<p class=\"quiet\">Nobody sends for it.</p>\n");
}

static void open(struct page *page, struct strbuf *out) {
    static const char *const headings[] = {
        "Sender",    "Service",     "State",    "#Samples =", "#accepted +",
        "#folded +", "#rejected +", "#ignored", "#Lost",      "Last sample"};
    page_open_section(out, "senders", "Senders");
    page->walk.stage = has_rows(page) ? WITH_TABLE : WITHOUT_ROWS;
    if (page->walk.stage == WITH_TABLE)
        page_open_table(out, "Senders", headings, sizeof headings / sizeof headings[0]);
    else
        put_nobody(page, out);
}

static void close_table(const struct page *page, struct strbuf *out) {
    const struct ledger *ledger = page->source.views.ledger;
    const struct gathering *gathering = &page->gathering;
    if (is_about_all(page)) {
        uint64_t rows;
        uint64_t sent;
        uint64_t lost;
        const struct sender *departed = ledger_departed(ledger, &rows);
        ledger_reported(ledger, &sent, &lost);
        if (rows > 0)
            put_sum(out, "No longer listed", &departed->tally, departed->lost);
        put_sum(out, "All", ledger_total(ledger), lost);
    }
    page_close_table(out);
    page_put_more(page, out, "senders", gathering->row_total - gathering->row_count);
}

bool page_write_senders(struct page *page, struct slice *slice, struct store_time now) {
    const struct view_source *views = &page->source.views;
    struct page_walk *walk = &page->walk;
    if (walk->stage == 0)
        open(page, slice->out);
    for (; walk->at < page->gathering.row_count; walk->at++) {
        if (slice_is_spent(slice))
            return false;
        const uint32_t row = page->gathering.rows[walk->at];
        if (views->look != NULL)
            views->look(views->look_arg, row);
        put_sender(page, slice->out, row, now);
        slice_spend(slice, views->look != NULL ? ROW_UNITS + LOOK_UNITS : ROW_UNITS);
    }
    if (walk->stage == WITH_TABLE)
        close_table(page, slice->out);
    slice_spend(slice, put_ended_senders(page, slice->out, now));
    page_close_section(slice->out);
    return true;
}
