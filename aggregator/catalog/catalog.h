/* SPDX-License-Identifier: MIT */
/*
 * catalog.h - the catalogs of this host's services: the model that catalog files are loaded into.
 *
 * Pure data and look-ups: loader/ builds the model from JSON, the gate checks samples against it,
 * the store sizes its tables by it, and views take names, types and help texts from it. Two steps
 * write it: loader/ fills it, then its set is finished (endpoints_build() marks the families that
 * are exposed, catalog_set_finish() sorts and numbers). After that it is immutable. The catalog's
 * arena owns all memory; catalog_free() frees it.
 */
#ifndef STATGATE_CATALOG_CATALOG_H
#define STATGATE_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/fingerprint.h"
#include "schedule/schedule.h"

/* ---- kind ----
 * the kinds of family, and how they differ.
 *
 * A kind is a row of kinds.def. Code that depends on the kind reads a column and does not compare
 * kinds. So a new kind needs a row here, a row of functions in store/store.c and in
 * view/exposition.c, and its sentences in hints/hints.c. Properties that every family
 * has (labels, limits, whose value it shows) are in struct catalog_family.
 */

enum family_kind {
#define KIND(id, ...) KIND_##id,
#include "catalog/kinds.def"
#undef KIND
    KIND_COUNT
};

/** Which series of a family exist before its first sample. */
enum kind_start {
    STARTS_ABSENT,  /**< none */
    STARTS_AT_ZERO, /**< the one without labels, or all with `zeros`; their value is 0 */
    STARTS_WITH_ALL /**< every combination of labels, including those with `otherwise` */
};

/** What the lines of a series stand for, if it has several. */
enum kind_items {
    ITEMS_NONE, /**< one line */
    ITEMS_BUCKETS,
    ITEMS_QUANTILES,
    ITEMS_STATES
};

/** The fields that hold the state of a series (store/store.h): everything needed to restore it.
 * Flags and `created_ms` are not listed because every series has them. */
enum kind_state {
    STATE_VALUE = 1u << 0,
    STATE_UPDATED = 1u << 1, /**< updated_ms, from which expiry is computed */
    STATE_CARRY = 1u << 2,
    STATE_BODY = 1u << 3,
    STATE_WINDOW = 1u << 4, /**< the window of a summary, with pages from the pool */
    STATE_PARTS = 1u << 5,  /**< the parts and their order; `value` is computed from them */
    STATE_MACHINE = 1u << 6 /**< kept in breakers_jobs/, which writes body and value */
};

/** Which values a series shows, and what happens when a process ends. */
enum family_merge {
    MERGE_NONE,         /**< one value for the host */
    MERGE_SUM,          /**< sum of the parts of live processes; a part ends with its process */
    MERGE_MIN,          /**< smallest part of a live process */
    MERGE_MAX,          /**< largest part of a live process */
    MERGE_READING,      /**< counter: readings of live processes plus the last of ended ones */
    MERGE_READING_DROP, /**< counter: readings of live processes only */
    MERGE_LATEST        /**< info, relayed summary: what the live process that wrote last sent */
};

/** Keys of the catalog file that only some kinds allow. */
enum kind_keys {
    KEY_UNIT = 1u << 0,
    KEY_BUCKETS = 1u << 1,
    KEY_FLOOR = 1u << 2,
    KEY_OWNER = 1u << 3,
    KEY_MERGE = 1u << 4,
    KEY_TTL = 1u << 5,
    KEY_ABSENT = 1u << 6,
    KEY_READING = 1u << 7,
    KEY_ENDED = 1u << 8,
    KEY_QUANTILES = 1u << 9,
    KEY_WINDOW = 1u << 10
};

enum { KIND_EXAMPLES_MAX = 2 };

struct kind_row {
    /* Names. */
    const char *type;    /**< in the catalog file; several kinds may share it */
    const char *article; /**< of `noun`; NULL for machines, as noun, open_metrics and text are */
    const char *noun;    /**< in a sentence */
    const char *title;   /**< the type, as spelled in documentation */
    const char *name;    /**< the kind, as spelled in documentation */
    const char *sample;  /**< what a sample does, continuing "A sample ..." */
    const char *examples[KIND_EXAMPLES_MAX]; /**< value and letter. NULL if examples depend on
                                                  more than the family's labels */

    /* Output. */
    const char *open_metrics; /**< its type in OpenMetrics */
    const char *text;         /**< its type in text 0.0.4, which has fewer types */
    const char *suffix;       /**< required end of the name, or ""; not in OpenMetrics names */
    bool lends_stem; /**< its name without the suffix may be used by a family with takes_stem */
    bool takes_stem;
    enum kind_items items;
    const char *item_label;  /**< distinguishes the items; NULL: it has the family's name */
    const char *item_suffix; /**< suffix of the items' sample names; NULL: none */
    bool has_totals;         /**< has the lines `_sum` and `_count` after those of the items */
    bool has_created;        /**< OpenMetrics defines a `_created` sample */

