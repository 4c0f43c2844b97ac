/*
 * ended_jobs.h - the jobs that ended last, as people ask for them. Private to machines/.
 *
 * A ring for each outcome, so that many which succeed do not push out one that was lost. Nothing
 * follows from it: finished.h knows which events come twice. A record is empty (serial 0) until it is whole and
 * committed; what it held before goes first, and does not come back.
 */
#ifndef STATGATE_MACHINES_ENDED_JOBS_H
#define STATGATE_MACHINES_ENDED_JOBS_H

#include "base/who.h"
#include "machines/machines.h"

/* All of it outlives the process. */
struct ended_job {
    uint64_t serial; /* 0: there is none here */
    int64_t at_ms;   /* Unix time */
    int64_t ran_ms;  /* -1: not known */
    uint32_t machine;
    uint8_t outcome; /* enum job_outcome */
    uint8_t id_len;
    char id[SG_INSTANCE_MAX];
    struct who who;
};

struct ended_jobs {
    struct object_table table; /* a ring for each outcome, one behind the other */
    struct undo *undo;
    uint64_t serial;
    uint32_t next[JOB_OUTCOME_COUNT]; /* place within its ring */
};

/** The fields of a job. */
extern const struct object_field ended_job_fields[];
extern const size_t ended_job_field_count;

/** False when out of memory; ended_jobs_done is safe then. */
bool ended_jobs_init(struct ended_jobs *ended, struct object *object, const struct memory *memory);
void ended_jobs_done(struct ended_jobs *ended, const struct memory *memory);
uint64_t ended_jobs_object_bytes(void);

/** One more job; the caller fills in what is not its serial and its outcome. */
struct ended_job *ended_jobs_add(struct ended_jobs *ended, enum job_outcome outcome);
/** The one added last with this outcome; there is one. */
const struct ended_job *ended_jobs_last(const struct ended_jobs *ended, enum job_outcome outcome);
/** The one with the highest serial below `before`, or NULL. */
const struct ended_job *ended_jobs_before(const struct ended_jobs *ended, uint64_t before);

#endif
