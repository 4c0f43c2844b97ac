#include "page/page.h"

#include "base/strbuf.h"
#include "view/slice.h"

struct page_cursor {
    struct view view;
    const struct page_source *source;
};

/* Attributes included. */
static void put_html(struct strbuf *out, const char *text) {
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            strbuf_puts(out, "&amp;");
            break;
        case '<':
            strbuf_puts(out, "&lt;");
            break;
        case '>':
            strbuf_puts(out, "&gt;");
            break;
        case '"':
            strbuf_puts(out, "&quot;");
            break;
        case '\'':
            strbuf_puts(out, "&#39;");
            break;
        default:
            strbuf_putc(out, *text);
        }
    }
}

static void put_link(struct strbuf *out, const char *path) {
    strbuf_puts(out, "<a href=\"");
    put_html(out, path);
    strbuf_puts(out, "\">");
    put_html(out, path);
    strbuf_puts(out, "</a>");
}

/* A link where the browser is already: from elsewhere the daemon's address may be another one. */
static void put_endpoint(struct strbuf *out, const struct page_endpoint *endpoint) {
    strbuf_puts(out, "<li><code>");
    put_html(out, endpoint->address);
    strbuf_puts(out, "</code>");
    if (endpoint->here) {
        put_link(out, endpoint->path);
    } else {
        strbuf_puts(out, "<code>");
        put_html(out, endpoint->path);
        strbuf_puts(out, "</code>");
    }
    strbuf_puts(out, " ");
    put_html(out, endpoint->services);
    strbuf_puts(out, "</li>\n");
}

static enum view_state step(struct view *view, struct strbuf *out, size_t budget,
                            struct store_time now) {
    const struct page_source *source = ((struct page_cursor *)view)->source;
    (void)budget;
    (void)now;
    strbuf_puts(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width\">\n"
                     "<title>statgate</title>\n"
                     "<link rel=\"stylesheet\" href=\"-/statgate.css\">\n"
                     "<script src=\"-/statgate.js\" defer></script>\n</head>\n<body>\n"
                     "<h1>statgate</h1>\n<p>Receives metric datagrams on a Unix socket, accepts "
                     "what its catalogs declare, and serves the numbers.</p>\n"
                     "<p>Metrics, and those of one service at PATH/SERVICE:</p>\n<ul>\n");
    for (size_t i = 0; i < source->endpoint_count; i++)
        put_endpoint(out, &source->endpoints[i]);
    strbuf_puts(out, "</ul>\n<p>Everything else is listed at <a href=\"debug\">/debug</a>.</p>\n"
                     "</body>\n</html>\n");
    return VIEW_DONE;
}

static void cursor_free(struct view *view) {
    const struct page_cursor *cursor = (struct page_cursor *)view;
    memory_release(cursor->source->views.memory, view);
}

struct view *page_view(const struct page_source *source, const struct page_query *query) {
    (void)query;
    struct page_cursor *cursor = memory_alloc(source->views.memory, sizeof *cursor);
    if (cursor == NULL)
        return NULL;
    cursor->view = (struct view){.step = step, .free = cursor_free};
    cursor->source = source;
    return &cursor->view;
}

bool page_exists(const struct page_source *source, const struct page_query *query) {
    (void)source;
    (void)query;
    return true;
}
