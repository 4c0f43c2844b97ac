/* SPDX-License-Identifier: MIT */
/*
 * self_metrics.h - the daemon's own metrics, as a service like every other: the catalog `statgate`,
 * described in families.def.
 *
 * The daemon adds its own catalogs to the set (self_metrics_add_catalogs) and calls
 * self_metrics_publish() before an exposition. This module reads the counts of the store, the
 * ledger and the gate from them. Facts that only the outer parts know (sockets, HTTP, the process)
 * are passed as plain numbers, so that this module needs no I/O.
 */
#ifndef STATGATE_SELF_METRICS_SELF_METRICS_H
#define STATGATE_SELF_METRICS_SELF_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog/catalog.h"
#include "gate/gate.h"
#include "ledger/ledger.h"
#include "object/object.h"
#include "store/store.h"

/* ---- families ----
 * the daemon's own metrics: its families and the values of their labels, described
 * once for the built-in catalog and for the code that fills their series.
 */

enum {
    SELF_WAKE_BUCKETS = 7,
    SELF_SCRAPE_BUCKETS = 12,
    SELF_PAUSE_BUCKETS = 10,
    SELF_BUCKETS_MAX = 12, /**< the largest of these */
    SELF_QUERY_REASONS = 9,
    SELF_LABELS_MAX = 3 /**< of a family */
};

/** Upper bounds of statgate_wake_datagrams (1 .. 64), statgate_scrape_duration_seconds and
 * statgate_handover_pause_seconds. */
extern const double self_metrics_wake_bounds[SELF_WAKE_BUCKETS];
extern const double self_metrics_scrape_bounds[SELF_SCRAPE_BUCKETS];
extern const double self_metrics_pause_bounds[SELF_PAUSE_BUCKETS];

/** Why a daemon continues with the values of another: values of the label `cause`, in this
 * order. */
enum self_metrics_cause {
    SELF_CAUSE_CRASH,
    SELF_CAUSE_RELOAD,
    SELF_CAUSE_UPGRADE,
    SELF_CAUSE_STATE_FILE,
    SELF_CAUSE_COUNT
};
#define SELF_CAUSES "crash", "reload", "upgrade", "state_file"

/** What happened to a series of the previous daemon: values of the label `result`, in this
 * order. */
enum self_metrics_result { SELF_RESULT_KEPT, SELF_RESULT_ENDED, SELF_RESULT_COUNT };
#define SELF_RESULTS "kept", "ended"

/** Why a connection of an input was closed: values of the label `reason`. */
enum { SELF_INPUT_ENDS = 3 };
extern const char *const self_metrics_input_ends[SELF_INPUT_ENDS];

/** Why a query run returned no rows: values of the label `reason`. */
extern const char *const self_metrics_query_reasons[SELF_QUERY_REASONS];

/** Status codes that handler metrics count separately: values of the label `code`. */
enum { SELF_HANDLER_200, SELF_HANDLER_500, SELF_HANDLER_503, SELF_HANDLER_CODES };

enum self_metrics_label {
    SELF_NONE,
    SELF_SERVICE, /* every service, and (none) */
    SELF_LOADED,  /* every service; its name is also "service" */
    SELF_VERDICT,
    SELF_REASON,
    SELF_TABLE,
    SELF_FORMAT,
    SELF_VERSION,
    SELF_COMMIT,
    SELF_FEATURES,
    SELF_INPUT,        /* every input, by what it listens on */
    SELF_INPUT_END,    /* why a connection was closed; its name is also "reason" */
    SELF_QUERY,        /* every query of the set, by its name */
    SELF_QUERY_REASON, /* its name is also "reason" */
    SELF_CAUSE,
    SELF_RESULT,
    SELF_CHANGE, /* why a family starts again (object/object.h); its name is also "reason" */
    SELF_FILE,   /* of each service; a longer path is cut at its beginning */
    SELF_FINGERPRINT,
    SELF_JOB_LABELS, /* of each watched job: "host=a;task=backup"; a longer text is cut */
    SELF_JOB,        /* its family */
    SELF_LABEL_COUNT
};
/* Two labels, for families that have three. */
#define SELF_FINGERPRINT_AND_SERVICE SELF_FINGERPRINT, SELF_LOADED
#define SELF_COMMIT_AND_FEATURES     SELF_COMMIT, SELF_FEATURES
#define SELF_JOB_AND_SERVICE         SELF_JOB, SELF_LOADED

/** The names of these labels on the series. */
extern const char *const self_metrics_label_names[SELF_LABEL_COUNT];

enum self_metrics_family {
#define SELF(id, name, type, unit, first, second, help) SELF_##id,
#include "self_metrics/families.def"
#undef SELF
    SELF_FAMILY_COUNT
};

struct self_metrics_description {
    const char *name;
    const char *type;
    const char *unit;
    enum self_metrics_label labels[SELF_LABELS_MAX];
    const char *help;
};

extern const struct self_metrics_description self_metrics_families[SELF_FAMILY_COUNT];

/* Whether the set has the family: those of queries, and of jobs that a catalog says what to do of,
 * are only where there are any. */
bool self_metrics_has(const struct catalog_set *set, enum self_metrics_family which);

/* Not a valid service name, so no service can have it. */
#define SELF_NO_SERVICE "(none)"

/* The group of the process_* families; a service with such families of its own excludes the
 * group. */
#define SELF_PROCESS_GROUP "statgate_process"

