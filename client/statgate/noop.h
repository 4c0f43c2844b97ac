/* SPDX-License-Identifier: MIT */
/*
 * noop.h - the calls of statgate.h, which do nothing: see STATGATE_NOOP there. Standard C alone.
 */
#ifndef STATGATE_CLIENT_NOOP_H
#define STATGATE_CLIENT_NOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "label.h"

// NOLINTBEGIN(misc-unused-parameters)
#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#endif

#define STATGATE_HAS_SHARED      1
#define STATGATE_HAS_FLUSHER     1
#define STATGATE_HANDLE          struct statgate
#define STATGATE_NO_DAEMON_YET   false
#define STATGATE_METRIC_BYTES_   256u /* these three as statgate.hpp uses them */
#define STATGATE_INSTANCE_BYTES_ 64u
#define STATGATE_SERVICE_BYTES_  72u

#define STATGATE_NOOP_(call, ...)                                                                  \
    static inline bool call(__VA_ARGS__) {                                                         \
        return true;                                                                               \
    }

struct statgate {
    uint64_t replaced; /* both as statgate.hpp uses them: no label text has room */
    char labels[1];
};

/* ---- life.h ---- */

static inline bool statgate_open(struct statgate *sg, const char *path) {
    sg->replaced = 0;
    sg->labels[0] = '\0';
    return STATGATE_NO_DAEMON_YET;
}
static inline void statgate_tick(struct statgate *sg) {
}
STATGATE_NOOP_(statgate_service, struct statgate *sg, const char *name)
STATGATE_NOOP_(statgate_flush, struct statgate *sg)
STATGATE_NOOP_(statgate_flush_wait, struct statgate *sg, unsigned max_ms)
static inline void statgate_close(struct statgate *sg) {
}
static inline uint64_t statgate_lost(const struct statgate *sg) {
    return 0;
}
static inline uint64_t statgate_merged(const struct statgate *sg) {
    return 0;
}
static inline uint64_t statgate_replaced(const struct statgate *sg) {
    return 0;
}

/* ---- calls.h ---- */

#define STATGATE_NOOP_VALUE_(call)                                                                 \
    STATGATE_NOOP_(call, struct statgate *sg, const char *name, double value, const char *labels)  \
    STATGATE_NOOP_(call##_with, struct statgate *sg, const char *name, double value,               \
                   const struct statgate_label *pairs, size_t count)
STATGATE_NOOP_VALUE_(statgate_count)
STATGATE_NOOP_VALUE_(statgate_set)
STATGATE_NOOP_VALUE_(statgate_add)
STATGATE_NOOP_VALUE_(statgate_observe)

STATGATE_NOOP_(statgate_info, struct statgate *sg, const char *name, const char *labels)
STATGATE_NOOP_(statgate_state, struct statgate *sg, const char *name, const char *state,
               const char *labels)
STATGATE_NOOP_(statgate_attempt, struct statgate *sg, const char *name, const char *outcome,
               const char *labels)
STATGATE_NOOP_(statgate_attempt_with, struct statgate *sg, const char *name, const char *outcome,
               const struct statgate_label *pairs, size_t count)
STATGATE_NOOP_(statgate_circuit, struct statgate *sg, const char *name, const char *state,
               const char *labels)
STATGATE_NOOP_(statgate_job, struct statgate *sg, const char *name, const char *event,
               const char *instance, const char *labels)
STATGATE_NOOP_(statgate_job_with, struct statgate *sg, const char *name, const char *event,
               const char *instance, const struct statgate_label *pairs, size_t count)

/* A program may show what it timed, so a timer still runs. Standard C has no steady clock. */
static inline uint64_t statgate_timer_start(void) {
    struct timespec now = {0, 0};
    (void)timespec_get(&now, TIME_UTC);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
static inline double statgate_timer_seconds(uint64_t start) {
    uint64_t now = statgate_timer_start();
    return now > start ? (double)(now - start) / 1e9 : 0;
}

/* ---- prepared.h, shared.h ---- */

#define STATGATE_NOOP_METRIC_(type)                                                                \
    struct type {                                                                                  \
        char nothing;                                                                              \
    };                                                                                             \
    static inline bool type##_open(struct type *m, struct statgate *sg, const char *name,          \
                                   const char *labels) {                                           \
        m->nothing = 0;                                                                            \
        return true;                                                                               \
    }                                                                                              \
    static inline bool type##_open_with(struct type *m, struct statgate *sg, const char *name,     \
                                        const struct statgate_label *pairs, size_t count) {        \
        return type##_open(m, sg, name, NULL);                                                     \
    }                                                                                              \
    static inline void type##_close(struct type *m) {                                              \
    }
STATGATE_NOOP_METRIC_(statgate_counter)
STATGATE_NOOP_METRIC_(statgate_updown)
STATGATE_NOOP_METRIC_(statgate_gauge)
STATGATE_NOOP_METRIC_(statgate_histogram)
STATGATE_NOOP_METRIC_(statgate_attempts)
STATGATE_NOOP_METRIC_(statgate_jobs)
STATGATE_NOOP_METRIC_(statgate_shared_counter)

STATGATE_NOOP_(statgate_counter_add, struct statgate_counter *counter, double n)
STATGATE_NOOP_(statgate_updown_add, struct statgate_updown *updown, double delta)
STATGATE_NOOP_(statgate_gauge_set, struct statgate_gauge *gauge, double value)
STATGATE_NOOP_(statgate_histogram_observe, struct statgate_histogram *histogram, double value)
STATGATE_NOOP_(statgate_histogram_elapsed, struct statgate_histogram *histogram, uint64_t start)
STATGATE_NOOP_(statgate_attempts_report, struct statgate_attempts *attempts, const char *outcome)
STATGATE_NOOP_(statgate_jobs_report, struct statgate_jobs *jobs, const char *event, const char *id)
STATGATE_NOOP_(statgate_shared_counter_add, struct statgate_shared_counter *counter, double n)
/* These three as statgate.hpp uses them. */
static inline bool statgate_shared_open_(struct statgate_shared_counter *counter,
                                         struct statgate *sg, const char *name,
                                         const char *labels) {
    return statgate_shared_counter_open(counter, sg, name, labels);
}
static inline void statgate_lock_(struct statgate *sg) {
}
static inline void statgate_unlock_(struct statgate *sg) {
}

/* ---- flusher.h ---- */

struct statgate_flusher {
    struct statgate sg;
};
static inline bool statgate_flusher_start(struct statgate_flusher *flusher, const char *path) {
    (void)statgate_open(&flusher->sg, path);
    return true;
}
static inline void statgate_flusher_stop(struct statgate_flusher *flusher) {
}

/* ---- breaker.h ---- */

struct statgate_breaker {
    char nothing;
};
static inline bool statgate_breaker_open(struct statgate_breaker *breaker, struct statgate *sg,
                                         const char *name, const char *labels) {
    breaker->nothing = 0;
    return false;
}
STATGATE_NOOP_(statgate_breaker_allow, struct statgate_breaker *breaker)
STATGATE_NOOP_(statgate_breaker_report, struct statgate_breaker *breaker, const char *outcome,
               double seconds)
static inline void statgate_breaker_drop(struct statgate_breaker *breaker) {
}

#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif
// NOLINTEND(misc-unused-parameters)

#endif
