/*
 * owned.h - how samples change the part of their process, and what the series keeps of a part when
 * its process ends: functions for kinds.c. Private to store/.
 */
#ifndef STATGATE_STORE_OWNED_H
#define STATGATE_STORE_OWNED_H

#include "store/own.h"
#include "store/store_private.h"

/* Numbers up to this cannot make a sum overflow, however many parts there are. */
#define OWNED_SMALL 1e300

/* Whether the sum is finite of the base, `total` (the owner's new value) and all other parts. */
bool owned_sum_fits(const struct store *store, const struct series *series, owner_id owner,
                    double total);
/* Add to the series what an ended process had counted in a counter of readings. */
void owned_leave_rest(struct store *store, const struct catalog_family *family,
                      struct series *series, double base, double value);

/* Hide the series until a process owns it. */
bool owned_begin_info(struct store *store, struct series *series, struct store_time now);

enum store_own owned_take_value(struct store *store, const struct catalog_family *family,
                                struct series *series, owner_id owner, uint32_t item, double value,
                                struct store_time now);
enum store_own owned_take_change(struct store *store, const struct catalog_family *family,
                                 struct series *series, owner_id owner, uint32_t item, double delta,
                                 struct store_time now);
enum store_own owned_take_reading(struct store *store, const struct catalog_family *family,
                                  struct series *series, owner_id owner, uint32_t item,
                                  double value, struct store_time now);
enum store_own owned_take_info(struct store *store, const struct catalog_family *family,
                               struct series *series, owner_id owner, uint32_t item, double value,
                               struct store_time now);
enum store_own owned_take_item(struct store *store, const struct catalog_family *family,
                               struct series *series, owner_id owner, uint32_t item, double value,
                               struct store_time now);

/* Gauges and up-down counters: the series keeps nothing of the part. */
void owned_leave(struct store *store, const struct catalog_family *family, struct series *series,
                 struct part *part);
void owned_leave_reading(struct store *store, const struct catalog_family *family,
                         struct series *series, struct part *part);
void owned_leave_info(struct store *store, const struct catalog_family *family,
                      struct series *series, struct part *part);
void owned_leave_relayed(struct store *store, const struct catalog_family *family,
                         struct series *series, struct part *part);

/* Show the series again that the latest remaining process named. */
void owned_end_info(struct store *store, struct store_family *sf, struct series *series);

#endif
