/*
 * landing_page.h - the text at /, for clients that do not ask for HTML: the paths of the metrics,
 * and the other paths of the listener.
 */
#ifndef STATGATE_HTTP_LANDING_PAGE_H
#define STATGATE_HTTP_LANDING_PAGE_H

#include "http/routes.h"
#include "page/page.h"

void landing_page_write_text(struct strbuf *out, const struct page_source *people,
                             const struct route_table *table);

#endif
