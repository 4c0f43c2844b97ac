/* SPDX-License-Identifier: MIT */
/* jobs_table.c - the tables of live jobs and of the ended ones that are remembered. */
#include "breakers_jobs/breakers_jobs_private.h"

#include <assert.h>

#include <stddef.h>
#include <stdlib.h>

#include "base/hash.h"

/* ---- ranked ---- */

static int by_rank(const void *a, const void *b) {
    const struct ranked *left = a;
    const struct ranked *right = b;
    if (left->rank != right->rank)
        return left->rank < right->rank ? -1 : 1;
    return left->record < right->record ? -1 : left->record > right->record;
}

/* Collect the records to sort, at most `most`: a process that is still running may have changed
 * them since they were counted. Returns whether they are already sorted. */
static bool fill(const struct image_records *records, ranked_fn *rank_of, const uint64_t *but,
                 struct ranked *order, size_t most, size_t *ret_count) {
    bool sorted = true;
    size_t count = 0;
    uint64_t rank;
    for (uint64_t i = 0; i < records->table.items && count < most; i++) {
        if (ranked_is(but, i) || !rank_of(records, i, &rank))
            continue;
        sorted = sorted && (count == 0 || order[count - 1].rank <= rank);
        order[count++] = (struct ranked){rank, i};
    }
    *ret_count = count;
    return sorted;
}

struct ranked *breakers_jobs_ranked_all(const struct image_records *records, ranked_fn *rank_of,
                                        const uint64_t *but, size_t *ret_count) {
    uint64_t rank;
    size_t most = 0;
    for (uint64_t i = 0; i < records->table.items; i++)
        most += !ranked_is(but, i) && rank_of(records, i, &rank);
    struct ranked *order = memory_array(most + 1, sizeof *order);
    *ret_count = 0;
    if (!fill(records, rank_of, but, order, most, ret_count))
        qsort(order, *ret_count, sizeof *order, by_rank);
    return order;
}

/* ---- finished ----
 * A ring of jobs in the order in which they ended, and an index to find them.
 */

static const struct object_field finished_fields[] = {
    OBJECT_FIELD(struct finished_item, job, "job", OBJECT_U64),
    OBJECT_FIELD(struct finished_item, lap, "lap", OBJECT_U32),
    OBJECT_FIELD(struct finished_item, family, "family", OBJECT_U16),
    OBJECT_FIELD(struct finished_item, outcome, "outcome", OBJECT_U8),
    OBJECT_FIELD(struct finished_item, known, "known", OBJECT_U8)};
const struct object_spec breakers_jobs_finished_spec =
    OBJECT_SPEC("finished", struct finished_item, 0, finished_fields);

/* Create one table for the memories of all families, `items` in all. */
static void finished_table(struct object *object, uint64_t items, struct object_table *ret_table) {
    struct object_spec spec = breakers_jobs_finished_spec;
    spec.max_items = items;
    object_table(object, &spec, ret_table);
    object_need(ret_table, items);
}

/* How many items a family's memory has. */
static uint32_t finished_items(const struct catalog_family *family) {
    uint32_t size = FINISHED_LEAST;
    while (size < family->jobs->max_live && size < FINISHED_MOST)
        size *= 2;
    return size;
}

static uint64_t finished_bytes(const struct catalog_family *family) {
    const uint32_t size = finished_items(family);
    return (uint64_t)size * sizeof(struct finished_item) +
           (uint64_t)bare_slots_cells(size) * BARE_SLOTS_CELL_BYTES;
}

/* Set up a family's memory, in the table from item `first` on. */
static void finished_init(struct finished *finished, const struct object_table *table,
                          uint64_t first, const struct catalog_family *family, uint64_t seed) {
    *finished = (struct finished){.ring = object_at(table, first),
                                  .undo = object_undo(table->object),
                                  .seed = seed,
                                  .size = finished_items(family),
                                  .lap = 1,
                                  .family = (uint16_t)family->index};
    bare_slots_init(&finished->places, finished->size);
}

static void finished_done(struct finished *finished) {
    bare_slots_done(&finished->places);
}

uint64_t breakers_jobs_finished_job(struct sg_span id) {
    return hash_bytes(id.at, id.len, 0);
}

/* Hash with a secret multiplier, so that no one can prepare jobs that collide in the index
 * (Dietzfelbinger et al. 1997, "A reliable randomized algorithm for the closest-pair problem"). */
