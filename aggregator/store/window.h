/*
 * window.h - sliding windows of computed summaries, and the pages that they share. Private to store/.
 */
#ifndef STATGATE_STORE_WINDOW_H
#define STATGATE_STORE_WINDOW_H

#include "store/store_private.h"

/* The table of windows, and their pool of pages. */
bool windows_init(struct store *store, struct object *object);
void windows_done(struct store *store);
/* Bytes that the set's summaries share: pages, and what the table of windows takes beyond
 * window_bytes() for each. */
uint64_t windows_bytes(const struct catalog_set *set);
uint64_t windows_object_bytes(const struct catalog_set *set);
/* Bytes of the window of one series, without its pages. */
uint64_t window_bytes(void);
/* The window of a new series. */
bool window_begin(struct store *store, struct series *series, struct store_time now);
void window_end(struct store *store, struct store_family *sf, struct series *series);
enum store_number window_take_observation(struct store *store, const struct catalog_family *family,
                                          struct series *series, double value, double rate,
                                          uint32_t item, struct store_time now);
/* Give back the pages of what the window has passed. Returns how many. */
size_t window_pass(struct store *store, const struct catalog_family *family, struct series *series,
                   struct store_time now);
/* When windows will have passed more than at `now`. */
int64_t window_due_ms(const struct catalog_family *family, struct store_time now);

#endif
