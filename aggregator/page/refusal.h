/*
 * refusal.h - details of what was refused for one reason: an example line, what to do, and what to
 * change in a catalog. Private to page/.
 */
#ifndef STATGATE_PAGE_REFUSAL_H
#define STATGATE_PAGE_REFUSAL_H

#include "page/page_private.h"

/** Append what is known about a problem of rejections beyond its sentence: the latest line, and
 * what to do. Returns work units. */
size_t refusal_put(struct strbuf *out, const struct page *page,
                   const struct status_problem *problem);

#endif
