/*
 * spelled.h - names, labels and values that senders spell differently from the catalogs. Private to
 * page/.
 */
#ifndef STATGATE_PAGE_SPELLED_H
#define STATGATE_PAGE_SPELLED_H

#include "page/page_private.h"

/** Append a list of the most frequent names or labels that cause a problem of rejections; nothing
 * if none is known. Returns work units. */
size_t spelled_put_of_problem(struct strbuf *out, const struct page *page,
                              const struct status_problem *problem, struct store_time now);

#endif
