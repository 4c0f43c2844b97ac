/* SPDX-License-Identifier: MIT */
/* refused.c - rejected lines, and the form that explains a line. */
#include "page/page_private.h"

#include "base/num.h"
#include "hints/hints.h"
#include "sg_proto.h"

/* ---- refusal ---- */

/* Append the line, with the byte at fault marked. */
static void put_line(struct strbuf *out, const struct recent *recent) {
    const size_t at = recent->offset < recent->line_len ? recent->offset : recent->line_len;
    size_t marked = recent->line_len > at ? 1 : 0;
    while (at + marked < recent->line_len && (recent->line[at + marked] & 0xc0) == 0x80)
        marked++; /* marks a whole character */
    strbuf_puts(out, "<pre class=\"sample\"><bdi>");
    page_html_put(out, recent->line, at);
    strbuf_puts(out, "<mark>");
    if (marked > 0)
        page_html_put(out, recent->line + at, marked);
    else
        strbuf_puts(out, "\u23ce");
    strbuf_puts(out, "</mark>");
    page_html_put(out, recent->line + at + marked, recent->line_len - at - marked);
    strbuf_puts(out, recent->line_cut ? "\u2026</bdi>" : "</bdi>");
    strbuf_printf(out, " <span class=\"quiet\">byte %zu</span></pre>\n", at + 1);
}

/* ---- what to do ---- */

static struct sg_span span_of(const char *text) {
    return (struct sg_span){.at = text, .len = strlen(text)};
}

static struct hints_group group_of(const struct status_problem *problem) {
    struct hints_group group = {.family = problem->family, .reason = problem->reason};
    if (problem->family != NULL && problem->label >= 0)
        group.label = span_of(problem->family->labels[problem->label].name);
    return group;
}

static void put_advice(struct strbuf *out, const struct page *page,
                       const struct hints_group *group) {
    const struct view_source *views = &page->source.views;
    const struct hints_world world = {.set = views->set, .breakers_jobs = views->breakers_jobs};
    struct strbuf text;
    strbuf_init_in(&text, views->memory);
    hints_of_group(&text, &world, group);
    strbuf_puts(out, "<p class=\"hint\">");
    page_html_put_lines(out, text.data, text.len);
    strbuf_puts(out, "</p>\n");
    out->failed |= text.failed;
    strbuf_done(&text);
}

size_t page_refusal_put(struct strbuf *out, const struct page *page,
                        const struct status_problem *problem) {
    enum { UNITS = 300 };
    const struct view_source *views = &page->source.views;
    struct hints_group group = group_of(problem);
    const struct recent *recent =
        views->hides_texts ? NULL : hints_latest_find(views->ledger, &group);
    if (recent != NULL)
        put_line(out, recent);
    strbuf_puts(out, "<details><summary>What to do</summary>\n");
    put_advice(out, page, &group);
    strbuf_puts(out, "</details>");
    return UNITS;
}

/* ---- sample line ---- */

/* Append "1|c", "worked|a" */
static bool put_value(struct strbuf *out, const struct catalog_family *family) {
    char digits[NUM_TEXT_MAX];
    if (family->attempts != NULL) {
        strbuf_printf(out, "%s|a", family->attempts->words[0]);
    } else if (family->jobs != NULL) {
        strbuf_puts(out, "started|j");
    } else if (family->bucket_count > 0) {
        strbuf_put(out, digits, num_put_go(digits, family->buckets[family->bucket_count / 2]));
        strbuf_puts(out, "|h");
    } else if (family->kind->has_window) {
        strbuf_puts(out, "0.25|h");
    } else if (family->state_label != NULL) {
        strbuf_puts(out, "1|g");
    } else if (family->kind->examples[0] != NULL) {
        strbuf_puts(out, family->kind->examples[0]);
    } else {
        return false; /* relayed summaries take several lines */
    }
    return true;
}

static bool put_tag(struct strbuf *out, const struct catalog_label *label, bool *first) {
    char text[CATALOG_VALUE_MAX + 1];
    if (label->kind == LABEL_CONST)
        return true;
    const char *value = catalog_example(label, text);
    if (value == NULL)
        return label->default_value >= 0;
    strbuf_printf(out, "%s%s:%s", *first ? "|#" : ",", label->name, value);
    *first = false;
    return true;
}

