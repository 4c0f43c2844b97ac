/* One family: its declaration, how to query it, and how to send it. */
#include "base/text.h"
#include "catalog/pattern.h"
#include "page/curves.h"
#include "page/html.h"
#include "page/page_private.h"
#include "page/sample_line.h"
#include "page/words.h"

/* ---- what to ask Prometheus ---- */

static void put_by(struct strbuf *out, const struct catalog_family *family, const char *first) {
    strbuf_puts(out, "sum by (");
    strbuf_puts(out, first);
    for (uint32_t i = 0; i < family->label_count; i++) {
        strbuf_puts(out, i > 0 || *first != '\0' ? ", " : "");
        html_puts(out, family->labels[i].name);
    }
    strbuf_puts(out, ") (");
}

static void put_query(struct strbuf *out, const struct catalog_family *family) {
    if (family->kind->items == ITEMS_BUCKETS) {
        strbuf_puts(out, "histogram_quantile(0.95, ");
        put_by(out, family, "le");
        strbuf_puts(out, "rate(");
        html_puts(out, family->name);
        strbuf_puts(out, "_bucket[5m])))");
    } else if (family->kind->has_totals) {
        html_puts(out, family->name);
    } else if (family->kind->only_grows) {
        put_by(out, family, "");
        strbuf_puts(out, "rate(");
        html_puts(out, family->name);
        strbuf_puts(out, "[5m]))");
    } else {
        html_puts(out, family->name);
        strbuf_puts(out, family->kind->items == ITEMS_STATES ? " == 1" : "");
    }
}

/* ---- what it is ---- */

static void put_label(struct strbuf *out, const struct catalog_label *label) {
    strbuf_puts(out, "<div><dt>");
    html_puts(out, label->name);
    strbuf_puts(out, "</dt><dd>");
    if (label->kind == LABEL_PATTERN) {
        strbuf_puts(out, "up to ");
        words_put_count(out, label->max);
        strbuf_puts(out, " that match <code>");
        html_puts(out, pattern_source(label->pattern));
        strbuf_puts(out, "</code>");
    } else {
        words_put_count(out, label->value_count);
        strbuf_printf(out, " value%s", text_plural(label->value_count));
    }
    strbuf_puts(out, "</dd></div>");
}

static void put_facts(const struct page *page, struct strbuf *out) {
    const struct catalog_family *family = page->family;
    strbuf_puts(out, "<p>");
    html_puts(out, family->help);
    strbuf_puts(out, "</p>\n<dl class=\"figures\"><div><dt>Type</dt><dd>");
    strbuf_puts(out, family->kind->type);
    strbuf_puts(out, "</dd></div><div><dt>Unit</dt><dd>");
    html_puts(out, family->unit != NULL ? family->unit : "none");
    strbuf_puts(out, "</dd></div><div><dt>Series</dt><dd>");
    words_put_count(out, store_family_count(page->source.views.store, family));
    strbuf_puts(out, " of ");
    words_put_count(out, family->bound);
    strbuf_puts(out, "</dd></div>");
    for (uint32_t i = 0; i < family->label_count; i++)
        put_label(out, &family->labels[i]);
    strbuf_puts(out, "</dl>\n");
}

/* Append a line to copy and to try. */
static void put_example(const struct page *page, struct strbuf *out) {
    struct strbuf line;
    strbuf_init_in(&line, page->source.views.memory);
    if (sample_line_put(&line, page->family)) {
        strbuf_puts(out, "<h3>As a line</h3>");
        page_open_copy(out, "the line");
        html_put(out, line.data, line.len);
        page_close_copy(out);
        if (page->source.try_line != NULL) {
            strbuf_puts(out, "<p><a href=\"./?service=");
            html_put_encoded(out, page->service->service, strlen(page->service->service));
            strbuf_puts(out, "&amp;line=");
            html_put_encoded(out, line.data, line.len);
            strbuf_puts(out, "#try\">Try it</a></p>\n");
        }
    }
    out->failed |= line.failed;
    strbuf_done(&line);
}

bool page_write_family(struct page *page, struct slice *slice, struct store_time now) {
    (void)now;
    struct strbuf *out = slice->out;
    page_open_section(out, "family", "This family");
    put_facts(page, out);
    slice_spend(slice, curves_put_family(out, page->source.views.history, page->family));
    if (family_has_lines(page->family) && page->family->exposed) {
        strbuf_puts(out, "<h3>In Prometheus</h3>");
        page_open_copy(out, "the query");
        put_query(out, page->family);
        page_close_copy(out);
    }
    put_example(page, out);
    page_close_section(out);
    slice_spend(slice, 20 + 2 * page->family->label_count);
    return true;
}
