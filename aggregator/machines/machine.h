/*
 * machine.h - a machine's own series, and those derived from it. Private to machines/.
 */
#ifndef STATGATE_MACHINES_MACHINE_H
#define STATGATE_MACHINES_MACHINE_H

#include "store/store.h"

/** Called for each machine with its number, now in its series' body, and the place of that series.
 * False stops. */
typedef bool (*machine_made_fn)(void *arg, uint64_t number, uint32_t place);
/** Make the series of all machines of a family (combinations of declared values, `otherwise`
 * included: family->combinations) and number them from `first` on. False when out of memory, or
 * when fn said so. */
bool machine_make_all(struct store *store, const struct catalog_family *family, uint64_t first,
                      struct store_time now, machine_made_fn fn, void *arg);
/** The number in a machine's series. */
static inline uint64_t machine_number(const struct series *series) {
    return series_body(series)[0];
}

/** True when a label of the machine has its `otherwise`: such series exist from their first use. */
bool machine_is_fallback(const struct store *store, const struct catalog_family *family,
                         uint32_t place);

/** A label that a derived family has beyond the machine's. */
struct machine_label {
    const char *name;  /**< NULL: none */
    const char *value; /**< as on the wire */
};
/** Set *ret_place to the place (store.h) of the derived series, made if it is new, unless it is set
 * already. True also when `derived` is NULL: the family is not exposed and has no series. False when
 * out of memory. `place` is that of the machine's own series, in `family`. */
bool machine_fill(uint32_t *ret_place, struct store *store, const struct catalog_family *derived,
                  const struct catalog_family *family, uint32_t place, struct machine_label label,
                  struct store_time now);

/** The place of a derived series that has no other labels, 0 if there is none. */
uint32_t machine_find(const struct store *store, const struct catalog_family *derived,
                      const struct catalog_family *family, uint32_t place);

/* Changes of the derived series at a place. Place 0 is no series: nothing happens. */

/** Add one to a counter. */
void machine_count(struct store *store, const struct catalog_family *derived, uint32_t place,
                   struct store_time now);
void machine_write(struct store *store, const struct catalog_family *derived, uint32_t place,
                   double value, struct store_time now);
/** Set the value, which the machine itself counts. */
void machine_put(const struct store *store, const struct catalog_family *derived, uint32_t place,
                 double value);
/** Add one observation to a histogram. */
void machine_observe(struct store *store, const struct catalog_family *derived, uint32_t place,
                     double value, struct store_time now);

#endif
