/* The table of attempts: a machine for each combination of labels. */
#include <stddef.h>

#include "base/hash.h"
#include "machines/attempts_series.h"

/* The fields of a machine that the next process reads. */
const struct object_field attempts_table_fields[] = {
    {"family", OBJECT_U32, offsetof(struct attempts_machine, family), 1},
    {"place", OBJECT_U32, offsetof(struct attempts_machine, place), 1},
    {"shown", OBJECT_U8, offsetof(struct attempts_machine, shown), 1},
    {"state", OBJECT_U32, offsetof(struct attempts_machine, breaker.state), 1},
    {"epoch", OBJECT_U32, offsetof(struct attempts_machine, breaker.epoch), 1},
    {"failures", OBJECT_U64, offsetof(struct attempts_machine, breaker.failures), 1},
    {"probed", OBJECT_U32, offsetof(struct attempts_machine, breaker.probed), 1},
    {"since_ms", OBJECT_MONO_MS, offsetof(struct attempts_machine, breaker.since_ms), 1},
    {"why", OBJECT_U32, offsetof(struct attempts_machine, why), 1},
    {"followed", OBJECT_U8, offsetof(struct attempts_machine, followed), 1},
    {"reporter", OBJECT_I32, offsetof(struct attempts_machine, reporter), 1},
    {"last_pid", OBJECT_I32, offsetof(struct attempts_machine, last_pid), 1},
    {"opened", OBJECT_U64, offsetof(struct attempts_machine, opened), 1},
    {"since_real_ms", OBJECT_I64, offsetof(struct attempts_machine, since_real_ms), 1},
    {"last_success_ms", OBJECT_I64, offsetof(struct attempts_machine, last_success_ms), 1},
    {"last_error_ms", OBJECT_I64, offsetof(struct attempts_machine, last_error_ms), 1},
    {"attempted_ms", OBJECT_MONO_MS, offsetof(struct attempts_machine, attempted_ms), 1},
    {"counted_ms", OBJECT_MONO_MS, offsetof(struct attempts_machine, counted_ms), 1},
    {"state_ms", OBJECT_I64, offsetof(struct attempts_machine, state_ms), BREAKER_STATE_COUNT}};
const size_t attempts_table_field_count =
    sizeof attempts_table_fields / sizeof *attempts_table_fields;

struct attempts_making {
    struct machines *machines;
    const struct catalog_family *family;
    struct store_time now;
};

static bool make(void *arg, uint64_t number, uint32_t place) {
    const struct attempts_making *making = arg;
    struct machines *machines = making->machines;
    struct attempts_machine *machine = attempts_machine_at(&machines->attempts, number);
    machine->family = making->family->index;
    machine->place = place;
    machine->since_real_ms = making->now.real_ms;
    machine->attempted_ms = making->now.mono_ms;
    machine->counted_ms = making->now.mono_ms;
    breaker_init(&machine->breaker, hash_bytes(&number, sizeof number, machines->seed));
    machines->attempts.breakers += making->family->attempts->breaker.declared;
    return machine_is_fallback(machines->store, making->family, place) ||
           attempts_series_show(machines, machine, making->now);
}

static uint64_t count_machines(const struct catalog_set *set) {
    uint64_t total = 0;
    for (size_t i = 0; i < set->family_count; i++)
        if (set->families[i]->attempts != NULL)
            total += set->families[i]->combinations;
    return total;
}

bool attempts_table_init(struct machines *machines, struct object *object, struct store_time now) {
    struct attempts *attempts = &machines->attempts;
    const uint64_t total = count_machines(machines->set);
    const struct object_spec spec = {.name = "attempts",
                                     .family = OBJECT_NONE,
                                     .label = OBJECT_NONE,
                                     .item_bytes = sizeof(struct attempts_machine),
                                     .max_items = total,
                                     .fields = attempts_table_fields,
                                     .field_count = attempts_table_field_count};
    if (total >= UINT32_MAX)
        return false; /* machine numbers have 32 bits; the loader allows far fewer */
    if (!object_table(object, machines->memory, &spec, &attempts->table) ||
        !object_reach(&attempts->table, total) ||
        !attempt_notes_table(object, machines->memory, total, &attempts->notes))
        return false;
    attempts->count = total;
    uint64_t first = 0;
    for (size_t i = 0; i < machines->set->family_count; i++) {
        const struct catalog_family *family = machines->set->families[i];
        if (family->attempts == NULL)
            continue;
        struct attempts_making making = {machines, family, now};
        if (!machine_make_all(machines->store, family, first, now, make, &making))
            return false;
        first += family->combinations;
    }
    return true;
}

void attempts_table_done(struct attempts *attempts, const struct memory *memory) {
    object_table_done(&attempts->table, memory);
    object_table_done(&attempts->notes, memory);
}

uint64_t attempts_table_family_bytes(const struct catalog_family *family) {
    uint64_t bytes;
    if (__builtin_mul_overflow(family->combinations,
                               sizeof(struct attempts_machine) + sizeof(struct attempt_notes),
                               &bytes))
        return UINT64_MAX;
    return bytes;
}

uint64_t attempts_table_object_bytes(const struct catalog_set *set) {
    const uint64_t machines = count_machines(set);
    return object_table_bytes(machines, sizeof(struct attempts_machine)) +
           attempt_notes_object_bytes(machines);
}
