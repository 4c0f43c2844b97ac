/*
 * landing_page.c - see landing_page.h.
 */
#include "http/landing_page.h"

static const char ABOUT[] = "Receives metric datagrams on a Unix socket, accepts what its catalogs "
                            "declare, and serves the numbers.";

/* "127.0.0.1:9464", as bound; "" for a page that is nowhere. */
static void address_of(const struct http_page *page, char out[LISTEN_TEXT_MAX]) {
    *out = '\0';
    if (page->listener != NULL)
        listen_address_text(&page->listener->socket.address, out, LISTEN_TEXT_MAX);
}

/* ---- text ---- */

static void put_line(struct strbuf *out, const char *path, const char *about) {
    strbuf_printf(out, "  %-18s %s\n", path, about);
}

void landing_page_write_text(struct strbuf *out, const struct listener *listener) {
    const struct http_server *server = listener->server;
    char address[LISTEN_TEXT_MAX];
    strbuf_printf(out, "statgate\n%s\n\nMetrics, and those of one service at PATH/SERVICE:\n",
                  ABOUT);
    for (size_t i = 0; i < server->page_count; i++) {
        const struct http_page *page = &server->pages[i];
        address_of(page, address);
        if (*address == '\0')
            continue;
        strbuf_printf(out, "  %s%s  ", address, page->path);
        endpoint_put_services(out, page->endpoint);
        strbuf_putc(out, '\n');
    }
    strbuf_puts(out, "\nHere:\n");
    route_list(out, &listener->table, put_line);
}

/* ---- HTML ---- */

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

static void put_item(struct strbuf *out, const char *path, const char *about) {
    strbuf_puts(out, "<li>");
    put_link(out, path);
    strbuf_puts(out, " ");
    put_html(out, about);
    strbuf_puts(out, "</li>\n");
}

/* A link where the browser is already: from elsewhere the daemon's address may be another one. */
static void put_page(struct strbuf *out, const struct http_page *page,
                     const struct listener *here) {
    char address[LISTEN_TEXT_MAX];
    address_of(page, address);
    if (*address == '\0')
        return;
    strbuf_puts(out, "<li><code>");
    put_html(out, address);
    strbuf_puts(out, "</code>");
    if (page->listener == here) {
        put_link(out, page->path);
    } else {
        strbuf_puts(out, "<code>");
        put_html(out, page->path);
        strbuf_puts(out, "</code>");
    }
    strbuf_puts(out, " ");
    endpoint_put_services(out, page->endpoint); /* needs no escaping: [a-z0-9_.-] */
    strbuf_puts(out, "</li>\n");
}

void landing_page_write_html(struct strbuf *out, const struct listener *listener) {
    const struct http_server *server = listener->server;
    strbuf_puts(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<title>statgate</title>\n"
                     "<style>body{font:1rem/1.6 sans-serif;margin:2rem auto;max-width:42rem;"
                     "padding:0 1rem}code,a{font-family:monospace}</style>\n</head>\n<body>\n"
                     "<h1>statgate</h1>\n");
    strbuf_printf(
        out, "<p>%s</p>\n<p>Metrics, and those of one service at PATH/SERVICE:</p>\n<ul>\n", ABOUT);
    for (size_t i = 0; i < server->page_count; i++)
        put_page(out, &server->pages[i], listener);
    strbuf_puts(out, "</ul>\n<p>Here:</p>\n<ul>\n");
    route_list(out, &listener->table, put_item);
    strbuf_puts(out, "</ul>\n</body>\n</html>\n");
}
