/*
 * kind.h - what kinds of family there are, and how they differ.
 *
 * A kind is a row of kinds.def. Whoever has to know something of a family's kind asks a column, so
 * that a new kind is a row here, one of functions in the store (store/kinds.c) and one in the view,
 * and nothing else has to name it. What a family has whatever its kind (labels, limits, whose value
 * it shows) is in struct catalog_family.
 */
#ifndef STATGATE_CATALOG_KIND_H
#define STATGATE_CATALOG_KIND_H

#include <stdbool.h>
#include <stdint.h>

enum family_kind {
#define KIND(id, ...) KIND_##id,
#include "catalog/kinds.def"
#undef KIND
    KIND_COUNT
};

/** What there is of a family before its first sample. */
enum kind_start {
    STARTS_ABSENT,  /**< nothing */
    STARTS_AT_ZERO, /**< a series that has no labels, or all with `zeros`: nothing adds up to 0 */
    STARTS_WITH_ALL /**< every combination of labels, those of `otherwise` too */
};

/** What a series of several lines has one line each of. */
enum kind_items {
    ITEMS_NONE, /**< it has one line */
    ITEMS_BUCKETS,
    ITEMS_QUANTILES,
    ITEMS_STATES
};

/** Where the number of a series is: what has to outlive the process that keeps it. Flags and
 * `created_ms` are of all. (store.h has struct series.) */
enum kind_state {
    STATE_VALUE = 1u << 0,
    STATE_UPDATED = 1u << 1, /**< updated_ms, by which it expires */
    STATE_CARRY = 1u << 2,
    STATE_BODY = 1u << 3,
    STATE_WINDOW = 1u << 4, /**< beside the series, with pages of the pool */
    STATE_PARTS = 1u << 5,  /**< what each process has, and their order; `value` follows */
    STATE_MACHINE = 1u << 6 /**< in machines/; body and value follow */
};

/** Whose value a series shows, and what becomes of it when a process ends. */
enum family_merge {
    MERGE_NONE,         /**< one value of the host */
    MERGE_SUM,          /**< over the parts of live processes; a part goes with its process */
    MERGE_MIN,          /**< likewise */
    MERGE_MAX,          /**< likewise */
    MERGE_READING,      /**< counter: readings of live processes, and the last of ended ones */
    MERGE_READING_DROP, /**< counter: readings of live processes only */
    MERGE_LATEST        /**< info, relayed summary: what the latest writer among the live sent */
};

/** Keys of a family in the catalog file that not all kinds have. */
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
    /* What it is called. */
    const char *type;    /**< in the catalog file; several kinds may share it */
    const char *article; /**< of noun; NULL for machines, as noun, open_metrics and text */
    const char *noun;    /**< in a sentence */
    const char *title;   /**< the type, in documentation */
    const char *name;    /**< the kind, in documentation */
    const char *sample;  /**< what a sample does there: "A sample ..." */
    const char *examples[KIND_EXAMPLES_MAX]; /**< values and letters, of kinds whose examples need
                                                  nothing of the family but its labels */

    /* What it looks like. */
    const char *open_metrics; /**< type in OpenMetrics */
    const char *text;         /**< type in text 0.0.4, which has fewer */
    const char *suffix;       /**< of the name; OpenMetrics leaves it out of the family's; or "" */
    bool lends_stem;          /**< a family that takes_stem may have its name without the suffix */
    bool takes_stem;
    enum kind_items items;
    const char *item_label;  /**< that tells the items apart; NULL: it is called as the family */
    const char *item_suffix; /**< of the samples of items; NULL: none */
    bool has_totals;         /**< lines `_sum` and `_count`, behind those of the items */
    bool has_created;        /**< OpenMetrics knows a `_created` of it */

    /* Where its values are from. */
    uint32_t letters;        /**< that it takes: 1u << enum sg_letter */
    unsigned keys;           /**< enum kind_keys; of the first kind of a type, those of the type */
    bool from_query;         /**< rows of queries may be its values */
    enum family_merge merge; /**< unless the catalog says otherwise */
    enum kind_start starts;
    bool only_grows;     /**< never below 0, and an increment neither */
    bool has_window;     /**< of window_ms, kept by the store */
    bool is_machine;     /**< no lines; samples are words, and go to machines/ */
    bool is_relayed;     /**< a process computed what it sends, item by item; one at a time */
    bool is_description; /**< its labels describe a process, which has one series of the family:
                              the one it named last */

    /* Where its numbers are (enum kind_state). */
    unsigned state;         /**< where the value is the host's; 0: it never is */
    unsigned own_state;     /**< where values belong to processes; 0: they never do */
    uint32_t words;         /**< of the body, beside those of every owned one, */
    uint32_t words_an_item; /**< and as many for each item */
};

extern const struct kind_row kind_rows[KIND_COUNT];

/** The kind of this type whose values are the host's, or belong to processes. NULL: there is none. */
const struct kind_row *kind_find(const char *type, bool owned);

#endif
