/* SPDX-License-Identifier: MIT */
/*
 * history.h - recent history: what became of the samples of each service and of the whole daemon,
 * by the second for five minutes and by five minutes for a day.
 *
 * Once a second history_tick compares the ledger's counts with those of the second before. Times
 * when nothing was recorded (the daemon had not started, was stopped, or was delayed for more than
 * a second) are unknown, not 0.
 *
 * Times are of the monotonic clock, so a step of the real-time clock moves no point. Pure: no I/O,
 * no clock, no log. Curves are for people: they are in the object, but counts that a crash loses
 * are not restored.
 */
#ifndef STATGATE_HISTORY_HISTORY_H
#define STATGATE_HISTORY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "catalog/catalog.h"
#include "ledger/ledger.h"
#include "object/object.h"

struct history;

enum history_curve {
    HISTORY_SAMPLES,  /**< all samples with a verdict */
    HISTORY_REJECTED, /**< part of HISTORY_SAMPLES, as is the next one */
    HISTORY_FOLDED,
    HISTORY_CURVE_COUNT
};
/** "samples", "rejected", "folded". Static. */
const char *history_curve_text(enum history_curve curve);

enum history_span {
    HISTORY_SHORT, /**< five minutes: 300 points of a second */
    HISTORY_LONG,  /**< a day: 288 points of five minutes */
    HISTORY_SPAN_COUNT
};
/** "5m", "24h". Static. */
const char *history_span_text(enum history_span span);

enum {
    HISTORY_ALL =
        -1, /**< in place of a service: the whole daemon, including samples of no service */
    HISTORY_POINTS_MAX = 300
};

/** Make a history for a finished set; set and ledger are borrowed and must outlive it. In `object`
 * it outlives the process (NULL: it does not). Nothing is allocated later. */
struct history *history_new(struct object *object, const struct catalog_set *set,
                            struct ledger *ledger);
/** Free the history, but not its table in an object. NULL is fine. */
void history_free(struct history *history);
/** The bytes that a history takes, including its table, and the bytes of its table in an object. */
uint64_t history_bytes(const struct catalog_set *set);
uint64_t history_object_bytes(const struct catalog_set *set);

/** Read the curves of another process, for the services that still exist; those of the future are
 * not believed. The image may be live; then call again once it is settled. Call before the first
 * tick. */
void history_restore(struct history *history, const struct image *image, const struct match *match,
                     int64_t mono_ms);

/**
 * Record what happened since the previous call. Call it shortly after each full second of the
 * monotonic clock: the counts belong to the second that contains the moment half a second before
 * `mono_ms`. Reduces *budget (work units, about 100 ns each); false if it ran out: call again soon.
 * The first lap only notes the present counts.
 */
bool history_tick(struct history *history, int64_t mono_ms, size_t *budget);

#define HISTORY_UNKNOWN UINT32_MAX

/** A curve; the oldest point comes first. */
struct history_points {
    int64_t end_mono_ms; /**< end of the last point */
    uint32_t step_ms;
    uint32_t count;                      /**< the number of points of the span */
    uint32_t values[HISTORY_POINTS_MAX]; /**< counts, or HISTORY_UNKNOWN */
};

/** Read a curve of a service (index in the set, or HISTORY_ALL). False: the service is the daemon's
 * own, takes no samples and has no curves. */
bool history_curve(const struct history *history, int service, enum history_curve curve,
                   enum history_span span, struct history_points *ret_points);

/** The rate per second over the last ten seconds. False: unknown. */
bool history_rate(const struct history *history, int service, enum history_curve curve,
                  double *ret_rate);

#endif
