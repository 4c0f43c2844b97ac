/*
 * status.h - the state of the daemon, and problems: rejections, open breakers, jobs,
 * queries, bounds, senders and scrapers. /debug/status and the page show this one struct.
 *
 * The struct is filled step by step, since there may be many families, from tables and from facts
 * that only the daemon has. An incident (a lost job, samples that a client lost, a full table,
 * rejections) counts as present for STATUS_FRESH_MS; losses and rejections whose sender has gone,
 * for STATUS_GONE_MS. Pure: time is an argument.
 */
#ifndef STATGATE_STATUS_STATUS_H
#define STATGATE_STATUS_STATUS_H

#include "history/history.h"
#include "ledger/ledger.h"
#include "machines/machines.h"
#include "status/link.h"
#include "status/problems.h"
#include "status/scrapers.h"
#include "store/store.h"

enum { STATUS_FRESH_MS = 3600000, STATUS_GONE_MS = 60000 };

/** A query that fails, so that its families show nothing. */
struct status_query {
    const struct catalog *service;
    const char *name;
    const char *why;  /**< the reason: the server's own words, or one of ours */
    const char *away; /**< its database, if all of its queries fail with it; NULL: the query alone
                           fails */
    bool silent;      /**< `away` does not answer, and scrapes do not wait for it */
    int64_t since_ms; /**< Unix time of the last good run; 0: none yet */
};

/** How many times a bounded table was full, as the metric shows it. */
struct status_table {
    const char *name;
    uint64_t times;
};

/** A queue that was full in the last minute. */
struct status_queue {
    int64_t since_ms; /**< Unix time; 0: there is none */
    int64_t last_ms;
    const struct catalog *service; /**< whose own socket it is; NULL: the shared one */
    unsigned percent;              /**< at least so much of what arrived was from .. */
    struct who who;                /**< .. this process; pid 0: none stands out */
};

/** Facts that only the daemon knows. Borrowed during a step; zeroed: unknown. */
struct status_facts {
    const char *version;
    const char *host;         /**< its name; NULL: unknown */
    int64_t started_ms;       /**< Unix time */
    int64_t started_mono_ms;  /**< the same by the monotonic clock */
    int64_t loaded_ms;        /**< when the present catalogs were loaded */
    const char *reload_error; /**< why the last reload was refused; NULL: it was not */
    int64_t reload_ms;        /**< when it was refused */
    const char *partly;       /**< why not all files are in force; NULL: they are */
    size_t files_refused;
    int64_t partly_ms;        /**< when that was read */
    const char *changed_file; /**< one that has differed from what runs for longest; NULL: none */
    int64_t changed_ms;       /**< since when it has */
    size_t changed_count;     /**< how many do */
    const char *state_wrong;  /**< why a stop could not write the state file; NULL: it could */
    int64_t state_wrong_ms;   /**< since when */
    const char *values_lost;  /**< why the values of the daemon before were lost at the start; NULL:
                                 they were not */
    bool supervisor_gone;     /**< the supervisor was killed: nothing outlives the daemon */
    const char *not_ready;    /**< a sentence on why it takes no datagrams; NULL: it does */
    double samples_rate;      /**< per second, over the last ten; negative: unknown, as below */
    double rejected_rate;
    double folded_rate;
    uint64_t queue_capacity; /**< of the shared socket, in datagrams */
    uint64_t queue_most;     /**< the most datagrams in the last ten seconds that came before their
                                  queue was found empty, at most its depth */
    struct status_queue full_queue;
    uint64_t memory_bytes;      /**< resident */
    uint64_t memory_bound;      /**< when all tables are full; 0: unknown */
    const char *const *awaited; /**< a sentence for each service that an endpoint waits for */
    size_t awaited_count;
    const struct status_query *queries; /**< queries that are down */
    size_t query_count;
    const struct status_table *tables; /**< all that are bounded */
    size_t table_count;
    const struct scrapers *scrapers; /**< NULL: unknown */
};

/** What is folded most now. */
struct status_folding {
    const struct catalog_family *family; /**< NULL: nothing is */
    int label;                           /**< index in the family, or -1 */
    double rate;                         /**< per second */
    struct who who;                      /**< who sent the last such sample; pid 0: unknown */
};

/** The sources of a status; all borrowed. Each may be NULL except the first two. */
struct status_source {
    const struct catalog_set *set;
    const struct store *store;
    const struct ledger *ledger;
    const struct machines *machines;
    const struct events *events;
    const struct history *history;
    const struct status_facts *facts;
    void (*look)(void *arg, size_t row); /**< finds out whether a sender's process lives; NULL: as
                                            it is known */
    void *look_arg;
};

/** Private: where collecting continues. */
struct status_walk {
    int step;
    size_t at;                       /* in this step */
    size_t sub;                      /* within that */
    uint64_t named[SG_REJECT_COUNT]; /* rejections of the present service that belong to a family */
    struct status_folding folding;   /* of the present service */
};

struct status {
    struct status_facts
        facts;        /**< facts of the last step; their pointers are valid in its turn only */
    uint64_t samples; /**< samples received, with any verdict */
    uint64_t rejected;
    uint64_t folded;
    struct status_folding folding;
    uint64_t lost; /**< samples that clients report as lost */
    uint64_t series;
    uint64_t bound;                  /**< most series, by the catalogs' bounds */
    struct status_problems problems; /**< sorted when collecting ends */
    struct status_walk walk;
};

/**
 * Continue collecting; start with a zeroed struct. Reduces *budget (work units of 100 ns). True:
 * complete. Needs that were collected in different turns may reflect different moments.
 */
bool status_collect(struct status *status, const struct status_source *source,
                    struct store_time now, size_t *budget);
/** Whether nothing needs attention. */
static inline bool status_is_ok(const struct status *status) {
    return status->problems.count == 0;
}

#endif
