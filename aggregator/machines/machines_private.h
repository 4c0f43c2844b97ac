/*
 * machines_private.h - the inside of machines/, shared by its files only.
 *
 *   attempts.c   attempts and breakers           breaker.c    the breaker's transitions
 *   jobs.c       events of jobs                  live_jobs.c  the table of live jobs
 *   job_event.c  their words                     finished.c   jobs that ended recently
 *   machine.c    series of machines              release.c    what ended owners had
 *   lifecycle.c  all of it as one
 */
#ifndef STATGATE_MACHINES_PRIVATE_H
#define STATGATE_MACHINES_PRIVATE_H

#include <string.h>

#include "machines/breaker.h"
#include "machines/finished.h"
#include "machines/live_jobs.h"
#include "machines/machine.h"
#include "machines/machines.h"

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

/* Series are referred to by their places (store.h); 0: none. */
struct attempts_machine {
    const struct catalog_family *family;
    uint32_t place;
    bool shown; /* its derived series exist */
    struct breaker breaker;
    enum breaker_why why;
    bool followed;    /* a report came in */
    int32_t reporter; /* that sent the last one */
    int32_t last_pid;
    uint64_t opened;
    int64_t since_real_ms;
    int64_t last_success_ms; /* Unix time */
    int64_t last_error_ms;
    int64_t attempted_ms;                  /* monotonic: the last attempt, or the start */
    int64_t counted_ms;                    /* monotonic: up to here state_ms is counted */
    int64_t state_ms[BREAKER_STATE_COUNT]; /* spent in each state */
    uint32_t next;                         /* in the list of breakers that time moves: index + 1 */
    uint32_t previous;
    uint32_t total[CATALOG_WORDS_MAX];   /* by outcome */
    uint32_t plain[ATTEMPTS_PART_COUNT]; /* parts without a label of their own */
    uint32_t by_state[ATTEMPTS_PART_COUNT][BREAKER_STATE_COUNT];
};

struct attempts {
    struct attempts_machine *machines;
    size_t count;
    uint32_t moving; /* head of the breakers that are not closed and run here, index + 1 */
    uint64_t breakers;
    machines_breaker_fn fn;
    void *fn_arg;
};

bool attempts_init(struct machines *machines, struct store_time now);
void attempts_done(struct attempts *attempts, const struct memory *memory);
void attempts_publish(struct machines *machines, struct store_time now);
uint64_t attempts_family_bytes(const struct catalog_family *family);

/* ---- jobs ---- */

struct jobs_machine {
    const struct catalog_family *family;
    uint32_t place;
    uint32_t live; /* index of its live_family */
    bool shown;
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
    struct jobs_machine *machines;
    size_t count;
    uint64_t full;
};

bool jobs_init(struct machines *machines, struct store_time now);
void jobs_done(struct jobs *jobs, const struct memory *memory);
void jobs_publish(struct machines *machines, struct store_time now);
uint64_t jobs_family_bytes(const struct catalog_family *family);

/* ---- all of it ---- */

struct machines {
    const struct memory *memory;
    const struct catalog_set *set;
    struct store *store;
    uint64_t seed;
    int64_t mono_ms; /* the latest passed in */
    struct attempts attempts;
    struct jobs jobs;
};

/* The time of a call: monotonic time never falls. */
static inline struct store_time machines_clock(struct machines *machines, struct store_time now) {
    if (now.mono_ms < machines->mono_ms)
        now.mono_ms = machines->mono_ms;
    machines->mono_ms = now.mono_ms;
    return now;
}

#endif
