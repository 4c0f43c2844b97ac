/*
 * spelled.c - see spelled.h; and the section of folded values.
 */
#include "page/spelled.h"

#include "page/html.h"
#include "page/words.h"

enum { LIST_MAX = 5, FOLDED_FEW = 8, FOLDED_MANY = 100, ROW_UNITS = 12, ORDER_UNITS = 60 };

static void put_sender(struct strbuf *out, const struct who *who) {
    if (who != NULL)
        page_put_who(out, who->comm, sizeof who->comm, who->pid, who->unit);
}

/* Append a count, some of which may belong to other spellings. */
static void put_count(struct strbuf *out, const struct ledger_spelled *spelled) {
    words_put_count(out, spelled->count);
    if (spelled->error == 0)
        return;
    strbuf_puts(out, " <span class=\"quiet\">or ");
    words_put_count(out, spelled->error);
    strbuf_puts(out, " fewer</span>");
}

/* ---- of rejections ---- */

static void put_item(struct strbuf *out, const struct ledger_spelled *spelled,
                     struct store_time now) {
    strbuf_puts(out, "<li><code>");
    html_put_isolated(out, spelled->text, spelled->len);
    strbuf_puts(out, "</code> ");
    put_count(out, spelled);
    strbuf_puts(out, " <span class=\"who\">last ");
    words_put_ago(out, spelled->last_ms, now.real_ms);
    strbuf_puts(out, " by ");
    put_sender(out, spelled->sender);
    strbuf_puts(out, "</span></li>");
}

static bool is_of(const struct ledger_spelled *spelled, const struct status_problem *problem) {
    return spelled->reason == problem->reason && spelled->family == problem->family &&
           (problem->family != NULL || spelled->service == problem->service);
}

size_t spelled_put_of_problem(struct strbuf *out, const struct page *page,
                              const struct status_problem *problem, struct store_time now) {
    const struct ledger *ledger = page->source.views.ledger;
    const enum ledger_spelling which =
        problem->reason == SG_REJECT_UNKNOWN_FAMILY ? LEDGER_UNKNOWN_NAMES : LEDGER_UNKNOWN_LABELS;
    uint16_t places[LEDGER_SPELLED_MAX];
    if (page->source.views.hides_texts ||
        (problem->reason != SG_REJECT_UNKNOWN_FAMILY && problem->reason != SG_REJECT_UNKNOWN_LABEL))
        return 0;
    const size_t count = ledger_spelled_order(ledger, which, places);
    size_t written = 0;
    size_t more = 0;
    for (size_t i = 0; i < count; i++) {
        struct ledger_spelled spelled;
        if (!ledger_spelled(ledger, which, places[i], now.real_ms, &spelled) ||
            !is_of(&spelled, problem))
            continue;
        if (written == LIST_MAX) {
            more++;
            continue;
        }
        if (written++ == 0)
            strbuf_puts(out, "<ul class=\"spelled\">");
        put_item(out, &spelled, now);
    }
    if (more > 0)
        strbuf_printf(out, "<li><a href=\"./debug/rejections\">%zu more</a></li>", more);
    if (written > 0)
        strbuf_puts(out, "</ul>\n");
    return ORDER_UNITS + ROW_UNITS * written;
}

/* ---- folded values ---- */

static void put_row(struct strbuf *out, const struct ledger_spelled *spelled, uint16_t place,
                    struct store_time now) {
    const struct catalog_family *family = spelled->family;
    strbuf_printf(out, "<tr data-key=\"%u\"><th scope=\"row\">", place);
    page_put_family(out, family);
    strbuf_puts(out, " <span class=\"label\">");
    html_puts(out, spelled->label >= 0 ? family->labels[spelled->label].name : "");
    strbuf_putc(out, '=');
    html_put_isolated(out, spelled->text, spelled->len);
    strbuf_puts(out, "</span></th><td class=\"n\">");
    put_count(out, spelled);
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_short(out, spelled->rate, "/s");
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_ago(out, spelled->first_ms, now.real_ms);
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_ago(out, spelled->last_ms, now.real_ms);
    strbuf_puts(out, "</td><td>");
    put_sender(out, spelled->sender);
    strbuf_puts(out, "</td></tr>\n");
}

static void open(struct strbuf *out) {
    static const char *const headings[] = {"Value",  "#Samples", "#Now",
                                           "#First", "#Last",    "Last by"};
    page_open_section(out, "folded", "Folded values");
    strbuf_puts(
        out,
        "<p class=\"quiet\">Values that no catalog lists, or that found no room: they count as "
        "<code>otherwise</code>.</p>\n");
    page_open_table(out, "Folded values", headings, sizeof headings / sizeof headings[0]);
}

bool page_write_folded(struct page *page, struct slice *slice, struct store_time now) {
    const struct ledger *ledger = page->source.views.ledger;
    struct strbuf *out = slice->out;
    uint16_t places[LEDGER_SPELLED_MAX];
    uint64_t left = 0;
    size_t written = 0;
    if (page->source.views.hides_texts)
        return true;
    const size_t rows = page_rows(page, "folded", FOLDED_FEW, FOLDED_MANY);
    const size_t count = ledger_spelled_order(ledger, LEDGER_FOLDED_VALUES, places);
    for (size_t i = 0; i < count; i++) {
        struct ledger_spelled spelled;
        if (!ledger_spelled(ledger, LEDGER_FOLDED_VALUES, places[i], now.real_ms, &spelled) ||
            spelled.family == NULL || !page_has_service(page, spelled.family->catalog) ||
            (page->family != NULL && spelled.family != page->family))
            continue;
        if (written == rows) {
            left++;
            continue;
        }
        if (written++ == 0)
            open(out);
        put_row(out, &spelled, places[i], now);
    }
    slice_spend(slice, ORDER_UNITS + written * ROW_UNITS);
    if (written == 0)
        return true;
    page_close_table(out);
    page_put_more(page, out, "folded", left);
    page_close_section(out);
    return true;
}
