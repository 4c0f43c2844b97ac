/* SPDX-License-Identifier: MIT */
/* breakers_jobs_restore.c - breakers and jobs of the old process, read into the tables of this one.
 */
#include "breakers_jobs/breakers_jobs_private.h"

#include <assert.h>
#include <stdlib.h>

/* ---- former ---- */

/* Find the number of the present machine for a machine of the image, whose `family` and `place`
 * are given. False if its family or labels no longer exist. */
static bool former_machine(const struct store *store, const struct image *image,
                           const struct match *match, uint32_t family, uint32_t place,
                           const struct catalog_family **ret_family, uint64_t *ret_number) {
    const struct catalog_family *present = object_match_family(match, family);
    struct image_table table;
    struct store_label labels[CATALOG_LABELS_MAX];
    uint32_t ids[CATALOG_LABELS_MAX];
    if (present == NULL || !present->kind->is_machine || place == 0 ||
        !image_find(image, "series", family, OBJECT_NONE, &table) ||
        !store_read_labels(match, &table, place - 1, labels))
        return false;
    for (uint32_t i = 0; i < present->label_count; i++)
        ids[i] = (uint32_t)labels[i].id; /* the labels of machines have declared values only */
    const struct series *series = store_find(store, present, ids);
    if (series == NULL)
        return false;
    *ret_family = present;
    *ret_number = machine_number(series);
    return true;
}

/* ---- attempts restore: Restores attempts and breakers of an old process. ---- */

/* Whether the former breaker, while not closed, was run by the other side: a state that a service
 * reported means nothing to a breaker that runs here, and the other way round. */
static bool is_other_breaker(const struct catalog_breaker *rules,
                             const struct attempts_machine *former) {
    return former->breaker.state != BREAKER_CLOSED && (former->followed == 1) != rules->reported;
}

static void take_breaker(const struct breakers_jobs *breakers_jobs,
                         struct attempts_machine *machine, const struct attempts_machine *former,
                         struct store_time now) {
    const struct catalog_breaker *rules =
        &breakers_jobs_attempts_series_family(breakers_jobs, machine)->attempts->breaker;
    struct breaker breaker = former->breaker;
    breaker.failures = former_count(breaker.failures);
    if (is_other_breaker(rules, former))
        breaker.state = BREAKER_CLOSED;
    breaker_restore(&machine->breaker, &machine->window, rules, &breaker, &former->window,
                    now.mono_ms);
    const bool same = machine->breaker.state == former->breaker.state;
    machine->why = same && former->why < WHY_COUNT ? former->why : WHY_NONE;
    machine->since_real_ms = same ? former_real(former->since_real_ms, now.real_ms) : now.real_ms;
    machine->followed = rules->reported && former->followed == 1;
    machine->reporter = former->reporter;
    machine->forced_ms = former_real(former->forced_ms, 0);
    machine->forced_for_ms = former_real(former->forced_for_ms, 0);
    machine->forced_until_ms = former->forced_until_ms;
    machine->forced_uid = former->forced_uid;
    memcpy(machine->forced_why, former->forced_why, sizeof machine->forced_why - 1);
}

static void attempts_restore_take(const struct breakers_jobs *breakers_jobs,
                                  struct attempts_machine *machine,
                                  const struct attempts_machine *former, struct store_time now) {
    take_breaker(breakers_jobs, machine, former, now);
    machine->last_pid = former_pid(former->last_pid);
    machine->attempted_ms = former_mono(former->attempted_ms, now);
    machine->last_success_ms = former_real(former->last_success_ms, 0);
    machine->last_error_ms = former_real(former->last_error_ms, 0);
    machine->opened = former_count(former->opened);
    machine->denied = former_count(former->denied);
    machine->counted_ms = former_mono(former->counted_ms, now);
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        machine->state_ms[i] = former_real(former->state_ms[i], 0);
}

