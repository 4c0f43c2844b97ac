/* Pieces of HTML that the sections share. */
#include "page/html.h"
#include "page/page_private.h"
#include "page/words.h"

size_t page_rows(const struct page *page, const char *name, size_t few, size_t many) {
    const char *shown = page->texts[PAGE_SHOW];
    return shown != NULL && strcmp(shown, name) == 0 ? many : few;
}

/* ---- sections and tables ---- */

void page_open_section(struct strbuf *out, const char *name, const char *title) {
    strbuf_printf(out,
                  "<section id=\"%s\" aria-labelledby=\"%s-title\"><h2 id=\"%s-title\">%s</h2>\n",
                  name, name, name, title);
}

void page_close_section(struct strbuf *out) {
    strbuf_puts(out, "</section>\n");
}

void page_open_table(struct strbuf *out, const char *caption, const char *const *headings,
                     size_t count) {
    strbuf_printf(out,
                  "<div class=\"wide\" role=\"group\" aria-label=\"Table: %s\" "
                  "tabindex=\"0\"><table><thead><tr>",
                  caption);
    for (size_t i = 0; i < count; i++) {
        const bool number = headings[i][0] == '#';
        strbuf_printf(out, "<th scope=\"col\"%s>%s</th>", number ? " class=\"n\"" : "",
                      headings[i] + (number ? 1 : 0));
    }
    strbuf_puts(out, "</tr></thead><tbody>\n");
}

void page_close_table(struct strbuf *out) {
    strbuf_puts(out, "</tbody></table></div>\n");
}

/* ---- links ---- */

void page_put_address(struct strbuf *out, const struct catalog *service,
                      const struct catalog_family *family) {
    strbuf_puts(out, "\"./?service=");
    html_put_encoded(out, service->service, strlen(service->service));
    if (family != NULL) {
        strbuf_puts(out, "&amp;family=");
        html_put_encoded(out, family->name, strlen(family->name));
    }
    strbuf_putc(out, '"');
}

void page_put_service(struct strbuf *out, const struct catalog *service) {
    strbuf_puts(out, "<a href=");
    page_put_address(out, service, NULL);
    strbuf_putc(out, '>');
    html_puts(out, service->service);
    strbuf_puts(out, "</a>");
}

void page_put_family(struct strbuf *out, const struct catalog_family *family) {
    strbuf_puts(out, "<a href=");
    page_put_address(out, family->catalog, family);
    strbuf_putc(out, '>');
    html_puts(out, family->name);
    strbuf_puts(out, "</a>");
}

/* The JSON view that has the whole of a section. */
static const char *debug_view(const char *name) {
    static const char *const others[][2] = {
        {"problems", "status"}, {"services", "catalog"}, {"folded", "rejections"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(others[i][0], name) == 0)
            return others[i][1];
    return name;
}

/* Append the address of the rest of a list: its own page, or, on that page, the JSON view. */
static void put_rest_address(const struct page *page, struct strbuf *out, const char *name) {
    if (page_rows(page, name, 0, 1) > 0) {
        strbuf_printf(out, "\"./debug/%s", debug_view(name));
    } else {
        strbuf_printf(out, "\"./?show=%s", name);
        if (page->service != NULL) {
            strbuf_puts(out, "&amp;service=");
            html_put_encoded(out, page->service->service, strlen(page->service->service));
        }
    }
    strbuf_putc(out, '"');
}

void page_put_more(const struct page *page, struct strbuf *out, const char *name, uint64_t left) {
    if (left == 0)
        return;
    strbuf_puts(out, "<p class=\"more\"><a href=");
    put_rest_address(page, out, name);
    strbuf_putc(out, '>');
    words_put_count(out, left);
    strbuf_puts(out, " more</a></p>\n");
}

/* ---- values ---- */

void page_put_state(struct strbuf *out, const char *class, const char *word) {
    strbuf_printf(out, "<span class=\"state %s\">%s</span>", class, word);
}

void page_put_labels(struct strbuf *out, const struct store *store,
                     const struct catalog_family *family, const struct series *series) {
    const uint32_t *ids = series_ids(family, series);
    if (family->label_count == 0)
        strbuf_puts(out, "<span class=\"quiet\">no labels</span>");
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_value value = store_label_value(store, family, i, ids[i]);
        strbuf_puts(out, "<span class=\"label\">");
        html_puts(out, family->labels[i].name);
        strbuf_puts(out, "=\"");
        html_put_isolated(out, value.text, value.len);
        strbuf_puts(out, "\"</span> ");
    }
}

void page_put_who(struct strbuf *out, const char *comm, size_t comm_max, int32_t pid,
                  const char *unit) {
    const size_t len = strnlen(comm, comm_max);
    if (len > 0)
        html_put_isolated(out, comm, len);
    if (pid > 0)
        strbuf_printf(out, "%s<span class=\"quiet\">process %d</span>", len > 0 ? " " : "", pid);
    if (unit == NULL || *unit == '\0')
        return;
    strbuf_puts(out, " <span class=\"quiet\">");
    html_put_isolated(out, unit, strlen(unit));
    strbuf_puts(out, "</span>");
}

void page_open_copy(struct strbuf *out, const char *what) {
    strbuf_printf(out, "<div class=\"copyable\" data-what=\"%s\"><pre>", what);
}

void page_close_copy(struct strbuf *out) {
    strbuf_puts(out, "</pre></div>\n");
}
