/* Attempts and jobs together: making and freeing, time, figures. */
#include "machines/machines.h"

#include <string.h>

#include "machines/machines_private.h"

struct machines *machines_new(const struct memory *memory, struct object *object,
                              const struct catalog_set *set, struct store *store, uint64_t seed,
                              struct store_time now) {
    struct machines *machines = memory_alloc(memory, sizeof *machines);
    if (machines == NULL)
        return NULL;
    machines->memory = memory;
    machines->set = set;
    machines->store = store;
    machines->undo = object_undo(object);
    machines->seed = seed;
    machines->mono_ms = now.mono_ms;
    machines->bytes = sizeof *machines;
    for (size_t i = 0; i < set->family_count; i++)
        machines->bytes += machines_family_bytes(set->families[i]);
    if (!attempts_table_init(machines, object, now) || !jobs_table_init(machines, object, now)) {
        machines_free(machines);
        return NULL;
    }
    undo_commit(machines->undo);
    return machines;
}

bool machines_restore_ahead(struct machines *machines, const struct image *image,
                            const struct match *match, struct store_time now) {
    return jobs_restore_ahead(machines, image, match, machines_clock(machines, now));
}

bool machines_restore(struct machines *machines, const struct image *image,
                      const struct match *match, struct store_time now) {
    now = machines_clock(machines, now);
    return attempts_restore(machines, image, match, now) &&
           jobs_restore(machines, image, match, now);
}

void machines_free(struct machines *machines) {
    if (machines == NULL)
        return;
    attempts_table_done(&machines->attempts, machines->memory);
    jobs_table_done(&machines->jobs, machines->memory);
    memory_release(machines->memory, machines);
}

void machines_publish(struct machines *machines, struct store_time now) {
    now = machines_clock(machines, now);
    machines_advance(machines, now);
    attempts_publish(machines, now);
    jobs_publish(machines, now);
}

uint64_t machines_family_bytes(const struct catalog_family *family) {
    if (family->attempts != NULL)
        return attempts_table_family_bytes(family);
    return family->jobs != NULL ? jobs_table_family_bytes(family) : 0;
}

uint64_t machines_details_bytes(void) {
    return ended_jobs_object_bytes();
}

uint64_t machines_object_bytes(const struct catalog_set *set) {
    return attempts_table_object_bytes(set) + jobs_table_object_bytes(set);
}

void machines_figures(const struct machines *machines, struct machines_figures *ret_figures) {
    *ret_figures = (struct machines_figures){.breakers = machines->attempts.breakers,
                                             .jobs = machines->jobs.live.count,
                                             .jobs_full = machines->jobs.full,
                                             .bytes = machines->bytes};
}
