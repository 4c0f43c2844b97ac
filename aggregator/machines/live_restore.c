#include "machines/live_restore.h"

#include <assert.h>
#include <string.h>

#include "machines/machines_private.h"
#include "machines/ranked.h"

/* No process has this many events. */
#define SERIALS (UINT64_MAX / 2)

struct copied {
    uint64_t serial;
    uint32_t record;
    uint32_t number; /* number of the copied job */
};

struct live_restoring {
    struct copied *jobs; /* in order of serial */
    size_t count;
    uint64_t below; /* records with a lower serial were complete */
};

struct live_reading {
    struct machines *machines;
    const struct live_machines *former;
    struct former_records records;
    struct store_time now;
};

/* Fields that are read more often than the others. */
enum { FIELD_ID_LEN = 1, FIELD_STATE = 3, FIELD_SERIAL = 6 };

static struct live_reading open_records(struct machines *machines, const struct image *image,
                                        const struct live_machines *former, struct store_time now) {
    struct live_reading reading = {.machines = machines, .former = former, .now = now};
    assert(strcmp(live_job_fields[FIELD_ID_LEN].name, "id_len") == 0 &&
           strcmp(live_job_fields[FIELD_STATE].name, "state") == 0 &&
           strcmp(live_job_fields[FIELD_SERIAL].name, "serial") == 0);
    former_open(&reading.records, image, "job", live_job_fields, live_job_field_count);
    return reading;
}

/* ---- records ---- */

static bool is_used(uint64_t id_len, uint64_t state) {
    return id_len > 0 && id_len <= SG_INSTANCE_MAX && state < JOB_STATE_COUNT;
}

static uint64_t read_number(const struct former_records *records, uint64_t record, int field) {
    return image_integer(&records->table, record, records->at[field], 0);
}

/* Rank a record. With a million records this runs more than once for each, so it reads only three
 * numbers. */
static bool rank_job(const struct former_records *records, uint64_t record, uint64_t *ret_rank) {
    *ret_rank = read_number(records, record, FIELD_SERIAL);
    return is_used(read_number(records, record, FIELD_ID_LEN),
                   read_number(records, record, FIELD_STATE));
}

static uint64_t last_serial(const struct live_reading *reading) {
    uint64_t last = 0;
    for (uint64_t i = 0; i < reading->records.table.items; i++) {
        const uint64_t serial = read_number(&reading->records, i, FIELD_SERIAL);
        if (serial > last && serial < SERIALS)
            last = serial;
    }
    return last;
}

/* Read a job; *ret_number is its present machine. False: the record is unused, or the machine no
 * longer exists. */
static bool read_job(const struct live_reading *reading, uint64_t record, struct live_job *ret_job,
                     uint32_t *ret_number) {
    const struct live_machines *former = reading->former;
    *ret_job = (struct live_job){0};
    former_read(&reading->records, record, ret_job);
    if (!is_used(ret_job->id_len, ret_job->state) || ret_job->machine >= former->count ||
        former->numbers[ret_job->machine] == 0)
        return false;
    *ret_number = former->numbers[ret_job->machine] - 1;
    return true;
}

/* ---- one job ---- */

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
    if (job->queued_real_ms == 0 && job->state == JOB_QUEUED) { /* a queued job always has one */
        job->queued_mono_ms = job->since_mono_ms;
        job->queued_real_ms = job->since_real_ms;
    }
}

/* Make a job that is in all lists but its owner's. NULL: there is no room, or the id already
 * exists. */
static struct live_job *make(struct machines *machines, const struct live_job *former,
                             uint32_t number, struct store_time now) {
    struct live_jobs *live = &machines->jobs.live;
    struct jobs_machine *machine = jobs_machine_at(&machines->jobs, number);
    struct live_family *lf = &machines->jobs.families[machine->live];
    const struct sg_span id = {former->id, former->id_len};
    const uint64_t hash = live_job_hash(live, id);
    struct live_job *job =
        live_job_find(live, lf, id, hash) == NULL ? live_job_make(live, lf, id, hash) : NULL;
    if (job == NULL)
        return NULL;
    take(job, former, number, now);
    const bool follows = former->serial > live->serial && former->serial < SERIALS;
    live_job_rank(live, lf, job, follows ? former->serial : live->serial + 1);
    live_job_push_state(live, &machine->jobs[job->state], job);
    return job;
}

/* Link the job to its owner; if the owner no longer exists, the job is lost, like all its jobs. */
static void give_to_owner(struct machines *machines, struct live_job *job, struct store_time now) {
    struct owners *owners = store_owners(machines->store);
    live_job_push_owner(&machines->jobs.live, owners, job);
    if (job->owner != OWNER_NONE && owners_at(owners, job->owner) == NULL)
        jobs_lose(machines, job, now);
}

/* ---- ahead ---- */

static void drop(struct machines *machines, uint32_t number) {
    struct live_jobs *live = &machines->jobs.live;
    struct live_job *job = live_job_at(live, number);
    struct jobs_machine *machine = jobs_machine_at(&machines->jobs, job->machine);
    struct live_family *lf = &machines->jobs.families[machine->live];
    live_job_unrank(live, lf, job);
    live_job_pull_state(live, &machine->jobs[job->state], job);
    live_job_drop(live, lf, job);
    undo_commit(machines->undo);
}

