/*
 * items.h - the label values that distinguish the lines of one series: bounds, quantiles, states.
 * Private to view/.
 */
#ifndef STATGATE_VIEW_ITEMS_H
#define STATGATE_VIEW_ITEMS_H

#include "view/view.h"

/** Append the value of the label family_item_label() for item number `item`. */
typedef void item_put_fn(struct strbuf *out, enum exposition_format format,
                         const struct catalog_family *family, uint32_t item);

item_put_fn item_put_bucket;
item_put_fn item_put_quantile;
item_put_fn item_put_state;

#endif
