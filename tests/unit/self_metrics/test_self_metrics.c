/* SPDX-License-Identifier: MIT */
/* The built-in catalog: what it declares, what is published, and that its table in the
 * documentation is current. */
#include "assertions.h"
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "files.h"
#include "loader/loader.h"
#include "postgres/postgres.h"
#include "self_metrics/self_metrics.h"
#include "stage.h"

Test(self, counters_are_zero_before_anything_happens) {
    struct stage stage;
    stage_open(&stage);
    cr_expect(stage_value(&stage, "statgate_samples_total", "shop", "rejected") == 0);
    cr_expect(stage_value(&stage, "statgate_rejected_samples_total", "bad_value", "shop") == 0);
    cr_expect(stage_value(&stage, "statgate_series", "shop", NULL) == -1, "a gauge is absent");
    stage_close(&stage);
}

Test(self, what_is_published_is_what_the_books_say) {
    struct stage stage;
    stage_open(&stage);
    stage_send(&stage, "a_total:1:2|c\na_total:-1|c\nnope:1|c|q:1,4,0");
    stage_send(&stage, "a_total:1|c|q:2,3,2");
    stage_send(&stage, "a_total:0|c|q:1,9007199254740992,9007199254740991");
    const struct self_metrics_inputs inputs = {.queue_capacity = 2048,
                                               .wake_buckets = {1, 2, 0, 0, 0, 0, 0, 3},
                                               .wake_sum = 500,
                                               .scrapes_text = 7,
                                               .cpu_s = 1.5};
    self_metrics_publish(stage.self, &inputs, stage_now);
    cr_expect(stage_value(&stage, "statgate_samples_total", "shop", "accepted") == 4);
    cr_expect(stage_value(&stage, "statgate_samples_total", "shop", "rejected") == 1);
    cr_expect(stage_value(&stage, "statgate_samples_total", "(none)", "rejected") == 1);
    cr_expect(stage_value(&stage, "statgate_rejected_samples_total", "bad_value", "shop") == 1);
    cr_expect(stage_value(&stage, "statgate_client_lost_samples_total", NULL, NULL) == 2);
    cr_expect(stage_value(&stage, "statgate_client_implausible_reports_total", NULL, NULL) == 1);
    cr_expect(stage_value(&stage, "statgate_queue_capacity_datagrams", NULL, NULL) == 2048);
    cr_expect(stage_value(&stage, "statgate_series", "shop", NULL) == 1);
    cr_expect(stage_value(&stage, "statgate_series_bound", "shop", NULL) == 1);
    cr_expect(stage_value(&stage, "statgate_scrapes_total", "text", NULL) == 7);
    cr_expect(stage_value(&stage, "statgate_wake_datagrams", NULL, NULL) == 500, "its sum");
    cr_expect(stage_value(&stage, "process_cpu_seconds_total", NULL, NULL) == 1.5);
    stage_close(&stage);
}

/* Counts that have not changed are not put again. */
Test(self, each_change_is_published) {
    static const struct self_metrics_inputs nothing;
    struct stage stage;
    stage_open(&stage);
    for (int i = 1; i <= 3; i++) {
        stage_send(&stage, "a_total:1|c\na_total:x|c");
        for (int again = 0; again < 2; again++) {
            self_metrics_publish(stage.self, &nothing, stage_now);
            cr_expect(stage_value(&stage, "statgate_samples_total", "shop", "accepted") == i);
            cr_expect(stage_value(&stage, "statgate_rejected_samples_total", "bad_value", "shop") ==
                      i);
            cr_expect(stage_value(&stage, "statgate_series", "shop", NULL) == 1);
        }
    }
    stage_close(&stage);
}

Test(self, no_datagram_reaches_the_built_in_families) {
    struct stage stage;
    stage_open(&stage);
    stage_send(&stage, "statgate_datagrams_total:5|c");
    cr_expect(ledger_reasons(stage.ledger, -1)[SG_REJECT_UNKNOWN_FAMILY] == 1);
    cr_expect(stage_value(&stage, "statgate_datagrams_total", NULL, NULL) == 0);
    stage_close(&stage);
}

static const char with_queries[] =
    "{\"statgate\":1,\"service\":\"shop\",\"databases\":{\"main\":{\"conninfo\":\"\"}},"
    "\"families\":{\"orders\":{\"type\":\"gauge\",\"help\":\"\"},"
    "\"users\":{\"type\":\"gauge\",\"help\":\"\"}},"
    "\"queries\":["
    "{\"database\":\"main\",\"sql\":\"select 1 as n\",\"values\":{\"orders\":\"n\"}},"
    "{\"name\":\"all_users\",\"database\":\"main\","
    "\"sql\":\"select 1 as n\",\"values\":{\"users\":\"n\"}}]}";
static const char users[] = "all_users";

