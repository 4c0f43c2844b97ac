/* SPDX-License-Identifier: MIT */
/* rendered.h - renders the page for people over a fixture. */
#ifndef STATGATE_TESTS_PAGE_RENDERED_H
#define STATGATE_TESTS_PAGE_RENDERED_H

#include "page/page.h"
#include "world.h"

/* What a page of the fixture reads. */
struct page_source rendered_source(const struct fixture *fx);

/* Splits a query string, "service=shop&family=visits_total", in place, without decoding it. */
struct page_query rendered_query(char *text);

/* The whole page, in slices of this budget. To be freed. */
char *rendered_page(const struct fixture *fx, const struct page_query *query, size_t budget);

/* Fails the test unless elements are properly nested, no id is used twice, and there is neither
 * style nor script within the text. Returns the number of elements. */
size_t rendered_check(const char *html);

#endif
