/* SPDX-License-Identifier: MIT */
/* Checks that must hold for any world, whatever it was made from. */
#include <math.h>
#include <string.h>

#include "catalog/catalog.h"
#include "fuzz_object.h"
#include "store/store.h"

/* ---- series ---- */

static void check_label(const struct fuzz_world *world, const struct catalog_family *family,
                        uint32_t index, const struct series *series) {
    const struct catalog_label *label = &family->labels[index];
    const uint32_t id = series_ids(family, series)[index];
    if (id < label->value_count)
        return;
    CHECK(label->kind == LABEL_PATTERN);
    const struct catalog_value value = store_label_value(world->store, family, index, id);
    CHECK(catalog_pattern_match(label->pattern, value.text, value.len));
    CHECK(catalog_label_find_text(label, value.text, value.len) < 0);
}

static void check_buckets(const struct catalog_family *family, const struct series *series) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i <= family->bucket_count; i++)
        CHECK(!__builtin_add_overflow(sum, series_buckets(series)[i], &sum));
    CHECK(fabs(series->carry) <= 0.5);
    CHECK(isfinite(series->value) && (family->allow_negative || series->value >= 0));
}

static void check_relayed(const struct catalog_family *family, const struct series *series) {
    const struct series_relayed *relayed = series_relayed(series);
    CHECK(relayed->present >> RELAYED_QUANTILES >> family->quantile_count == 0);
    for (uint32_t i = 0; i < RELAYED_QUANTILES + family->quantile_count; i++)
        if (relayed->present >> i & 1)
            CHECK(isfinite(relayed->items[i]) && (i != RELAYED_COUNT || relayed->items[i] >= 0));
}

static void check_quantiles(const struct fuzz_world *world, const struct catalog_family *family,
                            const struct series *series) {
    double quantiles[CATALOG_QUANTILES_MAX];
    size_t units;
    CHECK(isfinite(series->value));
    if (!store_quantiles(world->store, family, series, world->now, quantiles, &units))
        return;
    for (uint32_t i = 0; i < family->quantile_count; i++)
        CHECK(isfinite(quantiles[i]) && (i == 0 || quantiles[i] >= quantiles[i - 1]));
}

static void check_value(const struct fuzz_world *world, const struct catalog_family *family,
                        const struct series *series) {
    if (family->kind->items == ITEMS_BUCKETS)
        check_buckets(family, series);
    else if (family->kind->is_relayed)
        check_relayed(family, series);
    else if (family->kind->items == ITEMS_QUANTILES)
        check_quantiles(world, family, series);
    else if (family->kind->items == ITEMS_STATES)
        CHECK(series->value >= -1 && series->value < family->state_label->value_count &&
              series->value == floor(series->value));
    else
        CHECK(isfinite(series->value) && (!family->kind->only_grows || series->value >= 0));
    if (family->has_floor && !family_is_owned(family))
        CHECK(series->value >= family->floor);
    if (family->kind->is_description)
        CHECK(series->value == 1);
}

/* Checks that a series comes after the one before, in order of the labels' texts. */
static void check_order(const struct fuzz_world *world, const struct catalog_family *family,
                        const struct series *before, const struct series *series) {
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_value a =
            store_label_value(world->store, family, i, series_ids(family, before)[i]);
        const struct catalog_value b =
            store_label_value(world->store, family, i, series_ids(family, series)[i]);
        const size_t len = a.len < b.len ? a.len : b.len;
        int order = memcmp(a.text, b.text, len);
        if (order == 0)
            order = (a.len > b.len) - (a.len < b.len);
        CHECK(order <= 0);
        if (order < 0)
            return;
    }
    CHECK(false);
}

static void check_family(struct fuzz_world *world, const struct catalog_family *family) {
    struct store_cursor cursor;
    const struct series *before = NULL;
    const struct series *series;
    size_t budget = SIZE_MAX;
    CHECK(store_family_count(world->store, family) <= family->bound);
    CHECK(store_settle(world->store, family, &budget));
    store_cursor_open(world->store, &cursor, family);
    while ((series = store_cursor_next(world->store, &cursor, world->now)) != NULL) {
        for (uint32_t i = 0; i < family->label_count; i++)
            check_label(world, family, i, series);
        if (family_has_lines(family))
            check_value(world, family, series);
        if (before != NULL)
            check_order(world, family, before, series);
        before = series;
    }
    store_cursor_close(world->store, &cursor);
}

/* ---- books ---- */

static void check_books(const struct fuzz_world *world) {
    const struct ledger *ledger = world->ledger;
    uint64_t services = tally_total(ledger_former(ledger));
    for (int service = -1; service < (int)world->of->set.count; service++) {
        uint64_t reasons = 0;
        for (int i = 0; i < SG_REJECT_COUNT; i++)
            reasons += ledger_reasons(ledger, service)[i];
        CHECK(reasons == ledger_service(ledger, service)->by_verdict[VERDICT_REJECTED]);
        services += tally_total(ledger_service(ledger, service));
    }
    CHECK(services == tally_total(ledger_total(ledger)));
    uint64_t rows;
    uint64_t senders = tally_total(&ledger_departed(ledger, &rows)->tally);
    for (size_t i = 0; i < ledger_sender_count(ledger); i++)
        senders += tally_total(&ledger_sender_at(ledger, i)->tally);
    CHECK(senders == services);
}

/* ---- views ---- */

static void check_text(struct view *view, const struct fuzz_world *world) {
    struct strbuf out;
    strbuf_init(&out);
    CHECK(view != NULL);
    while (view_step(view, &out, 50, world->now) == VIEW_MORE)
        ;
    view_free(view);
    CHECK(!out.failed);
    strbuf_done(&out);
}

static void check_views(const struct fuzz_world *world) {
    const struct view_source source = {.set = &world->of->set,
                                       .store = world->store,
                                       .ledger = world->ledger,
                                       .breakers_jobs = world->breakers_jobs};
    const struct exposition_options options = {.format = EXPOSITION_OPENMETRICS,
                                               .page = &world->of->endpoints.items[0].all};
    const struct json_query query = {0};
    const char *error;
    breakers_jobs_publish(world->breakers_jobs, world->now);
    check_text(view_exposition(&source, &options), world);
    check_text(view_json_breakers(&source, &query, &error), world);
    check_text(view_json_jobs(&source, &query, &error), world);
    check_text(view_json_senders(&source, &query, &error), world);
}

void fuzz_world_check(struct fuzz_world *world) {
    check_views(world);
    for (size_t i = 0; i < world->of->set.family_count; i++)
        check_family(world, world->of->set.families[i]);
    check_books(world);
    struct store_figures figures;
    store_figures(world->store, &figures);
    CHECK(figures.series <= world->of->set.bound);
}
