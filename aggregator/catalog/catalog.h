/*
 * catalog.h - what the services of this host declare: the model that a catalog file becomes.
 *
 * Pure data and look-ups; loader/ builds it from JSON, the gate checks samples against it, the
 * store sizes its tables by it, and views take names, types and help from it. It is written twice: by
 * loader/, then when its set is put together (endpoints_build() marks the families that are exposed,
 * catalog_set_finish() sorts and numbers). From then on it is immutable. All memory belongs to the
 * catalog's arena and goes with catalog_free().
 */
#ifndef STATGATE_CATALOG_CATALOG_H
#define STATGATE_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "catalog/kind.h"

/** Bounds of a catalog (those of the wire hold here too, see proto/). */
enum {
    CATALOG_NAME_MAX = 200,      /**< bytes of a family's name, an alias or a label's name */
    CATALOG_VALUE_MAX = 200,     /**< bytes of a label value, as exposed and on the wire */
    CATALOG_LABELS_MAX = 32,     /**< labels of a family */
    CATALOG_VALUES_MAX = 10000,  /**< declared values of a label */
    CATALOG_PATTERN_MAX = 1000,  /**< bytes of an expression */
    CATALOG_BUCKETS_MAX = 200,   /**< bounds of a histogram, without +Inf */
    CATALOG_QUANTILES_MAX = 32,  /**< quantiles of a summary */
    CATALOG_STATES_MAX = 64,     /**< states of a stateset */
    CATALOG_WORDS_MAX = 32,      /**< outcomes of attempts */
    CATALOG_GROUPS_MAX = 64,     /**< groups that a catalog lists */
    CATALOG_MACHINES_MAX = 2048, /**< breakers, and job kinds, of a set: combinations of labels */
    CATALOG_COMBINATIONS_MAX = 1024, /**< of labels of one declaration of attempts or jobs */
    CATALOG_LIVE_MAX = 262144,       /**< live jobs of one declaration */
    CATALOG_LIVE_DEFAULT = 10000,    /**< unless it declares another number */
    CATALOG_LIVE_ALL_MAX = 1048576,  /**< live jobs of a set, by their max_live */
    CATALOG_DATABASES_MAX = 16,      /**< databases of a set */
    CATALOG_CONNECTIONS_MAX = 8,     /**< connections of a database, unless it declares fewer */
    CATALOG_QUERIES_MAX = 256,       /**< queries of a set */
    CATALOG_QUERY_VALUES_MAX = 64,   /**< families of a query */
    CATALOG_ROWS_MAX = 10000,        /**< rows that a query may return, unless it declares more */
    CATALOG_ROWS_LIMIT = 100000,     /**< the most that it may declare */
    CATALOG_FAMILIES_MAX = 65535     /**< families of a set */
};

/** Where the samples of a family come from. */
enum family_source {
    SOURCE_DATAGRAMS,
    SOURCE_DERIVED, /**< derived from attempts or jobs: datagrams for it are `type_mismatch` */
    SOURCE_QUERY    /**< rows of a database query: likewise */
};

/** A named or regular-expression pattern, anchored at both ends. */
struct pattern;

/**
 * Compile `source`: one of these names, or a regular expression (PCRE2, UTF).
 *
 *   uuid         8-4-4-4-12 hexadecimal digits, either case (RFC 9562, 4)
 *   integer      decimal, up to 19 digits, without a leading zero; a minus is allowed
 *   slug         lower-case letters and digits, words joined by single hyphens
 *   semver       MAJOR.MINOR.PATCH[-pre][+build] (semver.org 2.0.0), without a leading v
 *   status_code  100 to 599
 *
 * Returns NULL with a message in ret_error. Free with pattern_free.
 */
struct pattern *pattern_new(const char *source, struct error *ret_error);
void pattern_free(struct pattern *pattern);
/**
 * True when the whole of `text` matches within the step limit. Never matches: empty text (an empty
 * label value is no label), more than CATALOG_VALUE_MAX bytes, invalid UTF-8. Writes to scratch
 * memory of the pattern: one thread at a time.
 */
bool pattern_match(const struct pattern *pattern, const char *text, size_t len);
/** As it was given to pattern_new. */
const char *pattern_source(const struct pattern *pattern);

/**
 * What a template of a route is known by: its text without the names of its variables. A variable
 * is {name}, {name...}, {*name} or {$}, with a name as labels have it; a text without braces is its
 * own key. Returns the key's length, or 0 for what is no template: empty, too long, or with braces
 * around anything else. Allocates nothing.
 */