    /* Where its values come from. */
    uint32_t letters; /**< accepted letters: bits 1u << enum sg_letter */
    unsigned keys;    /**< enum kind_keys; the first kind of a type lists all keys of the type */
    bool from_query;  /**< a query may provide its values */
    enum family_merge merge; /**< unless the catalog sets another */
    enum kind_start starts;
    bool only_grows;     /**< the value and each increment are never below 0 */
    bool has_window;     /**< computed over window_ms; the store keeps the window */
    bool is_machine;     /**< has no lines; its samples are words, and go to breakers_jobs/ */
    bool is_relayed;     /**< one process at a time computes the items and sends each */
    bool is_description; /**< its labels describe a process, which has one series of the family:
                              the one that it sent last */

    /* The fields that hold its state (enum kind_state). */
    unsigned state;         /**< if values belong to the host; 0: they never do */
    unsigned own_state;     /**< if values belong to processes; 0: they never do */
    uint32_t words;         /**< of the body, without those that every owned series has, */
    uint32_t words_an_item; /**< plus this many for each item */
};

extern const struct kind_row catalog_kind_rows[KIND_COUNT];

/** Find the kind of this type whose values belong to processes (`owned`) or to the host. NULL if
 * there is none. */
const struct kind_row *catalog_kind_find(const char *type, bool owned);

/* ---- limits: how much a catalog, and all catalogs of a daemon, may declare. ---- */

/** Limits of a catalog. The limits of the wire apply here, too (see proto/). */
enum {
    CATALOG_NAME_MAX = 200,       /**< bytes of a family's name, an alias or a label's name */
    CATALOG_VALUE_MAX = 200,      /**< bytes of a label value, as exposed and on the wire */
    CATALOG_LABELS_MAX = 32,      /**< labels of a family */
    CATALOG_VALUES_MAX = 10000,   /**< declared values of a label */
    CATALOG_VALUE_FILES_MAX = 16, /**< files of values of a catalog */
    CATALOG_PATTERN_MAX = 1000,   /**< bytes of an expression */
    CATALOG_BUCKETS_MAX = 200,    /**< bounds of a histogram, without +Inf */
    CATALOG_QUANTILES_MAX = 32,   /**< quantiles of a summary */
    CATALOG_STATES_MAX = 64,      /**< states of a stateset */
    CATALOG_WORDS_MAX = 32,       /**< outcomes of attempts */
    CATALOG_GROUPS_MAX = 64,      /**< groups that a catalog lists */
    CATALOG_MACHINES_MAX = 2048,  /**< breakers and queues of jobs of a set: label combinations */
    CATALOG_COMBINATIONS_MAX = 1024, /**< label combinations of one declaration */
    CATALOG_LIVE_MAX = 262144,       /**< live jobs of one declaration */
    CATALOG_LIVE_DEFAULT = 10000,    /**< unless a declaration sets another number */
    CATALOG_LIVE_ALL_MAX = 1048576,  /**< live jobs of a set, the sum of their max_live */
    CATALOG_DATABASES_MAX = 16,      /**< databases of a set */
    CATALOG_CONNECTIONS_MAX = 8,     /**< connections of a database, unless it declares fewer */
    CATALOG_QUERIES_MAX = 256,       /**< queries of a set */
    CATALOG_QUERY_VALUES_MAX = 64,   /**< families of a query */
    CATALOG_ROWS_MAX = 10000,        /**< rows of a query, unless it declares another number */
    CATALOG_ROWS_LIMIT = 100000,     /**< the most rows that a query may declare */
    CATALOG_FAMILIES_MAX = 65535     /**< families of a set */
};

/* ---- label: a label of a family: which values it can have, and the id of each. ---- */

struct pattern;

/**
 * Compute the key of a route template, which identifies it: the text without the names of its
 * variables. A variable is {name}, {name...}, {*name} or {$}, and its name follows the rules for
 * label names. A text without braces is its own key. Returns the length of the key, or 0 if the
 * text is not a template: empty, too long, or with braces around anything else. Allocates nothing.
 */
size_t catalog_template_key(const char *text, size_t len, char ret_key[CATALOG_VALUE_MAX + 1]);

/** A file that lists values of labels. A catalog has its files in byte order of the names. */
struct catalog_value_file {
    const char *name; /**< as the catalog has it */
    const char *path;
    struct fingerprint text;
    struct catalog_value_file *next;
};

enum label_kind {
    LABEL_VALUES,  /**< a list of declared values */
    LABEL_PATTERN, /**< fixed values (otherwise, default) and up to `max` values that match */
    LABEL_CONST    /**< one value, put on every series; a line may send it, but no other value */
};

/** One declared value. */
struct catalog_value {
    const char *text; /**< as exposed; terminated */
    uint32_t len;
    bool plain; /**< contains no backslash, quote or newline, so needs no escape in text formats */
};

struct wire_index; /* maps wire spellings to ids; private; labels with the same values share one */

