/* A machine's labels, and the series that have them. */
#include "machines/machine.h"

#include <string.h>

#include "store/store.h"

bool machine_make_all(struct store *store, const struct catalog_family *family, uint64_t first,
                      struct store_time now, machine_made_fn fn, void *arg) {
    struct store_label labels[CATALOG_LABELS_MAX] = {{0}};
    for (uint64_t i = 0; i < family->combinations; i++) {
        uint64_t rest = i;
        for (uint32_t j = family->label_count; j > 0; j--) { /* the last label varies fastest */
            labels[j - 1].id = (int32_t)(rest % family->labels[j - 1].value_count);
            rest /= family->labels[j - 1].value_count;
        }
        const struct series *series;
        int label;
        if (store_series(store, family, labels, now, &series, &label) != STORE_FOUND)
            return false;
        series_put_machine(series, first + i);
        if (!fn(arg, first + i, store_place(store, family, series)))
            return false;
    }
    return true;
}

bool machine_is_fallback(const struct store *store, const struct catalog_family *family,
                         uint32_t place) {
    const uint32_t *ids = series_ids(family, store_at(store, family, place));
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind != LABEL_CONST && family->labels[i].otherwise >= 0 &&
            ids[i] == (uint32_t)family->labels[i].otherwise)
            return true;
    return false;
}

/* The value of this label of the machine, as lines spell it; NULL if there is none. */
static const char *machine_value(const struct catalog_family *family, const struct series *series,
                                 const char *name) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (strcmp(family->labels[i].name, name) == 0)
            return catalog_label_wire(&family->labels[i], series_ids(family, series)[i]);
    return NULL;
}

/* Compute the labels of a derived series. False: the derived family lacks a value of the
 * machine. */
static bool derived_labels(const struct catalog_family *derived,
                           const struct catalog_family *family, const struct series *series,
                           struct machine_label label, struct store_label *ret_labels) {
    for (uint32_t i = 0; i < derived->label_count; i++) {
        const struct catalog_label *wanted = &derived->labels[i];
        const char *value = label.name != NULL && strcmp(wanted->name, label.name) == 0
                                ? label.value
                                : machine_value(family, series, wanted->name);
        ret_labels[i].id = value != NULL ? catalog_label_find(wanted, value, strlen(value))
                                         : wanted->default_value;
        if (ret_labels[i].id < 0)
            return false;
    }
    return true;
}

/* The place of a derived series, created if necessary. 0 when out of memory. */
static uint32_t derived_place(struct store *store, const struct catalog_family *derived,
                              const struct catalog_family *family, const struct series *series,
                              struct machine_label label, struct store_time now) {
    struct store_label labels[CATALOG_LABELS_MAX] = {{0}};
    const struct series *found;
    int folded;
    return derived_labels(derived, family, series, label, labels) &&
                   store_series(store, derived, labels, now, &found, &folded) == STORE_FOUND
               ? store_place(store, derived, found)
               : 0;
}

uint32_t machine_find(const struct store *store, const struct catalog_family *derived,
                      const struct catalog_family *family, uint32_t place) {
    struct store_label labels[CATALOG_LABELS_MAX] = {{0}};
    uint32_t ids[CATALOG_LABELS_MAX] = {0};
    if (derived == NULL || !derived_labels(derived, family, store_at(store, family, place),
                                           (struct machine_label){0}, labels))
        return 0;
    for (uint32_t i = 0; i < derived->label_count; i++)
        ids[i] = (uint32_t)labels[i].id;
    const struct series *found = store_find(store, derived, ids);
    return found != NULL ? store_place(store, derived, found) : 0;
}

bool machine_fill(uint32_t *ret_place, struct store *store, const struct catalog_family *derived,
                  const struct catalog_family *family, uint32_t place, struct machine_label label,
                  struct store_time now) {
    if (derived == NULL || *ret_place != 0)
        return true;
    const struct series *series = store_at(store, family, place);
    *ret_place = derived_place(store, derived, family, series, label, now);
    return *ret_place != 0;
}

void machine_count(struct store *store, const struct catalog_family *derived, uint32_t place,
                   struct store_time now) {
    if (place != 0)
        (void)series_add(store, derived, store_at(store, derived, place), 1, now);
}

void machine_write(struct store *store, const struct catalog_family *derived, uint32_t place,
                   double value, struct store_time now) {
    if (place != 0)
        (void)series_write(store, store_at(store, derived, place), value, now);
}

void machine_put(const struct store *store, const struct catalog_family *derived, uint32_t place,
                 double value) {
    if (place != 0)
        series_put(store_at(store, derived, place), value);
}

void machine_observe(struct store *store, const struct catalog_family *derived, uint32_t place,
                     double value, struct store_time now) {
    if (place != 0)
        (void)series_observe(store, derived, store_at(store, derived, place), value, 1, now);
}
