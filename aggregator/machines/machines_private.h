/*
 * machines_private.h - the inside of machines/, shared by its files only.
 *
 *   attempts.c         attempts and breakers       breaker.c     the breaker's transitions
 *   attempts_series.c  their derived series        attempts_table.c  their records
 *   jobs.c             events of jobs              job_event.c   their words
 *   jobs_series.c      their derived series        jobs_table.c  their records
 *   attempts_walk.c    attempts for views
 *   jobs_walk.c        live jobs for views         live_jobs.c   the table of live jobs
 *   attempt_notes.c    who opened a breaker        ended_jobs.c  ended jobs for views
 *   finished.c         jobs that ended recently    machine.c     series of machines
 *   release.c          what ended owners had       lifecycle.c   make and free all of it
 *   attempts_restore.c, jobs_restore.c, live_restore.c, ranked.c, former.c
 *                      what a former process left
 *
 * Records that the next process needs are in tables of the object; their surviving fields come
 * first, and are noted (object/object.h) before they change. Links, lists, indexes and places of
 * derived series are rebuilt.
 */
#ifndef STATGATE_MACHINES_PRIVATE_H
#define STATGATE_MACHINES_PRIVATE_H

#include <string.h>

#include "machines/attempt_notes.h"
#include "machines/breaker.h"
#include "machines/ended_jobs.h"
#include "machines/finished.h"
#include "machines/live_jobs.h"
#include "machines/machine.h"
#include "machines/machines.h"
#include "object/object.h"

/* ---- attempts ---- */

/* Why a breaker went to its state. */
enum breaker_why {
    WHY_NONE,
    WHY_COOLED,
    WHY_TRIPPED,
    WHY_PROBE_FAILED,
    WHY_RECOVERED,
    WHY_REPORTED
};

/* Series are referred to by their places (store/obtain.h); 0: none. */
struct attempts_machine {
    /* Fields that change with each attempt: */
    struct breaker breaker;
    int32_t last_pid;
    uint8_t followed;        /* 1: a service reported its own breaker */
    uint8_t shown;           /* 1: its derived series exist */
    int64_t attempted_ms;    /* monotonic time of the last attempt, or of the start */
    int64_t last_success_ms; /* Unix time */
    int64_t last_error_ms;
    /* Fields that change with a transition: */
    enum breaker_why why;
    int32_t reporter; /* process that sent the last report */
    uint64_t opened;
    int64_t since_real_ms;
    int64_t counted_ms;                    /* monotonic; state_ms counts up to here */
    int64_t state_ms[BREAKER_STATE_COUNT]; /* spent in each state */
    /* Fields that never change: */
    uint32_t family; /* index in the set */
    uint32_t place;
    /* Fields that are rebuilt: */
    uint32_t next; /* in the list of breakers that time changes: index + 1 */
    uint32_t previous;
    uint32_t total[CATALOG_WORDS_MAX];   /* counters by outcome */
    uint32_t plain[ATTEMPTS_PART_COUNT]; /* series of parts without a label of their own */
    uint32_t by_state[ATTEMPTS_PART_COUNT][BREAKER_STATE_COUNT];
};

struct attempts {
    struct object_table table; /* the machines' records */
    struct object_table notes; /* one record beside each machine */
    size_t count;
    uint32_t moving; /* head of the list of breakers that run here and are not closed, index + 1 */
    uint64_t breakers;
    machines_breaker_fn fn;
    void *fn_arg;
};

static inline struct attempts_machine *attempts_machine_at(const struct attempts *attempts,
                                                           uint64_t number) {
    return &((struct attempts_machine *)(void *)attempts->table.items)[number];
}

