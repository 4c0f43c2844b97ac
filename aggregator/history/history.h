/*
 * history.h - what happened lately: curves of each service, of the whole daemon and of each family.
 *
 * Once a second history_tick compares the ledger's books, and what the gate counts for each family,
 * with those of a second before. It walks services, families and senders, in steps, and no series.
 * A service has eight curves, by the second for five minutes and by the minute for a day; a family has
 * one, of its accepted samples, by five seconds and by ten minutes. What happened while nobody looked
 * (the daemon had not begun, was stopped, or held up for longer than a second) is unknown, not 0.
 *
 * Time is the monotonic clock's, so a step of the other clock moves no point. Pure: no I/O, no clock, no
 * log. Curves are for people: they lie in the object, but what they lack is not counted again.
 */
#ifndef STATGATE_HISTORY_HISTORY_H
#define STATGATE_HISTORY_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "catalog/catalog.h"
#include "ledger/ledger.h"
#include "object/match.h"
#include "object/object.h"

struct history;

/** The curves of a service. A process' datagrams and losses count for the service that it sent for last,
 * since a datagram names none; and so does the process itself. */
enum history_curve {
    HISTORY_SAMPLES,  /**< all that got a verdict */
    HISTORY_REJECTED, /**< of these, as the next two */
    HISTORY_FOLDED,
    HISTORY_IGNORED,
    HISTORY_LOST,      /**< samples that clients report as lost */
    HISTORY_DATAGRAMS, /**< of the whole daemon: those of clients that no service knows, too */
    HISTORY_SCRAPES,   /**< of pages that show the service */
    HISTORY_SENDERS, /**< live processes: a number, not a sum; of a minute, the most in a second */
    HISTORY_CURVE_COUNT
};
/** "samples", "rejected", ... Static. */
const char *history_curve_text(enum history_curve curve);

enum history_span {
    HISTORY_SHORT, /**< five minutes: of a service 300 points, of a family 60 */
    HISTORY_LONG,  /**< a day: 1,440 and 144 */
    HISTORY_SPAN_COUNT
};
/** "5m", "24h". Static. */
const char *history_span_text(enum history_span span);

enum {
    HISTORY_ALL =
        -1, /**< instead of a service: the whole daemon, samples without a service included */
    HISTORY_POINTS_MAX = 1440,
    HISTORY_RATES_MAX = 1024 /**< series that are looked at */
};

/* ---- making ---- */

/** What it looks at; borrowed, must outlive the history. */
struct history_source {
    struct ledger *ledger;          /**< only read */
    const uint32_t *family_samples; /**< gate_family_samples(): by index in the set; wraps */
};

/** For a finished set (borrowed); in `object` it outlives the process (NULL: it does not). NULL when out
 * of memory. Later only memory of the object is asked for; where there is none, points are unknown. */
struct history *history_new(const struct memory *memory, struct object *object,
                            const struct catalog_set *set, const struct history_source *source);
void history_free(struct history *history);
/** Most bytes that it takes, its tables included, and those of its tables in an object. */
uint64_t history_bytes(const struct catalog_set *set);
uint64_t history_object_bytes(const struct catalog_set *set);

/**
 * Take over the curves of another process, as far as they are of this time and of services and families that there
 * are still. The image may be live; then once more when it is settled: what was copied is not copied again. When out
 * of memory, points are unknown. Before the first tick.
 */
void history_restore(struct history *history, const struct image *image, const struct match *match,
                     int64_t mono_ms);

/* ---- feeding ---- */

/** Somebody scraped a page; and of each service that it shows (index in the set): HISTORY_ALL is counted
 * once for each scrape, by the caller. */
void history_count_scrape(struct history *history, int service);
/**
 * Due at each full second of the monotonic clock, a little later; the second that is nearest to half a
 * second before `mono_ms` gets what happened since the call before. *budget (work units, about 100 ns each) falls;
 * false when it ran out: call again, soon. The first one only begins.
 */
bool history_tick(struct history *history, int64_t mono_ms, int64_t real_ms, size_t *budget);

/* ---- reading ---- */

#define HISTORY_UNKNOWN UINT32_MAX

/** A curve, its oldest point first. */
struct history_points {
    int64_t end_mono_ms; /**< of the last point */
    uint32_t step_ms;
    uint32_t count;                      /**< always that of the span */
    uint32_t values[HISTORY_POINTS_MAX]; /**< or HISTORY_UNKNOWN */
};

/** False: the service (index in the set) has no curves, since it takes no samples: it is the daemon's own. */
bool history_service_curve(const struct history *history, int service, enum history_curve curve,
                           enum history_span span, struct history_points *ret_points);
/** Of its accepted samples. False: it takes none (it is derived, a query's, or the daemon's own). */
bool history_family_curve(const struct history *history, const struct catalog_family *family,
                          enum history_span span, struct history_points *ret_points);

/** A second over the last ten seconds (of HISTORY_SENDERS: now). False: not known. */
bool history_service_rate(const struct history *history, int service, enum history_curve curve,
                          double *ret_rate);
bool history_family_rate(const struct history *history, const struct catalog_family *family,
                         double *ret_rate);

/** A series that somebody looks at, with what has been counted in it (store_total). */
struct history_series {
    uint32_t family; /**< index in the set */
    uint32_t place;  /**< store_place */
    uint32_t generation;
    double total;
};
/**
 * What it grows by in a second, since somebody looked at it a second or more before. False: nobody did in the last five
 * minutes, or nearly; or so many others (HISTORY_RATES_MAX) are being looked at that it has no place. One that was not
 * looked at for half a minute makes way.
 */
bool history_series_rate(struct history *history, const struct history_series *series,
                         int64_t mono_ms, double *ret_rate);

#endif