/** Tables for which the daemon counts how often they were full. */
enum self_metrics_table {
    SELF_TABLE_SERIES,
    SELF_TABLE_LABEL_VALUES,
    SELF_TABLE_KNOWN_LINES,
    SELF_TABLE_SENDERS,
    SELF_TABLE_HANDLES,
    SELF_TABLE_PAIRS,
    SELF_TABLE_OWNERS,
    SELF_TABLE_DESCRIPTORS,
    SELF_TABLE_MEMORY,
    SELF_TABLE_PARTS,
    SELF_TABLE_JOBS,
    SELF_TABLE_SUMMARY_PAGES,
    SELF_TABLE_UNKNOWN_LABELS,
    SELF_TABLE_UNKNOWN_NAMES,
    SELF_TABLE_FOLDED_VALUES,
    SELF_TABLE_COUNT
};
/* Values of the label SELF_TABLE, in this order. */
#define SELF_TABLES                                                                                \
    "series", "label_values", "known_lines", "senders", "handles", "sender_services", "owners",    \
        "descriptors", "memory", "parts", "jobs", "summary_pages", "unknown_labels",               \
        "unknown_names", "folded_values"

/* Families of an endpoint's handler, in byte order of name. */
enum self_metrics_handler_family {
    SELF_HANDLER_IN_FLIGHT,
    SELF_HANDLER_REQUESTS,
    SELF_HANDLER_FAMILY_COUNT
};

struct self_metrics_handler_description {
    const char *name;
    const char *type;
    bool has_code; /* has the label `code` */
    const char *help;
};
extern const struct self_metrics_handler_description
    self_metrics_handler_families[SELF_HANDLER_FAMILY_COUNT];

/* Values of the label `code`. */
extern const char *const self_metrics_handler_codes[SELF_HANDLER_CODES];

/** The state of a query. Durations and ages below 0 are absent. */
struct self_metrics_query {
    bool up;
    double duration_s; /**< of the last run that ended; below 0: none yet */
    double age_s;      /**< since the last good run; below 0: none yet, and no rows either */
    uint64_t rows;     /**< of the last good run */
    uint64_t rejected; /**< refused values of the last good run */
    uint64_t errors[SELF_QUERY_REASONS]; /**< in the order of self_metrics_query_reasons */
};

/** Counts of an input. */
struct self_metrics_input {
    uint64_t dropped;
    uint64_t connections;
    uint64_t cut;
    uint64_t closed[SELF_INPUT_ENDS]; /**< in the order of self_metrics_input_ends */
};

/** Counts of an endpoint's handler. */
struct self_metrics_handler {
    const struct catalog *catalog;      /**< named like the endpoint; in the set */
    uint64_t codes[SELF_HANDLER_CODES]; /**< answers that ended */
    uint64_t in_flight;                 /**< including the present one */
};

/** Counts of other modules, cumulative since the start. Bucket arrays are not cumulative over
 * buckets; their last item is +Inf. */
struct self_metrics_inputs {
    uint64_t queue_capacity;
    uint64_t socket_rebinds;
    uint64_t wake_buckets[SELF_WAKE_BUCKETS + 1];
    double wake_sum;
    uint64_t slow_callbacks;
    uint64_t slow_callbacks_cpu;
    uint64_t log_dropped;
    uint64_t no_descriptor;              /**< processes and connections that lack a descriptor */
    uint64_t no_memory;                  /**< connections and commands refused without memory */
    uint64_t restarts[SELF_CAUSE_COUNT]; /**< this process's restore, if any, by cause */
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
    struct self_metrics_input *inputs; /**< in the order of the set; borrowed */
    size_t input_count;
    struct self_metrics_query *queries;    /**< in the order of the set; borrowed */
    size_t query_count;                    /**< 0: queries are not published */
    struct self_metrics_handler *handlers; /**< endpoints with handler metrics; borrowed */
    size_t handler_count;
};

struct self_metrics;

/** Make the publisher for these tables (all borrowed), of a set with the built-in catalog. */
struct self_metrics *self_metrics_new(const struct catalog_set *set, struct store *store,
                                      struct ledger *ledger,
                                      const struct breakers_jobs *breakers_jobs,
                                      const struct gate *gate);
void self_metrics_free(struct self_metrics *self);
/**
 * Continue the daemon's counters and histograms from the values that the store and the ledger
 * restored from an earlier daemon, except those of `process_*`. Counts that the ledger carried over
 * itself are added only once. Call after the restore and before the first publication; later
 * `inputs` count this process alone.
 */
void self_metrics_carry(struct self_metrics *self, struct store_time now);
/** The name of a table: "series". Static. */
const char *self_metrics_table_text(enum self_metrics_table table);
/** How often each table was full in this process; for tables of the ledger, earlier processes are
 * included. */
void self_metrics_table_counts(const struct self_metrics *self,
                               const struct self_metrics_inputs *inputs,
                               uint64_t ret_counts[SELF_TABLE_COUNT]);
/** The count of a table that the metric shows: `count` and those of earlier processes. */
uint64_t self_metrics_table_shown(const struct self_metrics *self, enum self_metrics_table table,
                                  uint64_t count);
/** Update all series. */
void self_metrics_publish(struct self_metrics *self, const struct self_metrics_inputs *inputs,
                          struct store_time now);

/* ---- catalog ----
 * the daemon's own catalogs: the built-in service `statgate`, and one for each endpoint
 * with handler metrics.
 */

/**
 * Add the daemon's own catalogs to a set that has all other catalogs; the set need not be finished.
 * The built-in catalog has a label value for each catalog and query of the set. For each of
 * `endpoints`, an internal service with the endpoint's name ("127.0.0.1:8080/metrics") has the
 * metrics of a handler under the names of Go's promhttp:
 * promhttp_metric_handler_requests_total{code="200|500|503"}, with all codes from the start, and
 * promhttp_metric_handler_requests_in_flight. False with a message in ret_error; the set may then
 * have some of the catalogs.
 */
bool self_metrics_add_catalogs(struct catalog_set *set, const char *const *endpoints, size_t count,
                               struct error *ret_error);

#endif
