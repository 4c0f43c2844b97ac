/*
 * spelled.h - what senders spell otherwise than the catalogs: names, labels, values. Private to page/.
 */
#ifndef STATGATE_PAGE_SPELLED_H
#define STATGATE_PAGE_SPELLED_H

#include "page/page_private.h"

/** A list of the most frequent names or labels that a need of rejections comes from; nothing where none is known.
 * Returns work units. */
size_t spelled_put_of_need(struct strbuf *out, const struct page *page,
                           const struct status_need *need, struct store_time now);

#endif