/** A label of a family. */
struct catalog_label {
    const char *name;
    enum label_kind kind;
    /** Declared values in byte order of their text; the id of a value is its index. For a pattern
     * these are only `otherwise` and `default`; the store assigns ids from value_count up to
     * value_count + max - 1. */
    const struct catalog_value *values;
    uint32_t value_count;
    const struct wire_index *wire;
    bool templates; /**< values are found by template key, so names of variables do not matter */
    const char *variable; /**< environment variable that may list the values; NULL: none */
    const struct catalog_value_file *file; /**< that lists the values; NULL: none does */
    const struct pattern *pattern;         /**< LABEL_PATTERN, else NULL */
    uint32_t max;                          /**< LABEL_PATTERN: most matching values at a time */
    int32_t otherwise;                     /**< id of the value `otherwise`, or -1 */
    int32_t default_value; /**< id for lines without the label, or -1 (LABEL_CONST: 0). An optional
                                label has the empty value, which no other label has */
    uint64_t bound;        /**< most values that the label can have */
};

/** Whether the values are not in the catalog: they may differ from host to host. */
static inline bool catalog_label_is_outside(const struct catalog_label *label) {
    return label->variable != NULL || label->file != NULL;
}

/** Whether a series may lack the label: it has the empty value then, which is shown nowhere. */
static inline bool catalog_label_is_optional(const struct catalog_label *label) {
    return label->default_value >= 0 && label->values[label->default_value].len == 0;
}

/** Find the id of a declared value by its wire spelling. -1 if there is none. Allocates nothing. */
int32_t catalog_label_find(const struct catalog_label *label, const char *wire, size_t len);
/** Find the id of a declared value by its text as exposed. -1 if there is none. */
int32_t catalog_label_find_text(const struct catalog_label *label, const char *text, size_t len);
/** The wire spelling of a declared value; terminated. The wire spelling of a template is its own
 * text. */
const char *catalog_label_wire(const struct catalog_label *label, uint32_t id);

/** The number of the list of declared values that the label uses, unique in its catalog; labels
 * with the same values share a list. UINT32_MAX: the label has none. */
uint32_t catalog_label_list(const struct catalog_label *label);

/** Bytes that a label takes in an exposition line besides its name and value: `,name="value"`. */
enum { CATALOG_LABEL_AROUND = 4 };
/** Bytes of the longest value that the label can have, as exposed, before escaping. */
uint64_t catalog_label_longest(const struct catalog_label *label);

/* ---- machines ----
 * what a declaration of attempts, with its breaker, or of jobs says, and which
 * families are derived from it.
 */

struct catalog_family;

/** When a breaker opens and closes; the rows of breaker.def. A rule that is 0 is not there. */
struct catalog_breaker {
    bool declared;           /**< false: attempts are only counted */
    bool reported;           /**< services run the breaker and report its transitions (`b`) */
    bool observe;            /**< a trial: it denies nothing, and counts how often it would open */
    uint32_t open_after;     /**< number of consecutive failures that opens it */
    uint32_t min_attempts;   /**< number of attempts in the window from which ratios decide */
    uint32_t agree;          /**< number of processes that must have failed to open it */
    uint32_t probes;         /**< most attempts at once in half-open, and successes that close it */
    double failure_ratio;    /**< failures among the attempts of the window that open it */
    double slow_ratio;       /**< the same of slow ones, among those with a duration */
    int64_t slow_ms;         /**< an attempt that took as long or longer is slow */
    int64_t window_ms;       /**< what ratios and `agree` look back on, in CATALOG_WINDOW_PARTS */
    int64_t cooldown_ms;     /**< how long it is open at first; then half-open */
    double cooldown_factor;  /**< each failed probe multiplies the cool-down by this, */
    int64_t cooldown_max_ms; /**< up to here; it is the first again after as long closed */
    int64_t probe_ms;        /**< length of an epoch of half-open: a probe that hangs is given up */
};
enum { CATALOG_WINDOW_PARTS = 10 };

/** What a number of a declaration is. */
enum catalog_form { CATALOG_COUNT, CATALOG_NUMBER, CATALOG_SECONDS };
/** A row of breaker.def or duty.def. */
struct catalog_key {
    const char *key;
    enum catalog_form form;
    size_t at; /**< offset in the struct of these: uint32_t, double, int64_t milliseconds */
    double least;
    double most;
};
/** A number, in the unit of its key, of what the key is a row of. */
double catalog_number(const void *of, const struct catalog_key *key);

enum {
#define BREAKER_KEY(key, member, form, least, most, left_out, ...) BREAKER_KEY_##member,
#include "catalog/breaker.def"
#undef BREAKER_KEY
    CATALOG_BREAKER_KEYS
};
extern const struct catalog_key catalog_breaker_keys[CATALOG_BREAKER_KEYS];
/** The numbers of a breaker in whose catalog all keys are left out. */
extern const struct catalog_breaker catalog_breaker_defaults;