static uint32_t index_hash(const struct finished *finished, uint64_t job) {
    _Static_assert((int)FINISHED_MOST * 2 <= 1 << 16, "16 bits find every cell");
    return (uint32_t)(job * (finished->seed | 1) >> 48);
}

/* The job's place in the ring, or SLOTS_NONE. */
static uint32_t place_of(const struct finished *finished, uint64_t job) {
    uint32_t at = index_hash(finished, job);
    uint32_t place;
    do
        place = bare_slots_next(&finished->places, &at);
    while (place != SLOTS_NONE && finished->ring[place].job != job);
    return place;
}

static uint32_t finished_place_hash(const void *arg, uint32_t place) {
    const struct finished *finished = arg;
    return index_hash(finished, finished->ring[place].job);
}

bool breakers_jobs_finished_find(const struct finished *finished, uint64_t job,
                                 enum job_outcome *ret_outcome) {
    const uint32_t place = place_of(finished, job);
    if (place == SLOTS_NONE)
        return false;
    *ret_outcome = (enum job_outcome)finished->ring[place].outcome;
    return true;
}

void breakers_jobs_finished_forget(struct finished *finished, uint64_t job) {
    const uint32_t place = place_of(finished, job);
    if (place == SLOTS_NONE)
        return;
    undo_word(finished->undo, &finished->ring[place].known);
    finished->ring[place].known = 0;
    bare_slots_remove(&finished->places, place, finished_place_hash, finished);
}

void breakers_jobs_finished_add(struct finished *finished, uint64_t job, enum job_outcome outcome) {
    breakers_jobs_finished_forget(finished, job);
    struct finished_item *item = &finished->ring[finished->next];
    if (item->known)
        breakers_jobs_finished_forget(finished, item->job);
    undo_range(finished->undo, item, sizeof *item);
    *item = (struct finished_item){.job = job,
                                   .lap = finished->lap,
                                   .family = finished->family,
                                   .outcome = (uint8_t)outcome,
                                   .known = 1};
    bare_slots_add(&finished->places, index_hash(finished, job), finished->next);
    finished->next = (finished->next + 1) & (finished->size - 1);
    if (finished->next == 0)
        finished->lap++;
}

/* ---- live jobs: Places, index and lists of live jobs. ---- */

/* The fields of a job that the next process reads. */
static const struct object_field job_fields[] = {
    OBJECT_FIELDS(struct live_job, id, "id", OBJECT_TEXT, SG_INSTANCE_MAX),
    OBJECT_FIELD(struct live_job, id_len, "id_len", OBJECT_U8),
    OBJECT_FIELD(struct live_job, machine, "machine", OBJECT_U32),
    OBJECT_FIELD(struct live_job, state, "state", OBJECT_U8),
    OBJECT_FIELD(struct live_job, owner, "owner", OBJECT_U32),
    OBJECT_FIELD(struct live_job, pid, "pid", OBJECT_I32),
    OBJECT_FIELD(struct live_job, serial, "serial", OBJECT_U64),
    OBJECT_FIELD(struct live_job, since_mono_ms, "since_mono_ms", OBJECT_MONO_MS),
    OBJECT_FIELD(struct live_job, since_real_ms, "since_real_ms", OBJECT_I64),
    OBJECT_FIELD(struct live_job, queued_mono_ms, "queued_mono_ms", OBJECT_MONO_MS),
    OBJECT_FIELD(struct live_job, queued_real_ms, "queued_real_ms", OBJECT_I64)};
const struct object_spec breakers_jobs_job_spec =
    OBJECT_SPEC("job", struct live_job, 0, job_fields);

/* End of the bytes that the next process reads. */
#define KEPT_BYTES offsetof(struct live_job, hash)

/* Create a table for `places` jobs. */
static void live_jobs_init(struct live_jobs *live, struct object *object, uint64_t places,
                           uint64_t seed) {
    struct object_spec spec = breakers_jobs_job_spec;
    spec.max_items = places;
    *live = (struct live_jobs){.undo = object_undo(object), .seed = seed};
    object_table(object, &spec, &live->table);
}

static void live_jobs_done(struct live_jobs *live) {
    object_table_done(&live->table);
}

/* Set up a family. The caller handles `lf->finished`. */
static void live_job_family_init(struct live_family *lf, const struct catalog_family *family) {
    lf->family = family;
    lf->max_live = family->jobs->max_live;
    bare_slots_init(&lf->index, lf->max_live);
}

static void live_job_family_done(struct live_family *lf) {
    bare_slots_done(&lf->index);
}

