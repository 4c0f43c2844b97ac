/*
 * machines.h - what a declaration of attempts, with its breaker, or of jobs says, and which
 * families are derived from it.
 */
#ifndef STATGATE_CATALOG_MACHINES_H
#define STATGATE_CATALOG_MACHINES_H

#include <stdbool.h>
#include <stdint.h>

struct catalog_family;

/** When a breaker opens and closes. */
struct catalog_breaker {
    bool declared;       /**< false: attempts are only counted */
    bool reported;       /**< services run the breaker and report its transitions (`b`) */
    uint32_t open_after; /**< number of consecutive failures that opens it */
    int64_t cooldown_ms; /**< how long it is open; then half-open, with a new epoch each time */
    uint32_t probes;     /**< number of successes in half-open that closes it */
};

/** Families derived from attempts, in the order of the texts of catalog_attempts_part_key(). */
enum attempts_part {
    ATTEMPTS_TOTAL,           /**< counter; labels of the attempts and `outcome` */
    ATTEMPTS_ERRORS,          /**< counter */
    ATTEMPTS_CONSECUTIVE,     /**< gauge */
    ATTEMPTS_LAST_SUCCESS,    /**< gauge, Unix seconds */
    ATTEMPTS_LAST_ERROR,      /**< gauge, Unix seconds */
    ATTEMPTS_OPENED,          /**< counter; only with a breaker, as are the next three */
    ATTEMPTS_STATE,           /**< gauge with label `state`, one-hot; on request, as all below */
    ATTEMPTS_TRANSITIONS,     /**< counter with label `state`: the state that was entered */
    ATTEMPTS_STATE_SECONDS,   /**< counter with label `state` */
    ATTEMPTS_OVERDUE_SECONDS, /**< gauge: how late the next attempt is; 0 if it is not overdue */
    ATTEMPTS_PART_COUNT
};
/** The key of a part in `names`, `help` and `expose`; also the end of its default name:
 * "attempts_total", "errors_total", "consecutive_failures", "last_success_timestamp_seconds",
 * "last_error_timestamp_seconds", "circuit_open_total", "circuit_state",
 * "circuit_transitions_total", "circuit_state_seconds_total", "overdue_seconds". Static. */
const char *catalog_attempts_part_key(enum attempts_part part);

/** The settings of a declaration of attempts that other families do not have. */
struct catalog_attempts {
    const char *const *words; /**< outcomes as spelled on the wire; successes come first */
    uint32_t word_count;
    uint32_t success_count; /**< how many of the words mean success; the others mean failure */
    struct catalog_breaker breaker;
    int64_t expected_ms; /**< at least one attempt is expected in this time; 0: not declared */
    /** NULL for parts that are not exposed. Parts with the label `outcome` or `state` have it among
     * their labels in order of name; all other parts have the labels of the attempts. */
    const struct catalog_family *parts[ATTEMPTS_PART_COUNT];
};

/** States of a breaker; also the values of the label `state` of the families above. */
enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN, BREAKER_STATE_COUNT };
/** "closed", "open", "half_open". Static. */
const char *catalog_breaker_state_text(enum breaker_state state);

/** Families derived from jobs. */
enum jobs_part {
    JOBS_LIVE,           /**< gauge; labels of the jobs and a state label: "queued", "running" */
    JOBS_OLDEST_QUEUED,  /**< gauge; absent if no job is queued */
    JOBS_OLDEST_RUNNING, /**< gauge; absent if no job is running */
    JOBS_WAITING,        /**< histogram */
    JOBS_RUNNING,        /**< histogram */
    JOBS_FINISHED,       /**< counter; labels of the jobs and `outcome` */
    JOBS_PART_COUNT
};
/** "jobs", "oldest_queued_age_seconds", "oldest_running_age_seconds", "waiting_seconds",
 * "running_seconds", "finished_total". Static. */
const char *catalog_jobs_part_key(enum jobs_part part);

enum job_outcome { JOB_SUCCEEDED, JOB_FAILED, JOB_CANCELED, JOB_LOST, JOB_OUTCOME_COUNT };
/** "succeeded", "failed", "canceled", "lost". Static. */
const char *catalog_job_outcome_text(enum job_outcome outcome);

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_STATE_COUNT };
/** "queued", "running". Static. */
const char *catalog_job_state_text(enum job_state state);

/** The settings of a declaration of jobs that other families do not have. */
struct catalog_jobs {
    const char *state_label; /**< name of the state label of JOBS_LIVE: "state" unless declared */
    uint32_t max_live;       /**< most live jobs at a time */
    const struct catalog_family *parts[JOBS_PART_COUNT]; /**< as in struct catalog_attempts */
};

#endif
