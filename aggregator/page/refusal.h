/*
 * refusal.h - what was refused for one reason: a line of it, what to do, and what a catalog would need. Private to page/.
 */
#ifndef STATGATE_PAGE_REFUSAL_H
#define STATGATE_PAGE_REFUSAL_H

#include "page/page_private.h"

/** Append what is known of a need of rejections beyond its sentence: the latest line, and what to do. Returns work units. */
size_t refusal_put(struct strbuf *out, const struct page *page, const struct status_need *need);

#endif