static void take_notes(struct attempts *attempts, uint64_t number,
                       const struct image_records *records, uint64_t record) {
    struct attempt_notes former = {0};
    if (record >= records->table.items)
        return;
    image_record(records, record, &former);
    if (former.count > 0 || former.opened_ms != 0)
        breakers_jobs_attempt_notes_restore(
            breakers_jobs_attempt_notes_make(&attempts->notes, number), &former);
}

static void take_all(struct breakers_jobs *breakers_jobs, const struct image *image,
                     const struct match *match, struct store_time now) {
    struct image_records records;
    struct image_records notes;
    notes = image_records(image, &breakers_jobs_attempt_notes_spec);
    records = image_records(image, &breakers_jobs_attempts_spec);
    for (uint64_t i = 0; i < records.table.items; i++) {
        struct attempts_machine former = {0};
        const struct catalog_family *family;
        uint64_t number;
        image_record(&records, i, &former);
        if (!former_machine(breakers_jobs->store, image, match, former.family, former.place,
                            &family, &number) ||
            family->attempts == NULL || number >= breakers_jobs->attempts.count)
            continue;
        struct attempts_machine *machine = attempts_machine_at(&breakers_jobs->attempts, number);
        if (former.shown == 1)
            breakers_jobs_attempts_series_show(breakers_jobs, machine, now);
        attempts_restore_take(breakers_jobs, machine, &former, now);
        take_notes(&breakers_jobs->attempts, number, &notes, i);
        undo_commit(breakers_jobs->undo);
    }
}

/* Update the series that show the machine's own numbers. */
static void show(struct breakers_jobs *breakers_jobs, struct attempts_machine *machine,
                 struct store_time now) {
    breakers_jobs_attempts_series_state(breakers_jobs, machine, now);
    breakers_jobs_attempts_series_write(breakers_jobs, machine, ATTEMPTS_CONSECUTIVE,
                                        machine->plain[ATTEMPTS_CONSECUTIVE],
                                        (double)machine->breaker.failures, now);
    if (machine->last_success_ms != 0)
        breakers_jobs_attempts_series_stamp(breakers_jobs, machine, ATTEMPTS_LAST_SUCCESS,
                                            machine->last_success_ms, now);
    if (machine->last_error_ms != 0)
        breakers_jobs_attempts_series_stamp(breakers_jobs, machine, ATTEMPTS_LAST_ERROR,
                                            machine->last_error_ms, now);
}

void breakers_jobs_attempts_restore(struct breakers_jobs *breakers_jobs, const struct image *image,
                                    const struct match *match, struct store_time now) {
    take_all(breakers_jobs, image, match, now);
    for (size_t i = 0; i < breakers_jobs->attempts.count; i++) {
        struct attempts_machine *machine = attempts_machine_at(&breakers_jobs->attempts, i);
        const struct catalog_breaker *rules =
            &breakers_jobs_attempts_series_family(breakers_jobs, machine)->attempts->breaker;
        if (attempts_moves(machine, rules))
            breakers_jobs_attempts_list_moving(&breakers_jobs->attempts, machine);
        if (machine->shown)
            show(breakers_jobs, machine, now);
        undo_commit(breakers_jobs->undo);
    }
}

/* ---- live restore ---- */

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
    struct breakers_jobs *breakers_jobs;
    const struct live_machines *former;
    struct image_records records;
    struct store_time now;
};

/* Fields that are read more often than the others. */
enum { FIELD_ID_LEN = 1, FIELD_STATE = 3, FIELD_SERIAL = 6 };

static struct live_reading open_records(struct breakers_jobs *breakers_jobs,
                                        const struct image *image,
                                        const struct live_machines *former, struct store_time now) {
    struct live_reading reading = {.breakers_jobs = breakers_jobs, .former = former, .now = now};
    assert(strcmp(breakers_jobs_job_spec.fields[FIELD_ID_LEN].name, "id_len") == 0 &&
           strcmp(breakers_jobs_job_spec.fields[FIELD_STATE].name, "state") == 0 &&
           strcmp(breakers_jobs_job_spec.fields[FIELD_SERIAL].name, "serial") == 0);
    reading.records = image_records(image, &breakers_jobs_job_spec);
    return reading;
}