/** Families derived from attempts, in the order of the texts of catalog_attempts_part_key(). */
enum attempts_part {
    ATTEMPTS_TOTAL,           /**< counter; labels of the attempts and `outcome` */
    ATTEMPTS_ERRORS,          /**< counter */
    ATTEMPTS_CONSECUTIVE,     /**< gauge */
    ATTEMPTS_LAST_SUCCESS,    /**< gauge, Unix seconds */
    ATTEMPTS_LAST_ERROR,      /**< gauge, Unix seconds */
    ATTEMPTS_OPENED,          /**< counter; only with a breaker, as all up to ATTEMPTS_SILENT */
    ATTEMPTS_WOULD_OPEN,      /**< counter; only in a trial */
    ATTEMPTS_STATE,           /**< gauge with label `state`, one-hot; on request, as all below */
    ATTEMPTS_TRANSITIONS,     /**< counter with label `state`: the state that was entered */
    ATTEMPTS_STATE_SECONDS,   /**< counter with label `state` */
    ATTEMPTS_DENIED,          /**< counter with label `reason`: attempts that clients were denied */
    ATTEMPTS_FORCED,          /**< gauge: 1 while a person has decided the state */
    ATTEMPTS_SILENT,          /**< counter: half-open epochs without a report from their probes */
    ATTEMPTS_OVERDUE_SECONDS, /**< gauge: how late the next attempt is; 0 if it is not overdue */
    ATTEMPTS_DURATION,        /**< histogram; labels of the attempts and `outcome`; with buckets */
    ATTEMPTS_PART_COUNT
};
/** The key of a part in `names`, `help` and `expose`; also the end of its default name:
 * "attempts_total", "errors_total", "consecutive_failures", "last_success_timestamp_seconds",
 * "last_error_timestamp_seconds", "circuit_open_total", "circuit_would_open_total",
 * "circuit_state", "circuit_transitions_total", "circuit_state_seconds_total", "denied_total",
 * "circuit_forced", "circuit_silent_epochs_total", "overdue_seconds", "duration_seconds".
 * Static. */
const char *catalog_attempts_part_key(enum attempts_part part);

/** The settings of a declaration of attempts that other families do not have. */
struct catalog_attempts {
    const char *const *words; /**< outcomes as spelled on the wire; successes come first */
    uint32_t word_count;
    uint32_t success_count; /**< how many of the words mean success; the others mean failure */
    struct catalog_breaker breaker;
    int64_t expected_ms; /**< at least one attempt is expected in this time; 0: not declared */
    /** NULL for parts that are not exposed. Parts with the label `outcome` or `state` have it among
     * their labels in order of name; all other parts have the labels of the attempts. */
    const struct catalog_family *parts[ATTEMPTS_PART_COUNT];
};

/** Why clients are denied attempts; also the values of the label `reason`. */
enum breaker_denial { DENIED_OPEN, DENIED_HALF_OPEN, DENIED_FORCED, BREAKER_DENIAL_COUNT };
/** "open", "half_open", "forced". Static. */
const char *catalog_breaker_denial_text(enum breaker_denial denial);

/** States of a breaker; also the values of the label `state` of the families above. */
enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN, BREAKER_STATE_COUNT };
/** "closed", "open", "half_open". Static. */
const char *catalog_breaker_state_text(enum breaker_state state);

/** Families derived from jobs. */
enum jobs_part {
    JOBS_LIVE,           /**< gauge; labels of the jobs and a state label: "queued", "running" */
    JOBS_OLDEST_QUEUED,  /**< gauge; absent if no job is queued */
    JOBS_OLDEST_RUNNING, /**< gauge; absent if no job is running */
    JOBS_WAITING,        /**< histogram */
    JOBS_RUNNING,        /**< histogram */
    JOBS_FINISHED,       /**< counter; labels of the jobs and `outcome` */
    JOBS_STARTED,        /**< counter; only with a duty, as all below */
    JOBS_MISSED,         /**< counter; only with one that has times, as the next two */
    JOBS_OVERDUE,        /**< gauge */
    JOBS_NEXT_START,     /**< gauge, Unix seconds */
    JOBS_CONSECUTIVE,    /**< gauge: runs that failed, were lost or missed in a row */
    JOBS_LAST_EXIT,      /**< gauge: exit status, or 128 and the signal */
    JOBS_LAST_DURATION,  /**< gauge */
    JOBS_LAST_SUCCESS,   /**< gauge, Unix seconds */
    JOBS_PART_COUNT
};
/** "jobs", "oldest_queued_age_seconds", "oldest_running_age_seconds", "waiting_seconds",
 * "running_seconds", "finished_total", "started_total", "missed_total", "overdue_seconds",
 * "next_start_timestamp_seconds", "consecutive_failures", "last_exit_status",
 * "last_duration_seconds", "last_success_timestamp_seconds". Static. */
const char *catalog_jobs_part_key(enum jobs_part part);

enum job_outcome { JOB_SUCCEEDED, JOB_FAILED, JOB_CANCELED, JOB_LOST, JOB_OUTCOME_COUNT };
/** "succeeded", "failed", "canceled", "lost". Static. */
const char *catalog_job_outcome_text(enum job_outcome outcome);

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_STATE_COUNT };
/** "queued", "running". Static. */
const char *catalog_job_state_text(enum job_state state);

/** A schedule as the file has it. */
struct catalog_schedule {
    const char *text;
    struct schedule schedule;
};

/** What a job should do: the rows of duty.def, and its schedule. A number that is 0 is not there.
 */
