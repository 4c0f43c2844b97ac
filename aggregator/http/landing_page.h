/*
 * landing_page.h - the page at /: where the metrics are, and what else the listener serves.
 */
#ifndef STATGATE_HTTP_LANDING_PAGE_H
#define STATGATE_HTTP_LANDING_PAGE_H

#include "http/http_private.h"

/** HTML without scripts or foreign content. */
void landing_page_write_html(struct strbuf *out, const struct listener *listener);
/** The same as plain text. */
void landing_page_write_text(struct strbuf *out, const struct listener *listener);

#endif
