/* SPDX-License-Identifier: MIT */
/*
 * calls.h - calls that send a sample at once, or let it wait while the daemon is busy or away.
 */
#ifndef STATGATE_CLIENT_CALLS_H
#define STATGATE_CLIENT_CALLS_H

#include "pairs.h"
#include "send.h"

/**
 * Add `n` (not negative) to a counter. All calls with a handle return true if the sample was sent
 * or waits to be sent. They return false if it is lost: it was refused (see statgate.h), or the
 * buffer has no room for another line. A full buffer still takes counts and gauges of series that
 * already wait in it.
 */
static inline bool statgate_count(struct statgate *sg, const char *name, double n,
                                  const char *labels) {
    return statgate_put_value_(sg, name, n, 'c', labels);
}

/**
 * Set a gauge to `value`, or report the reading of a counter that takes absolute readings. While
 * the value waits, the next one of the series replaces it. Do not use this for up-down counters,
 * where the daemon takes each value as a delta: see statgate_add.
 */
static inline bool statgate_set(struct statgate *sg, const char *name, double value,
                                const char *labels) {
    return statgate_put_value_(sg, name, value, 'g', labels);
}

/**
 * Add `delta`, of either sign, to an up-down counter.
 *
 * It is sent as `c`. The daemon would take `g` as a delta as well. But if the catalog declares a
 * gauge by mistake, `g` would silently set it to the delta, while `c` is visibly rejected. If the
 * catalog declares a counter by mistake, `c` reveals that, too: negative deltas are rejected.
 */
static inline bool statgate_add(struct statgate *sg, const char *name, double delta,
                                const char *labels) {
    return statgate_put_value_(sg, name, delta, 'c', labels);
}

/** Observe `value`, in the family's own unit, for a histogram or a summary. */
static inline bool statgate_observe(struct statgate *sg, const char *name, double value,
                                    const char *labels) {
    return statgate_put_value_(sg, name, value, 'h', labels);
}

/** Set the labels by which an info describes this process. They replace those set before. */
static inline bool statgate_info(struct statgate *sg, const char *name, const char *labels) {
    return statgate_put_value_(sg, name, 1, 'g', labels);
}

/** Select a state of a stateset; `labels` are its other labels. A comma, `|`, newline or carriage
 * return in the state becomes `_`. */
static inline bool statgate_state(struct statgate *sg, const char *name, const char *state,
                                  const char *labels) {
    const char *text = statgate_state_labels_(sg, &name, state, labels);
    return statgate_put_value_(sg, name, 1, 'g', text);
}

/**
 * Report that an attempt has ended, with an outcome that the catalog declares, such as "worked".
 * The daemon counts it, and opens and closes the breaker of these attempts.
 */
static inline bool statgate_attempt(struct statgate *sg, const char *name, const char *outcome,
                                    const char *labels) {
    return statgate_put_word_(sg, name, outcome, 'a', labels, NULL);
}

/**
 * Report that a breaker run by this program itself changed to `state`: "open", "half_open" or
 * "closed". For breakers that the catalog declares as reported.
 */
static inline bool statgate_circuit(struct statgate *sg, const char *name, const char *state,
                                    const char *labels) {
    return statgate_put_word_(sg, name, state, 'b', labels, NULL);
}

/**
 * Report an event of a job: "queued", "started", "succeeded", "failed" or "canceled". `instance` is
 * the job's own id, 1 to 64 bytes without `|`, newline or carriage return; anything else is
 * refused.
 */
static inline bool statgate_job(struct statgate *sg, const char *name, const char *event,
                                const char *instance, const char *labels) {
    bool good = statgate_is_instance_(instance);
    return statgate_put_word_(sg, name, good ? event : NULL, 'j', labels, good ? instance : NULL);
}

/**
 * The calls above with labels as pairs. Each comma, `|`, newline and carriage return in a value
 * becomes `_`, so a value chosen by a stranger cannot add labels: the daemon folds or rejects it as
 * it does any other value, and statgate_replaced counts it. The sample is lost if a value is NULL,
 * or a key is NULL, empty, or has one of these bytes or a `:`.
 *
 *     const struct statgate_label who[] = {{"outcome", "ok"}, {"user", name}};
 *     statgate_count_with(&sg, "logins_total", 1, who, 2);
 */
static inline bool statgate_count_with(struct statgate *sg, const char *name, double n,
                                       const struct statgate_label *pairs, size_t count) {
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    return statgate_count(sg, name, n, labels);
}

/** See statgate_count_with. */
static inline bool statgate_set_with(struct statgate *sg, const char *name, double value,
                                     const struct statgate_label *pairs, size_t count) {
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    return statgate_set(sg, name, value, labels);
}

/** See statgate_count_with. */
static inline bool statgate_add_with(struct statgate *sg, const char *name, double delta,
                                     const struct statgate_label *pairs, size_t count) {
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    return statgate_add(sg, name, delta, labels);
}

/** See statgate_count_with. */
static inline bool statgate_observe_with(struct statgate *sg, const char *name, double value,
                                         const struct statgate_label *pairs, size_t count) {
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    return statgate_observe(sg, name, value, labels);
}

/** See statgate_count_with. */
static inline bool statgate_attempt_with(struct statgate *sg, const char *name, const char *outcome,
                                         const struct statgate_label *pairs, size_t count) {
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    return statgate_attempt(sg, name, outcome, labels);
}

/** See statgate_count_with. */
static inline bool statgate_job_with(struct statgate *sg, const char *name, const char *event,
                                     const char *instance, const struct statgate_label *pairs,
                                     size_t count) {
    const char *labels = statgate_pairs_(sg, &name, pairs, count);
    return statgate_job(sg, name, event, instance, labels);
}

/** Start measuring a duration: returns nanoseconds since an arbitrary moment. */
static inline uint64_t statgate_timer_start(void) {
    return STATGATE_NOW_NS();
}

/** Seconds since statgate_timer_start, for statgate_observe. */
static inline double statgate_timer_seconds(uint64_t start) {
    uint64_t now = STATGATE_NOW_NS();
    return now < start ? 0 : (double)(now - start) * 1e-9; /* under -std=c11 the clock may jump */
}

#endif