/* Bytes that a family adds, its places included, without `finished`. */
static uint64_t live_job_family_bytes(const struct catalog_family *family) {
    const uint32_t max_live = family->jobs->max_live;
    return sizeof(struct live_family) + (uint64_t)max_live * sizeof(struct live_job) +
           (uint64_t)bare_slots_cells(max_live) * BARE_SLOTS_CELL_BYTES;
}

/* ---- by id ---- */

uint64_t breakers_jobs_live_job_hash(const struct live_jobs *live, struct sg_span id) {
    return hash_bytes(id.at, id.len, live->seed);
}

struct live_job *breakers_jobs_live_job_find(const struct live_jobs *live,
                                             const struct live_family *lf, struct sg_span id,
                                             uint64_t hash) {
    uint32_t at = (uint32_t)hash;
    uint32_t place;
    while ((place = bare_slots_next(&lf->index, &at)) != SLOTS_NONE) {
        struct live_job *job = live_job_at(live, place + 1);
        if (job->hash == hash && job->id_len == id.len && memcmp(job->id, id.at, id.len) == 0)
            return job;
    }
    return NULL;
}

/* The number of a free place, of which there must be one. */
static uint32_t take_place(struct live_jobs *live) {
    const uint32_t number = live->free;
    if (number != 0) {
        live->free = live_job_at(live, number)->lane[0].next;
        return number;
    }
    object_need(&live->table, (uint64_t)live->used + 1);
    return ++live->used;
}

/* Note the old content of a place that is taken. A reader may restore that content only if the
 * former job left the place just now. If nothing is noted, all earlier changes are committed, and
 * without its length the old id means nothing. */
static void note_tenant(const struct live_jobs *live, const struct live_job *job) {
    if (undo_count(live->undo) == 0)
        undo_word(live->undo, &job->id_len);
    else
        undo_range(live->undo, job, KEPT_BYTES);
}

struct live_job *breakers_jobs_live_job_make(struct live_jobs *live, struct live_family *lf,
                                             struct sg_span id, uint64_t hash) {
    if (lf->live == lf->max_live)
        return NULL;
    const uint32_t number = take_place(live);
    struct live_job *job = live_job_at(live, number);
    note_tenant(live, job);
    memset(job, 0, sizeof *job);
    memcpy(job->id, id.at, id.len);
    job->id_len = (uint8_t)id.len;
    job->hash = hash;
    bare_slots_add(&lf->index, (uint32_t)hash, number - 1);
    lf->live++;
    live->count++;
    return job;
}

void breakers_jobs_live_job_note(const struct live_jobs *live, const struct live_job *job) {
    undo_range(live->undo, &job->machine,
               offsetof(struct live_job, queued_mono_ms) - offsetof(struct live_job, machine));
}

static uint32_t live_jobs_place_hash(const void *arg, uint32_t place) {
    const struct live_jobs *live = arg;
    return (uint32_t)live_job_at(live, place + 1)->hash;
}

void breakers_jobs_live_job_drop(struct live_jobs *live, struct live_family *lf,
                                 struct live_job *job) {
    const uint32_t number = live_job_number(live, job);
    bare_slots_remove(&lf->index, number - 1, live_jobs_place_hash, live);
    undo_word(live->undo, &job->id_len);
    job->id_len = 0;
    job->lane[0].next = live->free;
    live->free = number;
    lf->live--;
    live->count--;
}

/* ---- lists ---- */

/* The link of a job that a list uses, found by its offset: lists differ in nothing else. */
static struct live_link *link_of(const struct live_jobs *live, uint32_t number, size_t offset) {
    return (struct live_link *)(void *)((char *)live_job_at(live, number) + offset);
}

static void push_back(const struct live_jobs *live, struct live_list *list, uint32_t number,
                      size_t offset) {
    *link_of(live, number, offset) = (struct live_link){.previous = list->last};
    if (list->last != 0)
        link_of(live, list->last, offset)->next = number;
    else
        list->first = number;
    list->last = number;
    list->count++;
}

static void pull(const struct live_jobs *live, struct live_list *list, uint32_t number,
                 size_t offset) {
    const struct live_link link = *link_of(live, number, offset);
    if (link.previous != 0)
        link_of(live, link.previous, offset)->next = link.next;
    else
        list->first = link.next;
    if (link.next != 0)
        link_of(live, link.next, offset)->previous = link.previous;
    else
        list->last = link.previous;
    list->count--;
}

