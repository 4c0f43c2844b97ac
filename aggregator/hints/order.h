/*
 * order.h - the position that a name would have among the families of a set, or a text among a
 * label's values. Private to hints/.
 *
 * The daemon has no time to compare a word with every candidate, at about 1 µs each. In sorted
 * order, candidates with the same beginning are neighbours.
 */
#ifndef STATGATE_HINTS_ORDER_H
#define STATGATE_HINTS_ORDER_H

#include "catalog/catalog.h"
#include "sg_proto.h"

/** The number of neighbours that are compared. */
enum { ORDER_NEAR_MAX = 100 };

/** Positions `from` to `to` - 1. */
struct order_window {
    size_t from;
    size_t to;
};

/** Index of the set's first family, in order of names, whose name is not before this one. */
size_t order_of_family(const struct catalog_set *set, struct sg_span name);
/** The neighbours of a name among the set's families. */
struct order_window order_near_family(const struct catalog_set *set, struct sg_span name);
/** The neighbours of a text among the label's values. */
struct order_window order_near_value(const struct catalog_label *label, struct sg_span text);

#endif