struct catalog_duty {
    bool declared;            /**< false: jobs are only counted */
    uint32_t alert_after;     /**< runs that fail, are lost or missed in a row: a problem */
    int64_t every_ms;         /**< a success is due each such time */
    int64_t grace_ms;         /**< and so much later it is missed */
    int64_t start_within_ms;  /**< a start so long after a slot is in time; 0: see job_watch.c */
    int64_t finish_within_ms; /**< a run that takes longer is a problem */
    const struct schedule_zone *zone;         /**< of the schedules; NULL: there are none */
    const struct catalog_schedule *schedule;  /**< of all jobs; NULL: there is none, or: */
    const struct catalog_schedule **by_value; /**< by the value of a label; NULL for some values */
    uint32_t label;                           /**< its index; only with by_value */
};
enum {
#define DUTY_KEY(key, member, form, least, most, left_out, ...) DUTY_KEY_##member,
#include "catalog/duty.def"
#undef DUTY_KEY
    CATALOG_DUTY_KEYS
};
extern const struct catalog_key catalog_duty_keys[CATALOG_DUTY_KEYS];
/** The numbers of a duty in whose catalog all keys are left out. */
extern const struct catalog_duty catalog_duty_defaults;
/** Whether it has times at which something is due. */
static inline bool catalog_duty_has_times(const struct catalog_duty *duty) {
    return duty->every_ms > 0 || duty->zone != NULL;
}

/** The settings of a declaration of jobs that other families do not have. */
struct catalog_jobs {
    const char *state_label; /**< name of the state label of JOBS_LIVE: "state" unless declared */
    uint32_t max_live;       /**< most live jobs at a time */
    struct catalog_duty duty;
    const struct catalog_family *parts[JOBS_PART_COUNT]; /**< as in struct catalog_attempts */
};

/* ---- alias: a name on the wire that holds values of labels:
 * envoy.cluster.{cluster}.upstream_rq_{code}. Between its dots are parts: text, {LABEL}, or text
 * around one label. A value has no dot and is not empty; what it may be is the rule of the label.
 * Names that are declared whole go first, and no two such aliases of a service match one name, so
 * the answer follows from the name alone.
 */

enum {
    CATALOG_SEGMENTS_MAX = 16,       /**< parts of such an alias */
    CATALOG_TEMPLATES_MAX = 8,       /**< of a family */
    CATALOG_ALL_TEMPLATES_MAX = 1000 /**< of a catalog */
};

struct catalog_family;

/** A part of an alias. Texts are not terminated. */
struct catalog_segment {
    const char *before; /**< the text, or what is before the label */
    const char *after;
    uint8_t before_len;
    uint8_t after_len;
    int label; /**< index in the family; -1: text alone */
};

struct catalog_alias {
    const char *text;
    struct catalog_segment segments[CATALOG_SEGMENTS_MAX];
    uint32_t count;
};

/** A part of a name; not terminated. */
struct catalog_part {
    const char *at;
    size_t len;
};

/** Whether an alias has braces, so that it has to be parsed. */
bool catalog_alias_is_template(const char *text);
/** Parse it, for a family whose labels are set. `text` is borrowed. */
bool catalog_alias_parse(struct catalog_alias *ret_alias, const struct catalog_family *family,
                         const char *text, struct error *ret_error);
/** Split a name at its dots. Returns the number of its parts; 0: more than CATALOG_SEGMENTS_MAX. */
uint32_t catalog_name_split(const char *name, size_t len,
                            struct catalog_part ret_parts[CATALOG_SEGMENTS_MAX]);
/** Whether the part of a name matches, and what the value of the label is there. */
bool catalog_segment_take(const struct catalog_segment *segment, const struct catalog_part *part,
                          struct catalog_part *ret_value);
/** Whether a name could match both, and such a name. */
bool catalog_aliases_clash(const struct catalog_alias *a, const struct catalog_alias *b,
                           char *ret_name, size_t size);

/* ---- family: a metric family: what its samples mean, and which series it can have. ---- */

struct catalog;
struct catalog_query;

/** Where the samples of a family come from. */
enum family_source {
    SOURCE_DATAGRAMS,
    SOURCE_DERIVED, /**< derived from attempts or jobs; datagrams for it are `type_mismatch` */
    SOURCE_QUERY    /**< rows of a database query; datagrams for it are `type_mismatch` */
};

