/*
 * kinds.h - how the series of each kind of family are shown. Private to view/.
 *
 * One row of functions for each row of catalog/kinds.def; they are NULL for machines, which have no
 * lines. Only kinds.c names kinds.
 */
#ifndef STATGATE_VIEW_KINDS_H
#define STATGATE_VIEW_KINDS_H

#include "view/frame.h"
#include "view/items.h"
#include "view/json_values.h"

struct view_kind {
    frame_numbers_fn *put_numbers; /**< as text */
    item_put_fn *put_item;         /**< NULL: a series has one line */
    json_values_fn *put_json;
};

extern const struct view_kind view_kinds[KIND_COUNT];

#endif
