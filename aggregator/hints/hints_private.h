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

/** Whether the family has this name as an alias. */
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

/** Whether a catalog can list the text as a value: UTF-8, not empty, without control characters. */
bool hints_can_be_listed(struct sg_span text);

/* ---- reason: what to do about each reason for a rejection. ---- */

/** Append what to do about a line with this trace, part of which was rejected for `reason`. */
void hints_put_reason(struct strbuf *out, const struct hints_world *world,
                      const struct gate_trace *trace, enum sg_reject reason);

#endif