/** A metric family. */
struct catalog_family {
    const struct catalog *catalog;
    const char *name;            /**< as exposed, with `_total` on counters */
    const struct kind_row *kind; /**< a row of kinds.def */
    const char *help;            /**< may be "" */
    const char *unit;            /**< NULL when none */
    const char *group;           /**< NULL when none */
    const char *const *aliases;  /**< additional names on the wire; templates among them */
    size_t alias_count;
    const struct catalog_alias *templates; /**< those of the aliases that hold labels */
    size_t template_count;
    const struct catalog_label *labels; /**< in byte order of name */
    uint32_t label_count;
    enum family_merge merge; /**< that of the kind, unless the catalog sets another */
    enum family_source source;
    /** Where the catalog declares the family, for messages: /section/key. `section` is static, the
     * keys are in the arena. */
    const char *section;     /**< "families", "attempts" or "jobs" */
    const char *key;         /**< its name, or that of the attempts or jobs it is derived from */
    const char *part_key;    /**< SOURCE_DERIVED: its key in `names` there; else NULL */
    const double *quantiles; /**< summary: in [0,1], increasing */
    uint32_t quantile_count;
    int64_t window_ms; /**< window of a summary that the daemon computes; 0: relayed */
    /** stateset: the label that has the family's name. It is not in `labels`: a series is a
     * combination of the other labels, and its value is the id of the state. */
    const struct catalog_label *state_label;
    const struct catalog_attempts *attempts; /**< for attempts, else NULL */
    const struct catalog_jobs *jobs;         /**< for jobs, else NULL */
    const struct catalog_query *query;       /**< for SOURCE_QUERY, else NULL */
    uint32_t body_words;   /**< 8-byte words of a series between its fixed part and its labels */
    const double *buckets; /**< histogram: finite upper bounds, increasing; +Inf is implied */
    uint32_t bucket_count;
    double ms_scale;     /**< factor for `ms` observations (0.001 or 1) */
    bool allow_negative; /**< histogram with a negative bound: takes negative values, has no sum */
    bool zeros;          /**< create every combination of declared values at load */
    bool has_floor;
    double floor; /**< updowncounter: the value never goes below it */
    bool has_absent;
    double absent;         /**< gauge: this value removes the series */
    int64_t ttl_ms;        /**< gauge: removed if not written for this long; 0: never */
    bool exposed;          /**< false: no endpoint shows it, and its samples are ignored */
    uint64_t max_series;   /**< as declared; UINT64_MAX: no limit of its own */
    uint64_t combinations; /**< product of the labels' bounds (saturated) */
    uint64_t bound;        /**< most series at a time: min(combinations, max_series) */
    uint64_t reserved;     /**< part of `bound` for fallback series if max_series cuts; else 0 */
    uint64_t lines;        /**< sample lines of its exposition at the bound (without _created) */
    uint32_t index;        /**< position in its set (catalog_set_finish) */
};

/** Whether the family is a summary whose quantiles, sum and count are computed by a process. */
/** Whether the store keeps a window of its observations: a summary without quantiles needs none. */
static inline bool family_has_window(const struct catalog_family *family) {
    return family->kind->has_window && family->quantile_count > 0;
}

static inline bool family_is_relayed(const struct catalog_family *family) {
    return family->kind->is_relayed;
}

/** Whether values belong to processes: the store keeps their parts. */
static inline bool family_is_owned(const struct catalog_family *family) {
    return family->merge != MERGE_NONE;
}

/** Whether values belong to processes and each process has a number of its own in each series. */
static inline bool family_has_writers(const struct catalog_family *family) {
    return family_is_owned(family) && family->merge != MERGE_LATEST;
}

/** Whether the family is shown in expositions. */
static inline bool family_has_lines(const struct catalog_family *family) {
    return !family->kind->is_machine;
}

/** The fields that hold the state of the family's series: bits of enum kind_state. */
static inline unsigned family_state(const struct catalog_family *family) {
    return family_is_owned(family) ? family->kind->own_state : family->kind->state;
}

/** The label that distinguishes the lines of a series: `le`, `quantile`, or the name of a stateset.
 * NULL if a series has one line. */
static inline const char *family_item_label(const struct catalog_family *family) {
    if (family->kind->items == ITEMS_NONE)
        return NULL;
    return family->kind->item_label != NULL ? family->kind->item_label : family->name;
}

/** The number of buckets (with +Inf), quantiles or states of a series; 0 if it has one line. */
uint32_t catalog_family_items(const struct catalog_family *family);

/** The attempts or jobs that a family is derived from; NULL if it is not derived. */
const struct catalog_family *catalog_family_origin(const struct catalog_family *family);

/* ---- query: databases, and queries whose rows become series. ---- */

/** A database that queries read. */
struct catalog_database {
    const struct catalog *catalog;
    const char *name;     /**< unique in its catalog */
    const char *conninfo; /**< connection string for libpq; never shown, may hold secrets */
    uint32_t connections; /**< most connections at a time, 1 to CATALOG_CONNECTIONS_MAX */
    uint32_t index;       /**< position in the set */
};

/** What happens if several rows belong to the same series. */
enum query_combine { COMBINE_REFUSE, COMBINE_SUM, COMBINE_MIN, COMBINE_MAX };

/** A result column with the values of a family. */
struct query_value {
    const struct catalog_family *family;
    const char *column;
};

/** A result column with the values of a label, for every family of the query that has the label. */
struct query_label {
    const char *label;
    const char *column;
};

/** A query whose rows become series at a scrape. */
struct catalog_query {
    const struct catalog *catalog;
    const struct catalog_database *database;
    const char *name; /**< unique in the set; the name of its first family unless declared */
    const char *sql;
    const struct query_label *labels;
    size_t label_count;
    const struct query_value *values;
    size_t value_count;
    int64_t timeout_ms; /**< limit for one run */
    int64_t cache_ms;   /**< how long rows stay fresh; 0: every scrape runs the query */
    uint32_t max_rows;
    enum query_combine combine;
    uint32_t index; /**< position in the set; UINT32_MAX if none of its families is exposed */
};

