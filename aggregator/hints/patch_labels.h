/*
 * patch_labels.h - the changes to the labels of a family. Private to hints/.
 */
#ifndef STATGATE_HINTS_PATCH_LABELS_H
#define STATGATE_HINTS_PATCH_LABELS_H

#include "base/json_writer.h"
#include "hints/group.h"

/** The changes to a declared label. */
struct label_change {
    struct sg_span value;  /**< a value to add; at == NULL: none */
    const char *otherwise; /**< new `otherwise`; NULL: unchanged */
    const char *fallback;  /**< new `default`; NULL: unchanged */
    uint32_t max;          /**< new `max`; 0: unchanged */
};

/** The changes to all labels of a family. Spans are borrowed. */
struct patch_labels {
    const struct catalog_family *family;
    struct label_change changes[CATALOG_LABELS_MAX];
    struct sg_tag added[SG_LABELS_MAX]; /**< labels to declare */
    size_t added_count;
    struct sg_span ignored[SG_LABELS_MAX]; /**< labels for `ignore_labels` of the service */
    size_t ignored_count;
    bool all_new; /**< the family itself is new: no earlier line lacks the added labels */
};

/** The changes that the line's tags need; none if the tags lack nothing. Returns false if no change
 * of the catalog helps. */
bool patch_labels_of_line(struct patch_labels *ret_labels, const struct catalog_family *family,
                          struct sg_span tags);
/** Whether the line's tags lack nothing, except perhaps a state or a quantile that the family
 * has. */
bool patch_labels_are_right(const struct catalog_family *family, struct sg_span tags);
/** The changes that the group's label needs. Returns false if no change of the catalog helps. */
bool patch_labels_of_group(struct patch_labels *ret_labels, const struct hints_group *group);
/** Ignore labels that would otherwise be declared. Returns false if not all of them can be. */
bool patch_labels_ignore(struct patch_labels *labels);

/** The number of values of declared label `index` after the changes. */
uint64_t patch_labels_bound(const struct patch_labels *labels, uint32_t index);
/** The same for a label to declare. */
uint64_t patch_labels_added_bound(const struct patch_labels *labels, size_t index);

/** Whether the family's key `labels` changes. */
bool patch_labels_has(const struct patch_labels *labels);
/** Write the key `labels` with the changes. */
void patch_labels_write(struct json_writer *w, const struct patch_labels *labels);
/** Write the service's `ignore_labels`, if it changes. */
void patch_labels_write_ignored(struct json_writer *w, const struct catalog *catalog,
                                const struct sg_span *ignored, size_t count);

#endif
