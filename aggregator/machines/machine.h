/*
 * machine.h - a machine's own series, and those derived from it. Private to machines/.
 */
#ifndef STATGATE_MACHINES_MACHINE_H
#define STATGATE_MACHINES_MACHINE_H

#include "store/store.h"

/** Called for each machine with its number, which its series' body now holds, and the place of that
 * series. Returns false to stop. */
typedef bool (*machine_made_fn)(void *arg, uint64_t number, uint32_t place);
/** Create the series of all machines of a family (combinations of declared values, `otherwise`
 * included: family->combinations) and number them from `first` on. False when out of memory, or
 * when fn returned false. */
bool machine_make_all(struct store *store, const struct catalog_family *family, uint64_t first,
                      struct store_time now, machine_made_fn fn, void *arg);
/** Read the number of the machine from its series. */
static inline uint64_t machine_number(const struct series *series) {
    return series_body(series)[0];
}

/** True if one of the machine's labels has the value `otherwise`. The derived series of such a
 * machine are created at its first use. */
bool machine_is_fallback(const struct store *store, const struct catalog_family *family,
                         uint32_t place);

/** A label that a derived family has in addition to the machine's labels. */
struct machine_label {
    const char *name;  /**< NULL: none */
    const char *value; /**< as in a datagram */
};
/** Find or create a derived series and set *ret_place to its place (store/obtain.h), unless
 * *ret_place is already set. `place` is that of the machine's own series, in `family`. Returns true
 * without a series if `derived` is NULL (the family is not exposed). False when out of memory. */
bool machine_fill(uint32_t *ret_place, struct store *store, const struct catalog_family *derived,
                  const struct catalog_family *family, uint32_t place, struct machine_label label,
                  struct store_time now);

/** The place of a derived series without an additional label; 0 if it does not exist. */
uint32_t machine_find(const struct store *store, const struct catalog_family *derived,
                      const struct catalog_family *family, uint32_t place);

/* Changes of the derived series at a place. Place 0 means no series: nothing happens. */

/** Add one to a counter. */
void machine_count(struct store *store, const struct catalog_family *derived, uint32_t place,
                   struct store_time now);
void machine_write(struct store *store, const struct catalog_family *derived, uint32_t place,
                   double value, struct store_time now);
/** Set a value that the machine itself counts. */
void machine_put(const struct store *store, const struct catalog_family *derived, uint32_t place,
                 double value);
/** Add one observation to a histogram. */
void machine_observe(struct store *store, const struct catalog_family *derived, uint32_t place,
                     double value, struct store_time now);

#endif