static size_t lane_offset(uint32_t lane) {
    return offsetof(struct live_job, lane) + lane * sizeof(struct live_link);
}

void breakers_jobs_live_job_note_queued(const struct live_jobs *live, const struct live_job *job) {
    undo_range(live->undo, &job->queued_mono_ms,
               offsetof(struct live_job, hash) - offsetof(struct live_job, queued_mono_ms));
}

void breakers_jobs_live_job_rank(struct live_jobs *live, struct live_family *lf,
                                 struct live_job *job, uint64_t serial) {
    live->serial = serial;
    job->serial = serial;
    /* A seeded hash decides, so that no order of events puts all jobs into one lane. */
    const uint64_t dice = hash_bytes(&job->serial, sizeof job->serial, live->seed);
    job->lanes = 1;
    while (job->lanes < LIVE_LANES &&
           (dice >> (LIVE_LANE_BITS * (job->lanes - 1)) & ((1u << LIVE_LANE_BITS) - 1)) == 0)
        job->lanes++;
    for (uint32_t i = 0; i < job->lanes; i++)
        push_back(live, &lf->lane[i], live_job_number(live, job), lane_offset(i));
}

void breakers_jobs_live_job_unrank(struct live_jobs *live, struct live_family *lf,
                                   const struct live_job *job) {
    for (uint32_t i = 0; i < job->lanes; i++)
        pull(live, &lf->lane[i], live_job_number(live, job), lane_offset(i));
}

uint32_t breakers_jobs_live_job_seek(const struct live_jobs *live, const struct live_family *lf,
                                     uint64_t after) {
    uint32_t before = 0; /* a job whose serial is at most `after`; 0: the start */
    for (uint32_t lane = LIVE_LANES; lane > 0; lane--) {
        const size_t offset = lane_offset(lane - 1);
        for (;;) {
            const uint32_t next =
                before == 0 ? lf->lane[lane - 1].first : link_of(live, before, offset)->next;
            if (next == 0 || live_job_at(live, next)->serial > after)
                break;
            before = next;
        }
    }
    return before == 0 ? lf->lane[0].first : live_job_at(live, before)->lane[0].next;
}

void breakers_jobs_live_job_push_state(const struct live_jobs *live, struct live_list *list,
                                       struct live_job *job) {
    push_back(live, list, live_job_number(live, job), offsetof(struct live_job, by_state));
}

void breakers_jobs_live_job_pull_state(const struct live_jobs *live, struct live_list *list,
                                       const struct live_job *job) {
    pull(live, list, live_job_number(live, job), offsetof(struct live_job, by_state));
}

void breakers_jobs_live_job_push_owner(const struct live_jobs *live, struct owners *owners,
                                       struct live_job *job) {
    struct owner *owner = job->owner == OWNER_NONE ? NULL : owners_at(owners, job->owner);
    if (owner == NULL)
        return;
    const uint32_t number = live_job_number(live, job);
    job->by_owner = (struct live_link){.next = owner->jobs};
    if (owner->jobs != 0)
        live_job_at(live, owner->jobs)->by_owner.previous = number;
    owner->jobs = number;
    owner->job_count++;
}

void breakers_jobs_live_job_pull_owner(const struct live_jobs *live, struct owners *owners,
                                       const struct live_job *job) {
    struct owner *owner = job->owner == OWNER_NONE ? NULL : owners_at(owners, job->owner);
    if (owner == NULL)
        return;
    const struct live_link link = job->by_owner;
    if (link.previous != 0)
        live_job_at(live, link.previous)->by_owner.next = link.next;
    else
        owner->jobs = link.next;
    if (link.next != 0)
        live_job_at(live, link.next)->by_owner.previous = link.previous;
    owner->job_count--;
}

/* ---- ended jobs: Rings of ended jobs, one for each outcome. ---- */

enum { RING = JOBS_ENDED_MAX / JOB_OUTCOME_COUNT };