/* False if a job finds no room: which jobs get room then depends on all jobs to come. */
static bool copy_all(const struct live_reading *reading, const struct ranked *order, size_t count,
                     struct live_restoring *ahead) {
    struct machines *machines = reading->machines;
    for (size_t i = 0; i < count; i++) {
        struct live_job former;
        uint32_t number;
        if (!read_job(reading, order[i].record, &former, &number) ||
            former.serial != order[i].rank) /* the job is changing at this moment */
            continue;
        const struct live_job *job = make(machines, &former, number, reading->now);
        undo_commit(machines->undo);
        if (job == NULL)
            return false;
        ahead->jobs[ahead->count++] =
            (struct copied){.serial = former.serial,
                            .record = (uint32_t)order[i].record,
                            .number = live_job_number(&machines->jobs.live, job)};
    }
    return true;
}

static void drop_all(struct machines *machines, const struct live_restoring *ahead) {
    for (size_t i = 0; i < ahead->count; i++)
        drop(machines, ahead->jobs[i].number);
    machines->jobs.live.serial = 0;
}

void live_restore_free(struct live_restoring *ahead, const struct memory *memory) {
    if (ahead != NULL)
        memory_release(memory, ahead->jobs);
    memory_release(memory, ahead);
}

bool live_restore_ahead(struct machines *machines, const struct image *image,
                        const struct live_machines *former, struct store_time now,
                        struct live_restoring **ret_ahead) {
    const struct memory *memory = machines->memory;
    const struct live_reading reading = open_records(machines, image, former, now);
    size_t count = 0;
    struct live_restoring *ahead = memory_alloc(memory, sizeof *ahead);
    if (ahead == NULL)
        return false;
    ahead->below = last_serial(&reading);
    struct ranked *order = ranked_all(memory, &reading.records, rank_job, NULL, &count);
    ahead->jobs = order != NULL ? memory_array(memory, count + 1, sizeof *ahead->jobs) : NULL;
    const bool good = ahead->jobs != NULL;
    if (good && copy_all(&reading, order, count, ahead)) {
        *ret_ahead = ahead;
    } else {
        if (good)
            drop_all(machines, ahead);
        live_restore_free(ahead, memory);
    }
    memory_release(memory, order);
    return good;
}

/* ---- when that process has stopped ---- */

static bool is_same(const struct live_reading *reading, const struct live_restoring *ahead,
                    const struct copied *job) {
    uint64_t serial;
    return job->serial < ahead->below && reading->records.table.image->undone == 0 &&
           rank_job(&reading->records, job->record, &serial) && serial == job->serial;
}

/* Keep the copied jobs that are unchanged, with a bit in `kept` for each, and drop the others. */
static void keep_same(const struct live_reading *reading, const struct live_restoring *ahead,
                      uint64_t *kept) {
    struct machines *machines = reading->machines;
    uint64_t last = 0;
    for (size_t i = 0; i < ahead->count; i++) {
        const struct copied *job = &ahead->jobs[i];
        if (!is_same(reading, ahead, job)) {
            drop(machines, job->number);
            continue;
        }
        kept[job->record / 64] |= UINT64_C(1) << job->record % 64;
        last = job->serial;
        give_to_owner(machines, live_job_at(&machines->jobs.live, job->number), reading->now);
        undo_commit(machines->undo);
    }
    machines->jobs.live.serial = last;
}

/* Restore one job. A job without room is forgotten: its end counts when it arrives. */
static void restore_one(const struct live_reading *reading, uint64_t record) {
    struct live_job former;
    uint32_t number;
    if (!read_job(reading, record, &former, &number))
        return;
    struct live_job *job = make(reading->machines, &former, number, reading->now);
    if (job != NULL)
        give_to_owner(reading->machines, job, reading->now);
}

/* Restore the records without a bit in `kept`. False: out of memory. */
static bool restore_rest(const struct live_reading *reading, const uint64_t *kept) {
    struct machines *machines = reading->machines;
    size_t count;
    struct ranked *order = ranked_all(machines->memory, &reading->records, rank_job, kept, &count);
    for (size_t i = 0; order != NULL && i < count; i++) {
        restore_one(reading, order[i].record);
        undo_commit(machines->undo);
    }
    memory_release(machines->memory, order);
    return order != NULL;
}

/* Continue serials after the last one. A free place keeps its last job's serial; the first unused
 * place gets the present one. */
static void follow_serial(const struct live_reading *reading) {
    struct live_jobs *live = &reading->machines->jobs.live;
    const uint64_t last = last_serial(reading);
    if (last > live->serial)
        live->serial = last;
    if (object_reach(&live->table, (uint64_t)live->used + 1))
        live_job_at(live, live->used + 1)->serial = live->serial;
}

bool live_restore(struct machines *machines, const struct image *image,
                  const struct live_machines *former, const struct live_restoring *ahead,
                  struct store_time now) {
    const struct live_reading reading = open_records(machines, image, former, now);
    uint64_t *kept =
        memory_array(machines->memory, reading.records.table.items / 64 + 1, sizeof *kept);
    if (kept == NULL)
        return false;
    if (ahead != NULL)
        keep_same(&reading, ahead, kept);
    const bool restored = restore_rest(&reading, kept);
    memory_release(machines->memory, kept);
    follow_serial(&reading);
    return restored;
}

uint64_t live_restore_bytes(uint64_t places) {
    return sizeof(struct live_restoring) +
           places * (sizeof(struct copied) + sizeof(struct ranked)) + places / 8;
}
