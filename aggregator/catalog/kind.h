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

struct kind_row {
    const char *type; /**< as in the catalog file: "counter", "gauge", ... Several may share it */

    uint32_t letters;       /**< that it takes: 1u << enum sg_letter */
    enum kind_start starts; /**< before the first sample */
    enum kind_items items;  /**< of a series */
    bool only_grows;        /**< never below 0, and an increment neither */
    bool has_totals;        /**< lines `_sum` and `_count`, behind those of the items */
    bool has_window;        /**< of window_ms, kept by the store */
    bool is_machine;        /**< no lines; samples are words, and go to machines/ */
    bool is_relayed;        /**< a process computed what it sends, item by item; one at a time */
    bool has_one_each;      /**< a process has one series of the family, the one it named last */
    uint32_t words;         /**< of the body, beside those of every owned one; */
    uint32_t words_an_item; /**< and as many for each item */
    unsigned state;         /**< enum kind_state, where the value is the host's; 0: never is */
    unsigned own_state;     /**< likewise, where values belong to processes */
};

extern const struct kind_row kind_rows[KIND_COUNT];

#endif
