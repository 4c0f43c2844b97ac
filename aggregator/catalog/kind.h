/*
 * kind.h - the kinds of family, and how they differ.
 *
 * A kind is a row of kinds.def. Code that depends on the kind reads a column and does not compare
 * kinds. So a new kind needs a row here, a row of functions in store/kinds.c and in view/exposition.c,
 * and its sentences in statgate/explain/kinds.c. Properties that every family has (labels, limits,
 * whose value it shows) are in struct catalog_family.
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

/** The fields that hold the state of a series (store/series.h): everything needed to restore it.
 * Flags and `created_ms` are not listed because every series has them. */
enum kind_state {
    STATE_VALUE = 1u << 0,
    STATE_UPDATED = 1u << 1, /**< updated_ms, from which expiry is computed */
    STATE_CARRY = 1u << 2,
    STATE_BODY = 1u << 3,
    STATE_WINDOW = 1u << 4, /**< the window of a summary, with pages from the pool */
    STATE_PARTS = 1u << 5,  /**< the parts and their order; `value` is computed from them */
    STATE_MACHINE = 1u << 6 /**< kept in machines/, which writes body and value */
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
    bool is_machine;     /**< has no lines; its samples are words, and go to machines/ */
    bool is_relayed;     /**< one process at a time computes the items and sends each */
    bool is_description; /**< its labels describe a process, which has one series of the family:
                              the one that it sent last */

    /* The fields that hold its state (enum kind_state). */
    unsigned state;         /**< if values belong to the host; 0: they never do */
    unsigned own_state;     /**< if values belong to processes; 0: they never do */
    uint32_t words;         /**< of the body, without those that every owned series has, */
    uint32_t words_an_item; /**< plus this many for each item */
};

extern const struct kind_row kind_rows[KIND_COUNT];

/** Find the kind of this type whose values belong to processes (`owned`) or to the host. NULL if
 * there is none. */
const struct kind_row *kind_find(const char *type, bool owned);

#endif