size_t catalog_template_key(const char *text, size_t len, char ret_key[CATALOG_VALUE_MAX + 1]);

enum label_kind {
    LABEL_VALUES,  /**< an enumeration */
    LABEL_PATTERN, /**< fixed values (otherwise, default) and up to `max` values that match */
    LABEL_CONST    /**< one value, put on every series; a line may send it, but no other */
};

/** One declared value. */
struct catalog_value {
    const char *text; /**< as exposed; terminated */
    uint32_t len;
    bool plain; /**< no backslash, quote or newline in it: needs no escape in text formats */
};

struct wire_index; /* wire spelling -> id, private; labels with the same values share one */

/** A label of a family. */
struct catalog_label {
    const char *name;
    enum label_kind kind;
    /** Declared values in byte order of their text; a value's id is its index. For a pattern these
     * are otherwise and default only; ids from value_count up to value_count + max - 1 are the
     * store's. */
    const struct catalog_value *values;
    uint32_t value_count;
    const struct wire_index *wire;
    bool templates; /**< values are found by their keys: what variables are called is no matter */
    const char
        *variable; /**< of the environment, which may list the values; NULL: the catalog does */
    const struct pattern *pattern; /**< LABEL_PATTERN, else NULL */
    uint32_t max;                  /**< LABEL_PATTERN: how many matching values at a time */
    int32_t otherwise;             /**< id, or -1 */
    int32_t default_value;         /**< id when the line lacks the label, or -1 (LABEL_CONST: 0) */
    uint64_t bound;                /**< how many values the label can have */
};

/** The id of a wire spelling among the declared values, or -1. Allocates nothing. */
int32_t catalog_label_find(const struct catalog_label *label, const char *wire, size_t len);
/** The id of a declared value by its text as exposed, or -1. */
int32_t catalog_label_find_text(const struct catalog_label *label, const char *text, size_t len);
/** The wire spelling of a declared value; terminated. A template is its own. */
const char *catalog_label_wire(const struct catalog_label *label, uint32_t id);

/** The number of the list of the label's declared values in its catalog; labels with the same values
 * share a list. UINT32_MAX: it has none. */
uint32_t catalog_label_list(const struct catalog_label *label);

/** Bytes of a label in a line beside its name and its value: `,name="value"`. */
enum { CATALOG_LABEL_AROUND = 4 };
/** Bytes of the longest value that the label can have, as exposed and not yet escaped. */
uint64_t catalog_label_longest(const struct catalog_label *label);

/** How a breaker opens and closes. */
struct catalog_breaker {
    bool declared;       /**< false: attempts are only counted */
    bool reported;       /**< services run their own and report transitions (`b`) */
    uint32_t open_after; /**< consecutive failures that open it */
    int64_t cooldown_ms; /**< open for so long; then half-open, with a new epoch each time */
    uint32_t probes;     /**< successes that close it again */
};

/** Families derived from attempts, in the order of their text in catalog_attempts_part_key(). */
enum attempts_part {
    ATTEMPTS_TOTAL,           /**< counter, labels + outcome */
    ATTEMPTS_ERRORS,          /**< counter */
    ATTEMPTS_CONSECUTIVE,     /**< gauge */
    ATTEMPTS_LAST_SUCCESS,    /**< gauge, Unix seconds */
    ATTEMPTS_LAST_ERROR,      /**< gauge, Unix seconds */
    ATTEMPTS_OPENED,          /**< counter; only with a breaker, as the next three */
    ATTEMPTS_STATE,           /**< gauge, labels + state, one-hot; on request, as all that follow */
    ATTEMPTS_TRANSITIONS,     /**< counter, labels + state (the one that was entered) */
    ATTEMPTS_STATE_SECONDS,   /**< counter, labels + state */
    ATTEMPTS_OVERDUE_SECONDS, /**< gauge: how late the next attempt is, 0 in time */
    ATTEMPTS_PART_COUNT
};
/** The key in `names`, `help` and `expose`, which is also the end of the default name:
 * "attempts_total", "errors_total", "consecutive_failures", "last_success_timestamp_seconds",
 * "last_error_timestamp_seconds", "circuit_open_total", "circuit_state",
 * "circuit_transitions_total", "circuit_state_seconds_total", "overdue_seconds". Static. */
const char *catalog_attempts_part_key(enum attempts_part part);

