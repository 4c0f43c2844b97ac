/* The tables for jobs: a machine for each combination of labels, places of live jobs, memories of
 * ended jobs. */
#include <stddef.h>

#include "machines/jobs_series.h"
#include "machines/live_restore.h"

/* The fields of a machine that the next process reads. */
const struct object_field jobs_table_fields[] = {
    {"family", OBJECT_U32, offsetof(struct jobs_machine, family), 1},
    {"place", OBJECT_U32, offsetof(struct jobs_machine, place), 1},
    {"shown", OBJECT_U8, offsetof(struct jobs_machine, shown), 1}};
const size_t jobs_table_field_count = sizeof jobs_table_fields / sizeof *jobs_table_fields;

struct jobs_making {
    struct machines *machines;
    uint32_t live;
    struct store_time now;
};

static bool make(void *arg, uint64_t number, uint32_t place) {
    const struct jobs_making *making = arg;
    struct jobs *jobs = &making->machines->jobs;
    struct jobs_machine *machine = jobs_machine_at(jobs, number);
    const struct catalog_family *family = jobs->families[making->live].family;
    machine->family = family->index;
    machine->place = place;
    machine->live = making->live;
    return machine_is_fallback(making->machines->store, family, place) ||
           jobs_series_show(making->machines, machine, making->now);
}

/* How much room the jobs of a set need. */
struct jobs_sum {
    uint64_t families;
    uint64_t machines;
    uint64_t places;
    uint64_t finished;
};

static struct jobs_sum measure(const struct catalog_set *set) {
    struct jobs_sum sum = {0};
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if (family->jobs == NULL)
            continue;
        sum.families++;
        sum.machines += family->combinations;
        sum.places += family->jobs->max_live;
        sum.finished += finished_items(family);
    }
    return sum;
}

static bool make_tables(struct jobs *jobs, const struct memory *memory, struct object *object,
                        const struct jobs_sum *sum, uint64_t seed) {
    const struct object_spec spec = {.name = "jobs_machine",
                                     .family = OBJECT_NONE,
                                     .label = OBJECT_NONE,
                                     .item_bytes = sizeof(struct jobs_machine),
                                     .max_items = sum->machines,
                                     .fields = jobs_table_fields,
                                     .field_count = jobs_table_field_count};
    return object_table(object, memory, &spec, &jobs->table) &&
           object_reach(&jobs->table, sum->machines) &&
           live_jobs_init(&jobs->live, object, memory, sum->places, seed) &&
           finished_table(object, memory, sum->finished, &jobs->finished) &&
           ended_jobs_init(&jobs->ended, object, memory);
}

bool jobs_table_init(struct machines *machines, struct object *object, struct store_time now) {
    struct jobs *jobs = &machines->jobs;
    const struct memory *memory = machines->memory;
    const struct jobs_sum sum = measure(machines->set);
    if (sum.machines >= UINT32_MAX || sum.places >= UINT32_MAX)
        return false; /* machine and place numbers have 32 bits; the loader allows far fewer */
    jobs->families = memory_array(memory, sum.families + 1, sizeof *jobs->families);
    if (jobs->families == NULL || !make_tables(jobs, memory, object, &sum, machines->seed))
        return false;
    jobs->count = sum.machines;
    uint64_t first = 0;
    uint64_t remembered = 0;
    for (size_t i = 0; i < machines->set->family_count; i++) {
        const struct catalog_family *family = machines->set->families[i];
        if (family->jobs == NULL)
            continue;
        struct live_family *lf = &jobs->families[jobs->family_count];
        struct jobs_making making = {machines, (uint32_t)jobs->family_count++, now};
        if (!live_job_family_init(lf, memory, family) ||
            !finished_init(&lf->finished, memory, &jobs->finished, remembered, family,
                           machines->seed) ||
            !machine_make_all(machines->store, family, first, now, make, &making))
            return false;
        first += family->combinations;
        remembered += finished_items(family);
    }
    return true;
}

void jobs_table_done(struct jobs *jobs, const struct memory *memory) {
    live_restore_free(jobs->ahead, memory);
    for (size_t i = 0; i < jobs->family_count; i++) {
        live_job_family_done(&jobs->families[i], memory);
        finished_done(&jobs->families[i].finished, memory);
    }
    memory_release(memory, jobs->families);
    object_table_done(&jobs->table, memory);
    object_table_done(&jobs->finished, memory);
    ended_jobs_done(&jobs->ended, memory);
    live_jobs_done(&jobs->live, memory);
}

uint64_t jobs_table_family_bytes(const struct catalog_family *family) {
    uint64_t bytes;
    if (__builtin_mul_overflow(family->combinations, sizeof(struct jobs_machine), &bytes) ||
        __builtin_add_overflow(bytes, live_job_family_bytes(family) + finished_bytes(family),
                               &bytes))
        return UINT64_MAX;
    return bytes;
}

uint64_t jobs_table_most(const struct catalog_set *set, uint64_t *ret_machines) {
    const struct jobs_sum sum = measure(set);
    *ret_machines = sum.machines;
    return sum.places > sum.finished ? sum.places : sum.finished;
}

uint64_t jobs_table_object_bytes(const struct catalog_set *set) {
    const struct jobs_sum sum = measure(set);
    return object_table_bytes(sum.machines, sizeof(struct jobs_machine)) +
           object_table_bytes(sum.places, sizeof(struct live_job)) +
           object_table_bytes(sum.finished, sizeof(struct finished_item)) +
           ended_jobs_object_bytes();
}
