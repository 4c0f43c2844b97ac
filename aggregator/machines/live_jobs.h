/*
 * live_jobs.h - the table of live jobs: found by instance id, walked in the order of their last
 * change, by machine and state, and by owner. Private to machines/.
 *
 * All families share one table with a place for each of their jobs (max_live), so memory is used
 * only for jobs that exist. A place's number (index + 1; 0 none) identifies the job in all lists.
 * The table outlives the process; index, lists and free places are rebuilt (live_restore.h).
 */
#ifndef STATGATE_MACHINES_LIVE_JOBS_H
#define STATGATE_MACHINES_LIVE_JOBS_H

#include "base/slots.h"
#include "machines/finished.h"
#include "object/object.h"
#include "sg_proto.h"
#include "store/store.h"

struct live_link {
    uint32_t previous;
    uint32_t next;
};

/* A list that grows only at its end. */
struct live_list {
    uint32_t first;
    uint32_t last;
    uint32_t count;
};

/*
 * A family's jobs in order of serial. Jobs are appended only, so a skip list (Pugh 1990) needs no
 * search to grow or shrink: every job is in lane 0, one of 64 is also in lane 1, one of 4,096 also
 * in lane 2. A walk that starts anywhere takes some hundred steps, however many jobs there are.
 */
enum { LIVE_LANES = 3, LIVE_LANE_BITS = 6 };

struct live_job {
    char id[SG_INSTANCE_MAX];
    /* Fields that change while the job lives: */
    uint32_t machine; /* index of its machine; only in places in use */
    uint8_t id_len;   /* 0: a free place; lane[0].next names the next free one */
    uint8_t state;    /* enum job_state */
    uint8_t lanes;    /* rebuilt, like all fields after `queued_real_ms` */
    owner_id owner;   /* the process that runs the job, which is lost with it; else OWNER_NONE */
    int32_t pid;
    uint64_t serial;
    int64_t since_mono_ms; /* start of the present state */
    int64_t since_real_ms;
    int64_t queued_mono_ms; /* when it was last queued; valid only if queued_real_ms is not 0 */
    int64_t queued_real_ms;
    uint64_t hash; /* seeded hash of the id */
    struct live_link lane[LIVE_LANES];
    struct live_link by_state; /* within machine and state, ordered by since_mono_ms */
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
    struct object_table table; /* the jobs of all families */
    struct undo *undo;
    uint32_t used; /* places ever taken */
    uint32_t free; /* number of the first free place; 0 none */
    uint64_t seed;
    uint64_t serial; /* serial of the last change */
    uint64_t count;
};

/** The fields of a job's record. */
extern const struct object_field live_job_fields[];
extern const size_t live_job_field_count;
/** Create a table for `places` jobs. False when out of memory; live_jobs_done is safe then. */
bool live_jobs_init(struct live_jobs *live, struct object *object, const struct memory *memory,
                    uint64_t places, uint64_t seed);
void live_jobs_done(struct live_jobs *live, const struct memory *memory);

/** Set up a family. The caller handles `lf->finished`. False when out of memory;
 * live_job_family_done is safe then. */
bool live_job_family_init(struct live_family *lf, const struct memory *memory,
                          const struct catalog_family *family);
void live_job_family_done(struct live_family *lf, const struct memory *memory);
/** Bytes that a family adds, its places included, without `finished`. */
uint64_t live_job_family_bytes(const struct catalog_family *family);

static inline struct live_job *live_job_at(const struct live_jobs *live, uint32_t number) {
    return &((struct live_job *)(void *)live->table.items)[number - 1];
}
static inline uint32_t live_job_number(const struct live_jobs *live, const struct live_job *job) {
    return (uint32_t)(job - live_job_at(live, 1)) + 1;
}

/** Hash an instance id for the functions below; seeded, so valid in this process only. */
uint64_t live_job_hash(const struct live_jobs *live, struct sg_span id);
/** Find the live job with this id (hash: live_job_hash), or NULL. */
struct live_job *live_job_find(const struct live_jobs *live, const struct live_family *lf,
                               struct sg_span id, uint64_t hash);
/** Create a job that is in no list but the index. NULL if the family is full or when out of memory.
 */
struct live_job *live_job_make(struct live_jobs *live, struct live_family *lf, struct sg_span id,
                               uint64_t hash);
/** Free the place of a job that is in no list. */
void live_job_drop(struct live_jobs *live, struct live_family *lf, struct live_job *job);

/** Note old values for undo, before the job's machine, state and process change, or (…_queued) the
 * time at which it was queued. */
void live_job_note(const struct live_jobs *live, const struct live_job *job);
void live_job_note_queued(const struct live_jobs *live, const struct live_job *job);

/** Append a job to the family's order with this serial, the highest so far; unrank removes it. */
void live_job_rank(struct live_jobs *live, struct live_family *lf, struct live_job *job,
                   uint64_t serial);
void live_job_unrank(struct live_jobs *live, struct live_family *lf, const struct live_job *job);
/** The number of the first job in order whose serial is above `after`, or 0. */
uint32_t live_job_seek(const struct live_jobs *live, const struct live_family *lf, uint64_t after);

/** Append a job to the list of its machine and state, or remove it. */
void live_job_push_state(const struct live_jobs *live, struct live_list *list,
                         struct live_job *job);
void live_job_pull_state(const struct live_jobs *live, struct live_list *list,
                         const struct live_job *job);

/** Append a job to the list of job->owner, a live owner (or OWNER_NONE: no list), or remove it. */
void live_job_push_owner(const struct live_jobs *live, struct owners *owners, struct live_job *job);
void live_job_pull_owner(const struct live_jobs *live, struct owners *owners,
                         const struct live_job *job);

#endif