Test(self, queries_report_how_they_do) {
    struct stage stage;
    stage_open_of(&stage, with_queries);
    cr_assert(stage.set.query_count == 2);
    struct self_metrics_query queries[] = {
        {.up = true, .duration_s = 0.25, .age_s = 1.5, .rows = 7, .rejected = 2, .errors = {3}},
        {.up = false, .duration_s = 2, .age_s = -1, .rows = 9, .errors = {[2] = 1, [7] = 4}}};
    const struct self_metrics_inputs inputs = {.queries = queries, .query_count = 2};
    cr_expect(stage_value(&stage, "statgate_query_up", "orders", NULL) == -1);
    cr_expect(stage_value(&stage, "statgate_query_errors_total", users, "sql") == 0,
              "a counter is there from the start");
    self_metrics_publish(stage.self, &inputs, stage_now);
    cr_expect(stage_value(&stage, "statgate_query_up", "orders", NULL) == 1);
    cr_expect(stage_value(&stage, "statgate_query_duration_seconds", "orders", NULL) == 0.25);
    cr_expect(stage_value(&stage, "statgate_query_age_seconds", "orders", NULL) == 1.5);
    cr_expect(stage_value(&stage, "statgate_query_rows", "orders", NULL) == 7);
    cr_expect(stage_value(&stage, "statgate_query_rejected_values", "orders", NULL) == 2);
    cr_expect(stage_value(&stage, "statgate_query_errors_total", "orders", "connect") == 3);
    cr_expect(stage_value(&stage, "statgate_query_errors_total", "orders", "timeout") == 0);
    cr_expect(stage_value(&stage, "statgate_query_up", users, NULL) == 0);
    cr_expect(stage_value(&stage, "statgate_query_duration_seconds", users, NULL) == 2);
    cr_expect(stage_value(&stage, "statgate_query_age_seconds", users, NULL) == -1,
              "absent before the first good run");
    cr_expect(stage_value(&stage, "statgate_query_rows", users, NULL) == -1);
    cr_expect(stage_value(&stage, "statgate_query_errors_total", users, "timeout") == 1);
    cr_expect(stage_value(&stage, "statgate_query_errors_total", users, "too_many_rows") == 4);
    stage_close(&stage);
}

Test(self, a_query_that_never_ended_is_down_and_nothing_else) {
    struct stage stage;
    stage_open_of(&stage, with_queries);
    struct self_metrics_query queries[] = {{.duration_s = -1, .age_s = -1},
                                           {.duration_s = -1, .age_s = -1}};
    const struct self_metrics_inputs inputs = {.queries = queries, .query_count = 2};
    self_metrics_publish(stage.self, &inputs, stage_now);
    cr_expect(stage_value(&stage, "statgate_query_up", "orders", NULL) == 0);
    cr_expect(stage_value(&stage, "statgate_query_duration_seconds", "orders", NULL) == -1);
    cr_expect(stage_value(&stage, "statgate_query_rejected_values", "orders", NULL) == -1);
    stage_close(&stage);
}

Test(self, without_queries_there_are_no_families_of_queries) {
    struct stage stage;
    stage_open(&stage);
    const struct catalog *own = catalog_set_find(&stage.set, "statgate", 8);
    cr_expect(catalog_family_find(own, "statgate_query_up", 17) == NULL);
    cr_expect(catalog_family_find(own, "statgate_query_errors_total", 27) == NULL);
    stage_close(&stage);
}

/* The collector counts errors by its own enumeration; the label's values are its texts. */
Test(self, reasons_are_those_of_the_collector) {
    cr_assert((int)SELF_QUERY_REASONS == POSTGRES_ERROR_COUNT - 1);
    for (int i = 0; i < SELF_QUERY_REASONS; i++)
        cr_expect(eq(str, self_metrics_query_reasons[i],
                     postgres_error_text((enum postgres_error)(i + 1))));
}

static const char requests[] = "promhttp_metric_handler_requests_total";
static const char in_flight[] = "promhttp_metric_handler_requests_in_flight";

Test(self, handlers_report_on_their_endpoints) {
    static const char first[] = "127.0.0.1:8080/metrics";
    static const char second[] = "unix:/run/a \"b\\c/metrics";
    struct stage stage;
    stage_open_with(&stage, stage_shop, first, second);
    cr_expect(stage_value_in(&stage, first, requests, "503", NULL) == 0, "there from the start");
    cr_expect(stage_value_in(&stage, first, in_flight, NULL, NULL) == -1);
    struct self_metrics_handler handlers[] = {
        {.catalog = catalog_set_find(&stage.set, first, strlen(first)),
         .codes = {[SELF_HANDLER_200] = 7, [SELF_HANDLER_500] = 5, [SELF_HANDLER_503] = 3},
         .in_flight = 2},
        {.catalog = catalog_set_find(&stage.set, second, strlen(second)),
         .codes = {[SELF_HANDLER_200] = 1}}};
    const struct self_metrics_inputs inputs = {.handlers = handlers, .handler_count = 2};
    self_metrics_publish(stage.self, &inputs, stage_now);
    cr_expect(stage_value_in(&stage, first, requests, "200", NULL) == 7);
    cr_expect(stage_value_in(&stage, first, requests, "500", NULL) == 5);
    cr_expect(stage_value_in(&stage, first, requests, "503", NULL) == 3);
    cr_expect(stage_value_in(&stage, first, in_flight, NULL, NULL) == 2);
    cr_expect(stage_value_in(&stage, second, requests, "200", NULL) == 1);
    cr_expect(stage_value_in(&stage, second, requests, "500", NULL) == 0);
    cr_expect(stage_value_in(&stage, second, in_flight, NULL, NULL) == 0);
    cr_expect(handlers[0].catalog->internal);
    stage_close(&stage);
}