static const struct object_field ended_job_fields[] = {
    OBJECT_FIELD(struct ended_job, serial, "serial", OBJECT_U64),
    OBJECT_FIELD(struct ended_job, at_ms, "at_ms", OBJECT_I64),
    OBJECT_FIELD(struct ended_job, ran_ms, "ran_ms", OBJECT_I64),
    OBJECT_FIELD(struct ended_job, exit, "exit", OBJECT_I32),
    OBJECT_FIELD(struct ended_job, machine, "machine", OBJECT_U32),
    OBJECT_FIELD(struct ended_job, outcome, "outcome", OBJECT_U8),
    OBJECT_FIELD(struct ended_job, id_len, "id_len", OBJECT_U8),
    OBJECT_FIELDS(struct ended_job, id, "id", OBJECT_TEXT, SG_INSTANCE_MAX),
    OBJECT_FIELD(struct ended_job, who.pid, "pid", OBJECT_I32),
    OBJECT_FIELD(struct ended_job, who.uid, "uid", OBJECT_U32),
    OBJECT_FIELDS(struct ended_job, who.comm, "comm", OBJECT_TEXT, WHO_COMM_MAX - 1),
    OBJECT_FIELDS(struct ended_job, who.unit, "unit", OBJECT_TEXT, WHO_UNIT_MAX - 1)};
const struct object_spec breakers_jobs_ended_job_spec =
    OBJECT_SPEC("ended_job", struct ended_job, 0, ended_job_fields);

static struct ended_job *job_at(const struct ended_jobs *ended, enum job_outcome outcome,
                                uint32_t place) {
    return object_at(&ended->table, (uint64_t)outcome * RING + place);
}

static void ended_jobs_init(struct ended_jobs *ended, struct object *object) {
    struct object_spec spec = breakers_jobs_ended_job_spec;
    spec.max_items = JOBS_ENDED_MAX;
    _Static_assert(JOBS_ENDED_MAX % JOB_OUTCOME_COUNT == 0, "rings of one size");
    *ended = (struct ended_jobs){.undo = object_undo(object)};
    object_table(object, &spec, &ended->table);
    object_need(&ended->table, JOBS_ENDED_MAX);
}

static void ended_jobs_done(struct ended_jobs *ended) {
    object_table_done(&ended->table);
}

uint64_t breakers_jobs_ended_jobs_object_bytes(void) {
    return object_table_bytes(JOBS_ENDED_MAX, sizeof(struct ended_job));
}

uint32_t breakers_jobs_ended_jobs_place(const struct ended_jobs *ended,
                                        const struct ended_job *job) {
    return (uint32_t)(job - (const struct ended_job *)object_at(&ended->table, 0));
}

struct ended_job *breakers_jobs_ended_jobs_add(struct ended_jobs *ended, enum job_outcome outcome) {
    struct ended_job *job = job_at(ended, outcome, ended->next[outcome]);
    ended->next[outcome] = (ended->next[outcome] + 1) % RING;
    job->serial = 0;
    undo_barrier();
    undo_word(ended->undo, &job->serial);
    job->serial = ++ended->serial;
    job->outcome = (uint8_t)outcome;
    return job;
}

const struct ended_job *breakers_jobs_ended_jobs_last(const struct ended_jobs *ended,
                                                      enum job_outcome outcome) {
    return job_at(ended, outcome, (ended->next[outcome] + RING - 1) % RING);
}

const struct ended_job *breakers_jobs_ended_jobs_before(const struct ended_jobs *ended,
                                                        uint64_t before) {
    const struct ended_job *latest = NULL;
    for (uint64_t i = 0; i < JOBS_ENDED_MAX; i++) {
        const struct ended_job *job = object_at(&ended->table, i);
        if (job->serial < before && job->serial > (latest != NULL ? latest->serial : 0))
            latest = job;
    }
    return latest;
}

/* ---- jobs table ----
 * The tables for jobs: a machine for each combination of labels, places of live jobs, memories of
 * ended jobs.
 */

