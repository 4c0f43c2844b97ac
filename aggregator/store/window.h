/*
 * window.h - sliding windows of computed summaries, and the pages that they share. Private to
 * store/.
 */
#ifndef STATGATE_STORE_WINDOW_H
#define STATGATE_STORE_WINDOW_H

#include "store/numbers.h"
#include "store/store_private.h"

/* Make the table of windows and their pool of pages. */
bool windows_init(struct store *store, struct object *object);
void windows_done(struct store *store);
/* Bytes that the set's summaries share: the pages, and the table of windows except window_bytes()
 * for each window. */
uint64_t windows_bytes(const struct catalog_set *set);
uint64_t windows_object_bytes(const struct catalog_set *set);
/* Bytes of the window of one series, without its pages. */
uint64_t window_bytes(void);
/* Make the window of a new series. */
bool window_begin(struct store *store, struct series *series, struct store_time now);
void window_end(struct store *store, struct store_family *sf, struct series *series);
enum store_number window_take_observation(struct store *store, const struct catalog_family *family,
                                          struct series *series, double value, double rate,
                                          uint32_t item, struct store_time now);
/* Free the pages of sub-windows that are older than the window. Returns how many. */
size_t window_pass(struct store *store, const struct catalog_family *family, struct series *series,
                   struct store_time now);
/* The next time at which windows have more pages to free than at `now`. */
int64_t window_due_ms(const struct catalog_family *family, struct store_time now);

#endif
