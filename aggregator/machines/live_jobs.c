/* Places, index and lists of live jobs. */
#include "machines/live_jobs.h"

#include <stddef.h>
#include <string.h>

#include "base/hash.h"

/* The fields of a job that the next process reads. */
const struct object_field live_job_fields[] = {
    {"id", OBJECT_TEXT, offsetof(struct live_job, id), SG_INSTANCE_MAX},
    {"id_len", OBJECT_U8, offsetof(struct live_job, id_len), 1},
    {"machine", OBJECT_U32, offsetof(struct live_job, machine), 1},
    {"state", OBJECT_U8, offsetof(struct live_job, state), 1},
    {"owner", OBJECT_U32, offsetof(struct live_job, owner), 1},
    {"pid", OBJECT_I32, offsetof(struct live_job, pid), 1},
    {"serial", OBJECT_U64, offsetof(struct live_job, serial), 1},
    {"since_mono_ms", OBJECT_MONO_MS, offsetof(struct live_job, since_mono_ms), 1},
    {"since_real_ms", OBJECT_I64, offsetof(struct live_job, since_real_ms), 1},
    {"queued_mono_ms", OBJECT_MONO_MS, offsetof(struct live_job, queued_mono_ms), 1},
    {"queued_real_ms", OBJECT_I64, offsetof(struct live_job, queued_real_ms), 1}};
const size_t live_job_field_count = sizeof live_job_fields / sizeof *live_job_fields;

/* End of the bytes that the next process reads. */
#define KEPT_BYTES offsetof(struct live_job, hash)

bool live_jobs_init(struct live_jobs *live, struct object *object, const struct memory *memory,
                    uint64_t places, uint64_t seed) {
    const struct object_spec spec = {.name = "job",
                                     .family = OBJECT_NONE,
                                     .label = OBJECT_NONE,
                                     .item_bytes = sizeof(struct live_job),
                                     .max_items = places,
                                     .fields = live_job_fields,
                                     .field_count = live_job_field_count};
    *live = (struct live_jobs){.undo = object_undo(object), .seed = seed};
    return object_table(object, memory, &spec, &live->table);
}

void live_jobs_done(struct live_jobs *live, const struct memory *memory) {
    object_table_done(&live->table, memory);
}

bool live_job_family_init(struct live_family *lf, const struct memory *memory,
                          const struct catalog_family *family) {
    lf->family = family;
    lf->max_live = family->jobs->max_live;
    return bare_slots_init(&lf->index, memory, lf->max_live);
}

void live_job_family_done(struct live_family *lf, const struct memory *memory) {
    bare_slots_done(&lf->index, memory);
}

uint64_t live_job_family_bytes(const struct catalog_family *family) {
    const uint32_t max_live = family->jobs->max_live;
    return sizeof(struct live_family) + (uint64_t)max_live * sizeof(struct live_job) +
           (uint64_t)bare_slots_cells(max_live) * BARE_SLOTS_CELL_BYTES;
}

/* ---- by id ---- */

uint64_t live_job_hash(const struct live_jobs *live, struct sg_span id) {
    return hash_bytes(id.at, id.len, live->seed);
}

struct live_job *live_job_find(const struct live_jobs *live, const struct live_family *lf,
                               struct sg_span id, uint64_t hash) {
    uint32_t at = (uint32_t)hash;
    uint32_t place;
    while ((place = bare_slots_next(&lf->index, &at)) != SLOTS_NONE) {
        struct live_job *job = live_job_at(live, place + 1);
        if (job->hash == hash && job->id_len == id.len && memcmp(job->id, id.at, id.len) == 0)
            return job;
    }
    return NULL;
}

/* The number of a free place; 0 when out of memory. */
static uint32_t take_place(struct live_jobs *live) {
    const uint32_t number = live->free;
    if (number != 0)
        live->free = live_job_at(live, number)->lane[0].next;
    else if (!object_reach(&live->table, (uint64_t)live->used + 1))
        return 0;
    return number != 0 ? number : ++live->used;
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

struct live_job *live_job_make(struct live_jobs *live, struct live_family *lf, struct sg_span id,
                               uint64_t hash) {
    const uint32_t number = lf->live < lf->max_live ? take_place(live) : 0;
    if (number == 0)
        return NULL;
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

void live_job_note(const struct live_jobs *live, const struct live_job *job) {
    undo_range(live->undo, &job->machine,
               offsetof(struct live_job, queued_mono_ms) - offsetof(struct live_job, machine));
}

static uint32_t place_hash(const void *arg, uint32_t place) {
    const struct live_jobs *live = arg;
    return (uint32_t)live_job_at(live, place + 1)->hash;
}

void live_job_drop(struct live_jobs *live, struct live_family *lf, struct live_job *job) {
    const uint32_t number = live_job_number(live, job);
    bare_slots_remove(&lf->index, number - 1, place_hash, live);
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

void live_job_note_queued(const struct live_jobs *live, const struct live_job *job) {
    undo_range(live->undo, &job->queued_mono_ms,
               offsetof(struct live_job, hash) - offsetof(struct live_job, queued_mono_ms));
}

void live_job_rank(struct live_jobs *live, struct live_family *lf, struct live_job *job,
                   uint64_t serial) {
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

void live_job_unrank(struct live_jobs *live, struct live_family *lf, const struct live_job *job) {
    for (uint32_t i = 0; i < job->lanes; i++)
        pull(live, &lf->lane[i], live_job_number(live, job), lane_offset(i));
}

uint32_t live_job_seek(const struct live_jobs *live, const struct live_family *lf, uint64_t after) {
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

void live_job_push_state(const struct live_jobs *live, struct live_list *list,
                         struct live_job *job) {
    push_back(live, list, live_job_number(live, job), offsetof(struct live_job, by_state));
}

void live_job_pull_state(const struct live_jobs *live, struct live_list *list,
                         const struct live_job *job) {
    pull(live, list, live_job_number(live, job), offsetof(struct live_job, by_state));
}

void live_job_push_owner(const struct live_jobs *live, struct owners *owners,
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

void live_job_pull_owner(const struct live_jobs *live, struct owners *owners,
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
