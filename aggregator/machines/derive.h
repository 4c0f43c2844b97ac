/*
 * derive.h - the machines' own series, and those derived from them; for state/ only.
 */
#ifndef STATGATE_MACHINES_DERIVE_H
#define STATGATE_MACHINES_DERIVE_H

#include "store/store.h"

/** Called with each machine's series; `number` is what its body holds from now on. False stops. */
typedef bool (*derive_fn)(void *arg, uint64_t number, const struct series *series);
/** Make the series of all machines of a family (combinations of declared values, `otherwise`
 * included: family->combinations) and number them from `first` on. False when memory is out, or
 * when fn said so. */
bool derive_all(struct store *store, const struct catalog_family *family, uint64_t first,
                struct store_time now, derive_fn fn, void *arg);
/** The number in a machine's series. */
static inline uint64_t derive_number(const struct series *series) {
    return series_body(series)[0];
}

/** True when a label of the machine has its `otherwise`: such series exist from their first use. */
bool derive_is_fallback(const struct catalog_family *family, const struct series *series);

/** A label that a derived family has beyond the machine's. */
struct derive_label {
    const char *name;  /**< NULL: none */
    const char *value; /**< as on the wire */
};
/**
 * The derived series of a machine, made if it is new. NULL when memory is out.
 */
struct series *derive_series(struct store *store, const struct catalog_family *derived,
                             const struct catalog_family *family, const struct series *series,
                             struct derive_label label, struct store_time now);

/** A place that must be filled: true when the family is NULL (not exposed: nothing to fill), or the
 * place is, or could be. */
bool derive_fill(struct series **place, struct store *store, const struct catalog_family *derived,
                 const struct catalog_family *family, const struct series *series,
                 struct derive_label label, struct store_time now);

#endif