Test(self, handlers_are_no_services_of_the_books) {
    struct stage stage;
    stage_open_with(&stage, stage_shop, "h/metrics", NULL);
    self_metrics_publish(stage.self, &(struct self_metrics_inputs){0}, stage_now);
    const struct catalog *own = catalog_set_find(&stage.set, "statgate", 8);
    const struct catalog_family *series = catalog_family_find(own, "statgate_series", 15);
    cr_assert(series != NULL);
    cr_expect(series->labels[0].value_count == 2, "shop and statgate");
    cr_expect(store_family_count(stage.store, series) == 2);
    stage_send(&stage, "promhttp_metric_handler_requests_total:5|c|#code:200");
    cr_expect(ledger_reasons(stage.ledger, -1)[SG_REJECT_UNKNOWN_FAMILY] == 1);
    stage_close(&stage);
}

/* The built-in catalog can be made after those of handlers. */
Test(self, handlers_are_passed_over_by_the_built_in_catalog) {
    const char *const handlers[] = {"h/metrics"};
    struct error message = {0};
    struct catalog_set set;
    catalog_set_init(&set);
    cr_assert(self_metrics_add_catalogs(&set, handlers, 1, &message), "%s", message.text);
    cr_assert(self_metrics_add_catalogs(&set, NULL, 0, &message), "%s", message.text);
    cr_assert(set.count == 3);
    const struct catalog *own = set.catalogs[2];
    const struct catalog_family *series = catalog_family_find(own, "statgate_series", 15);
    cr_expect(series->labels[0].value_count == 1);
    catalog_set_done(&set);
}

/* Texts of promhttp, byte for byte. */
Test(self, handlers_have_the_words_of_promhttp) {
    const char *const handlers[] = {"h/metrics"};
    struct error message = {0};
    struct catalog_set set;
    catalog_set_init(&set);
    cr_assert(self_metrics_add_catalogs(&set, handlers, 1, &message), "%s", message.text);
    cr_assert(set.count == 2);
    const struct catalog *handler = set.catalogs[1];
    cr_assert(handler->family_count == 2);
    cr_expect(eq(str, handler->service, "h/metrics"));
    cr_expect(eq(str, handler->families[0].name, in_flight));
    cr_expect(eq(str, handler->families[0].help, "Current number of scrapes being served."));
    cr_expect(handler->families[0].kind == &catalog_kind_rows[KIND_GAUGE]);
    cr_expect(eq(str, handler->families[1].name, requests));
    cr_expect(eq(str, handler->families[1].help, "Total number of scrapes by HTTP status code."));
    cr_expect(handler->families[1].kind == &catalog_kind_rows[KIND_COUNTER]);
    cr_expect(handler->families[1].label_count == 1);
    cr_expect(eq(str, handler->families[1].labels[0].name, "code"));
    catalog_set_done(&set);
}

static void write_families(struct strbuf *out) {
    strbuf_puts(out, "| family | type | labels | description |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < SELF_FAMILY_COUNT; i++) {
        const struct self_metrics_description *family = &self_metrics_families[i];
        strbuf_printf(out, "| `%s` | %s | ", family->name, family->type);
        for (int j = 0; j < SELF_LABELS_MAX && family->labels[j] != SELF_NONE; j++)
            strbuf_printf(out, "%s`%s`", j == 0 ? "" : ", ",
                          self_metrics_label_names[family->labels[j]]);
        if (family->labels[0] == SELF_NONE)
            strbuf_puts(out, "none");
        strbuf_printf(out, " | %s |\n", family->help);
    }
}

static void write_handlers(struct strbuf *out) {
    strbuf_puts(out, "| family | type | labels | description |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < SELF_HANDLER_FAMILY_COUNT; i++) {
        const struct self_metrics_handler_description *family = &self_metrics_handler_families[i];
        strbuf_printf(out, "| `%s` | %s | %s | %s |\n", family->name, family->type,
                      family->has_code ? "`code`" : "none", family->help);
    }
}

Test(self, the_tables_in_the_documentation_are_current) {
    struct strbuf table;
    struct strbuf handlers;
    strbuf_init(&table);
    strbuf_init(&handlers);
    write_families(&table);
    write_handlers(&handlers);
    char *text = files_read("../packaging/systems/statgate/METRICS.md", NULL);
    cr_assert(text != NULL);
    cr_expect(strstr(text, strbuf_cstr(&table)) != NULL,
              "systems/statgate/METRICS.md is stale; its table should be:\n%s",
              strbuf_cstr(&table));
    cr_expect(strstr(text, strbuf_cstr(&handlers)) != NULL,
              "systems/statgate/METRICS.md is stale; its table of handlers should be:\n%s",
              strbuf_cstr(&handlers));
    strbuf_done(&table);
    free(text);
    strbuf_done(&handlers);
}
