/*
 * calls.h - samples that leave at once, or wait for a busy daemon.
 */
#ifndef STATGATE_CLIENT_CALLS_H
#define STATGATE_CLIENT_CALLS_H

#include "pairs.h"
#include "send.h"

/**
 * Add `n` (not negative) to a counter. This and the three below return true if the sample was sent
 * or waits to be sent, false if it is lost: refused (see the top), or no room for another line.
 * With the buffer full, series that already wait still take samples.
 */
static inline bool statgate_count(struct statgate *sg, const char *name, double n,
                                  const char *labels) {
    return statgate_put_value_(sg, name, n, 'c', labels);
}

/**
 * Set a gauge to `value`, or report the reading of a counter that takes absolute readings. While it
 * waits, the next value of the series replaces it. Not for up-down counters, where the daemon takes
 * each value as a delta: see statgate_add.
 */
static inline bool statgate_set(struct statgate *sg, const char *name, double value,
                                const char *labels) {
    return statgate_put_value_(sg, name, value, 'g', labels);
}

/**
 * Add `delta`, of either sign, to an up-down counter.
 *
 * Sent as `c`. The daemon would take `g` as a delta as well; but if the catalog declares a gauge by
 * mistake, `g` would silently set it to the delta, while `c` is rejected and shows. If it declares
 * a counter by mistake, `c` shows that, too: negative deltas are rejected.
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

/** Have an info describe this process by `labels`, in the place of what it said before. */
static inline bool statgate_info(struct statgate *sg, const char *name, const char *labels) {
    return statgate_put_value_(sg, name, 1, 'g', labels);
}

/** Select a state of a stateset; `labels` are its other labels. A state with a comma, `|` or a
 * newline is refused. */
static inline bool statgate_state(struct statgate *sg, const char *name, const char *state,
                                  const char *labels) {
    const char *text = statgate_state_labels_(sg, &name, state, labels);
    return statgate_put_value_(sg, name, 1, 'g', text);
}

/**
 * Report the end of one attempt with an outcome that the catalog declares, such as "worked". The
 * daemon counts it, and opens and closes the breaker that belongs to it.
 */
static inline bool statgate_attempt(struct statgate *sg, const char *name, const char *outcome,
                                    const char *labels) {
    return statgate_put_word_(sg, name, outcome, 'a', labels, NULL);
}

/**
 * Report that a breaker run by this program itself changed to `state`: "open", "half_open" or
 * "closed". For breakers that the catalog declares as reported.
 */
static inline bool statgate_breaker_report(struct statgate *sg, const char *name, const char *state,
                                           const char *labels) {
    return statgate_put_word_(sg, name, state, 'b', labels, NULL);
}

/**
 * Report an event of a job: "queued", "started", "succeeded", "failed" or "canceled". `instance` is
 * the job's own id, 1 to 64 bytes without `|` or newline; anything else is refused.
 */
static inline bool statgate_job(struct statgate *sg, const char *name, const char *event,
                                const char *instance, const char *labels) {
    bool good = statgate_is_instance_(instance);
    return statgate_put_word_(sg, name, good ? event : NULL, 'j', labels, good ? instance : NULL);
}

/**
 * The calls above with labels as pairs. A pair that would be read as something else makes the
 * sample lost: a key that is NULL or empty; a key with `:`; a value that is NULL; either with a
 * comma, `|` or a newline. So values that strangers choose cannot become labels.
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

/** The time, in nanoseconds from anywhere, to measure a duration with. */
static inline uint64_t statgate_timer_start(void) {
    return STATGATE_NOW_NS();
}

/** Seconds since statgate_timer_start, for statgate_observe. */
static inline double statgate_timer_seconds(uint64_t start) {
    uint64_t now = STATGATE_NOW_NS();
    return now < start ? 0 : (double)(now - start) * 1e-9; /* -std=c11 leaves a clock that jumps */
}

#endif
