/* SPDX-License-Identifier: MIT */
/* The daemon's own numbers continue from those of the daemon before. */
#include "assertions.h"
#include <string.h>

#include "self_metrics/self_metrics.h"
#include "stage.h"
#include "store/store.h"

static const char handler[] = "127.0.0.1:8080/metrics";
static const char requests[] = "promhttp_metric_handler_requests_total";
static const char scrape_duration[] = "statgate_scrape_duration_seconds";
static const struct self_metrics_inputs nothing;

static struct stage stages[2];
static struct stage *before = &stages[0];
static struct stage *after = &stages[1];

static void setup(void) {
    stage_open_with(before, stage_shop, handler, NULL);
    stage_open_with(after, stage_shop, handler, NULL);
}

static void teardown(void) {
    stage_close(before);
    stage_close(after);
}

TestSuite(self_metrics_carry, .init = setup, .fini = teardown);

/* What the store's restore does for the daemon's own series. */
static void copy_family(const struct catalog_family *from, const struct catalog_family *to) {
    size_t budget = SIZE_MAX;
    struct store_cursor cursor;
    (void)store_settle(before->store, from, &budget);
    store_cursor_open(before->store, &cursor, from);
    for (const struct series *series;
         (series = store_cursor_next(before->store, &cursor, stage_now)) != NULL;) {
        struct store_label labels[3] = {{0}};
        for (uint32_t i = 0; i < from->label_count; i++)
            labels[i].id = (int32_t)series_ids(from, series)[i];
        const struct series *copy;
        int folded;
        cr_assert(store_series(after->store, to, labels, stage_now, &copy, &folded) == STORE_FOUND);
        if (to->kind->items == ITEMS_BUCKETS)
            series_put_histogram(to, copy, series_buckets(series), series->value);
        else
            series_put(copy, series->value);
    }
    store_cursor_close(before->store, &cursor);
}

static void take_over(void) {
    for (size_t i = 0; i < before->set.family_count; i++)
        if (before->set.families[i]->catalog->internal)
            copy_family(before->set.families[i], after->set.families[i]);
    self_metrics_carry(after->self, stage_now);
}

static double after_value(const char *name, const char *first, const char *second) {
    return stage_value(after, name, first, second);
}

Test(self_metrics_carry, counters_go_on) {
    const struct self_metrics_inputs first = {
        .scrapes_text = 7, .http_evicted = 3, .crash_skipped = 1, .unread = 9};
    self_metrics_publish(before->self, &first, stage_now);
    take_over();
    cr_expect(after_value("statgate_scrapes_total", "text", NULL) == 7, "nothing is published");
    const struct self_metrics_inputs second = {.scrapes_text = 2};
    self_metrics_publish(after->self, &second, stage_now);
    cr_expect(after_value("statgate_scrapes_total", "text", NULL) == 9);
    cr_expect(after_value("statgate_http_evicted_total", NULL, NULL) == 3);
    cr_expect(after_value("statgate_crash_skipped_datagrams_total", NULL, NULL) == 1);
    cr_expect(after_value("statgate_unread_datagrams_total", NULL, NULL) == 9);
}

Test(self_metrics_carry, gauges_and_the_process_start_again) {
    const struct self_metrics_inputs first = {.http_connections = 5, .cpu_s = 90};
    self_metrics_publish(before->self, &first, stage_now);
    take_over();
    const struct self_metrics_inputs second = {.http_connections = 1, .cpu_s = 0.5};
    self_metrics_publish(after->self, &second, stage_now);
    cr_expect(after_value("statgate_http_connections", NULL, NULL) == 1);
    cr_expect(after_value("process_cpu_seconds_total", NULL, NULL) == 0.5);
}

/* A number that falls without a new beginning is read as a reset. */
Test(self_metrics_carry, seconds_of_the_process_begin_with_it) {
    const struct store_time later = {.mono_ms = stage_now.mono_ms + 5,
                                     .real_ms = stage_now.real_ms + 5};
    const struct series *seconds;
    int label;
    self_metrics_carry(after->self, later);
    for (size_t i = 0; i < after->set.family_count; i++) {
        const struct catalog_family *family = after->set.families[i];
        if (strcmp(family->name, "process_cpu_seconds_total") != 0)
            continue;
        cr_assert(store_series(after->store, family, NULL, later, &seconds, &label) == STORE_FOUND);
        cr_expect(seconds->created_ms == later.real_ms);
    }
    cr_expect(after_value("statgate_scrapes_total", "text", NULL) == 0);
}

