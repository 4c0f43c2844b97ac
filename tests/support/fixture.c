/* SPDX-License-Identifier: MIT */
#include "fixture.h"
#include "store/store.h"
#include "usual_options.h"

#include "assertions.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "loader/loader.h"

bool fixture_open(struct fixture *fx) {
    fx->store = store_new(fx->object, &fx->set, 42, fx->now);
    fx->ledger = ledger_new(fx->object, &fx->set, 42);
    if (fx->store != NULL)
        fx->breakers_jobs = breakers_jobs_new(fx->object, &fx->set, fx->store, 42, fx->now);
    if (fx->breakers_jobs != NULL && fx->ledger != NULL)
        fx->gate = gate_new(fx->object, &fx->set, fx->store, fx->ledger, fx->breakers_jobs, 42);
    if (fx->gate == NULL)
        fixture_close(fx);
    return fx->gate != NULL;
}

void fixture_close(struct fixture *fx) {
    gate_free(fx->gate);
    breakers_jobs_free(fx->breakers_jobs);
    ledger_free(fx->ledger);
    store_free(fx->store);
    fx->gate = NULL;
    fx->breakers_jobs = NULL;
    fx->ledger = NULL;
    fx->store = NULL;
}

void fixture_init_with(struct fixture *fx, const char *const *catalogs,
                       const struct endpoint_options *options, size_t count) {
    memset(fx, 0, sizeof *fx);
    catalog_set_init(&fx->set);
    for (size_t i = 0; catalogs[i]; i++) {
        struct error error = {0};
        struct catalog *catalog =
            loader_text("test.json", catalogs[i], strlen(catalogs[i]), false, &error);
        cr_assert(catalog != NULL, "%s", error.text);
        catalog_set_add(&fx->set, catalog);
    }
    fixture_endpoints(fx, options, count);
    fx->now = (struct store_time){.mono_ms = 1000, .real_ms = 1700000000000};
    fx->origin = (struct gate_origin){.pid = 100, .uid = 1000, .gid = 1000};
    cr_assert(fixture_open(fx));
}

void fixture_init(struct fixture *fx, const char *const *catalogs) {
    fixture_init_with(fx, catalogs, &usual_options, 1);
}

void fixture_done(struct fixture *fx) {
    fixture_close(fx);
    endpoints_done(&fx->endpoints);
    catalog_set_done(&fx->set);
}

void fixture_endpoints(struct fixture *fx, const struct endpoint_options *options, size_t count) {
    struct error error;
    endpoints_done(&fx->endpoints);
    cr_assert(endpoints_build(&fx->endpoints, &fx->set, options, count, &error), "%s", error.text);
}

void fixture_select(struct fixture *fx, const char *include, const char *exclude) {
    struct endpoint_options options = usual_options;
    options.include = include;
    options.exclude = exclude;
    fixture_endpoints(fx, &options, 1);
}

void fixture_families(struct fixture *fx, const char *families) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "{\"statgate\":1,\"service\":\"test\",\"families\":{%s}}", families);
    const char *catalogs[] = {strbuf_cstr(&text), NULL};
    fixture_init(fx, catalogs);
    strbuf_done(&text);
}

void fixture_send_bytes(struct fixture *fx, const char *data, size_t len, bool truncated) {
    const struct gate_datagram datagram = {
        .data = data, .len = len, .truncated = truncated, .origin = fx->origin};
    cr_assert(gate_batch(fx->gate, &datagram, 1, SIZE_MAX, fx->now) == 1);
}

void fixture_send(struct fixture *fx, const char *datagram) {
    fixture_send_bytes(fx, datagram, strlen(datagram), false);
}

const struct catalog_family *fixture_family(const struct fixture *fx, const char *name) {
    for (size_t i = 0; i < fx->set.family_count; i++)
        if (strcmp(fx->set.families[i]->name, name) == 0)
            return fx->set.families[i];
    cr_assert_fail("no family %s", name);
    return NULL;
}

