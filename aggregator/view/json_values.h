/*
 * json_values.h - a series in JSON: its labels and its numbers.
 */
#ifndef STATGATE_VIEW_JSON_VALUES_H
#define STATGATE_VIEW_JSON_VALUES_H

#include "base/json_writer.h"
#include "store/store.h"

/** `"labels":{"a":"b",..}` */
void json_values_put_labels(struct json_writer *json, const struct store *store,
                            const struct catalog_family *family, const struct series *series);

/**
 * The numbers of a series at `now`, by the kind of its family, which must have lines:
 *
 *   histogram  "count","sum","buckets":[{"le":"1.0","count":3},..],"quantiles":{"0.5":..,..}
 *   summary    "count","sum","quantiles":[{"quantile":0.5,"value":0.012},..]
 *   stateset   "value": the state, or null
 *   others     "value": a number
 *
 * A relayed summary has null for a count or sum that its process did not send, and lists only the
 * quantiles that were sent. Returns work units.
 */
typedef size_t json_values_fn(struct json_writer *json, const struct store *store,
                              const struct catalog_family *family, const struct series *series,
                              struct store_time now);

/* Functions for kinds.c. */
json_values_fn json_values_put_value;
json_values_fn json_values_put_buckets;
json_values_fn json_values_put_quantiles;
json_values_fn json_values_put_relayed;
json_values_fn json_values_put_state;

#endif
