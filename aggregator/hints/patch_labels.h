/*
 * patch_labels.h - what to change about the labels of a family. Private to hints/.
 */
#ifndef STATGATE_HINTS_PATCH_LABELS_H
#define STATGATE_HINTS_PATCH_LABELS_H

#include "base/json_writer.h"
#include "hints/group.h"

/** What changes about a label that the family declares. */
struct label_change {
    struct sg_span value;  /**< a further one; at == NULL: none */
    const char *otherwise; /**< NULL: as it is */
    const char *fallback;  /**< `default`, likewise */
    uint32_t max;          /**< 0: as it is */
};

/** What changes about all of them. Spans are borrowed. */
struct patch_labels {
    const struct catalog_family *family;
    struct label_change changes[CATALOG_LABELS_MAX];
    struct sg_tag added[SG_LABELS_MAX]; /**< labels to declare */
    size_t added_count;
    struct sg_span ignored[SG_LABELS_MAX]; /**< labels for `ignore_labels` of the service */
    size_t ignored_count;
    bool all_new; /**< a family to declare: no line so far lacks what is added */
};

/** What the line's tags need; with tags of a line that lacks nothing, nothing. False: no change of
 * the catalog helps. */
bool patch_labels_of_line(struct patch_labels *ret_labels, const struct catalog_family *family,
                          struct sg_span tags);
/** True if the line's tags lack nothing but a state or a quantile that the family has. */
bool patch_labels_are_right(const struct catalog_family *family, struct sg_span tags);
/** What the group's label needs, likewise. */
bool patch_labels_of_group(struct patch_labels *ret_labels, const struct hints_group *group);
/** Have labels that would be declared be ignored instead. False: not all can be. */
bool patch_labels_ignore(struct patch_labels *labels);

/** The number of values that a declared label then has. */
uint64_t patch_labels_bound(const struct patch_labels *labels, uint32_t index);
/** Likewise, a label to declare. */
uint64_t patch_labels_added_bound(const struct patch_labels *labels, size_t index);

/** True when the key `labels` of the family changes. */
bool patch_labels_has(const struct patch_labels *labels);
/** The key `labels` with what changes. */
void patch_labels_write(struct json_writer *w, const struct patch_labels *labels);
/** `ignore_labels` of the service, if it changes. */
void patch_labels_write_ignored(struct json_writer *w, const struct catalog *catalog,
                                const struct sg_span *ignored, size_t count);

#endif
