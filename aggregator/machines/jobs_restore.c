/* Restores live and ended jobs of a former process. */
#include "machines/former.h"
#include "machines/jobs_series.h"
#include "machines/live_restore.h"
#include "machines/ranked.h"

struct restoring {
    struct machines *machines;
    const struct match *match;
    struct live_machines former;
    struct store_time now;
};

/* Find the present machines of the former ones. `shows`: create the series of those that had them.
 * False: out of memory. */
static bool find_machines(struct machines *machines, const struct image *image,
                          const struct match *match, struct store_time now, bool shows,
                          struct live_machines *ret_former) {
    struct former_records records;
    former_open(&records, image, "jobs_machine", jobs_table_fields, jobs_table_field_count);
    ret_former->count = records.table.items;
    ret_former->numbers =
        memory_array(machines->memory, records.table.items + 1, sizeof *ret_former->numbers);
    if (ret_former->numbers == NULL)
        return false;
    for (uint64_t i = 0; i < records.table.items; i++) {
        struct jobs_machine former = {0};
        const struct catalog_family *family;
        uint64_t number;
        former_read(&records, i, &former);
        if (!former_machine(machines->store, image, match, former.family, former.place, &family,
                            &number) ||
            family->jobs == NULL || number >= machines->jobs.count)
            continue;
        ret_former->numbers[i] = (uint32_t)number + 1;
        if (shows && former.shown == 1 &&
            !jobs_series_show(machines, jobs_machine_at(&machines->jobs, number), now))
            return false;
        undo_commit(machines->undo);
    }
    return true;
}

/* ---- records in order ---- */

typedef void restore_fn(const struct restoring *restoring, const struct former_records *records,
                        uint64_t record);

uint64_t machines_restore_bytes(const struct catalog_set *set) {
    uint64_t machines;
    const uint64_t most = jobs_table_most(set, &machines);
    return (machines + 1) * sizeof(uint32_t) + live_restore_bytes(most);
}

/* Restore the records in order of their rank. False: out of memory. */
static bool restore_in_order(const struct restoring *restoring,
                             const struct former_records *records, ranked_fn *rank_of,
                             restore_fn *restore) {
    struct machines *machines = restoring->machines;
    size_t count;
    struct ranked *order = ranked_all(machines->memory, records, rank_of, NULL, &count);
    for (size_t i = 0; order != NULL && i < count; i++) {
        restore(restoring, records, order[i].record);
        undo_commit(machines->undo);
    }
    memory_release(machines->memory, order);
    return order != NULL;
}

/* ---- ended jobs ---- */

static bool rank_finished(const struct former_records *records, uint64_t index,
                          uint64_t *ret_rank) {
    struct finished_item former = {0};
    former_read(records, index, &former);
    *ret_rank = former.lap;
    return former.known == 1 && former.outcome < JOB_OUTCOME_COUNT;
}

static void add_finished(const struct restoring *restoring, const struct former_records *records,
                         uint64_t record) {
    struct finished_item former = {0};
    former_read(records, record, &former);
    const struct catalog_family *family = object_match_family(restoring->match, former.family);
    struct live_family *lf =
        family != NULL ? jobs_walk_family(&restoring->machines->jobs, family) : NULL;
    if (lf != NULL)
        finished_add(&lf->finished, former.job, (enum job_outcome)former.outcome);
}

static bool restore_finished(const struct restoring *restoring, const struct image *image) {
    struct former_records records;
    former_open(&records, image, "finished", finished_fields, finished_field_count);
    return restore_in_order(restoring, &records, rank_finished, add_finished);
}

/* ---- the same for people ---- */

static bool rank_ended(const struct former_records *records, uint64_t index, uint64_t *ret_rank) {
    struct ended_job former = {0};
    former_read(records, index, &former);
    *ret_rank = former.serial;
    return former.serial > 0 && former.outcome < JOB_OUTCOME_COUNT &&
           former.id_len <= SG_INSTANCE_MAX;
}

static void add_ended(const struct restoring *restoring, const struct former_records *records,
                      uint64_t record) {
    const struct live_machines *machines = &restoring->former;
    struct ended_job former = {0};
    former_read(records, record, &former);
    if (former.machine >= machines->count || machines->numbers[former.machine] == 0)
        return;
    struct ended_job *job =
        ended_jobs_add(&restoring->machines->jobs.ended, (enum job_outcome)former.outcome);
    former.serial = job->serial;
    former.machine = machines->numbers[former.machine] - 1;
    former.at_ms = former_real(former.at_ms, 0);
    former.ran_ms = former_real(former.ran_ms, -1);
    former.who.pid = former_pid(former.who.pid);
    *job = former; /* its texts end within the zeroed record */
}

static bool restore_ended(const struct restoring *restoring, const struct image *image) {
    struct former_records records;
    former_open(&records, image, "ended_job", ended_job_fields, ended_job_field_count);
    return restore_in_order(restoring, &records, rank_ended, add_ended);
}

/* ---- all of them ---- */

bool jobs_restore_ahead(struct machines *machines, const struct image *image,
                        const struct match *match, struct store_time now) {
    struct live_machines former = {0};
    struct jobs *jobs = &machines->jobs;
    const bool good =
        jobs->ahead != NULL || (find_machines(machines, image, match, now, false, &former) &&
                                live_restore_ahead(machines, image, &former, now, &jobs->ahead));
    memory_release(machines->memory, former.numbers);
    return good;
}

static bool restore_live(const struct restoring *restoring, const struct image *image) {
    struct jobs *jobs = &restoring->machines->jobs;
    const bool restored =
        live_restore(restoring->machines, image, &restoring->former, jobs->ahead, restoring->now);
    live_restore_free(jobs->ahead, restoring->machines->memory);
    jobs->ahead = NULL;
    return restored;
}

bool jobs_restore(struct machines *machines, const struct image *image, const struct match *match,
                  struct store_time now) {
    struct restoring restoring = {.machines = machines, .match = match, .now = now};
    const bool restored = find_machines(machines, image, match, now, true, &restoring.former) &&
                          restore_finished(&restoring, image) && restore_ended(&restoring, image) &&
                          restore_live(&restoring, image);
    memory_release(machines->memory, restoring.former.numbers);
    for (size_t i = 0; restored && i < machines->jobs.count; i++) {
        jobs_series_adopt(machines, jobs_machine_at(&machines->jobs, i), now);
        undo_commit(machines->undo);
    }
    return restored;
}
