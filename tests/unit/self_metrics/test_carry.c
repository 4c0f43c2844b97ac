/* SPDX-License-Identifier: MIT */
/* The daemon's own numbers continue from those of the daemon before. */
#include "assertions.h"
#include <string.h>

#include "self_metrics/self_metrics.h"
#include "stage.h"
#include "store/store.h"

static const char handler[] = "127.0.0.1:8080/metrics";
static const char requests[] = "promhttp_metric_handler_requests_total";

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
