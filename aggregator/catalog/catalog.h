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
#include "catalog/family.h"
#include "catalog/limits.h"
#include "catalog/query.h"

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
                                         loader/environment.h and loader/value_file.h */
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
    const char *const *ignore_labels; /**< in byte order */
    size_t ignore_label_count;
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
/** Whether the service ignores this label. */
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
    /** By their index. Only queries with an exposed family; nobody needs the rows of the others. */
    const struct catalog_query **queries;
    size_t query_count;
    uint64_t bound;
    uint64_t lines;
    bool partial; /**< some catalogs are refused: what is missing may be theirs */
};

void catalog_set_init(struct catalog_set *set);
/** Free the set and its catalogs. Safe on a zeroed struct. */
void catalog_set_done(struct catalog_set *set);
/** Add a catalog; on success the set owns it. False when out of memory. */
bool catalog_set_add(struct catalog_set *set, struct catalog *catalog);
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

#endif
