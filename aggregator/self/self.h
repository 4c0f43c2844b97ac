/*
 * self.h - the daemon's own metrics, as a service like every other: the catalog `statgate`,
 * described in families.def.
 *
 * The daemon adds its own catalogs to the set (self/catalog.h) and calls self_publish() before an
 * exposition. This module reads the counts of the store, the ledger and the gate from them. Facts
 * that only the outer parts know (sockets, HTTP, the process) are passed as plain numbers, so that
 * this module needs no I/O.
 */
#ifndef STATGATE_SELF_SELF_H
#define STATGATE_SELF_SELF_H

#include "catalog/catalog.h"
#include "gate/gate.h"
#include "ledger/ledger.h"
#include "object/object.h"
#include "self/families.h"
#include "store/store.h"

/** The state of a query. Durations and ages below 0 are absent. */
struct self_query {
    bool up;
    double duration_s; /**< of the last run that ended; below 0: none yet */
    double age_s;      /**< since the last good run; below 0: none yet, and no rows either */
    uint64_t rows;     /**< of the last good run */
    uint64_t rejected; /**< refused values of the last good run */
    uint64_t errors[SELF_QUERY_REASONS]; /**< in the order of self_query_reasons */
};

/** Counts of an endpoint's handler. */
struct self_handler {
    const struct catalog *catalog;      /**< named like the endpoint; in the set */
    uint64_t codes[SELF_HANDLER_CODES]; /**< answers that ended */
    uint64_t in_flight;                 /**< including the present one */
};

/** Counts of other modules, cumulative since the start. Bucket arrays are not cumulative over
 * buckets; their last item is +Inf. */
struct self_inputs {
    uint64_t queue_capacity;
    uint64_t socket_rebinds;
    uint64_t wake_buckets[SELF_WAKE_BUCKETS + 1];
    double wake_sum;
    uint64_t slow_callbacks;
    uint64_t slow_callbacks_cpu;
    uint64_t log_dropped;
    uint64_t no_descriptor;              /**< processes and connections that lack a descriptor */
    uint64_t no_memory;                  /**< connections and commands refused without memory */
    uint64_t restarts[SELF_CAUSE_COUNT]; /**< this process's takeover, if any, by cause */
    uint64_t handover_series[SELF_RESULT_COUNT];
    uint64_t families_restarted[MATCH_REASON_COUNT];
    uint64_t pause_buckets[SELF_PAUSE_BUCKETS + 1];
    double pause_sum_s;
    uint64_t crash_skipped;
    uint64_t unread;        /**< datagrams that a supervisor read while no daemon was ready */
    uint64_t files_changed; /**< files of catalogs that differ from what runs */
    bool values_kept;       /**< the object outlives a crash, as far as is known */
    bool reload_successful;
    uint64_t files_refused;
    double reload_success_s; /**< Unix time */
    uint64_t scrapes_openmetrics;
    uint64_t scrapes_text;
    uint64_t scrape_buckets[SELF_SCRAPE_BUCKETS + 1];
    double scrape_sum_s;
    uint64_t http_connections;
    uint64_t http_evicted;
    uint64_t http_answer_bytes;
    uint64_t http_squeezed;
    double cpu_s;
    double resident_bytes;
    double virtual_bytes;
    double open_fds;
    double max_fds;
    double start_time_s;
    const struct self_query *queries;    /**< in the order of the set; borrowed */
    size_t query_count;                  /**< 0: queries are not published */
    const struct self_handler *handlers; /**< endpoints with handler metrics; borrowed */
    size_t handler_count;
};

struct self;

/** Make the publisher for these tables (all borrowed). NULL: out of memory, or the set has no
 * built-in catalog. */
struct self *self_new(const struct catalog_set *set, struct store *store, struct ledger *ledger,
                      const struct breakers_jobs *breakers_jobs, const struct gate *gate);
void self_free(struct self *self);
/**
 * Continue the daemon's counters and histograms from the values that the store and the ledger
 * restored from an earlier daemon, except those of `process_*`. Counts that the ledger carried over
 * itself are added only once. Call after the restore and before the first publication; later
 * `inputs` count this process alone. False: out of memory.
 */
bool self_carry(struct self *self, struct store_time now);
/** The name of a table: "series". Static. */
const char *self_table_text(enum self_table table);
/** How often each table was full in this process; for tables of the ledger, earlier processes are
 * included. */
void self_table_counts(const struct self *self, const struct self_inputs *inputs,
                       uint64_t ret_counts[SELF_TABLE_COUNT]);
/** The count of a table that the metric shows: `count` and those of earlier processes. */
uint64_t self_table_shown(const struct self *self, enum self_table table, uint64_t count);
/** Update all series. */
void self_publish(struct self *self, const struct self_inputs *inputs, struct store_time now);

#endif
