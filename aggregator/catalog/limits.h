/*
 * limits.h - how much a catalog, and all catalogs of a daemon, may declare.
 */
#ifndef STATGATE_CATALOG_LIMITS_H
#define STATGATE_CATALOG_LIMITS_H

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

#endif
