/* The numbers of a series, by kind of its family. */
#include <math.h>

#include "store/store.h"
#include "view/json_values.h"
#include "view/quantile.h"

void json_values_put_labels(struct json_writer *json, const struct store *store,
                            const struct catalog_family *family, const struct series *series) {
    const uint32_t *ids = series_ids(family, series);
    json_open_member(json, "labels", '{');
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_value value = store_label_value(store, family, i, ids[i]);
        json_key(json, family->labels[i].name);
        json_bytes(json, value.text, value.len);
    }
    json_close(json, '}');
}

/* ---- histograms ---- */

static void put_estimates(struct json_writer *json, const struct catalog_family *family,
                          const struct series *series) {
    static const struct {
        const char *text;
        double q;
    } shown[] = {{"0.5", 0.5}, {"0.9", 0.9}, {"0.99", 0.99}};
    json_open_member(json, "quantiles", '{');
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        json_member_number(json, shown[i].text,
                           quantile_estimate(family->buckets, series_buckets(series),
                                             family->bucket_count, shown[i].q));
    json_close(json, '}');
}

size_t json_values_put_buckets(struct json_writer *json, const struct store *store,
                               const struct catalog_family *family, const struct series *series,
                               struct store_time now) {
    (void)store;
    (void)now;
    const uint64_t *counts = series_buckets(series);
    uint64_t total = 0;
    for (uint32_t i = 0; i <= family->bucket_count; i++)
        total += counts[i];
    json_member_u64(json, "count", total);
    json_member_number(json, "sum", series->value);
    json_open_member(json, "buckets", '[');
    uint64_t cumulative = 0;
    for (uint32_t i = 0; i <= family->bucket_count; i++) {
        cumulative += counts[i];
        json_open(json, '{');
        json_key(json, "le");
        json_le(json, i < family->bucket_count ? family->buckets[i] : INFINITY);
        json_member_u64(json, "count", cumulative);
        json_close(json, '}');
    }
    json_close(json, ']');
    put_estimates(json, family, series);
    return family->bucket_count;
}

/* ---- summaries ---- */

static void put_quantile(struct json_writer *json, double quantile, double value) {
    json_open(json, '{');
    json_member_number(json, "quantile", quantile);
    json_member_number(json, "value", value);
    json_close(json, '}');
}

size_t json_values_put_quantiles(struct json_writer *json, const struct store *store,
                                 const struct catalog_family *family, const struct series *series,
                                 struct store_time now) {
    double values[CATALOG_QUANTILES_MAX];
    size_t units = 0;
    json_member_u64(json, "count", series_summary(series)->count);
    json_member_number(json, "sum", series->value);
    json_open_member(json, "quantiles", '[');
    if (store_quantiles(store, family, series, now, values, &units))
        for (uint32_t i = 0; i < family->quantile_count; i++)
            put_quantile(json, family->quantiles[i], values[i]);
    json_close(json, ']');
    return units + family->quantile_count;
}

static void put_item(struct json_writer *json, const char *key,
                     const struct series_relayed *relayed, uint32_t item) {
    json_key(json, key);
    if (relayed->present >> item & 1)
        json_number(json, relayed->items[item]);
    else
        json_text(json, NULL);
}

size_t json_values_put_relayed(struct json_writer *json, const struct store *store,
                               const struct catalog_family *family, const struct series *series,
                               struct store_time now) {
    (void)store;
    (void)now;
    const struct series_relayed *relayed = series_relayed(series);
    put_item(json, "count", relayed, RELAYED_COUNT);
    put_item(json, "sum", relayed, RELAYED_SUM);
    json_open_member(json, "quantiles", '[');
    for (uint32_t i = 0; i < family->quantile_count; i++)
        if (relayed->present >> (RELAYED_QUANTILES + i) & 1)
            put_quantile(json, family->quantiles[i], relayed->items[RELAYED_QUANTILES + i]);
    json_close(json, ']');
    return family->quantile_count;
}

/* ---- the others ---- */

size_t json_values_put_state(struct json_writer *json, const struct store *store,
                             const struct catalog_family *family, const struct series *series,
                             struct store_time now) {
    (void)store;
    (void)now;
    const struct catalog_label *states = family->state_label;
    json_key(json, "value");
    if (series->value < 0) {
        json_text(json, NULL);
        return 0;
    }
    const struct catalog_value *state = &states->values[(uint32_t)series->value];
    json_bytes(json, state->text, state->len);
    return 0;
}

size_t json_values_put_value(struct json_writer *json, const struct store *store,
                             const struct catalog_family *family, const struct series *series,
                             struct store_time now) {
    (void)store;
    (void)family;
    (void)now;
    json_member_number(json, "value", series->value);
    return 0;
}
