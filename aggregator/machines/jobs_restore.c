/* Live and ended jobs of a former process. */
#include <stdlib.h>

#include "machines/former.h"
#include "machines/jobs_series.h"

/* No process has so many events. */
#define SERIALS (UINT64_MAX / 2)

/* Where a former machine is now: its number + 1, 0 nowhere. */
struct former_machines {
    uint32_t *numbers;
    uint64_t count;
};

struct restoring {
    struct machines *machines;
    const struct match *match;
    struct former_machines former;
    struct store_time now;
};

static bool find_machines(struct machines *machines, const struct image *image,
                          const struct match *match, struct store_time now,
                          struct former_machines *ret_former) {
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
        if (former.shown == 1 &&
            !jobs_series_show(machines, jobs_machine_at(&machines->jobs, number), now))
            return false;
        undo_commit(machines->undo);
    }
    return true;
}

/* ---- records in order ---- */

/* Whether a record is in use, and its rank. */
typedef bool rank_fn(const struct former_records *records, uint64_t record, uint64_t *ret_rank);
typedef void restore_fn(const struct restoring *restoring, const struct former_records *records,
                        uint64_t record);

struct ranked {
    uint64_t rank;
    uint64_t record;
};

static int by_rank(const void *a, const void *b) {
    const struct ranked *left = a;
    const struct ranked *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return left->record < right->record ? -1 : left->record > right->record;
}

/* Records in use, in order. NULL when out of memory. */
static struct ranked *rank_all(const struct memory *memory, const struct former_records *records,
                               rank_fn *rank_of, size_t *ret_count) {
    uint64_t rank;
    size_t count = 0;
    for (uint64_t i = 0; i < records->table.items; i++)
        count += rank_of(records, i, &rank);
    struct ranked *order = memory_array(memory, count + 1, sizeof *order);
    *ret_count = 0;
    for (uint64_t i = 0; order != NULL && i < records->table.items; i++)
        if (rank_of(records, i, &rank))
            order[(*ret_count)++] = (struct ranked){rank, i};
    if (order != NULL)
        qsort(order, *ret_count, sizeof *order, by_rank);
    return order;
}

uint64_t machines_restore_bytes(const struct catalog_set *set) {
    uint64_t machines;
    const uint64_t most = jobs_table_most(set, &machines);
    return (machines + 1) * sizeof(uint32_t) + (most + 1) * sizeof(struct ranked);
}

/* False: out of memory. */
static bool restore_in_order(const struct restoring *restoring,
                             const struct former_records *records, rank_fn *rank_of,
                             restore_fn *restore) {
    struct machines *machines = restoring->machines;
    size_t count;
    struct ranked *order = rank_all(machines->memory, records, rank_of, &count);
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
    const struct catalog_family *family = match_family(restoring->match, former.family);
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
    const struct former_machines *machines = &restoring->former;
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

/* ---- live jobs ---- */

static bool rank_job(const struct former_records *records, uint64_t index, uint64_t *ret_rank) {
    struct live_job former = {0};
    former_read(records, index, &former);
    *ret_rank = former.serial;
    return former.id_len > 0 && former.id_len <= SG_INSTANCE_MAX && former.state < JOB_STATE_COUNT;
}

static void take(struct live_job *job, const struct live_job *former, uint32_t machine,
                 struct store_time now) {
    job->machine = machine;
    job->state = former->state;
    job->pid = former_pid(former->pid);
    job->owner = former->state == JOB_RUNNING ? former->owner : OWNER_NONE;
    job->since_mono_ms = former_mono(former->since_mono_ms, now);
    job->since_real_ms = former_real(former->since_real_ms, now.real_ms);
    job->queued_mono_ms = former_mono(former->queued_mono_ms, now);
    job->queued_real_ms = former_real(former->queued_real_ms, 0);
    if (job->queued_real_ms == 0 && job->state == JOB_QUEUED) { /* it always has such a time */
        job->queued_mono_ms = job->since_mono_ms;
        job->queued_real_ms = job->since_real_ms;
    }
}

/* A job without room is forgotten: its end counts when it comes. */
static void restore_job(struct machines *machines, const struct live_job *former, uint32_t number,
                        struct store_time now) {
    struct live_jobs *live = &machines->jobs.live;
    struct jobs_machine *machine = jobs_machine_at(&machines->jobs, number);
    struct live_family *lf = &machines->jobs.families[machine->live];
    struct owners *owners = store_owners(machines->store);
    const struct sg_span id = {former->id, former->id_len};
    const uint64_t hash = live_job_hash(live, id);
    struct live_job *job =
        live_job_find(live, lf, id, hash) == NULL ? live_job_make(live, lf, id, hash) : NULL;
    if (job == NULL)
        return;
    take(job, former, number, now);
    const bool follows = former->serial > live->serial && former->serial < SERIALS;
    live_job_rank(live, lf, job, follows ? former->serial : live->serial + 1);
    live_job_push_state(live, &machine->jobs[job->state], job);
    live_job_push_owner(live, owners, job);
    if (job->owner != OWNER_NONE && owners_at(owners, job->owner) == NULL)
        jobs_lose(machines, job, now); /* as all jobs of an owner that is gone */
}

/* Serials go on behind the last. A free place keeps that of the job it had, and here of any. */
static void follow_serial(struct live_jobs *live, const struct former_records *records) {
    for (uint64_t i = 0; i < records->table.items; i++) {
        struct live_job former = {0};
        former_read(records, i, &former);
        if (former.serial > live->serial && former.serial < SERIALS)
            live->serial = former.serial;
    }
    if (object_reach(&live->table, (uint64_t)live->used + 1))
        live_job_at(live, live->used + 1)->serial = live->serial;
}

static void restore_record(const struct restoring *restoring, const struct former_records *records,
                           uint64_t record) {
    const struct former_machines *machines = &restoring->former;
    struct live_job former = {0};
    former_read(records, record, &former);
    if (former.machine < machines->count && machines->numbers[former.machine] != 0)
        restore_job(restoring->machines, &former, machines->numbers[former.machine] - 1,
                    restoring->now);
}

static bool restore_jobs(const struct restoring *restoring, const struct image *image) {
    struct former_records records;
    former_open(&records, image, "job", live_job_fields, live_job_field_count);
    const bool restored = restore_in_order(restoring, &records, rank_job, restore_record);
    follow_serial(&restoring->machines->jobs.live, &records);
    return restored;
}

bool jobs_restore(struct machines *machines, const struct image *image, const struct match *match,
                  struct store_time now) {
    struct restoring restoring = {.machines = machines, .match = match, .now = now};
    const bool restored = find_machines(machines, image, match, now, &restoring.former) &&
                          restore_finished(&restoring, image) && restore_ended(&restoring, image) &&
                          restore_jobs(&restoring, image);
    memory_release(machines->memory, restoring.former.numbers);
    for (size_t i = 0; restored && i < machines->jobs.count; i++) {
        jobs_series_adopt(machines, jobs_machine_at(&machines->jobs, i), now);
        undo_commit(machines->undo);
    }
    return restored;
}