/** What a declaration of attempts says, beyond what every family has. */
struct catalog_attempts {
    const char *const *words; /**< outcomes as on the wire: first the successes */
    uint32_t word_count;
    uint32_t success_count; /**< words before it mean success, the others failure */
    struct catalog_breaker breaker;
    int64_t expected_ms; /**< one attempt at least so often; 0: not said */
    /** NULL where not exposed. Those with the label `outcome` or `state` have it among their labels
     * in order of name; all others have the labels of the attempts. */
    const struct catalog_family *parts[ATTEMPTS_PART_COUNT];
};

/** States of a breaker; values of the label `state` of the families above. */
enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN, BREAKER_STATE_COUNT };
/** "closed", "open", "half_open". Static. */
const char *catalog_breaker_state_text(enum breaker_state state);

/** Families derived from jobs. */
enum jobs_part {
    JOBS_LIVE,           /**< gauge, labels + state label: "queued", "running" */
    JOBS_OLDEST_QUEUED,  /**< gauge, absent when none */
    JOBS_OLDEST_RUNNING, /**< gauge, absent when none */
    JOBS_WAITING,        /**< histogram */
    JOBS_RUNNING,        /**< histogram */
    JOBS_FINISHED,       /**< counter, labels + outcome */
    JOBS_PART_COUNT
};
/** "jobs", "oldest_queued_age_seconds", "oldest_running_age_seconds", "waiting_seconds",
 * "running_seconds", "finished_total". Static. */
const char *catalog_jobs_part_key(enum jobs_part part);

enum job_outcome { JOB_SUCCEEDED, JOB_FAILED, JOB_CANCELED, JOB_LOST, JOB_OUTCOME_COUNT };
/** "succeeded", "failed", "canceled", "lost". Static. */
const char *catalog_job_outcome_text(enum job_outcome outcome);

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_STATE_COUNT };
/** "queued", "running". Static. */
const char *catalog_job_state_text(enum job_state state);

/** What a declaration of jobs says, beyond what every family has. */
struct catalog_jobs {
    const char *state_label; /**< of JOBS_LIVE: "state" unless declared */
    uint32_t max_live;       /**< instances at a time */
    const struct catalog_family *parts[JOBS_PART_COUNT]; /**< as in catalog_attempts */
};

/** A database that queries read. */
struct catalog_database {
    const struct catalog *catalog;
    const char *name;     /**< unique in its catalog */
    const char *conninfo; /**< as libpq takes it; may hold secrets: never shown */
    uint32_t connections; /**< at most so many at a time, 1 to CATALOG_CONNECTIONS_MAX */
    uint32_t index;       /**< position in the set */
};

/** What becomes of rows that meet on one series. */
enum query_combine { COMBINE_REFUSE, COMBINE_SUM, COMBINE_MIN, COMBINE_MAX };

/** A result column that bears a family's values. */
struct query_value {
    const struct catalog_family *family;
    const char *column;
};

/** A result column that bears a label's values, for every family of the query that has the label.
 */
struct query_label {
    const char *label;
    const char *column;
};

/** A query whose rows become series when somebody scrapes. */
struct catalog_query {
    const struct catalog *catalog;
    const struct catalog_database *database;
    const char *name; /**< unique in the set; that of its first family unless declared */
    const char *sql;
    const struct query_label *labels;
    size_t label_count;
    const struct query_value *values;
    size_t value_count;
    int64_t timeout_ms; /**< of one run */
    int64_t cache_ms;   /**< rows are fresh for so long; 0: every scrape runs it */
    uint32_t max_rows;
    enum query_combine combine;
    uint32_t index; /**< position in the set, or UINT32_MAX when no family is exposed */
};

