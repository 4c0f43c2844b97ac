/* SPDX-License-Identifier: MIT */
/* hints_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_HINTS_HINTS_PRIVATE_H
#define STATGATE_HINTS_HINTS_PRIVATE_H

#include <stdbool.h>

#include "base/json_writer.h"
#include "hints/hints.h"

/* ---- labels: hints for labels and their values. ---- */

/** Which values are allowed for the labels with this fate. */
void hints_labels_hint_values(struct strbuf *out, const struct hints_world *world,
                              const struct gate_trace *trace, enum trace_fate fate);
/** Which table is full, and how to make room. */
void hints_labels_hint_full(struct strbuf *out, const struct hints_world *world,
                            const struct gate_trace *trace);

/* ---- names ----
 * hints for names that no family has or that several services declare. Private to hints/.
 */

/** Whether the family has this name, or has it as an alias. */
bool hints_names_has(const struct catalog_family *family, struct sg_span name);
bool hints_names_has_alias(const struct catalog_family *family, struct sg_span name);

/* ---- order ----
 * the position that a name would have among the families of a set, or a text among a
 * label's values. Private to hints/.
 *
 * The daemon has no time to compare a word with every candidate, at about 1 µs each. In sorted
 * order, candidates with the same beginning are neighbours.
 */

/** The number of neighbours that are compared. */
enum { ORDER_NEAR_MAX = 100 };

/** Positions `from` to `to` - 1. */
struct order_window {
    size_t from;
    size_t to;
};

/** Index of the set's first family, in order of names, whose name is not before this one. */
size_t hints_order_of_family(const struct catalog_set *set, struct sg_span name);
/** The neighbours of a name among the set's families. */
struct order_window hints_order_near_family(const struct catalog_set *set, struct sg_span name);
/** The neighbours of a text among the label's values. */
struct order_window hints_order_near_value(const struct catalog_label *label, struct sg_span text);

/* ---- patch family: a declaration for a name that no catalog declares. ---- */

/** Write a patch (an object) with which this line is accepted. Returns false if the line is nothing
 * that can be declared. */
bool patch_family_write(struct json_writer *w, const struct hints_world *world,
                        struct sg_span line);

/* ---- patch labels: the changes to the labels of a family. ---- */

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
bool hints_patch_labels_of_line(struct patch_labels *ret_labels,
                                const struct catalog_family *family, struct sg_span tags);
/** Whether the line's tags lack nothing, except perhaps a state or a quantile that the family
 * has. */
bool hints_patch_labels_are_right(const struct catalog_family *family, struct sg_span tags);
/** The changes that the group's label needs. Returns false if no change of the catalog helps. */
bool hints_patch_labels_of_group(struct patch_labels *ret_labels, const struct hints_group *group);
/** Ignore labels that would otherwise be declared. Returns false if not all of them can be. */
bool hints_patch_labels_ignore(struct patch_labels *labels);

/** The number of values of declared label `index` after the changes. */
uint64_t hints_patch_labels_bound(const struct patch_labels *labels, uint32_t index);
/** The same for a label to declare. */
uint64_t hints_patch_labels_added_bound(const struct patch_labels *labels, size_t index);

/** Whether the family's key `labels` changes. */
bool hints_patch_labels_has(const struct patch_labels *labels);
/** Write the key `labels` with the changes. */
void hints_patch_labels_write(struct json_writer *w, const struct patch_labels *labels);
/** Write the service's `ignore_labels`, if it changes. */
void hints_patch_labels_write_ignored(struct json_writer *w, const struct catalog *catalog,
                                      const struct sg_span *ignored, size_t count);

/* ---- patch machine ----
 * declarations of attempts and jobs: outcomes, and the families derived from
 * them.
 */

/** Whether the words of the line can be outcomes of a new declaration of attempts. */
bool patch_machine_has_outcomes(const struct sg_line *line);
/** Write `success` and `failure` of a new declaration, as far as the words show which is which. */
void patch_machine_write_outcomes(struct json_writer *w, const struct sg_line *line);
/** The number of series of each combination of labels of the new declaration, in all its
 * families. */
uint64_t patch_machine_series(const struct sg_line *line);
/** The suffix of the name of derived family `index`; NULL after the last. Static. */
const char *patch_machine_part(const struct sg_line *line, size_t index);

/** Outcomes that a declaration of attempts lacks. Spans are borrowed. */
struct patch_outcomes {
    struct sg_span words[CATALOG_WORDS_MAX];
    size_t count;
};

/* ---- patch room ----
 * how many series a patched family can have, and which limits must be raised for
 * them.
 */

/** Limits to write; 0: unchanged. */
struct patch_room {
    uint64_t family;  /**< `max_series` of the family */
    uint64_t service; /**< `max_series` of the service */
};

/** For changed labels. Each function returns false if the catalogs would be refused whatever the
 * limits are, or would become disproportionately large. */
bool patch_room_of_labels(const struct catalog_set *set, const struct patch_labels *labels,
                          struct patch_room *ret_room);
/** For new attempts or jobs with this number of series for each combination of labels. */
bool patch_room_of_new_machine(const struct catalog_set *set, const struct patch_labels *labels,
                               uint64_t series, struct patch_room *ret_room);
/** Whether jobs can have this many additional live ones. */
bool patch_room_has_live(const struct catalog_set *set, uint64_t live);

/* ---- patch text: whether a catalog can contain a text from outside. ---- */

/** As a label's value: UTF-8 of acceptable length, without control characters. */
bool patch_text_is_value(struct sg_span text);
/** Whether the text is one of `texts`. */
bool patch_text_is_among(const struct sg_span *texts, size_t count, struct sg_span text);
/** As the name of a family or a label: [a-zA-Z_][a-zA-Z0-9_]*. */
bool patch_text_is_name(struct sg_span text);
/** As an alias, or an item of `ignore_labels`: any name that does not look like a pattern. */
bool patch_text_is_whole_name(struct sg_span text);

/* ---- patch values ----
 * whether a family would take the values of a line whose name and labels are
 * right.
 */

/** Whether a new series would take all values of the line. */
bool patch_values_fit(const struct catalog_family *family, const struct sg_line *line);
/** The same, if the family took numbers below 0 and every word. */
bool patch_values_are_numbers(const struct catalog_family *family, const struct sg_line *line);

/* ---- reason: what to do about each reason for a rejection. ---- */

/** Append what to do about a line with this trace, part of which was rejected for `reason`. */
void hints_put_reason(struct strbuf *out, const struct hints_world *world,
                      const struct gate_trace *trace, enum sg_reject reason);

#endif
