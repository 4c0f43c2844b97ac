/* A form for a line: shows what would become of it. */
#include "page/html.h"
#include "page/page_private.h"

static void put_form(const struct page *page, struct strbuf *out) {
    const char *line = page->texts[PAGE_LINE];
    strbuf_puts(out, "<form action=\"./#try\" method=\"get\">");
    if (page->service != NULL) {
        strbuf_puts(out, "<input type=\"hidden\" name=\"service\" value=\"");
        html_puts(out, page->service->service);
        strbuf_puts(out, "\">");
    }
    strbuf_puts(out, "<label for=\"line\">A line, as a program would send it</label>"
                     "<input id=\"line\" name=\"line\" class=\"line\" spellcheck=\"false\" "
                     "autocomplete=\"off\" autocapitalize=\"none\" "
                     "placeholder=\"requests_total:1|c|#path:/\" value=\"");
    if (line != NULL)
        html_puts(out, line);
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
    html_put_lines(out, text.data, text.len);
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