/* The fields of a machine that the next process reads. */
static const struct object_field jobs_machine_fields[] = {
    OBJECT_FIELD(struct jobs_machine, family, "family", OBJECT_U32),
    OBJECT_FIELD(struct jobs_machine, place, "place", OBJECT_U32),
    OBJECT_FIELD(struct jobs_machine, shown, "shown", OBJECT_U8),
    OBJECT_FIELD(struct jobs_machine, watch.judged_ms, "judged_ms", OBJECT_I64),
    OBJECT_FIELD(struct jobs_machine, watch.judged_mono_ms, "judged_mono_ms", OBJECT_MONO_MS),
    OBJECT_FIELD(struct jobs_machine, watch.slot_ms, "slot_ms", OBJECT_I64),
    OBJECT_FIELD(struct jobs_machine, watch.around_ms, "around_ms", OBJECT_I64),
    OBJECT_FIELD(struct jobs_machine, watch.within_ms, "within_ms", OBJECT_I64),
    OBJECT_FIELD(struct jobs_machine, watch.overdue_ms, "overdue_ms", OBJECT_I64),
    OBJECT_FIELD(struct jobs_machine, watch.from_ms, "from_ms", OBJECT_I64),
    OBJECT_FIELD(struct jobs_machine, watch.last_end_ms, "last_end_ms", OBJECT_I64),
    OBJECT_FIELD(struct jobs_machine, watch.last_success_ms, "last_success_ms", OBJECT_I64),
    OBJECT_FIELD(struct jobs_machine, watch.last_ran_ms, "last_ran_ms", OBJECT_I64),
    OBJECT_FIELD(struct jobs_machine, watch.rules, "rules", OBJECT_U64),
    OBJECT_FIELD(struct jobs_machine, watch.missed, "missed", OBJECT_U64),
    OBJECT_FIELD(struct jobs_machine, watch.failures, "failures", OBJECT_U32),
    OBJECT_FIELD(struct jobs_machine, watch.last_exit, "last_exit", OBJECT_I32),
    OBJECT_FIELD(struct jobs_machine, watch.last_outcome, "last_outcome", OBJECT_U8),
    OBJECT_FIELD(struct jobs_machine, watch.missed_last, "missed_last", OBJECT_U8)};
const struct object_spec breakers_jobs_jobs_machine_spec =
    OBJECT_SPEC("jobs_machine", struct jobs_machine, 0, jobs_machine_fields);

struct jobs_making {
    struct breakers_jobs *breakers_jobs;
    uint32_t live;
    struct store_time now;
};

static void make(void *arg, uint64_t number, uint32_t place) {
    const struct jobs_making *making = arg;
    struct jobs *jobs = &making->breakers_jobs->jobs;
    struct jobs_machine *machine = jobs_machine_at(jobs, number);
    const struct catalog_family *family = jobs->families[making->live].family;
    machine->family = family->index;
    machine->place = place;
    machine->live = making->live;
    machine->is_fallback =
        breakers_jobs_machine_is_fallback(making->breakers_jobs->store, family, place);
    if (!machine->is_fallback)
        jobs_series_show(making->breakers_jobs, machine, making->now);
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

static void make_tables(struct jobs *jobs, struct object *object, const struct jobs_sum *sum,
                        uint64_t seed) {
    struct object_spec spec = breakers_jobs_jobs_machine_spec;
    spec.max_items = sum->machines;
    object_table(object, &spec, &jobs->table);
    object_need(&jobs->table, sum->machines);
    live_jobs_init(&jobs->live, object, sum->places, seed);
    finished_table(object, sum->finished, &jobs->finished);
    ended_jobs_init(&jobs->ended, object);
}

void jobs_table_init(struct breakers_jobs *breakers_jobs, struct object *object,
                     struct store_time now) {
    struct jobs *jobs = &breakers_jobs->jobs;
    const struct jobs_sum sum = measure(breakers_jobs->set);
    assert(sum.machines < UINT32_MAX && sum.places < UINT32_MAX); /* the loader allows far fewer */
    jobs->families = memory_array(sum.families + 1, sizeof *jobs->families);
    make_tables(jobs, object, &sum, breakers_jobs->seed);
    jobs->count = sum.machines;
    uint64_t first = 0;
    uint64_t remembered = 0;
    for (size_t i = 0; i < breakers_jobs->set->family_count; i++) {
        const struct catalog_family *family = breakers_jobs->set->families[i];
        if (family->jobs == NULL)
            continue;
        struct live_family *lf = &jobs->families[jobs->family_count];
        struct jobs_making making = {breakers_jobs, (uint32_t)jobs->family_count++, now};
        live_job_family_init(lf, family);
        finished_init(&lf->finished, &jobs->finished, remembered, family, breakers_jobs->seed);
        breakers_jobs_machine_make_all(breakers_jobs->store, family, first, now, make, &making);
        first += family->combinations;
        remembered += finished_items(family);
    }
}

void jobs_table_done(struct jobs *jobs) {
    breakers_jobs_live_restore_free(jobs->ahead);
    for (size_t i = 0; i < jobs->family_count; i++) {
        live_job_family_done(&jobs->families[i]);
        finished_done(&jobs->families[i].finished);
    }
    free(jobs->families);
    object_table_done(&jobs->table);
    object_table_done(&jobs->finished);
    ended_jobs_done(&jobs->ended);
    live_jobs_done(&jobs->live);
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
           breakers_jobs_ended_jobs_object_bytes();
}
