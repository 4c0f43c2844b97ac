/*
 * live_jobs.h - the table of live jobs: found by instance id, walked in the order of their last change,
 * by machine and state, and by owner. Private to machines/.
 *
 * All families share one table with a place for each of their jobs (max_live), so that memory comes
 * with the jobs there are. A place's number (index + 1; 0 none) names the job in all lists. The table
 * outlives the process; index, lists and free places are made again (live_restore.h).
 */
#ifndef STATGATE_MACHINES_LIVE_JOBS_H
#define STATGATE_MACHINES_LIVE_JOBS_H

#include "base/slots.h"
#include "machines/finished.h"
#include "object/object.h"
#include "sg_proto.h"
#include "store/owners.h"

struct live_link {
    uint32_t previous;
    uint32_t next;
};

/* A list whose members come at its end. */
struct live_list {
    uint32_t first;
    uint32_t last;
    uint32_t count;
};

/*
 * A family's jobs in order of serial. Members come at the end only, so a skip list (Pugh 1990)
 * needs no search to grow or shrink: a job is in lane 0, one of 64 in lane 1 too, one of 4,096
 * in lane 2 too. A walk that starts anywhere takes some hundred steps, however many jobs there are.
 */
enum { LIVE_LANES = 3, LIVE_LANE_BITS = 6 };

struct live_job {
    char id[SG_INSTANCE_MAX];
    /* All that changes while it lives: */
    uint32_t machine; /* index; live places only */
    uint8_t id_len;   /* 0: a free place, lane[0].next names the next one */
    uint8_t state;    /* enum job_state */
    uint8_t lanes;    /* made again, as is what follows `queued_real_ms` */
    owner_id owner;   /* running, and lost with it; else OWNER_NONE */
    int32_t pid;
    uint64_t serial;
    int64_t since_mono_ms; /* of the present state */
    int64_t since_real_ms;
    int64_t queued_mono_ms; /* when it was queued last; only if queued_real_ms is not 0 */
    int64_t queued_real_ms;
    uint64_t hash; /* of the id, seeded */
    struct live_link lane[LIVE_LANES];
    struct live_link by_state; /* within machine and state, in order of since */
    struct live_link by_owner;
};

struct live_family {
    const struct catalog_family *family;
    uint32_t max_live;
    uint32_t live;
    struct bare_slots index;
    struct live_list lane[LIVE_LANES];
    struct finished finished;
};

struct live_jobs {
    struct object_table table; /* of all families' jobs */
    struct undo *undo;
    uint32_t used; /* places ever taken */
    uint32_t free; /* number, 0 none */
    uint64_t seed;
    uint64_t serial; /* of the last change */
    uint64_t count;
};

/** Fields of the table. */
extern const struct object_field live_job_fields[];
extern const size_t live_job_field_count;
/** A table for `places` jobs. False when out of memory; live_jobs_done is safe then. */
bool live_jobs_init(struct live_jobs *live, struct object *object, const struct memory *memory,
                    uint64_t places, uint64_t seed);
void live_jobs_done(struct live_jobs *live, const struct memory *memory);

/** `lf->finished` is the caller's. False when out of memory; live_job_family_done is safe then. */
bool live_job_family_init(struct live_family *lf, const struct memory *memory,
                          const struct catalog_family *family);
void live_job_family_done(struct live_family *lf, const struct memory *memory);
/** What a family adds, its places included, but for `finished`. */
uint64_t live_job_family_bytes(const struct catalog_family *family);

static inline struct live_job *live_job_at(const struct live_jobs *live, uint32_t number) {
    return &((struct live_job *)(void *)live->table.items)[number - 1];
}
static inline uint32_t live_job_number(const struct live_jobs *live, const struct live_job *job) {
    return (uint32_t)(job - live_job_at(live, 1)) + 1;
}

/** Of an instance id, for the functions below; seeded, so valid in this process only. */
uint64_t live_job_hash(const struct live_jobs *live, struct sg_span id);
/** The live job of this id (hash: live_job_hash), or NULL. */
struct live_job *live_job_find(const struct live_jobs *live, const struct live_family *lf,
                               struct sg_span id, uint64_t hash);
/** A new one, in no list but the index; NULL when the family is full, or there is no memory. */
struct live_job *live_job_make(struct live_jobs *live, struct live_family *lf, struct sg_span id,
                               uint64_t hash);
/** Give back the place of a job that is in no list. */
void live_job_drop(struct live_jobs *live, struct live_family *lf, struct live_job *job);

/** Its machine, state and process are about to change; the time it was queued at is. */
void live_job_note(const struct live_jobs *live, const struct live_job *job);
void live_job_note_queued(const struct live_jobs *live, const struct live_job *job);

/** Put at the end of the family's order, with this serial, the highest so far; take out. */
void live_job_rank(struct live_jobs *live, struct live_family *lf, struct live_job *job,
                   uint64_t serial);
void live_job_unrank(struct live_jobs *live, struct live_family *lf, const struct live_job *job);
/** The number of the first job in order whose serial is above `after`, or 0. */
uint32_t live_job_seek(const struct live_jobs *live, const struct live_family *lf, uint64_t after);

/** The list of its machine and state. */
void live_job_push_state(const struct live_jobs *live, struct live_list *list,
                         struct live_job *job);
void live_job_pull_state(const struct live_jobs *live, struct live_list *list,
                         const struct live_job *job);

/** The list of its owner: job->owner, which lives (or OWNER_NONE: none). */
void live_job_push_owner(const struct live_jobs *live, struct owners *owners, struct live_job *job);
void live_job_pull_owner(const struct live_jobs *live, struct owners *owners,
                         const struct live_job *job);

#endif