/** A key and value of the catalog's `resource` or `scope`. */
struct catalog_attribute {
    const char *key;
    const char *value;
    const char *variable; /**< environment variable with the value; NULL: none */
};

/** Convert the key of an attribute to a label name: each byte that a label name cannot hold becomes
 * an underscore, and several underscores in a row become one (OpenTelemetry, "Prometheus and
 * OpenMetrics Compatibility", Metric Attributes). The key has at most CATALOG_NAME_MAX bytes. */
void catalog_attribute_label(const char *key, char ret_label[CATALOG_NAME_MAX + 1]);

/** What a catalog may do, but which is probably not intended. */
struct catalog_remark {
    const char *text;     /**< a sentence behind its place, like that of an error */
    const char *variable; /**< of the environment, that it is about */
    struct catalog_remark *next;
};

struct value_list; /* values and spellings that labels share; private */

/** Private: a hash table that finds a list by its words. */
struct value_lists {
    const struct value_list **slots;
    size_t count;
    size_t size; /**< a power of two, or 0 */
};

/** A service's catalog. */
struct catalog {
    struct arena arena;
    const char *file;               /**< for messages */
    struct fingerprint text;        /**< of the file alone */
    struct fingerprint fingerprint; /**< of the file and what it takes from outside, see
                                         loader/loader_private.h */
    struct catalog_value_file *value_files;
    struct catalog_remark *remarks;
    const char *variables; /**< of the environment, that it names: "A, B"; NULL: none */
    const char *service;   /**< its name */
    bool internal;         /**< a catalog of the daemon itself; takes no datagrams */
    const char *socket;    /**< path of the service's own socket; NULL: it uses the shared one */
    const struct catalog_attribute *resource;
    size_t resource_count;
    size_t resource_declared; /**< with the attributes after these that have no value */
    const struct catalog_attribute *scope;
    size_t scope_count;
    size_t scope_declared;     /**< same for scope */
    const char *const *groups; /**< groups that it declares, in byte order; families may add more */
    size_t group_count;
    const char *const *ignore_labels; /**< in byte order; "*" alone: every label that a family does
                                           not declare */
    size_t ignore_label_count;
    bool ignores_all;        /**< these are "*" */
    bool senders_restricted; /**< only the uids and gids below may send */
    const uint32_t *uids;
    size_t uid_count;
    const uint32_t *gids;
    size_t gid_count;
    uint64_t max_series;
    struct catalog_family *families; /**< in byte order of name */
    size_t family_count;
    struct catalog_database *databases; /**< in byte order of name */
    size_t database_count;
    struct catalog_query *queries; /**< in the declared order */
    size_t query_count;
    uint64_t bound; /**< sum of the families' bounds */
    uint64_t lines;
    uint64_t reading_bytes;    /**< memory that reading its file took in addition to the catalog */
    uint64_t text_bytes;       /**< length of its file, and of its files of values */
    uint32_t index;            /**< position in its set */
    struct pattern *patterns;  /**< private: the patterns of its labels */
    struct value_lists values; /**< private */
};

/** Free the catalog and everything it owns. NULL is fine. */
void catalog_free(struct catalog *catalog);
/** Bytes of memory that the catalog takes, including its patterns. */
uint64_t catalog_bytes(const struct catalog *catalog);
/** A list of declared values, in byte order of their text. */
struct catalog_value_list {
    uint32_t number; /**< numbers count from 0; each occurs once */
    const struct catalog_value *values;
    uint32_t count;
};
/** The next list of the catalog, in any order; *at starts as 0. False: there are no more.
 * catalog->values.count is the number of lists. */
bool catalog_list_next(const struct catalog *catalog, size_t *at,
                       struct catalog_value_list *ret_list);
/** The family with exactly this name, or NULL. */
const struct catalog_family *catalog_family_find(const struct catalog *catalog, const char *name,
                                                 size_t len);
/** Whether the service ignores this label, which the family does not declare. */
bool catalog_ignores(const struct catalog *catalog, const char *label, size_t len);
/** Whether this uid/gid may send for the service. */
bool catalog_admits(const struct catalog *catalog, uint32_t uid, uint32_t gid);

/** All catalogs of a daemon. */
struct catalog_set {
    struct catalog **catalogs; /**< in byte order of service, after catalog_set_finish */
    size_t count;
    struct catalog_family **families; /**< in byte order of (name, service), by their index */
    size_t family_count;
    const struct catalog_database **databases; /**< by their index */
    size_t database_count;
    /** By their index. Only queries with an exposed family; no one needs the rows of the others. */
    const struct catalog_query **queries;
    size_t query_count;
    uint64_t bound;
    uint64_t lines;
    bool partial; /**< some catalogs are refused: what is missing may be theirs */
    /** What the inputs listen on, for the daemon's own families; borrowed. */
    const char *const *inputs;
    size_t input_count;
};

void catalog_set_init(struct catalog_set *set);
/** Free the set and its catalogs. Safe on a zeroed struct. */
void catalog_set_done(struct catalog_set *set);
/** Add a catalog, which the set owns from now on. */
void catalog_set_add(struct catalog_set *set, struct catalog *catalog);
/** Whether a selection of metric groups includes the family. `include` and `exclude` are "all",
 * "none" or comma-separated group names. A family without a group is always included; a family of
 * an internal catalog is included unless its group is excluded. */
