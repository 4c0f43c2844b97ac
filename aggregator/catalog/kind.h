/*
 * kind.h - the kinds of family, and how they differ.
 *
 * A kind is a row of kinds.def. Code that depends on the kind reads a column and does not compare
 * kinds. So a new kind takes a row here, a row of functions in store/kinds.c and in view/kinds.c,
 * and its sentences in statgate/explain/kinds.c. What every family has (labels, limits, whose value
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

/** Which series of a family exist before its first sample. */
enum kind_start {
    STARTS_ABSENT,  /**< none */
    STARTS_AT_ZERO, /**< the one without labels, or all with `zeros`, with the value 0 */
    STARTS_WITH_ALL /**< every combination of labels, also those with `otherwise` */
};

/** What the lines of a series are, if it has several. */
enum kind_items {
    ITEMS_NONE, /**< one line */
    ITEMS_BUCKETS,
    ITEMS_QUANTILES,
    ITEMS_STATES
};

/** The fields that hold the state of a series (struct series in store.h): all that is needed to
 * restore it. Flags and `created_ms` are not listed, every series has them. */
enum kind_state {
    STATE_VALUE = 1u << 0,
    STATE_UPDATED = 1u << 1, /**< updated_ms, by which it expires */
    STATE_CARRY = 1u << 2,
    STATE_BODY = 1u << 3,
    STATE_WINDOW = 1u << 4, /**< its window, with pages from the pool */
    STATE_PARTS = 1u << 5,  /**< the parts and their order; `value` is computed from them */
    STATE_MACHINE = 1u << 6 /**< in machines/, which writes body and value */
};

/** Whose value a series shows, and what happens to it when a process ends. */
enum family_merge {
    MERGE_NONE,         /**< one value of the host */
    MERGE_SUM,          /**< of the parts of live processes; a part ends with its process */
    MERGE_MIN,          /**< likewise */
    MERGE_MAX,          /**< likewise */
    MERGE_READING,      /**< counter: readings of live processes, and the last of ended ones */
    MERGE_READING_DROP, /**< counter: readings of live processes only */
    MERGE_LATEST        /**< info, relayed summary: what the last live process to write sent */
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
    const char *article; /**< of `noun`. NULL for machines, as are noun, open_metrics and text */
    const char *noun;    /**< in a sentence */
    const char *title;   /**< the type, in documentation */
    const char *name;    /**< the kind, in documentation */
    const char *sample;  /**< what a sample does, continuing "A sample ..." */
    const char *examples[KIND_EXAMPLES_MAX]; /**< value and letter. NULL: the examples depend on
                                                  more of the family than its labels */

    /* Output. */
    const char *open_metrics; /**< its type in OpenMetrics */
    const char *text;         /**< its type in text 0.0.4, which has fewer types */
    const char *suffix; /**< that the name must have, or ""; not in OpenMetrics' family names */
    bool lends_stem;    /**< its name without the suffix is free for a family with takes_stem */
    bool takes_stem;
    enum kind_items items;
    const char *item_label;  /**< that distinguishes the items; NULL: it has the family's name */
    const char *item_suffix; /**< of the names of the items' samples; NULL: none */
    bool has_totals;         /**< lines `_sum` and `_count`, after those of the items */
    bool has_created;        /**< OpenMetrics defines a `_created` sample */

    /* Where its values come from. */
    uint32_t letters; /**< that it accepts: 1u << enum sg_letter */
    unsigned keys;    /**< enum kind_keys; the first kind of a type has all keys of the type */
    bool from_query;  /**< a query may provide its values */
    enum family_merge merge; /**< unless the catalog sets another */
    enum kind_start starts;
    bool only_grows;     /**< neither the value nor an increment is below 0 */
    bool has_window;     /**< over window_ms, kept by the store */
    bool is_machine;     /**< no lines; samples are words, and go to machines/ */
    bool is_relayed;     /**< a process computes the items and sends each; one process at a time */
    bool is_description; /**< its labels describe a process. A process has one series of the
                              family, the one it sent last */

    /* The fields that hold its state (enum kind_state). */
    unsigned state;         /**< when values belong to the host; 0: they never do */
    unsigned own_state;     /**< when values belong to processes; 0: they never do */
    uint32_t words;         /**< of the body, without those that every owned series has, */
    uint32_t words_an_item; /**< plus so many for each item */
};

extern const struct kind_row kind_rows[KIND_COUNT];

/** The kind of this type whose values belong to processes (`owned`) or to the host. NULL if there is
 * none. */
const struct kind_row *kind_find(const char *type, bool owned);

#endif
