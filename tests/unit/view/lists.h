/* SPDX-License-Identifier: MIT */
/*
 * lists.h - a fixture with data for lists, and whole lists joined from their pages.
 */
#ifndef STATGATE_TESTS_VIEW_LISTS_H
#define STATGATE_TESTS_VIEW_LISTS_H

#include "world.h"

extern const char *const lists_catalogs[];
enum { SERIES = 9, FAMILIES = 6 }; /* what `fill` makes */

/* Makes some series of both services, and two families without any. */
void fill(struct fixture *fx);
/* The same, with rejections of most kinds from senders 200 to 208, and folds. */
void fill_and_reject(struct fixture *fx);

/* The families of a list as one array: [[service, family], ...]. */
json_t *families_of(const json_t *list);
/* The series of a list as one array of [service, family, series]. */
json_t *series_of(const json_t *list);
/* The `next` of a list, to be freed, or NULL. Drops the reference to the list. */
char *next_of(json_t *list);
/* The items of a list in one page. */
json_t *whole_of(const struct fixture *fx, world_list list,
                 json_t *(*items_of)(const json_t *list));
/* Checks that pages of any limit, joined in order, are the whole list, which has `count` items. */
void pages_make_the_whole(const struct fixture *fx, world_list list, size_t count,
                          json_t *(*items_of)(const json_t *list));

json_int_t sum_of(const json_t *rows, const char *key);
json_int_t number_at(const json_t *object, const char *key);

#endif
