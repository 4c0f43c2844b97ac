/*
 * families.h - the daemon's own metrics: its families and the values of their labels, described
 * once for the built-in catalog and for the code that fills their series.
 */
#ifndef STATGATE_SELF_FAMILIES_H
#define STATGATE_SELF_FAMILIES_H

#include <stdbool.h>
#include <stddef.h>

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
extern const double self_wake_bounds[SELF_WAKE_BUCKETS];
extern const double self_scrape_bounds[SELF_SCRAPE_BUCKETS];
extern const double self_pause_bounds[SELF_PAUSE_BUCKETS];

/** Why a daemon continues with the values of another: values of the label `cause`, in this
 * order. */
enum self_cause {
    SELF_CAUSE_CRASH,
    SELF_CAUSE_RELOAD,
    SELF_CAUSE_UPGRADE,
    SELF_CAUSE_STATE_FILE,
    SELF_CAUSE_COUNT
};
#define SELF_CAUSES "crash", "reload", "upgrade", "state_file"

/** What happened to a series of the previous daemon: values of the label `result`, in this
 * order. */
enum self_result { SELF_RESULT_KEPT, SELF_RESULT_ENDED, SELF_RESULT_COUNT };
#define SELF_RESULTS "kept", "ended"

/** Why a query run returned no rows: values of the label `reason`. */
extern const char *const self_query_reasons[SELF_QUERY_REASONS];

/** Status codes that handler metrics count separately: values of the label `code`. */
enum { SELF_HANDLER_200, SELF_HANDLER_500, SELF_HANDLER_503, SELF_HANDLER_CODES };

enum self_label {
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
    SELF_QUERY,        /* every query of the set, by its name */
    SELF_QUERY_REASON, /* its name is also "reason" */
    SELF_CAUSE,
    SELF_RESULT,
    SELF_CHANGE, /* why a family starts again (object/object.h); its name is also "reason" */
    SELF_FILE,   /* of each service; a longer path is cut at its beginning */
    SELF_FINGERPRINT,
    SELF_LABEL_COUNT
};
/* Two labels, for families that have three. */
#define SELF_FINGERPRINT_AND_SERVICE SELF_FINGERPRINT, SELF_LOADED
#define SELF_COMMIT_AND_FEATURES     SELF_COMMIT, SELF_FEATURES

/** The names of these labels on the series. */
extern const char *const self_label_names[SELF_LABEL_COUNT];

enum self_family {
#define SELF(id, name, type, unit, first, second, help) SELF_##id,
#include "self/families.def"
#undef SELF
    SELF_FAMILY_COUNT
};

struct self_description {
    const char *name;
    const char *type;
    const char *unit;
    enum self_label labels[SELF_LABELS_MAX];
    const char *help;
};

extern const struct self_description self_families[SELF_FAMILY_COUNT];

/* Whether a family is about queries; a set without queries does not have it. */
bool self_of_queries(enum self_family which);

/* Not a valid service name, so no service can have it. */
#define SELF_NO_SERVICE "(none)"

/* The group of the process_* families; a service with such families of its own excludes the
 * group. */
#define SELF_PROCESS_GROUP "statgate_process"

/** Tables for which the daemon counts how often they were full. */
enum self_table {
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
enum self_handler_family {
    SELF_HANDLER_IN_FLIGHT,
    SELF_HANDLER_REQUESTS,
    SELF_HANDLER_FAMILY_COUNT
};

struct self_handler_description {
    const char *name;
    const char *type;
    bool has_code; /* has the label `code` */
    const char *help;
};
extern const struct self_handler_description self_handler_families[SELF_HANDLER_FAMILY_COUNT];

/* Values of the label `code`. */
extern const char *const self_handler_codes[SELF_HANDLER_CODES];

#endif