/** A metric family. */
struct catalog_family {
    const struct catalog *catalog;
    const char *name;            /**< as exposed, with `_total` on counters */
    const struct kind_row *kind; /**< a row of kinds.def */
    const char *help;            /**< may be "" */
    const char *unit;            /**< NULL when none */
    const char *group;           /**< NULL when none */
    const char *const *aliases;  /**< further names on the wire */
    size_t alias_count;
    const struct catalog_label *labels; /**< in byte order of name */
    uint32_t label_count;
    enum family_merge merge; /**< the kind's, unless the catalog sets another */
    enum family_source source;
    /** Where the catalog declares it, for messages: /section/key. Static, and in the arena. */
    const char *section;     /**< "families", "attempts" or "jobs" */
    const char *key;         /**< its name, or that of the attempts or jobs it is derived from */
    const char *part_key;    /**< SOURCE_DERIVED: its key in `names` there; else NULL */
    const double *quantiles; /**< summary: in [0,1], increasing */
    uint32_t quantile_count;
    int64_t window_ms; /**< summary computed here; 0: relayed */
    /** stateset: the label that bears the family's name. It is not among `labels`: a series is a
     * combination of the others, its value the id of the state. */
    const struct catalog_label *state_label;
    const struct catalog_attempts *attempts; /**< of attempts, else NULL */
    const struct catalog_jobs *jobs;         /**< of jobs, else NULL */
    const struct catalog_query *query;       /**< SOURCE_QUERY */
    uint32_t body_words;   /**< 8-byte words of a series between its fixed part and its labels */
    const double *buckets; /**< histogram: finite upper bounds, increasing; +Inf is implied */
    uint32_t bucket_count;
    double ms_scale;     /**< what an `ms` observation is multiplied with (0.001 or 1) */
    bool allow_negative; /**< histogram with a negative bound: takes such values, has no sum */
    bool zeros;          /**< create every combination at load */
    bool has_floor;
    double floor; /**< updowncounter: never below */
    bool has_absent;
    double absent;         /**< gauge: this value removes the series */
    int64_t ttl_ms;        /**< gauge: gone when not written for so long; 0 = never */
    bool exposed;          /**< false: no endpoint shows it; samples are ignored */
    uint64_t max_series;   /**< as declared; UINT64_MAX: no limit of its own */
    uint64_t combinations; /**< product of the labels' bounds (saturated) */
    uint64_t bound;        /**< most series at a time: min(combinations, max_series) */
    uint64_t reserved; /**< part of bound kept for fallback series when max_series cuts; else 0 */
    uint64_t lines;    /**< exposed sample lines at the bound (without _created) */
    uint32_t index;    /**< position in its set (catalog_set_finish) */
};

/** A summary whose quantiles, sum and count a process computed. */
static inline bool family_is_relayed(const struct catalog_family *family) {
    return family->kind->is_relayed;
}

/** Values belong to processes: the store keeps parts. */
static inline bool family_is_owned(const struct catalog_family *family) {
    return family->merge != MERGE_NONE;
}

/** Shown in expositions. */
static inline bool family_has_lines(const struct catalog_family *family) {
    return !family->kind->is_machine;
}

/** The fields that hold the state of its series: enum kind_state bits. */
static inline unsigned family_state(const struct catalog_family *family) {
    return family_is_owned(family) ? family->kind->own_state : family->kind->state;
}

/** The label that distinguishes the lines of a series: `le`, `quantile`, or the name of a stateset.
 * NULL when a series has one line. */
static inline const char *family_item_label(const struct catalog_family *family) {
    if (family->kind->items == ITEMS_NONE)
        return NULL;
    return family->kind->item_label != NULL ? family->kind->item_label : family->name;
}

/** The number of buckets (with +Inf), quantiles or states of a series; 0 when it has one line. */
uint32_t catalog_family_items(const struct catalog_family *family);

/** A key and value of resource or scope. */
struct catalog_attribute {
    const char *key;
    const char *value;
    const char *variable; /**< of the environment, where the value is from; NULL: the catalog */
};

/** The label that an attribute becomes: each byte that a label cannot hold is an underscore, and
 * several underscores in a row are one (OpenTelemetry, "Prometheus and OpenMetrics Compatibility",
 * Metric Attributes). The key has at most CATALOG_NAME_MAX bytes. */
void catalog_attribute_label(const char *key, char ret_label[CATALOG_NAME_MAX + 1]);

struct value_list; /* values and spellings that labels share, private */

/** Private: finds a list by its words. */
struct value_lists {
    const struct value_list **slots;
    size_t count;
    size_t size; /**< a power of two, or 0 */
};

