/*
 * order.h - where a name would stand among the families of a set, or a text among a label's values.
 * Private to hints/.
 *
 * The daemon has no time to compare a word with all it could have been meant to be: some 1 µs each. Those
 * that begin like it stand beside it.
 */
#ifndef STATGATE_HINTS_ORDER_H
#define STATGATE_HINTS_ORDER_H

#include "catalog/catalog.h"
#include "sg_proto.h"

/** So many neighbours are looked at. */
enum { ORDER_NEAR_MAX = 100 };

/** Places `from` to `to` - 1. */
struct order_window {
    size_t from;
    size_t to;
};

/** The first family of the set, in its order of names, whose name is not before this one. */
size_t order_of_family(const struct catalog_set *set, struct sg_span name);
/** Its neighbours. */
struct order_window order_near_family(const struct catalog_set *set, struct sg_span name);
/** Neighbours of a text among the label's values. */
struct order_window order_near_value(const struct catalog_label *label, struct sg_span text);

#endif
