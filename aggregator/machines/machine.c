/* From a machine's labels to its series. */
#include "machines/machine.h"

#include <string.h>

bool machine_make_all(struct store *store, const struct catalog_family *family, uint64_t first,
                      struct store_time now, machine_made_fn fn, void *arg) {
    struct store_label labels[CATALOG_LABELS_MAX] = {{0}};
    for (uint64_t i = 0; i < family->combinations; i++) {
        uint64_t rest = i;
        for (uint32_t j = family->label_count; j > 0; j--) { /* the last label is the fastest */
            labels[j - 1].id = (int32_t)(rest % family->labels[j - 1].value_count);
            rest /= family->labels[j - 1].value_count;
        }
        struct series *series;
        int label;
        if (store_series(store, family, labels, now, &series, &label) != STORE_FOUND)
            return false;
        *(uint64_t *)(void *)(series + 1) = first + i;
        if (!fn(arg, first + i, series))
            return false;
    }
    return true;
}

bool machine_is_fallback(const struct catalog_family *family, const struct series *series) {
    const uint32_t *ids = series_ids(family, series);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind != LABEL_CONST && family->labels[i].otherwise >= 0 &&
            ids[i] == (uint32_t)family->labels[i].otherwise)
            return true;
    return false;
}

/* The wire spelling of what the machine has for this label; NULL when it has none. */
static const char *machine_value(const struct catalog_family *family, const struct series *series,
                                 const char *name) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (strcmp(family->labels[i].name, name) == 0)
            return catalog_label_wire(&family->labels[i], series_ids(family, series)[i]);
    return NULL;
}

/* The derived series of a machine, made if it is new. NULL when out of memory. */
static struct series *derived_series(struct store *store, const struct catalog_family *derived,
                                     const struct catalog_family *family,
                                     const struct series *series, struct machine_label label,
                                     struct store_time now) {
    struct store_label labels[CATALOG_LABELS_MAX] = {{0}};
    for (uint32_t i = 0; i < derived->label_count; i++) {
        const struct catalog_label *wanted = &derived->labels[i];
        const char *value = label.name != NULL && strcmp(wanted->name, label.name) == 0
                                ? label.value
                                : machine_value(family, series, wanted->name);
        labels[i].id = value != NULL ? catalog_label_find(wanted, value, strlen(value))
                                     : wanted->default_value;
        if (labels[i].id < 0)
            return NULL;
    }
    struct series *found;
    int folded;
    return store_series(store, derived, labels, now, &found, &folded) == STORE_FOUND ? found : NULL;
}

bool machine_fill(struct series **place, struct store *store, const struct catalog_family *derived,
                  const struct catalog_family *family, const struct series *series,
                  struct machine_label label, struct store_time now) {
    if (derived == NULL || *place != NULL)
        return true;
    *place = derived_series(store, derived, family, series, label, now);
    return *place != NULL;
}
