/*
 * owned.h - how samples change the part of their process, and what stays of it when the process ends:
 * functions for kinds.c. Private to store/.
 */
#ifndef STATGATE_STORE_OWNED_H
#define STATGATE_STORE_OWNED_H

#include "store/store_private.h"

/* Numbers up to this cannot make a sum overflow, however many parts there are. */
#define OWNED_SMALL 1e300

/* base + all parts but this owner's, + what that one is to become: finite? */
bool owned_sum_fits(const struct store *store, const struct series *series, owner_id owner,
                    double total);
/* A process that had this leaves a counter of readings. */
void owned_leave_rest(struct store *store, const struct catalog_family *family,
                      struct series *series, double base, double value);

/* The series is hidden until a process owns it. */
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

/* Gauges and up-down counters: nothing stays. */
void owned_leave(struct store *store, const struct catalog_family *family, struct series *series,
                 struct part *part);
void owned_leave_reading(struct store *store, const struct catalog_family *family,
                         struct series *series, struct part *part);
void owned_leave_info(struct store *store, const struct catalog_family *family,
                      struct series *series, struct part *part);
void owned_leave_relayed(struct store *store, const struct catalog_family *family,
                         struct series *series, struct part *part);

/* What the process before named shows again. */
void owned_end_info(struct store *store, struct store_family *sf, struct series *series);

#endif