/** Fields of the table. */
extern const struct object_field attempts_table_fields[];
extern const size_t attempts_table_field_count;
bool attempts_table_init(struct machines *machines, struct object *object, struct store_time now);
void attempts_table_done(struct attempts *attempts, const struct memory *memory);
/** List a breaker that runs here and is not closed, so that time changes it. */
void attempts_list_moving(struct attempts *attempts, struct attempts_machine *machine);
/** Take over the attempts of the image. False when out of memory. */
bool attempts_restore(struct machines *machines, const struct image *image,
                      const struct match *match, struct store_time now);
/** Why a breaker went to its state: a sentence, static; NULL for WHY_NONE. */
const char *attempts_walk_why(enum breaker_why why);
void attempts_publish(struct machines *machines, struct store_time now);
uint64_t attempts_table_family_bytes(const struct catalog_family *family);
uint64_t attempts_table_object_bytes(const struct catalog_set *set);

/* ---- jobs ---- */

struct jobs_machine {
    uint32_t family; /* index in the set */
    uint32_t place;
    uint8_t shown; /* 1: its derived series exist */
    /* Fields that are rebuilt: */
    uint32_t live; /* index of its live_family */
    struct live_list jobs[JOB_STATE_COUNT];
    uint32_t counts[JOB_STATE_COUNT];
    uint32_t oldest[JOB_STATE_COUNT]; /* 0 while there is no such job */
    uint32_t waiting;
    uint32_t running;
    uint32_t finished[JOB_OUTCOME_COUNT];
};

struct jobs {
    struct live_jobs live;
    struct live_family *families; /* in the set's order */
    size_t family_count;
    struct object_table table; /* the machines' records */
    size_t count;
    struct object_table finished; /* finished jobs of all families */
    struct ended_jobs ended;
    struct live_restoring *ahead; /* jobs copied from a process that still runs; NULL: none */
    uint64_t full;
};

static inline struct jobs_machine *jobs_machine_at(const struct jobs *jobs, uint64_t number) {
    return &((struct jobs_machine *)(void *)jobs->table.items)[number];
}

extern const struct object_field jobs_table_fields[];
extern const size_t jobs_table_field_count;
bool jobs_table_init(struct machines *machines, struct object *object, struct store_time now);
void jobs_table_done(struct jobs *jobs, const struct memory *memory);
/** End a live job as lost, with its owner. The incident is reported, if anybody asked for it. */
void jobs_lose(struct machines *machines, struct live_job *job, struct store_time now);
/** The live jobs of a family, or NULL when it has none. */
struct live_family *jobs_walk_family(const struct jobs *jobs, const struct catalog_family *family);
/** Copy the jobs that the image of a running process has by now; only once. False when out of
 * memory. */
bool jobs_restore_ahead(struct machines *machines, const struct image *image,
                        const struct match *match, struct store_time now);
/** Take over the jobs of the image. False when out of memory. */
bool jobs_restore(struct machines *machines, const struct image *image, const struct match *match,
                  struct store_time now);
void jobs_publish(struct machines *machines, struct store_time now);
uint64_t jobs_table_family_bytes(const struct catalog_family *family);
uint64_t jobs_table_object_bytes(const struct catalog_set *set);
/** The number of records of the largest table; *ret_machines is the number of machines. */
uint64_t jobs_table_most(const struct catalog_set *set, uint64_t *ret_machines);

/* ---- all of it ---- */

struct machines {
    const struct memory *memory;
    const struct catalog_set *set;
    struct store *store;
    struct undo *undo;
    uint64_t seed;
    int64_t mono_ms; /* latest time passed in */
    uint64_t bytes;  /* of these tables; what counts them every second walks no families */
    struct attempts attempts;
    struct jobs jobs;
    machines_incident_fn incident;
    void *incident_arg;
    machines_who_fn who;
    void *who_arg;
};

/* The time of a call; monotonic time never falls. */
static inline struct store_time machines_clock(struct machines *machines, struct store_time now) {
    if (now.mono_ms < machines->mono_ms)
        now.mono_ms = machines->mono_ms;
    machines->mono_ms = now.mono_ms;
    return now;
}

#endif
