/*
 * landing_page.c - see landing_page.h.
 */
#include "http/landing_page.h"

static const char ABOUT[] = "Receives metric datagrams on a Unix socket, accepts what its catalogs "
                            "declare, and serves the numbers.";

static void put_line(struct strbuf *out, const char *path, const char *about) {
    strbuf_printf(out, "  %-18s %s\n", path, about);
}

void landing_page_write_text(struct strbuf *out, const struct page_source *people,
                             const struct route_table *table) {
    strbuf_printf(out, "statgate\n%s\n\nMetrics, and those of one service at PATH/SERVICE:\n",
                  ABOUT);
    for (size_t i = 0; i < people->endpoint_count; i++) {
        const struct page_endpoint *endpoint = &people->endpoints[i];
        strbuf_printf(out, "  %s%s  %s\n", endpoint->address, endpoint->path, endpoint->services);
    }
    strbuf_puts(out, "\nHere:\n");
    route_list(out, table, put_line);
}
