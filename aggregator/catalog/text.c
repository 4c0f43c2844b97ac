/* Texts for the constants of the model, as used in catalog files and label values. */
#include "catalog/catalog.h"

const char *catalog_attempts_part_key(enum attempts_part part) {
    static const char *const texts[ATTEMPTS_PART_COUNT] = {
        [ATTEMPTS_TOTAL] = "attempts_total",
        [ATTEMPTS_ERRORS] = "errors_total",
        [ATTEMPTS_CONSECUTIVE] = "consecutive_failures",
        [ATTEMPTS_LAST_SUCCESS] = "last_success_timestamp_seconds",
        [ATTEMPTS_LAST_ERROR] = "last_error_timestamp_seconds",
        [ATTEMPTS_OPENED] = "circuit_open_total",
        [ATTEMPTS_STATE] = "circuit_state",
        [ATTEMPTS_TRANSITIONS] = "circuit_transitions_total",
        [ATTEMPTS_STATE_SECONDS] = "circuit_state_seconds_total",
        [ATTEMPTS_OVERDUE_SECONDS] = "overdue_seconds",
    };
    return texts[part];
}

const char *catalog_breaker_state_text(enum breaker_state state) {
    static const char *const texts[BREAKER_STATE_COUNT] = {
        [BREAKER_CLOSED] = "closed",
        [BREAKER_OPEN] = "open",
        [BREAKER_HALF_OPEN] = "half_open",
    };
    return texts[state];
}

const char *catalog_jobs_part_key(enum jobs_part part) {
    static const char *const texts[JOBS_PART_COUNT] = {
        [JOBS_LIVE] = "jobs",
        [JOBS_OLDEST_QUEUED] = "oldest_queued_age_seconds",
        [JOBS_OLDEST_RUNNING] = "oldest_running_age_seconds",
        [JOBS_WAITING] = "waiting_seconds",
        [JOBS_RUNNING] = "running_seconds",
        [JOBS_FINISHED] = "finished_total",
    };
    return texts[part];
}

const char *catalog_job_outcome_text(enum job_outcome outcome) {
    static const char *const texts[JOB_OUTCOME_COUNT] = {
        [JOB_SUCCEEDED] = "succeeded",
        [JOB_FAILED] = "failed",
        [JOB_CANCELED] = "canceled",
        [JOB_LOST] = "lost",
    };
    return texts[outcome];
}

const char *catalog_job_state_text(enum job_state state) {
    static const char *const texts[JOB_STATE_COUNT] = {
        [JOB_QUEUED] = "queued",
        [JOB_RUNNING] = "running",
    };
    return texts[state];
}