/* ---- records ---- */

static bool is_used(uint64_t id_len, uint64_t state) {
    return id_len > 0 && id_len <= SG_INSTANCE_MAX && state < JOB_STATE_COUNT;
}

static uint64_t read_number(const struct image_records *records, uint64_t record, int field) {
    return image_integer(&records->table, record, records->at[field], 0);
}

/* Rank a record. With a million records this runs more than once for each, so it reads only three
 * numbers. */
static bool rank_job(const struct image_records *records, uint64_t record, uint64_t *ret_rank) {
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
    image_record(&reading->records, record, ret_job);
    if (!is_used(ret_job->id_len, ret_job->state) || ret_job->machine >= former->count ||
        former->numbers[ret_job->machine] == 0)
        return false;
    *ret_number = former->numbers[ret_job->machine] - 1;
    return true;
}

/* ---- one job ---- */

static void live_restore_take(struct live_job *job, const struct live_job *former, uint32_t machine,
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
static struct live_job *make(struct breakers_jobs *breakers_jobs, const struct live_job *former,
                             uint32_t number, struct store_time now) {
    struct live_jobs *live = &breakers_jobs->jobs.live;
    struct jobs_machine *machine = jobs_machine_at(&breakers_jobs->jobs, number);
    struct live_family *lf = &breakers_jobs->jobs.families[machine->live];
    const struct sg_span id = {former->id, former->id_len};
    const uint64_t hash = breakers_jobs_live_job_hash(live, id);
    struct live_job *job = breakers_jobs_live_job_find(live, lf, id, hash) == NULL
                               ? breakers_jobs_live_job_make(live, lf, id, hash)
                               : NULL;
    if (job == NULL)
        return NULL;
    live_restore_take(job, former, number, now);
    const bool follows = former->serial > live->serial && former->serial < SERIALS;
    breakers_jobs_live_job_rank(live, lf, job, follows ? former->serial : live->serial + 1);
    breakers_jobs_live_job_push_state(live, &machine->jobs[job->state], job);
    return job;
}

/* Link the job to its owner; if the owner no longer exists, the job is lost, like all its jobs. */
static void give_to_owner(struct breakers_jobs *breakers_jobs, struct live_job *job,
                          struct store_time now) {
    struct owners *owners = store_owners(breakers_jobs->store);
    breakers_jobs_live_job_push_owner(&breakers_jobs->jobs.live, owners, job);
    if (job->owner != OWNER_NONE && owners_at(owners, job->owner) == NULL)
        jobs_lose(breakers_jobs, job, now);
}

/* ---- ahead ---- */

static void drop(struct breakers_jobs *breakers_jobs, uint32_t number) {
    struct live_jobs *live = &breakers_jobs->jobs.live;
    struct live_job *job = live_job_at(live, number);
    struct jobs_machine *machine = jobs_machine_at(&breakers_jobs->jobs, job->machine);
    struct live_family *lf = &breakers_jobs->jobs.families[machine->live];
    breakers_jobs_live_job_unrank(live, lf, job);
    breakers_jobs_live_job_pull_state(live, &machine->jobs[job->state], job);
    breakers_jobs_live_job_drop(live, lf, job);
    undo_commit(breakers_jobs->undo);
}

/* False if a job finds no room: which jobs get room then depends on all jobs to come. */
static bool copy_all(const struct live_reading *reading, const struct ranked *order, size_t count,
                     struct live_restoring *ahead) {
    struct breakers_jobs *breakers_jobs = reading->breakers_jobs;
    for (size_t i = 0; i < count; i++) {
        struct live_job former;
        uint32_t number;
        if (!read_job(reading, order[i].record, &former, &number) ||
            former.serial != order[i].rank) /* the job is changing at this moment */
            continue;
        const struct live_job *job = make(breakers_jobs, &former, number, reading->now);
        undo_commit(breakers_jobs->undo);
        if (job == NULL)
            return false;
        ahead->jobs[ahead->count++] =
            (struct copied){.serial = former.serial,
                            .record = (uint32_t)order[i].record,
                            .number = live_job_number(&breakers_jobs->jobs.live, job)};
    }
    return true;
}

static void drop_all(struct breakers_jobs *breakers_jobs, const struct live_restoring *ahead) {
    for (size_t i = 0; i < ahead->count; i++)
        drop(breakers_jobs, ahead->jobs[i].number);
    breakers_jobs->jobs.live.serial = 0;
}

void breakers_jobs_live_restore_free(struct live_restoring *ahead) {
    if (ahead != NULL)
        free(ahead->jobs);
    free(ahead);
}

/* Copy the jobs that the image has by now. *ret_ahead is NULL if they do not fit and nothing was
 * copied. */
static void live_restore_ahead(struct breakers_jobs *breakers_jobs, const struct image *image,
                               const struct live_machines *former, struct store_time now,
                               struct live_restoring **ret_ahead) {
    const struct live_reading reading = open_records(breakers_jobs, image, former, now);
    size_t count = 0;
    struct live_restoring *ahead = memory_alloc(sizeof *ahead);
    ahead->below = last_serial(&reading);
    struct ranked *order = breakers_jobs_ranked_all(&reading.records, rank_job, NULL, &count);
    ahead->jobs = memory_array(count + 1, sizeof *ahead->jobs);
    if (copy_all(&reading, order, count, ahead)) {
        *ret_ahead = ahead;
    } else {
        drop_all(breakers_jobs, ahead);
        breakers_jobs_live_restore_free(ahead);
    }
    free(order);
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
    struct breakers_jobs *breakers_jobs = reading->breakers_jobs;
    uint64_t last = 0;
    for (size_t i = 0; i < ahead->count; i++) {
        const struct copied *job = &ahead->jobs[i];
        if (!is_same(reading, ahead, job)) {
            drop(breakers_jobs, job->number);
            continue;
        }
        kept[job->record / 64] |= UINT64_C(1) << job->record % 64;
        last = job->serial;
        give_to_owner(breakers_jobs, live_job_at(&breakers_jobs->jobs.live, job->number),
                      reading->now);
        undo_commit(breakers_jobs->undo);
    }
    breakers_jobs->jobs.live.serial = last;
}

/* Restore one job. A job without room is forgotten: its end counts when it arrives. */
static void restore_one(const struct live_reading *reading, uint64_t record) {
    struct live_job former;
    uint32_t number;
    if (!read_job(reading, record, &former, &number))
        return;
    struct live_job *job = make(reading->breakers_jobs, &former, number, reading->now);
    if (job != NULL)
        give_to_owner(reading->breakers_jobs, job, reading->now);
}

/* Restore the records without a bit in `kept`. */
static void restore_rest(const struct live_reading *reading, const uint64_t *kept) {
    struct breakers_jobs *breakers_jobs = reading->breakers_jobs;
    size_t count;
    struct ranked *order = breakers_jobs_ranked_all(&reading->records, rank_job, kept, &count);
    for (size_t i = 0; i < count; i++) {
        restore_one(reading, order[i].record);
        undo_commit(breakers_jobs->undo);
    }
    free(order);
}

/* Continue serials after the last one. A free place keeps its last job's serial; the first unused
 * place gets the present one. */
static void follow_serial(const struct live_reading *reading) {
    struct live_jobs *live = &reading->breakers_jobs->jobs.live;
    const uint64_t last = last_serial(reading);
    if (last > live->serial)
        live->serial = last;
    if (object_reach(&live->table, (uint64_t)live->used + 1))
        live_job_at(live, live->used + 1)->serial = live->serial;
}

/* Take over the remaining jobs; `ahead` may be NULL. */
static void live_restore(struct breakers_jobs *breakers_jobs, const struct image *image,
                         const struct live_machines *former, const struct live_restoring *ahead,
                         struct store_time now) {
    const struct live_reading reading = open_records(breakers_jobs, image, former, now);
    uint64_t *kept = memory_array(reading.records.table.items / 64 + 1, sizeof *kept);
    if (ahead != NULL)
        keep_same(&reading, ahead, kept);
    restore_rest(&reading, kept);
    free(kept);
    follow_serial(&reading);
}

/* Bytes that both steps need for this many places. */
static uint64_t live_restore_bytes(uint64_t places) {
    return sizeof(struct live_restoring) +
           places * (sizeof(struct copied) + sizeof(struct ranked)) + places / 8;
}

/* ---- jobs restore: Restores live and ended jobs of an old process. ---- */

struct restoring {
    struct breakers_jobs *breakers_jobs;
    const struct match *match;
    struct live_machines former;
    struct store_time now;
};

/* Find the present machines of the former ones. `shows`: create the series of those that had them.
 */
static void find_machines(struct breakers_jobs *breakers_jobs, const struct image *image,
                          const struct match *match, struct store_time now, bool shows,
                          struct live_machines *ret_former) {
    struct image_records records;
    records = image_records(image, &breakers_jobs_jobs_machine_spec);
    ret_former->count = records.table.items;
    ret_former->numbers = memory_array(records.table.items + 1, sizeof *ret_former->numbers);
    for (uint64_t i = 0; i < records.table.items; i++) {
        struct jobs_machine former = {0};
        const struct catalog_family *family;
        uint64_t number;
        image_record(&records, i, &former);
        if (!former_machine(breakers_jobs->store, image, match, former.family, former.place,
                            &family, &number) ||
            family->jobs == NULL || number >= breakers_jobs->jobs.count)
            continue;
        ret_former->numbers[i] = (uint32_t)number + 1;
        struct jobs_machine *machine = jobs_machine_at(&breakers_jobs->jobs, number);
        if (shows && family->jobs->duty.declared)
            job_watch_restore(&machine->watch, &former.watch, image->other_boot, now);
        if (shows && former.shown == 1)
            jobs_series_show(breakers_jobs, machine, now);
        undo_commit(breakers_jobs->undo);
    }
}

/* ---- records in order ---- */

typedef void restore_fn(const struct restoring *restoring, const struct image_records *records,
                        uint64_t record);

uint64_t breakers_jobs_restore_bytes(const struct catalog_set *set) {
    uint64_t breakers_jobs;
    const uint64_t most = jobs_table_most(set, &breakers_jobs);
    return (breakers_jobs + 1) * sizeof(uint32_t) + live_restore_bytes(most);
}

/* Restore the records in order of their rank. */
static void restore_in_order(const struct restoring *restoring, const struct image_records *records,
                             ranked_fn *rank_of, restore_fn *restore) {
    struct breakers_jobs *breakers_jobs = restoring->breakers_jobs;
    size_t count;
    struct ranked *order = breakers_jobs_ranked_all(records, rank_of, NULL, &count);
    for (size_t i = 0; i < count; i++) {
        restore(restoring, records, order[i].record);
        undo_commit(breakers_jobs->undo);
    }
    free(order);
}

/* ---- ended jobs ---- */

static bool rank_finished(const struct image_records *records, uint64_t index, uint64_t *ret_rank) {
    struct finished_item former = {0};
    image_record(records, index, &former);
    *ret_rank = former.lap;
    return former.known == 1 && former.outcome < JOB_OUTCOME_COUNT;
}

static void add_finished(const struct restoring *restoring, const struct image_records *records,
                         uint64_t record) {
    struct finished_item former = {0};
    image_record(records, record, &former);
    const struct catalog_family *family = object_match_family(restoring->match, former.family);
    struct live_family *lf =
        family != NULL ? jobs_walk_family(&restoring->breakers_jobs->jobs, family) : NULL;
    if (lf != NULL)
        breakers_jobs_finished_add(&lf->finished, former.job, (enum job_outcome)former.outcome);
}

static void restore_finished(const struct restoring *restoring, const struct image *image) {
    struct image_records records;
    records = image_records(image, &breakers_jobs_finished_spec);
    restore_in_order(restoring, &records, rank_finished, add_finished);
}

/* ---- the same for people ---- */

static bool rank_ended(const struct image_records *records, uint64_t index, uint64_t *ret_rank) {
    struct ended_job former = {0};
    image_record(records, index, &former);
    *ret_rank = former.serial;
    return former.serial > 0 && former.outcome < JOB_OUTCOME_COUNT &&
           former.id_len <= SG_INSTANCE_MAX;
}

static void add_ended(const struct restoring *restoring, const struct image_records *records,
                      uint64_t record) {
    const struct live_machines *breakers_jobs = &restoring->former;
    struct ended_job former = {0};
    image_record(records, record, &former);
    if (former.machine >= breakers_jobs->count || breakers_jobs->numbers[former.machine] == 0)
        return;
    struct ended_job *job = breakers_jobs_ended_jobs_add(&restoring->breakers_jobs->jobs.ended,
                                                         (enum job_outcome)former.outcome);
    former.serial = job->serial;
    former.machine = breakers_jobs->numbers[former.machine] - 1;
    former.at_ms = former_real(former.at_ms, 0);
    former.ran_ms = former_real(former.ran_ms, -1);
    former.exit = former_exit(former.exit);
    former.who.pid = former_pid(former.who.pid);
    *job = former; /* its texts end within the zeroed record */
    jobs_machine_at(&restoring->breakers_jobs->jobs, job->machine)->ended =
        breakers_jobs_ended_jobs_place(&restoring->breakers_jobs->jobs.ended, job) + 1;
}

static void restore_ended(const struct restoring *restoring, const struct image *image) {
    struct image_records records;
    records = image_records(image, &breakers_jobs_ended_job_spec);
    restore_in_order(restoring, &records, rank_ended, add_ended);
}

/* ---- all of them ---- */

void breakers_jobs_restore_jobs_ahead(struct breakers_jobs *breakers_jobs,
                                      const struct image *image, const struct match *match,
                                      struct store_time now) {
    struct live_machines former = {0};
    struct jobs *jobs = &breakers_jobs->jobs;
    if (jobs->ahead != NULL)
        return;
    find_machines(breakers_jobs, image, match, now, false, &former);
    live_restore_ahead(breakers_jobs, image, &former, now, &jobs->ahead);
    free(former.numbers);
}

void breakers_jobs_restore_jobs(struct breakers_jobs *breakers_jobs, const struct image *image,
                                const struct match *match, struct store_time now) {
    struct jobs *jobs = &breakers_jobs->jobs;
    struct restoring restoring = {.breakers_jobs = breakers_jobs, .match = match, .now = now};
    find_machines(breakers_jobs, image, match, now, true, &restoring.former);
    restore_finished(&restoring, image);
    restore_ended(&restoring, image);
    live_restore(breakers_jobs, image, &restoring.former, jobs->ahead, now);
    breakers_jobs_live_restore_free(jobs->ahead);
    jobs->ahead = NULL;
    free(restoring.former.numbers);
    for (size_t i = 0; i < jobs->count; i++) {
        jobs_series_adopt(breakers_jobs, jobs_machine_at(jobs, i), now);
        undo_commit(breakers_jobs->undo);
    }
}
