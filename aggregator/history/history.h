/* SPDX-License-Identifier: MIT */
/*
 * history.h - recent history: curves of each service, of the whole daemon and of each family.
 *
 * Once a second history_tick compares the ledger's counts, and the gate's counts for each family,
 * with the counts of a second before. It walks services, families and senders in steps, but no
 * series. A service has eight curves, by the second for five minutes and by the minute for a day. A
 * family has a curve of its accepted samples, and one of its folded samples if it can fold, in
 * steps of five seconds and of ten minutes. Times when nothing was recorded (the daemon had not
 * started, was stopped, or was delayed for more than a second) are unknown, not 0.
 *
 * Times are of the monotonic clock, so a step of the real-time clock moves no point. Pure: no I/O,
 * no clock, no log. Curves are for people: they are in the object, but counts that a crash
 * loses are not restored.
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

/** The curves of a service. A datagram names no service, so a process's datagrams and losses count
 * for the service that it last sent samples for; the process itself for each that it has sent for.
 */
enum history_curve {
    HISTORY_SAMPLES,  /**< all samples with a verdict */
    HISTORY_REJECTED, /**< part of HISTORY_SAMPLES, as are the next two */
    HISTORY_FOLDED,
    HISTORY_IGNORED,
    HISTORY_LOST,      /**< samples that clients report as lost */
    HISTORY_DATAGRAMS, /**< for the whole daemon, also those of clients of no known service */
    HISTORY_SCRAPES,   /**< scrapes of pages that show the service */
    HISTORY_SENDERS,   /**< live processes, not a sum; for a minute, the most in a second */
    HISTORY_CURVE_COUNT
};
/** "samples", "rejected", ... Static. */
const char *history_curve_text(enum history_curve curve);

/** The curves of a family. */
enum history_family_curve {
    HISTORY_FAMILY_ACCEPTED,
    HISTORY_FAMILY_FOLDED,
    HISTORY_FAMILY_CURVE_COUNT
};
/** "accepted", "folded". Static. */
const char *history_family_curve_text(enum history_family_curve curve);

enum history_span {
    HISTORY_SHORT, /**< five minutes: 300 points of a service, 60 of a family */
    HISTORY_LONG,  /**< a day: 1,440 points of a service, 144 of a family */
    HISTORY_SPAN_COUNT
};
/** "5m", "24h". Static. */
const char *history_span_text(enum history_span span);

enum {
    HISTORY_ALL =
        -1, /**< in place of a service: the whole daemon, including samples of no service */
    HISTORY_POINTS_MAX = 1440,
    HISTORY_RATES_MAX = 1024 /**< most series whose rates are tracked */
};

/* ---- making ---- */

/** Where the counts come from; borrowed, must outlive the history. */
struct history_source {
    struct ledger *ledger;          /**< only read, not changed */
    const uint32_t *family_samples; /**< gate_family_samples(): two for each family; may wrap */
};

/** Make a history for a finished set (borrowed). In `object` it outlives the process (NULL: it does
 * not). NULL when out of memory. Later calls allocate only memory of the object; if there is none,
 * points are unknown. */
struct history *history_new(const struct memory *memory, struct object *object,
                            const struct catalog_set *set, const struct history_source *source);
/** Free the history, but not its tables in an object. NULL is fine. */
void history_free(struct history *history);
/** The most bytes that a history takes, including its tables, and the bytes of its tables in an
 * object. */
uint64_t history_bytes(const struct catalog_set *set);
uint64_t history_object_bytes(const struct catalog_set *set);

/**
 * Read the curves of another process, as far as their times are still shown and their services and
 * families still exist. The image may be live; then call again once it is settled: points that were
 * copied are not copied again. When out of memory, points are unknown. Call before the first tick.
 */
void history_restore(struct history *history, const struct image *image, const struct match *match,
                     int64_t mono_ms);

/* ---- feeding ---- */

/** Count a scrape of a page for a service that the page shows (index in the set). The caller also
 * counts HISTORY_ALL once for each scrape. */
void history_count_scrape(struct history *history, int service);
/**
 * Record what happened since the previous call. Call it shortly after each full second of the
 * monotonic clock: the counts belong to the second that contains the moment half a second before
 * `mono_ms`. Reduces *budget (work units, about 100 ns each); false if it ran out: call again soon.
 * The first lap only notes the present counts.
 */
bool history_tick(struct history *history, int64_t mono_ms, int64_t real_ms, size_t *budget);

/* ---- reading ---- */

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
bool history_service_curve(const struct history *history, int service, enum history_curve curve,
                           enum history_span span, struct history_points *ret_points);
/** Read a curve of a family. False: it has none, since it takes no samples (it is derived, a
 * query's, or the daemon's own), or folds none (no label has `otherwise`). */
bool history_family_curve(const struct history *history, const struct catalog_family *family,
                          enum history_family_curve curve, enum history_span span,
                          struct history_points *ret_points);

/** The rate per second over the last ten seconds (for HISTORY_SENDERS the present number). False:
 * unknown. */
bool history_service_rate(const struct history *history, int service, enum history_curve curve,
                          double *ret_rate);
bool history_family_rate(const struct history *history, const struct catalog_family *family,
                         enum history_family_curve curve, double *ret_rate);

/** A series whose rate is wanted, and its present total (store_total). */
struct history_series {
    uint32_t family; /**< index in the set */
    uint32_t place;  /**< store_place */
    uint32_t generation;
    double total;
};
/**
 * The growth of a series per second, since a call at least a second before. False if there was no
 * such call in about the last five minutes, or if HISTORY_RATES_MAX other series are tracked. A
 * series that no one asked for in half a minute gives up its place.
 */
bool history_series_rate(struct history *history, const struct history_series *series,
                         int64_t mono_ms, double *ret_rate);

#endif
