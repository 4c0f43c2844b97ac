/* The functions that show the series of each kind of family. */
#include "view/kinds.h"

/* One number on one line. */
#define PLAIN                                                                                      \
    { .put_numbers = frame_put_value, .put_json = json_values_put_value }

const struct view_kind view_kinds[KIND_COUNT] = {
    [KIND_COUNTER] = PLAIN,
    [KIND_READING] = PLAIN,
    [KIND_GAUGE] = PLAIN,
    [KIND_UPDOWNCOUNTER] = PLAIN,
    [KIND_HISTOGRAM] = {.put_numbers = frame_put_buckets,
                        .put_item = item_put_bucket,
                        .put_json = json_values_put_buckets},
    [KIND_SUMMARY] = {.put_numbers = frame_put_quantiles,
                      .put_item = item_put_quantile,
                      .put_json = json_values_put_quantiles},
    [KIND_RELAYED] = {.put_numbers = frame_put_relayed,
                      .put_item = item_put_quantile,
                      .put_json = json_values_put_relayed},
    [KIND_INFO] = PLAIN,
    [KIND_STATESET] = {.put_numbers = frame_put_states,
                       .put_item = item_put_state,
                       .put_json = json_values_put_state},
    [KIND_ATTEMPTS] = {0},
    [KIND_JOBS] = {0},
};
