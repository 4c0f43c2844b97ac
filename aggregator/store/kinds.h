/*
 * kinds.h - the store's functions for each kind of family. Private to store/.
 *
 * One row of functions for each row of catalog/kinds.def. Only kinds.c names kinds; the other files
 * call the functions in the row of the series' kind.
 */
#ifndef STATGATE_STORE_KINDS_H
#define STATGATE_STORE_KINDS_H

#include "store/store_private.h"
#include "store/trial.h"

struct store_kind {
    /* Initialise a new series whose body is zeroed; NULL: nothing to do. False when out of
     * memory. */
    bool (*begin)(struct store *store, struct series *series, struct store_time now);
    /* store_number(); NULL: values never belong to the host. */
    enum store_number (*number)(struct store *store, const struct catalog_family *family,
                                struct series *series, double value, double rate, uint32_t item,
                                struct store_time now);
    /* store_own(); NULL: values never belong to processes. */
    enum store_own (*own)(struct store *store, const struct catalog_family *family,
                          struct series *series, owner_id owner, uint32_t item, double value,
                          struct store_time now);
    /* What `number` and `own` would return, without changing anything (trial.h); NULL where those
     * are. */
    enum store_number (*try_number)(struct store_trial *trial, double value, double rate,
                                    uint32_t item);
    enum store_own (*try_own)(const struct store *store, struct store_trial *trial, double value,
                              uint32_t item);
    /* The process of a part ended: free the part, and keep in the series what has to outlive it.
     * NULL where `own` is. */
    void (*leave)(struct store *store, const struct catalog_family *family, struct series *series,
                  struct part *part);
    /* A series ends; its parts are already freed. NULL: nothing to do. */
    void (*end)(struct store *store, struct store_family *sf, struct series *series);
};

extern const struct store_kind store_kinds[KIND_COUNT];

#endif
