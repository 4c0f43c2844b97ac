/* The series derived from jobs. */
#include "machines/jobs_series.h"

#include "store/store.h"

static const struct catalog_family *family_of(const struct machines *machines,
                                              const struct jobs_machine *machine) {
    return machines->set->families[machine->family];
}

static bool fill(struct machines *machines, struct jobs_machine *machine, enum jobs_part part,
                 uint32_t *ret_place, struct machine_label label, struct store_time now) {
    return machine_fill(ret_place, machines->store, family_of(machines, machine)->jobs->parts[part],
                        family_of(machines, machine), machine->place, label, now);
}

bool jobs_series_show(struct machines *machines, struct jobs_machine *machine,
                      struct store_time now) {
    if (machine->shown)
        return true;
    for (int i = 0; i < JOB_STATE_COUNT; i++) {
        const struct machine_label label = {family_of(machines, machine)->jobs->state_label,
                                            catalog_job_state_text((enum job_state)i)};
        if (!fill(machines, machine, JOBS_LIVE, &machine->counts[i], label, now))
            return false;
    }
    for (int i = 0; i < JOB_OUTCOME_COUNT; i++) {
        const struct machine_label label = {"outcome",
                                            catalog_job_outcome_text((enum job_outcome)i)};
        if (!fill(machines, machine, JOBS_FINISHED, &machine->finished[i], label, now))
            return false;
    }
    undo_word(machines->undo, &machine->shown);
    machine->shown = true;
    return true;
}

void jobs_series_observe(struct machines *machines, struct jobs_machine *machine,
                         enum jobs_part part, int64_t from_ms, struct store_time now) {
    uint32_t *place = part == JOBS_WAITING ? &machine->waiting : &machine->running;
    if (fill(machines, machine, part, place, (struct machine_label){0}, now))
        machine_observe(machines->store, family_of(machines, machine)->jobs->parts[part], *place,
                        (double)(now.mono_ms - from_ms) / 1000.0, now);
}

void jobs_series_count(const struct machines *machines, const struct jobs_machine *machine,
                       enum job_state which, struct store_time now) {
    machine_write(machines->store, family_of(machines, machine)->jobs->parts[JOBS_LIVE],
                  machine->counts[which], machine->jobs[which].count, now);
}

void jobs_series_oldest(struct machines *machines, struct jobs_machine *machine,
                        enum job_state which, struct store_time now) {
    const enum jobs_part part = which == JOB_QUEUED ? JOBS_OLDEST_QUEUED : JOBS_OLDEST_RUNNING;
    const struct catalog_family *derived = family_of(machines, machine)->jobs->parts[part];
    uint32_t *place = &machine->oldest[which];
    if (machine->jobs[which].count == 0) {
        if (*place != 0)
            store_remove(machines->store, store_at(machines->store, derived, *place));
        *place = 0;
        return;
    }
    const struct live_job *oldest = live_job_at(&machines->jobs.live, machine->jobs[which].first);
    if (fill(machines, machine, part, place, (struct machine_label){0}, now))
        machine_write(machines->store, derived, *place,
                      (double)(now.mono_ms - oldest->since_mono_ms) / 1000.0, now);
}

void jobs_series_adopt(struct machines *machines, struct jobs_machine *machine,
                       struct store_time now) {
    const struct catalog_family *family = family_of(machines, machine);
    for (int i = 0; i < JOB_STATE_COUNT; i++) {
        const enum jobs_part part = i == JOB_QUEUED ? JOBS_OLDEST_QUEUED : JOBS_OLDEST_RUNNING;
        machine->oldest[i] =
            machine_find(machines->store, family->jobs->parts[part], family, machine->place);
        jobs_series_oldest(machines, machine, (enum job_state)i, now);
        if (machine->shown)
            jobs_series_count(machines, machine, (enum job_state)i, now);
    }
}