/* The books of the next daemon have the samples already. */
Test(self_metrics_carry, what_the_books_carried_counts_once) {
    stage_send(before, "a_total:1|c\na_total:-1|c");
    self_metrics_publish(before->self, &nothing, stage_now);
    stage_send(after, "a_total:1|c\na_total:1|c\na_total:-1|c");
    take_over();
    self_metrics_publish(after->self, &nothing, stage_now);
    cr_expect(after_value("statgate_samples_total", "shop", "accepted") == 2);
    cr_expect(after_value("statgate_samples_total", "shop", "rejected") == 1);
    cr_expect(after_value("statgate_rejected_samples_total", "bad_value", "shop") == 1);
}

/* The books have some of them: those of the table of senders, say, do not go on. */
Test(self_metrics_carry, what_the_books_lack_is_added) {
    stage_send(before, "a_total:1|c\na_total:1|c\na_total:1|c");
    self_metrics_publish(before->self, &nothing, stage_now);
    stage_send(after, "a_total:1|c");
    take_over();
    stage_send(after, "a_total:1|c");
    self_metrics_publish(after->self, &nothing, stage_now);
    cr_expect(after_value("statgate_samples_total", "shop", "accepted") == 4);
}

static const struct series *histogram(struct stage *stage, const char *name) {
    const struct catalog *own = catalog_set_find(&stage->set, "statgate", 8);
    const struct catalog_family *family = catalog_family_find(own, name, strlen(name));
    cr_assert(family != NULL);
    return store_find(stage->store, family, (const uint32_t[]){0});
}

Test(self_metrics_carry, histograms_go_on) {
    const struct self_metrics_inputs first = {.scrape_buckets = {4, [SELF_SCRAPE_BUCKETS] = 1},
                                              .scrape_sum_s = 3.5};
    self_metrics_publish(before->self, &first, stage_now);
    take_over();
    const struct self_metrics_inputs second = {.scrape_buckets = {1, 2}, .scrape_sum_s = 0.25};
    self_metrics_publish(after->self, &second, stage_now);
    const struct series *series = histogram(after, scrape_duration);
    cr_expect(series_buckets(series)[0] == 5);
    cr_expect(series_buckets(series)[1] == 2);
    cr_expect(series_buckets(series)[SELF_SCRAPE_BUCKETS] == 1);
    cr_expect(series->value == 3.75);
}

Test(self_metrics_carry, handlers_go_on) {
    struct self_metrics_handler of = {.catalog =
                                          catalog_set_find(&before->set, handler, strlen(handler)),
                                      .codes = {[SELF_HANDLER_200] = 7, [SELF_HANDLER_503] = 3},
                                      .in_flight = 2};
    self_metrics_publish(before->self,
                         &(struct self_metrics_inputs){.handlers = &of, .handler_count = 1},
                         stage_now);
    take_over();
    of = (struct self_metrics_handler){.catalog =
                                           catalog_set_find(&after->set, handler, strlen(handler)),
                                       .codes = {[SELF_HANDLER_200] = 1}};
    self_metrics_publish(
        after->self, &(struct self_metrics_inputs){.handlers = &of, .handler_count = 1}, stage_now);
    cr_expect(stage_value_in(after, handler, requests, "200", NULL) == 8);
    cr_expect(stage_value_in(after, handler, requests, "503", NULL) == 3);
    cr_expect(stage_value_in(after, handler, "promhttp_metric_handler_requests_in_flight", NULL,
                             NULL) == 0);
}

/* From one daemon to the next, as often as it takes. Sums that no binary fraction is are the same.
 */
Test(self_metrics_carry, nothing_falls_over_many_restores) {
    double shown = 0;
    for (int i = 0; i < 100; i++) {
        const struct self_metrics_inputs inputs = {
            .restarts = {[SELF_CAUSE_CRASH] = 1},
            .pause_sum_s = 0.1,
            .pause_buckets = {[3] = 1},
            .handover_series = {[SELF_RESULT_KEPT] = 10},
            .families_restarted = {[MATCH_MERGE] = i % 2 == 0}};
        self_metrics_publish(before->self, &inputs, stage_now);
        const double sum = histogram(before, "statgate_handover_pause_seconds")->value;
        cr_expect(sum > shown);
        shown = sum;
        take_over();
        struct stage *ended = before;
        before = after;
        after = ended;
        stage_close(ended);
        stage_open_with(ended, stage_shop, handler, NULL);
    }
    const struct series *pause = histogram(before, "statgate_handover_pause_seconds");
    cr_expect(series_buckets(pause)[3] == 100);
    cr_expect(stage_value(before, "statgate_restarts_total", "crash", NULL) == 100);
    cr_expect(stage_value(before, "statgate_restarts_total", "reload", NULL) == 0);
    cr_expect(stage_value(before, "statgate_handover_series_total", "kept", NULL) == 1000);
    cr_expect(stage_value(before, "statgate_families_restarted_total", "merge", NULL) == 50);
    cr_expect(stage_value(before, "statgate_families_restarted_total", "type", NULL) == 0);
}
