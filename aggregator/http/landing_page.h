/*
 * landing_page.h - the text at /, for who does not ask for HTML: where the metrics are, and what else
 * the listener serves.
 */
#ifndef STATGATE_HTTP_LANDING_PAGE_H
#define STATGATE_HTTP_LANDING_PAGE_H

#include "http/routes.h"
#include "page/page.h"

void landing_page_write_text(struct strbuf *out, const struct page_source *people,
                             const struct route_table *table);

#endif
