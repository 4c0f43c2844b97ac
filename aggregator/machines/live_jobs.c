/* Places, index and lists of live jobs. */
#include "machines/live_jobs.h"

#include <string.h>

#include "base/hash.h"

bool live_jobs_init(struct live_family *lf, const struct memory *memory,
                    const struct catalog_family *family, uint64_t base) {
    memset(lf, 0, sizeof *lf);
    lf->family = family;
    lf->base = (uint32_t)base;
    lf->max_live = family->jobs->max_live;
    const bool indexed = bare_slots_init(&lf->index, memory, lf->max_live);
    return finished_init(&lf->finished, memory, lf->max_live) && indexed;
}

void live_jobs_done(struct live_family *lf, const struct memory *memory) {
    bare_slots_done(&lf->index, memory);
    finished_done(&lf->finished, memory);
}

uint64_t live_jobs_bytes(const struct catalog_family *family) {
    const uint32_t max_live = family->jobs->max_live;
    return sizeof(struct live_family) + (uint64_t)max_live * sizeof(struct live_job) +
           (uint64_t)bare_slots_cells(max_live) * BARE_SLOTS_CELL_BYTES + finished_bytes(max_live);
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
        struct live_job *job = &live->places[place];
        if (job->hash == hash && job->id_len == id.len && memcmp(job->id, id.at, id.len) == 0)
            return job;
    }
    return NULL;
}

struct live_job *live_job_make(struct live_jobs *live, struct live_family *lf, struct sg_span id,
                               uint64_t hash) {
    uint32_t number;
    if (lf->free != 0) {
        number = lf->free;
        lf->free = live_job_at(live, number)->lane[0].next;
    } else if (lf->used < lf->max_live) {
        number = lf->base + ++lf->used;
    } else {
        return NULL;
    }
    struct live_job *job = live_job_at(live, number);
    memset(job, 0, sizeof *job);
    memcpy(job->id, id.at, id.len);
    job->id_len = (uint8_t)id.len;
    job->hash = hash;
    bare_slots_add(&lf->index, (uint32_t)hash, number - 1);
    live->count++;
    return job;
}

static uint32_t place_hash(const void *arg, uint32_t place) {
    const struct live_jobs *live = arg;
    return (uint32_t)live->places[place].hash;
}

void live_job_drop(struct live_jobs *live, struct live_family *lf, struct live_job *job) {
    const uint32_t number = live_job_number(live, job);
    bare_slots_remove(&lf->index, number - 1, place_hash, live);
    job->id_len = 0;
    job->lane[0].next = lf->free;
    lf->free = number;
    live->count--;
}

/* ---- lists ---- */

/* The link of a job that a list uses, by its offset: the lists differ in nothing else. */
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

void live_job_rank(struct live_jobs *live, struct live_family *lf, struct live_job *job) {
    job->serial = ++live->serial;
    /* By a seeded hash, so that no order of events puts all jobs into one lane. */
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
    uint32_t before = 0; /* a job whose serial is not above `after`; 0: the start */
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
                         struct live_job *job) {
    struct owner *owner = job->owner == OWNER_NONE ? NULL : owners_at(owners, job->owner);
    job->owner = OWNER_NONE;
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