static void dump_histogram(struct strbuf *out, const struct catalog_family *family,
                           const struct series *series) {
    strbuf_printf(out, " sum=%.17g buckets=[", series->value);
    for (uint32_t i = 0; i <= family->bucket_count; i++)
        strbuf_printf(out, "%s%llu", i == 0 ? "" : " ",
                      (unsigned long long)series_buckets(series)[i]);
    strbuf_putc(out, ']');
}

static void dump_summary(struct fixture *fx, struct strbuf *out,
                         const struct catalog_family *family, const struct series *series) {
    double quantiles[CATALOG_QUANTILES_MAX];
    size_t units;
    strbuf_printf(out, " sum=%.17g count=%llu q=[", series->value,
                  (unsigned long long)series_summary(series)->count);
    if (store_quantiles(fx->store, family, series, fx->now, quantiles, &units))
        for (uint32_t i = 0; i < family->quantile_count; i++)
            strbuf_printf(out, "%s%.17g", i == 0 ? "" : " ", quantiles[i]);
    strbuf_putc(out, ']');
}

static void dump_item(struct strbuf *out, const struct series *series, uint32_t item) {
    if (series_relayed(series)->present >> item & 1)
        strbuf_printf(out, "%.17g", series_relayed(series)->items[item]);
    else
        strbuf_putc(out, '-');
}

static void dump_relayed(struct strbuf *out, const struct catalog_family *family,
                         const struct series *series) {
    strbuf_puts(out, " sum=");
    dump_item(out, series, RELAYED_SUM);
    strbuf_puts(out, " count=");
    dump_item(out, series, RELAYED_COUNT);
    strbuf_puts(out, " q=[");
    for (uint32_t i = 0; i < family->quantile_count; i++) {
        strbuf_puts(out, i == 0 ? "" : " ");
        dump_item(out, series, RELAYED_QUANTILES + i);
    }
    strbuf_putc(out, ']');
}

static void dump_value(struct fixture *fx, struct strbuf *out, const struct catalog_family *family,
                       const struct series *series) {
    if (family->kind->items == ITEMS_BUCKETS)
        dump_histogram(out, family, series);
    else if (family_is_relayed(family))
        dump_relayed(out, family, series);
    else if (family->kind->items == ITEMS_QUANTILES)
        dump_summary(fx, out, family, series);
    else if (family->kind->items == ITEMS_STATES)
        strbuf_printf(
            out, " %s",
            series->value < 0 ? "-" : family->state_label->values[(uint32_t)series->value].text);
    else
        strbuf_printf(out, " %.17g", series->value);
}

static void dump_series(struct fixture *fx, struct strbuf *out, const struct catalog_family *family,
                        const struct series *series) {
    strbuf_puts(out, family->name);
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_value value =
            store_label_value(fx->store, family, i, series_ids(family, series)[i]);
        strbuf_printf(out, "%s%s=\"%.*s\"", i == 0 ? "{" : ",", family->labels[i].name,
                      (int)value.len, value.text);
    }
    if (family->label_count > 0)
        strbuf_putc(out, '}');
    dump_value(fx, out, family, series);
    strbuf_putc(out, '\n');
}

char *fixture_dump(struct fixture *fx, const char *only) {
    struct strbuf out;
    strbuf_init(&out);
    for (size_t i = 0; i < fx->set.family_count; i++) {
        const struct catalog_family *family = fx->set.families[i];
        if (!family_has_lines(family) || (only && strcmp(only, family->name) != 0))
            continue;
        size_t budget = SIZE_MAX;
        cr_assert(store_settle(fx->store, family, &budget));
        struct store_cursor cursor;
        store_cursor_open(fx->store, &cursor, family);
        const struct series *series;
        while ((series = store_cursor_next(fx->store, &cursor, fx->now)))
            dump_series(fx, &out, family, series);
        store_cursor_close(fx->store, &cursor);
    }
    char *text = strdup(strbuf_cstr(&out));
    strbuf_done(&out);
    return text;
}
