/*
 * status.h - how the daemon is, and what needs somebody: rejections, open breakers, jobs, queries, bounds, senders and
 * scrapers. /debug/status and the page show this one struct.
 *
 * It is collected step by step, since there may be many families, from tables and from facts that only the daemon has.
 * What was in the last STATUS_FRESH_MS counts as present where it is an incident (a lost job, samples that a client lost,
 * a full table, rejections). Pure: time is an argument.
 */
#ifndef STATGATE_STATUS_STATUS_H
#define STATGATE_STATUS_STATUS_H

#include "ledger/ledger.h"
#include "machines/machines.h"
#include "status/link.h"
#include "status/needs.h"
#include "status/scrapers.h"
#include "store/store.h"

enum {
    STATUS_FRESH_MS = 3600000,
    STATUS_BOUND_PERCENT = 90 /**< a bound that is filled so far needs somebody */
};

/** A query whose families show nothing, or a database without a connection. */
struct status_query {
    const struct catalog *service;
    const char *name;
    const char *why;  /**< a word or a sentence */
    int64_t since_ms; /**< Unix time of the last good run; 0: none yet */
};

/** What only the daemon knows. Borrowed for the time of a step; zeroed: unknown. */
struct status_facts {
    const char *version;
    int64_t started_ms;       /**< Unix time */
    int64_t loaded_ms;        /**< when the present catalogs were read */
    const char *reload_error; /**< why the last reload was refused; NULL: it was not */
    int64_t reload_ms;        /**< when */
    const char *not_ready;    /**< why it takes no datagrams, a sentence; NULL: it does */
    double samples_rate;      /**< a second, over the last ten; negative: unknown, as below */
    double rejected_rate;
    uint64_t queue_capacity; /**< datagrams, of the shared socket */
    uint64_t queue_most;     /**< so many were found at once, at most, in the last ten seconds */
    uint64_t memory_bytes;   /**< resident */
    uint64_t memory_bound;   /**< when all tables are full; 0: unknown */
    const struct status_query *queries; /**< those that are down */
    size_t query_count;
    const struct scrapers *scrapers; /**< NULL: not known */
};

/** Where it is collected; all borrowed. Each may be NULL but the first two. */
struct status_source {
    const struct catalog_set *set;
    const struct store *store;
    const struct ledger *ledger;
    const struct machines *machines;
    const struct events *events;
    const struct status_facts *facts;
};

/** Private: what is looked at next. */
struct status_walk {
    int step;
    size_t at;                       /* in this step */
    size_t sub;                      /* within that */
    uint64_t named[SG_REJECT_COUNT]; /* of the service at hand: rejections that are some family's */
};

struct status {
    struct status_facts
        facts;        /**< of the last step; its pointers are good for the step's turn only */
    uint64_t samples; /**< received, of all verdicts */
    uint64_t rejected;
    uint64_t folded;
    uint64_t lost; /**< that clients report */
    uint64_t series;
    uint64_t bound;            /**< of series */
    struct status_needs needs; /**< sorted once all is collected */
    struct status_walk walk;
};

/**
 * Go on collecting, from a zeroed struct: *budget (work units of 100 ns) falls. True when all is there. Needs that were
 * collected in different turns may be of different moments.
 */
bool status_collect(struct status *status, const struct status_source *source,
                    struct store_time now, size_t *budget);
/** Nothing needs anybody. */
static inline bool status_is_ok(const struct status *status) {
    return status->needs.count == 0;
}

#endif