bool page_sample_line_put(struct strbuf *out, const struct catalog_family *family) {
    const size_t start = out->len;
    bool first = true;
    if (family->source != SOURCE_DATAGRAMS || family->catalog->internal || !family->exposed)
        return false;
    strbuf_printf(out, "%s:", family->name);
    bool whole = put_value(out, family);
    for (uint32_t i = 0; i < family->label_count && whole; i++)
        whole = put_tag(out, &family->labels[i], &first);
    if (family->state_label != NULL && whole)
        whole = put_tag(out, family->state_label, &first);
    if (family->jobs != NULL)
        strbuf_puts(out, "|i:7f3a");
    if (!whole)
        out->len = start;
    return whole;
}

/* ---- spelled: values and names as senders spelled them; and the section of folded values. ---- */

enum { LIST_MAX = 5, FOLDED_FEW = 8, FOLDED_MANY = 100, ROW_UNITS = 12, ORDER_UNITS = 60 };

static void put_sender(struct strbuf *out, const struct who *who) {
    if (who != NULL)
        page_put_who(out, who->comm, sizeof who->comm, who->pid, who->unit);
}

/* Append a count, some of which may belong to other spellings. */
static void put_count(struct strbuf *out, const struct ledger_spelled *spelled) {
    page_words_put_count(out, spelled->count);
    if (spelled->error == 0)
        return;
    strbuf_puts(out, " <span class=\"quiet\">or ");
    page_words_put_count(out, spelled->error);
    strbuf_puts(out, " fewer</span>");
}

/* ---- of rejections ---- */

static void put_item(struct strbuf *out, const struct ledger_spelled *spelled,
                     struct store_time now) {
    strbuf_puts(out, "<li><code>");
    page_html_put_isolated(out, spelled->text, spelled->len);
    strbuf_puts(out, "</code> ");
    put_count(out, spelled);
    strbuf_puts(out, " <span class=\"who\">last ");
    page_words_put_ago(out, spelled->last_ms, now.real_ms);
    strbuf_puts(out, " by ");
    put_sender(out, spelled->sender);
    strbuf_puts(out, "</span></li>");
}

static bool is_of(const struct ledger_spelled *spelled, const struct status_problem *problem) {
    return spelled->reason == problem->reason && spelled->family == problem->family &&
           (problem->family != NULL || spelled->service == problem->service);
}

size_t page_spelled_put_of_problem(struct strbuf *out, const struct page *page,
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
    page_html_puts(out, spelled->label >= 0 ? family->labels[spelled->label].name : "");
    strbuf_putc(out, '=');
    page_html_put_isolated(out, spelled->text, spelled->len);
    strbuf_puts(out, "</span></th><td class=\"n\">");
    put_count(out, spelled);
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_short(out, spelled->rate, "/s");
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_ago(out, spelled->first_ms, now.real_ms);
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_ago(out, spelled->last_ms, now.real_ms);
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

/* ---- try: A form for a line: shows what would become of it. ---- */

static void put_form(const struct page *page, struct strbuf *out) {
    const char *line = page->texts[PAGE_LINE];
    strbuf_puts(out, "<form action=\"./#try\" method=\"get\">");
    if (page->service != NULL) {
        strbuf_puts(out, "<input type=\"hidden\" name=\"service\" value=\"");
        page_html_puts(out, page->service->service);
        strbuf_puts(out, "\">");
    }
    strbuf_puts(out, "<label for=\"line\">A line, as a program would send it</label>"
                     "<input id=\"line\" name=\"line\" class=\"line\" spellcheck=\"false\" "
                     "autocomplete=\"off\" autocapitalize=\"none\" "
                     "placeholder=\"requests_total:1|c|#path:/\" value=\"");
    if (line != NULL)
        page_html_puts(out, line);
    strbuf_puts(out, "\"><button>Try</button></form>\n");
}

static void put_outcome(const struct page *page, struct strbuf *out) {
    const char *line = page->texts[PAGE_LINE];
    struct strbuf text;
    strbuf_init_in(&text, page->source.views.memory);
    page->source.try_line(page->source.try_arg, line, strlen(line), &text);
    strbuf_puts(
        out,
        "<pre class=\"outcome\" role=\"group\" aria-label=\"What becomes of it\" tabindex=\"0\">");
    page_html_put_lines(out, text.data, text.len);
    strbuf_puts(out, "</pre>\n");
    out->failed |= text.failed;
    strbuf_done(&text);
}

bool page_write_try(struct page *page, struct slice *slice, struct store_time now) {
    (void)now;
    struct strbuf *out = slice->out;
    if (page->source.try_line == NULL)
        return true;
    page_open_section(out, "try", "Try a line");
    put_form(page, out);
    if (page->texts[PAGE_LINE] != NULL)
        put_outcome(page, out);
    page_close_section(out);
    slice_spend(slice, 200);
    return true;
}
