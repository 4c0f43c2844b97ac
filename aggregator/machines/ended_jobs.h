/*
 * ended_jobs.h - the jobs that ended most recently, kept for people. Private to machines/.
 *
 * Each outcome has a ring of its own, so many succeeded jobs do not push out a lost one. No
 * decision depends on these records: finished.h recognises repeated events. A record is empty
 * (serial 0) until it is complete and committed. Its former content is erased first and is not put
 * back.
 */
#ifndef STATGATE_MACHINES_ENDED_JOBS_H
#define STATGATE_MACHINES_ENDED_JOBS_H

#include "base/who.h"
#include "machines/machines.h"

/* The whole record outlives the process. */
struct ended_job {
    uint64_t serial; /* 0: the record is empty */
    int64_t at_ms;   /* Unix time */
    int64_t ran_ms;  /* -1: not known */
    uint32_t machine;
    uint8_t outcome; /* enum job_outcome */
    uint8_t id_len;
    char id[SG_INSTANCE_MAX];
    struct who who;
};

struct ended_jobs {
    struct object_table table; /* a ring for each outcome, one after the other */
    struct undo *undo;
    uint64_t serial;
    uint32_t next[JOB_OUTCOME_COUNT]; /* index within the outcome's ring */
};

/** The fields of a record. */
extern const struct object_field ended_job_fields[];
extern const size_t ended_job_field_count;

/** False when out of memory; ended_jobs_done is safe then. */
bool ended_jobs_init(struct ended_jobs *ended, struct object *object, const struct memory *memory);
void ended_jobs_done(struct ended_jobs *ended, const struct memory *memory);
uint64_t ended_jobs_object_bytes(void);

/** Add a job. The caller fills in everything but serial and outcome. */
struct ended_job *ended_jobs_add(struct ended_jobs *ended, enum job_outcome outcome);
/** The job added last with this outcome; there must be one. */
const struct ended_job *ended_jobs_last(const struct ended_jobs *ended, enum job_outcome outcome);
/** The job with the highest serial below `before`, or NULL. */
const struct ended_job *ended_jobs_before(const struct ended_jobs *ended, uint64_t before);

#endif
