/*
 * label.h - a label of a family: which values it can have, and the id of each.
 */
#ifndef STATGATE_CATALOG_LABEL_H
#define STATGATE_CATALOG_LABEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fingerprint.h"
#include "catalog/limits.h"

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
    int32_t default_value; /**< id for lines without the label, or -1 (LABEL_CONST: 0) */
    uint64_t bound;        /**< most values that the label can have */
};

/** Whether the values are not in the catalog: they may differ from host to host. */
static inline bool catalog_label_is_outside(const struct catalog_label *label) {
    return label->variable != NULL || label->file != NULL;
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

#endif
