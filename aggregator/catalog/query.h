/*
 * query.h - databases, and queries whose rows become series.
 */
#ifndef STATGATE_CATALOG_QUERY_H
#define STATGATE_CATALOG_QUERY_H

#include <stddef.h>
#include <stdint.h>

struct catalog;
struct catalog_family;

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

#endif
