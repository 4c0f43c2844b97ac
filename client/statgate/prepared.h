/* SPDX-License-Identifier: MIT */
/*
 * prepared.h - prepared metrics: name and labels are checked once, and samples are held in memory.
 */
#ifndef STATGATE_CLIENT_PREPARED_H
#define STATGATE_CLIENT_PREPARED_H

#include "calls.h"
#include "held.h"

/**
 * A prepared metric checks and copies its name and labels once; each use then costs about a
 * nanosecond. It is a struct in the caller's memory that belongs to a handle and to the handle's
 * thread. It must not move, and must be closed before its memory is released; the handle may be
 * closed before or after it. Name and labels may have 256 bytes together. If they are refused,
 * `open` returns false, and all samples given to the metric count as lost.
 *
 *     struct statgate_counter hits;
 *     statgate_counter_open(&hits, &sg, "cache_hits_total", "tier:memory");
 *     statgate_counter_add(&hits, 1);
 *
 * Counters and up-down counters add up in memory, gauges keep the last value, histograms keep up to
 * 192 observations. The daemon writes a beat twice a second; the first use of any of the handle's
 * metrics after a beat sends what all of them hold, in as few datagrams as possible. So samples are
 * sent within half a second as long as the program goes on using metrics. If it stops, they stay
 * until statgate_tick, statgate_flush or statgate_close; if it is killed, they are lost. Series
 * that must agree in every scrape must be sent with the calls of calls.h, or fit into one datagram.
 *
 * In a child of fork(), metrics start empty; the parent sends what they held.
 */
struct statgate_counter {
    struct statgate_metric_ metric;
};
struct statgate_updown {
    struct statgate_metric_ metric;
};
struct statgate_gauge {
    struct statgate_metric_ metric;
};
struct statgate_histogram {
    struct statgate_observed_ observed;
};
/* Attempts and jobs are prepared, too, but hold no samples: see statgate_attempts_report. */
struct statgate_attempts {
    struct statgate_metric_ metric;
};
struct statgate_jobs {
    struct statgate_metric_ metric;
};

#define STATGATE_OPEN_(type, field, letter)                                                        \
    static inline bool type##_open(struct type *m, struct statgate *sg, const char *name,          \
                                   const char *labels) {                                           \
        return statgate_metric_open_(&m->field, sizeof *m, sg, letter, name, labels);              \
    }                                                                                              \
    static inline bool type##_open_with(struct type *m, struct statgate *sg, const char *name,     \
                                        const struct statgate_label *pairs, size_t count) {        \
        const char *labels = statgate_pairs_(sg, &name, pairs, count);                             \
        return statgate_metric_open_(&m->field, sizeof *m, sg, letter, name, labels);              \
    }                                                                                              \
    static inline void type##_close(struct type *m) {                                              \
        statgate_metric_close_(&m->field);                                                         \
    }

STATGATE_OPEN_(statgate_counter, metric, 'c')
STATGATE_OPEN_(statgate_updown, metric, 'c')
STATGATE_OPEN_(statgate_gauge, metric, 'g')
STATGATE_OPEN_(statgate_histogram, observed.metric, 'h')
STATGATE_OPEN_(statgate_attempts, metric, 'a')
STATGATE_OPEN_(statgate_jobs, metric, 'j')

/* Adds to the sum; if the sum would no longer be exact, sends it first and starts from `n`. */
static inline bool statgate_metric_add_(struct statgate_metric_ *m, double n, double least) {
    struct statgate *sg = m->sg;
    if (sg == NULL) {
        return statgate_refuse_(m);
    }
    statgate_use_(sg);
    double sum = m->sum + n;
    if (!(n >= least && sum < STATGATE_EXACT_ && sum > -STATGATE_EXACT_)) {
        return statgate_add_apart_(m, n, least);
    }
    m->sum = sum;
    if (m->calls++ == 0) {
        statgate_hold_(sg, m);
    }
    return true;
}

/** Add `n`, which must not be negative. All calls below return false if the sample is lost. */
static inline bool statgate_counter_add(struct statgate_counter *counter, double n) {
    return statgate_metric_add_(&counter->metric, n, 0);
}

/** Add `delta`, of either sign. */
static inline bool statgate_updown_add(struct statgate_updown *updown, double delta) {
    return statgate_metric_add_(&updown->metric, delta, -1.7976931348623157e308);
}

/** Set the value. */
static inline bool statgate_gauge_set(struct statgate_gauge *gauge, double value) {
    struct statgate_metric_ *m = &gauge->metric;
    if (m->sg == NULL || !statgate_is_finite_(value)) {
        return statgate_refuse_(m);
    }
    statgate_use_(m->sg);
    m->sum = value;
    if (m->calls++ == 0) {
        statgate_hold_(m->sg, m);
    }
    return true;
}

/** Observe `value`, in the family's own unit. */
static inline bool statgate_histogram_observe(struct statgate_histogram *histogram, double value) {
    struct statgate_metric_ *m = &histogram->observed.metric;
    if (m->sg == NULL || !statgate_is_finite_(value)) {
        return statgate_refuse_(m);
    }
    statgate_use_(m->sg);
    if (m->calls == STATGATE_VALUES_ && !statgate_make_room_(m)) {
        return false;
    }
    histogram->observed.values[m->calls] = value;
    if (m->calls++ == 0) {
        statgate_hold_(m->sg, m);
    }
    return true;
}

/** Observe the seconds since statgate_timer_start. */
static inline bool statgate_histogram_elapsed(struct statgate_histogram *histogram,
                                              uint64_t start) {
    return statgate_histogram_observe(histogram, statgate_timer_seconds(start));
}

/**
 * Report that an attempt has ended, as statgate_attempt does. The report is sent at once. What the
 * handle's metrics hold is sent before it, in the same datagram if it fits.
 */
static inline bool statgate_attempts_report(struct statgate_attempts *attempts,
                                            const char *outcome) {
    return statgate_report_word_(&attempts->metric, outcome, NULL);
}

/** Report an event of the job `id`, as statgate_job does. It is sent as an attempt's report is. */
static inline bool statgate_jobs_report(struct statgate_jobs *jobs, const char *event,
                                        const char *id) {
    bool good = statgate_is_instance_(id);
    return statgate_report_word_(&jobs->metric, good ? event : NULL, id);
}

#endif