bool catalog_family_selected(const struct catalog_family *family, const char *include,
                             const char *exclude);
/** Whether the catalog declares this group or one of its families is in it. To include or exclude a
 * group that no catalog has is a mistake. */
bool catalog_has_group(const struct catalog *catalog, const char *group, size_t len);
/**
 * Sort, number and cross-check the catalogs. Refused are: two catalogs of one service or with the
 * same socket of their own, names on the wire that clash in one service, bounds that add up to more
 * than a service's max_series, more than CATALOG_MACHINES_MAX label combinations of attempts and
 * jobs, too many databases or queries, and two queries with the same name. Returns false with
 * `file: /families/x: text` in ret_error.
 */
bool catalog_set_finish(struct catalog_set *set, struct error *ret_error);
/**
 * Whether these families (in byte order of name) expose different sample names, as they must on one
 * endpoint. Every family claims the names of its samples and its OpenMetrics family name. Two
 * families with the same claim clash, except a gauge X and a counter X_total: OpenMetrics then
 * shows the counter as `unknown`. False with `file: /families/x: text` in ret_error.
 */
bool catalog_samples_differ(const struct catalog_family *const *families, size_t count,
                            struct error *ret_error);
/** Find a catalog by its service. NULL if there is none. */
const struct catalog *catalog_set_find(const struct catalog_set *set, const char *service,
                                       size_t len);

/* ---- build ----
 * functions that build a catalog, for the loader and for tests that need no file.
 *
 * The rest of the daemon reads catalogs through catalog.h. All functions here allocate from the
 * catalog's arena.
 */

/** Make an empty catalog. Free it with catalog_free. */
struct catalog *catalog_new(void);

/** A declared value, as exposed and as spelled on the wire; both texts are terminated. */
struct catalog_word {
    const char *text;
    const char *wire; /**< of a template: its key */
    size_t index;     /**< its position in the declared list, for messages */
};

/** Sort by text, byte by byte. */
void catalog_words_sort(struct catalog_word *words, size_t count);

/**
 * Set the declared values of a label. `words` are sorted, their texts and wire spellings unique.
 * They are copied only once, however many labels of the catalog have the same values. Sets values,
 * value_count, wire and, using the label's `max` (set before), bound.
 */
void catalog_label_set_values(struct catalog *catalog, struct catalog_label *label,
                              const struct catalog_word *words, size_t count);

/**
 * Compile a pattern, owned by the catalog; labels with the same source share one. NULL with a
 * message in ret_error.
 */
const struct pattern *catalog_pattern(struct catalog *catalog, const char *source,
                                      struct error *ret_error);

/** a + b, or UINT64_MAX instead of wrapping. */
uint64_t catalog_bound_add(uint64_t a, uint64_t b);
/** The same for a * b. */
uint64_t catalog_bound_product(uint64_t a, uint64_t b);

/**
 * Set body_words, combinations, bound, reserved and lines of a family whose labels, buckets,
 * quantiles, merge and states are set. `max_series` is the family's own limit, UINT64_MAX for none.
 * A family whose `reserved` is not below its bound cannot work: the loader refuses it.
 */
void catalog_family_count(struct catalog_family *family, uint64_t max_series);
/** The ids of the label values of a combination of declared values, by its index below
 * `combinations`: the last label varies fastest. No label has a pattern. */
void catalog_family_combination(const struct catalog_family *family, uint64_t index,
                                uint32_t ret_ids[CATALOG_LABELS_MAX]);

/** How many series `zeros` creates: all combinations of declared values except `otherwise`. 0 if
 * the family has a pattern label. */
uint64_t catalog_family_zeros(const struct catalog_family *family);

/* ---- pattern ----
 * patterns that values of a label match: named ones, and regular expressions.
 */

/**
 * Compile `source`, either one of these names or a regular expression (PCRE2, UTF):
 *
 *   uuid         8-4-4-4-12 hexadecimal digits, either case (RFC 9562, 4)
 *   integer      decimal, up to 19 digits, without a leading zero; a minus is allowed
 *   slug         lower-case letters and digits, words joined by single hyphens
 *   semver       MAJOR.MINOR.PATCH[-pre][+build] (semver.org 2.0.0), without a leading v
 *   status_code  100 to 599
 *
 * Returns NULL with a message in ret_error on failure. Free with catalog_pattern_free.
 */
struct pattern *catalog_pattern_new(const char *source, struct error *ret_error);
void catalog_pattern_free(struct pattern *pattern);
/**
 * Whether the whole of `text` matches within the step limit. These never match: empty text (an
 * empty label value means no label), text longer than CATALOG_VALUE_MAX bytes, invalid UTF-8.
 * Writes to scratch memory of the pattern, so only one thread at a time may match.
 */
bool catalog_pattern_match(const struct pattern *pattern, const char *text, size_t len);
/** The source that was passed to catalog_pattern_new. */
const char *catalog_pattern_source(const struct pattern *pattern);

#endif
