/* SPDX-License-Identifier: MIT */
/* breakers_jobs.c - what breakers and jobs share: the series of each, and the end of owners. */
#include "breakers_jobs/breakers_jobs_private.h"

#include <stdlib.h>

/* ---- machine: A machine's labels, and the series that have them. ---- */

void breakers_jobs_machine_make_all(struct store *store, const struct catalog_family *family,
                                    uint64_t first, struct store_time now, machine_made_fn fn,
                                    void *arg) {
    struct store_label labels[CATALOG_LABELS_MAX] = {{0}};
    for (uint64_t i = 0; i < family->combinations; i++) {
        uint32_t ids[CATALOG_LABELS_MAX];
        catalog_family_combination(family, i, ids);
        for (uint32_t j = 0; j < family->label_count; j++)
            labels[j].id = (int32_t)ids[j];
        const struct series *series;
        int label;
        (void)store_series(store, family, labels, now, &series, &label);
        series_put_machine(series, first + i);
        fn(arg, first + i, store_place(store, family, series));
    }
}

bool breakers_jobs_machine_is_fallback(const struct store *store,
                                       const struct catalog_family *family, uint32_t place) {
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

/* The place of a derived series, created if necessary. 0: it cannot exist. */
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

uint32_t breakers_jobs_machine_find(const struct store *store, const struct catalog_family *derived,
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

void breakers_jobs_machine_fill(uint32_t *ret_place, struct store *store,
                                const struct catalog_family *derived,
                                const struct catalog_family *family, uint32_t place,
                                struct machine_label label, struct store_time now) {
    if (derived == NULL || *ret_place != 0)
        return;
    const struct series *series = store_at(store, family, place);
    *ret_place = derived_place(store, derived, family, series, label, now);
}

void breakers_jobs_machine_count(struct store *store, const struct catalog_family *derived,
                                 uint32_t place, double count, struct store_time now) {
    if (place != 0)
        (void)series_add(store, derived, store_at(store, derived, place), count, now);
}

void breakers_jobs_machine_write(struct store *store, const struct catalog_family *derived,
                                 uint32_t place, double value, struct store_time now) {
    if (place != 0)
        (void)series_write(store, store_at(store, derived, place), value, now);
}

void breakers_jobs_machine_put(const struct store *store, const struct catalog_family *derived,
                               uint32_t place, double value) {
    if (place != 0)
        series_put(store_at(store, derived, place), value);
}

void breakers_jobs_machine_observe(struct store *store, const struct catalog_family *derived,
                                   uint32_t place, double value, struct store_time now) {
    if (place != 0)
        (void)series_observe(store, derived, store_at(store, derived, place), value, 1, now);
}

/* ---- release: Releases what ended owners had in the store, and their jobs. ---- */

enum { RELEASE_UNITS = 3 /* work units for releasing one part or job */ };

bool breakers_jobs_release(struct breakers_jobs *breakers_jobs, struct store_time now,
                           size_t budget) {
    struct owners *owners = store_owners(breakers_jobs->store);
    /* Allow at least one owner and one part or job, so that every call makes progress. */
    budget = budget / RELEASE_UNITS + 2;
    for (;;) {
        const owner_id owner = owners_ended(owners);
        if (owner == OWNER_NONE)
            return true;
        if (budget == 0)
            return false;
        budget--;
        if (!store_disown(breakers_jobs->store, owner, &budget) ||
            !breakers_jobs_disown(breakers_jobs, owner, now, &budget))
            return false;
        owners_release(owners, owner);
    }
}

/* ---- lifecycle: Attempts and jobs together: making and freeing, time, figures. ---- */

struct breakers_jobs *breakers_jobs_new(struct object *object, const struct catalog_set *set,
                                        struct store *store, uint64_t seed, struct store_time now) {
    struct breakers_jobs *breakers_jobs = memory_alloc(sizeof *breakers_jobs);
    breakers_jobs->set = set;
    breakers_jobs->store = store;
    breakers_jobs->undo = object_undo(object);
    breakers_jobs->seed = seed;
    breakers_jobs->mono_ms = now.mono_ms;
    breakers_jobs->bytes = sizeof *breakers_jobs;
    for (size_t i = 0; i < set->family_count; i++)
        breakers_jobs->bytes += breakers_jobs_family_bytes(set->families[i]);
    breakers_jobs_attempts_table_init(breakers_jobs, object, now);
    jobs_table_init(breakers_jobs, object, now);
    undo_commit(breakers_jobs->undo);
    return breakers_jobs;
}

void breakers_jobs_restore_ahead(struct breakers_jobs *breakers_jobs, const struct image *image,
                                 const struct match *match, struct store_time now) {
    breakers_jobs_restore_jobs_ahead(breakers_jobs, image, match,
                                     breakers_jobs_clock(breakers_jobs, now));
}

void breakers_jobs_restore(struct breakers_jobs *breakers_jobs, const struct image *image,
                           const struct match *match, struct store_time now) {
    now = breakers_jobs_clock(breakers_jobs, now);
    breakers_jobs_attempts_restore(breakers_jobs, image, match, now);
    breakers_jobs_restore_jobs(breakers_jobs, image, match, now);
}

void breakers_jobs_free(struct breakers_jobs *breakers_jobs) {
    if (breakers_jobs == NULL)
        return;
    breakers_jobs_attempts_table_done(&breakers_jobs->attempts);
    jobs_table_done(&breakers_jobs->jobs);
    free(breakers_jobs);
}

void breakers_jobs_publish(struct breakers_jobs *breakers_jobs, struct store_time now) {
    now = breakers_jobs_clock(breakers_jobs, now);
    breakers_jobs_advance(breakers_jobs, now);
    breakers_jobs_attempts_publish(breakers_jobs, now);
    jobs_publish(breakers_jobs, now);
}

uint64_t breakers_jobs_family_bytes(const struct catalog_family *family) {
    if (family->attempts != NULL)
        return breakers_jobs_attempts_table_family_bytes(family);
    return family->jobs != NULL ? jobs_table_family_bytes(family) : 0;
}

uint64_t breakers_jobs_details_bytes(void) {
    return breakers_jobs_ended_jobs_object_bytes();
}

uint64_t breakers_jobs_object_bytes(const struct catalog_set *set) {
    return breakers_jobs_attempts_table_object_bytes(set) + jobs_table_object_bytes(set);
}

void breakers_jobs_figures(const struct breakers_jobs *breakers_jobs,
                           struct breakers_jobs_figures *ret_figures) {
    *ret_figures = (struct breakers_jobs_figures){.breakers = breakers_jobs->attempts.breakers,
                                                  .jobs = breakers_jobs->jobs.live.count,
                                                  .jobs_full = breakers_jobs->jobs.full,
                                                  .bytes = breakers_jobs->bytes};
}