/** A service's catalog. */
struct catalog {
    struct arena arena;
    const char *file;    /**< for messages */
    const char *service; /**< its name */
    bool internal;       /**< the daemon's own: takes no datagrams */
    const char *socket;  /**< path of a socket of its own, or NULL: the shared one */
    const struct catalog_attribute *resource;
    size_t resource_count;
    size_t resource_declared; /**< with those behind, which the environment left without a value */
    const struct catalog_attribute *scope;
    size_t scope_count;
    size_t scope_declared;     /**< likewise */
    const char *const *groups; /**< that it declares, in byte order; its families may add more */
    size_t group_count;
    const char *const *ignore_labels; /**< in byte order */
    size_t ignore_label_count;
    bool senders_restricted; /**< only these may send */
    const uint32_t *uids;
    size_t uid_count;
    const uint32_t *gids;
    size_t gid_count;
    uint64_t max_series;
    struct catalog_family *families; /**< in byte order of name */
    size_t family_count;
    struct catalog_database *databases; /**< in byte order of name */
    size_t database_count;
    struct catalog_query *queries; /**< as declared */
    size_t query_count;
    uint64_t bound; /**< sum of the families' bounds */
    uint64_t lines;
    uint64_t reading_bytes;    /**< memory that reading its file took beside itself */
    uint32_t index;            /**< position in its set */
    struct pattern *patterns;  /**< private: what its labels match with */
    struct value_lists values; /**< private */
};

/** Free the catalog and all it owns. NULL is fine. */
void catalog_free(struct catalog *catalog);
/** Memory that it takes, its patterns' included. */
uint64_t catalog_bytes(const struct catalog *catalog);
/** A list of declared values, in byte order of their text. */
struct catalog_value_list {
    uint32_t number; /**< from 0, each once */
    const struct catalog_value *values;
    uint32_t count;
};
/** The next of the catalog's lists, in any order; *at starts as 0. False: there are no more. How many
 * there are: catalog->values.count. */
bool catalog_list_next(const struct catalog *catalog, size_t *at,
                       struct catalog_value_list *ret_list);
/** The family of this exact name, or NULL. */
const struct catalog_family *catalog_family_find(const struct catalog *catalog, const char *name,
                                                 size_t len);
/** The attempts or jobs that a family is derived from; NULL: it is not derived. */
const struct catalog_family *catalog_family_origin(const struct catalog_family *family);
/** True when the label is one that the service strips. */
bool catalog_ignores(const struct catalog *catalog, const char *label, size_t len);
/** True when this uid/gid may send for the service. */
bool catalog_admits(const struct catalog *catalog, uint32_t uid, uint32_t gid);

/** All catalogs of a daemon. */
struct catalog_set {
    struct catalog **catalogs; /**< in byte order of service, after catalog_set_finish */
    size_t count;
    struct catalog_family **families; /**< in byte order of (name, service), by their index */
    size_t family_count;
    const struct catalog_database **databases; /**< by their index */
    size_t database_count;
    /** By their index: those of which a family is exposed. Nobody needs the rows of the others. */
    const struct catalog_query **queries;
    size_t query_count;
    uint64_t bound;
    uint64_t lines;
};

void catalog_set_init(struct catalog_set *set);
/** Frees the catalogs too. Safe on a zeroed struct. */
void catalog_set_done(struct catalog_set *set);
/** Add (steals the catalog on success). False: out of memory. */
bool catalog_set_add(struct catalog_set *set, struct catalog *catalog);
/** Whether a choice of metric groups takes the family in: include/exclude are "all", "none" or
 * comma-separated group names. A family without a group is always taken in, one of an internal
 * catalog unless it is excluded. */
bool catalog_family_selected(const struct catalog_family *family, const char *include,
                             const char *exclude);
/** True when the catalog declares this group, or a family of it is in it: an include or exclude
 * that names no such group is a mistake. */
bool catalog_has_group(const struct catalog *catalog, const char *group, size_t len);
/**
 * Sort, number and cross-check: two catalogs of one service or on one socket of their own, names on
 * the wire that clash in one service, bounds that add up to more than a service's
 * max_series, more than CATALOG_MACHINES_MAX combinations of labels of attempts and jobs, too many
 * databases or queries, queries of one name. Returns false with `file: /families/x: text` in
 * ret_error.
 */
bool catalog_set_finish(struct catalog_set *set, struct error *ret_error);
/**
 * Whether the names of samples that these families (in byte order of name) expose differ, as they
 * must on one endpoint. Every family lays claim to the names of its samples and to its OpenMetrics
 * family name; two families with the same claim clash, except a gauge X beside a counter X_total,
 * whose counter OpenMetrics then shows as `unknown`. False with `file: /families/x: text` in
 * ret_error.
 */
bool catalog_samples_differ(const struct catalog_family *const *families, size_t count,
                            struct error *ret_error);
/** By service name, or NULL. */
const struct catalog *catalog_set_find(const struct catalog_set *set, const char *service,
                                       size_t len);

#endif
