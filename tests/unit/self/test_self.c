/* The built-in catalog: what it declares, what is published, and that its table in the
 * documentation is current. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "files.h"
#include "loader/loader.h"
#include "postgres/postgres.h"
#include "self/catalog.h"
#include "self/families.h"
#include "self/self.h"

struct stage {
    struct catalog_set set;
    struct store *store;
    struct ledger *ledger;
    struct machines *machines;
    struct gate *gate;
    struct self *self;
};

static const struct store_time now = {.mono_ms = 5, .real_ms = 1700000000000};

/* With the handlers of these endpoints (NULL: none). */
static void open_stage_with(struct stage *stage, const char *text, const char *first,
                            const char *second) {
    struct error error = {0};
    struct error message = {0};
    catalog_set_init(&stage->set);
    struct catalog *shop = loader_text("shop.json", text, strlen(text), false, &error);
    cr_assert(shop && catalog_set_add(&stage->set, shop), "%s", error.text);
    const char *const handlers[] = {first, second};
    const size_t count = first == NULL ? 0 : second == NULL ? 1 : 2;
    cr_assert(self_add_catalogs(&stage->set, handlers, count, &message), "%s", message.text);
    cr_assert(catalog_set_finish(&stage->set, &message), "%s", message.text);
    stage->store = store_new(memory_heap(), NULL, &stage->set, 1, now);
    stage->ledger = ledger_new(memory_heap(), NULL, &stage->set, 1);
    stage->machines = machines_new(memory_heap(), NULL, &stage->set, stage->store, 1, now);
    stage->gate =
        gate_new(memory_heap(), NULL, &stage->set, stage->store, stage->ledger, stage->machines, 1);
    stage->self = self_new(&stage->set, stage->store, stage->ledger, stage->machines, stage->gate);
    cr_assert_not_null(stage->self);
}

static void open_stage_of(struct stage *stage, const char *text) {
    open_stage_with(stage, text, NULL, NULL);
}

static const char shop_text[] = "{\"statgate\":1,\"service\":\"shop\",\"families\":{"
                                "\"a_total\":{\"type\":\"counter\",\"help\":\"\"}}}";

static void open_stage(struct stage *stage) {
    open_stage_of(stage, shop_text);
}

static void close_stage(struct stage *stage) {
    self_free(stage->self);
    gate_free(stage->gate);
    machines_free(stage->machines);
    ledger_free(stage->ledger);
    store_free(stage->store);
    catalog_set_done(&stage->set);
}

static void send_line(struct stage *stage, const char *line) {
    const struct gate_datagram datagram = {
        .data = line, .len = strlen(line), .origin = {.pid = 1, .uid = 1, .gid = 1}};
    (void)gate_batch(stage->gate, &datagram, 1, SIZE_MAX, now);
}

/* The value of a series of this service, by the values of its labels; -1 when there is none. */
static double value_in(const struct stage *stage, const char *service, const char *name,
                       const char *first, const char *second) {
    const struct catalog *own = catalog_set_find(&stage->set, service, strlen(service));
    const struct catalog_family *family = catalog_family_find(own, name, strlen(name));
    cr_assert_not_null(family, "%s", name);
    const char *values[] = {first, second};
    uint32_t ids[2] = {0};
    for (uint32_t i = 0; i < 2 && i < family->label_count && values[i]; i++) {
        const int32_t id = catalog_label_find(&family->labels[i], values[i], strlen(values[i]));
        cr_assert_geq(id, 0);
        ids[i] = (uint32_t)id;
    }
    const struct series *series = store_find(stage->store, family, ids);
    return series ? series->value : -1;
}

static double value_of(const struct stage *stage, const char *name, const char *first,
                       const char *second) {
    return value_in(stage, "statgate", name, first, second);
}

Test(self, counters_are_zero_before_anything_happens) {
    struct stage stage;
    open_stage(&stage);
    cr_expect_eq(value_of(&stage, "statgate_samples_total", "shop", "rejected"), 0);
    cr_expect_eq(value_of(&stage, "statgate_rejected_samples_total", "bad_value", "shop"), 0);
    cr_expect_eq(value_of(&stage, "statgate_series", "shop", NULL), -1, "a gauge is absent");
    close_stage(&stage);
}

Test(self, what_is_published_is_what_the_books_say) {
    struct stage stage;
    open_stage(&stage);
    send_line(&stage, "a_total:1:2|c\na_total:-1|c\nnope:1|c|q:1,4,0");
    send_line(&stage, "a_total:1|c|q:2,3,2");
    send_line(&stage, "a_total:0|c|q:1,9007199254740992,9007199254740991");
    const struct self_inputs inputs = {.queue_capacity = 2048,
                                       .wake_buckets = {1, 2, 0, 0, 0, 0, 0, 3},
                                       .wake_sum = 500,
                                       .scrapes_text = 7,
                                       .cpu_s = 1.5};
    self_publish(stage.self, &inputs, now);
    cr_expect_eq(value_of(&stage, "statgate_samples_total", "shop", "accepted"), 4);
    cr_expect_eq(value_of(&stage, "statgate_samples_total", "shop", "rejected"), 1);
    cr_expect_eq(value_of(&stage, "statgate_samples_total", "(none)", "rejected"), 1);
    cr_expect_eq(value_of(&stage, "statgate_rejected_samples_total", "bad_value", "shop"), 1);
    cr_expect_eq(value_of(&stage, "statgate_client_lost_samples_total", NULL, NULL), 2);
    cr_expect_eq(value_of(&stage, "statgate_client_implausible_reports_total", NULL, NULL), 1);
    cr_expect_eq(value_of(&stage, "statgate_queue_capacity_datagrams", NULL, NULL), 2048);
    cr_expect_eq(value_of(&stage, "statgate_series", "shop", NULL), 1);
    cr_expect_eq(value_of(&stage, "statgate_series_bound", "shop", NULL), 1);
    cr_expect_eq(value_of(&stage, "statgate_scrapes_total", "text", NULL), 7);
    cr_expect_eq(value_of(&stage, "statgate_wake_datagrams", NULL, NULL), 500, "its sum");
    cr_expect_eq(value_of(&stage, "process_cpu_seconds_total", NULL, NULL), 1.5);
    close_stage(&stage);
}

Test(self, no_datagram_reaches_the_built_in_families) {
    struct stage stage;
    open_stage(&stage);
    send_line(&stage, "statgate_datagrams_total:5|c");
    cr_expect_eq(ledger_reasons(stage.ledger, -1)[SG_REJECT_UNKNOWN_FAMILY], 1);
    cr_expect_eq(value_of(&stage, "statgate_datagrams_total", NULL, NULL), 0);
    close_stage(&stage);
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
    open_stage_of(&stage, with_queries);
    cr_assert_eq(stage.set.query_count, 2);
    const struct self_query queries[] = {
        {.up = true, .duration_s = 0.25, .age_s = 1.5, .rows = 7, .rejected = 2, .errors = {3}},
        {.up = false, .duration_s = 2, .age_s = -1, .rows = 9, .errors = {[2] = 1, [7] = 4}}};
    const struct self_inputs inputs = {.queries = queries, .query_count = 2};
    cr_expect_eq(value_of(&stage, "statgate_query_up", "orders", NULL), -1);
    cr_expect_eq(value_of(&stage, "statgate_query_errors_total", users, "sql"), 0,
                 "a counter is there from the start");
    self_publish(stage.self, &inputs, now);
    cr_expect_eq(value_of(&stage, "statgate_query_up", "orders", NULL), 1);
    cr_expect_eq(value_of(&stage, "statgate_query_duration_seconds", "orders", NULL), 0.25);
    cr_expect_eq(value_of(&stage, "statgate_query_age_seconds", "orders", NULL), 1.5);
    cr_expect_eq(value_of(&stage, "statgate_query_rows", "orders", NULL), 7);
    cr_expect_eq(value_of(&stage, "statgate_query_rejected_values", "orders", NULL), 2);
    cr_expect_eq(value_of(&stage, "statgate_query_errors_total", "orders", "connect"), 3);
    cr_expect_eq(value_of(&stage, "statgate_query_errors_total", "orders", "timeout"), 0);
    cr_expect_eq(value_of(&stage, "statgate_query_up", users, NULL), 0);
    cr_expect_eq(value_of(&stage, "statgate_query_duration_seconds", users, NULL), 2);
    cr_expect_eq(value_of(&stage, "statgate_query_age_seconds", users, NULL), -1,
                 "absent before the first good run");
    cr_expect_eq(value_of(&stage, "statgate_query_rows", users, NULL), -1);
    cr_expect_eq(value_of(&stage, "statgate_query_errors_total", users, "timeout"), 1);
    cr_expect_eq(value_of(&stage, "statgate_query_errors_total", users, "too_many_rows"), 4);
    close_stage(&stage);
}

Test(self, a_query_that_never_ended_is_down_and_nothing_else) {
    struct stage stage;
    open_stage_of(&stage, with_queries);
    const struct self_query queries[] = {{.duration_s = -1, .age_s = -1},
                                         {.duration_s = -1, .age_s = -1}};
    const struct self_inputs inputs = {.queries = queries, .query_count = 2};
    self_publish(stage.self, &inputs, now);
    cr_expect_eq(value_of(&stage, "statgate_query_up", "orders", NULL), 0);
    cr_expect_eq(value_of(&stage, "statgate_query_duration_seconds", "orders", NULL), -1);
    cr_expect_eq(value_of(&stage, "statgate_query_rejected_values", "orders", NULL), -1);
    close_stage(&stage);
}

Test(self, without_queries_there_are_no_families_of_queries) {
    struct stage stage;
    open_stage(&stage);
    const struct catalog *own = catalog_set_find(&stage.set, "statgate", 8);
    cr_expect_null(catalog_family_find(own, "statgate_query_up", 17));
    cr_expect_null(catalog_family_find(own, "statgate_query_errors_total", 27));
    close_stage(&stage);
}

/* The collector counts errors by its own enumeration; the label's values are its texts. */
Test(self, reasons_are_those_of_the_collector) {
    cr_assert_eq((int)SELF_QUERY_REASONS, POSTGRES_ERROR_COUNT - 1);
    for (int i = 0; i < SELF_QUERY_REASONS; i++)
        cr_expect_str_eq(self_query_reasons[i], postgres_error_text((enum postgres_error)(i + 1)));
}

static const char requests[] = "promhttp_metric_handler_requests_total";
static const char in_flight[] = "promhttp_metric_handler_requests_in_flight";

Test(self, handlers_report_on_their_endpoints) {
    static const char first[] = "127.0.0.1:8080/metrics";
    static const char second[] = "unix:/run/a \"b\\c/metrics";
    struct stage stage;
    open_stage_with(&stage, shop_text, first, second);
    cr_expect_eq(value_in(&stage, first, requests, "503", NULL), 0, "there from the start");
    cr_expect_eq(value_in(&stage, first, in_flight, NULL, NULL), -1);
    const struct self_handler handlers[] = {
        {.catalog = catalog_set_find(&stage.set, first, strlen(first)),
         .codes = {[SELF_HANDLER_200] = 7, [SELF_HANDLER_500] = 5, [SELF_HANDLER_503] = 3},
         .in_flight = 2},
        {.catalog = catalog_set_find(&stage.set, second, strlen(second)),
         .codes = {[SELF_HANDLER_200] = 1}}};
    const struct self_inputs inputs = {.handlers = handlers, .handler_count = 2};
    self_publish(stage.self, &inputs, now);
    cr_expect_eq(value_in(&stage, first, requests, "200", NULL), 7);
    cr_expect_eq(value_in(&stage, first, requests, "500", NULL), 5);
    cr_expect_eq(value_in(&stage, first, requests, "503", NULL), 3);
    cr_expect_eq(value_in(&stage, first, in_flight, NULL, NULL), 2);
    cr_expect_eq(value_in(&stage, second, requests, "200", NULL), 1);
    cr_expect_eq(value_in(&stage, second, requests, "500", NULL), 0);
    cr_expect_eq(value_in(&stage, second, in_flight, NULL, NULL), 0);
    cr_expect(handlers[0].catalog->internal);
    close_stage(&stage);
}

Test(self, handlers_are_no_services_of_the_books) {
    struct stage stage;
    open_stage_with(&stage, shop_text, "h/metrics", NULL);
    self_publish(stage.self, &(struct self_inputs){0}, now);
    const struct catalog *own = catalog_set_find(&stage.set, "statgate", 8);
    const struct catalog_family *series = catalog_family_find(own, "statgate_series", 15);
    cr_assert_not_null(series);
    cr_expect_eq(series->labels[0].value_count, 2, "shop and statgate");
    cr_expect_eq(store_family_count(stage.store, series), 2);
    send_line(&stage, "promhttp_metric_handler_requests_total:5|c|#code:200");
    cr_expect_eq(ledger_reasons(stage.ledger, -1)[SG_REJECT_UNKNOWN_FAMILY], 1);
    close_stage(&stage);
}

/* The built-in catalog can be made after those of handlers. */
Test(self, handlers_are_passed_over_by_the_built_in_catalog) {
    const char *const handlers[] = {"h/metrics"};
    struct error message = {0};
    struct catalog_set set;
    catalog_set_init(&set);
    cr_assert(self_add_catalogs(&set, handlers, 1, &message), "%s", message.text);
    cr_assert(self_add_catalogs(&set, NULL, 0, &message), "%s", message.text);
    cr_assert_eq(set.count, 3);
    const struct catalog *own = set.catalogs[2];
    const struct catalog_family *series = catalog_family_find(own, "statgate_series", 15);
    cr_expect_eq(series->labels[0].value_count, 1);
    catalog_set_done(&set);
}

/* Texts of promhttp, byte for byte. */
Test(self, handlers_have_the_words_of_promhttp) {
    const char *const handlers[] = {"h/metrics"};
    struct error message = {0};
    struct catalog_set set;
    catalog_set_init(&set);
    cr_assert(self_add_catalogs(&set, handlers, 1, &message), "%s", message.text);
    cr_assert_eq(set.count, 2);
    const struct catalog *handler = set.catalogs[1];
    cr_assert_eq(handler->family_count, 2);
    cr_expect_str_eq(handler->service, "h/metrics");
    cr_expect_str_eq(handler->families[0].name, in_flight);
    cr_expect_str_eq(handler->families[0].help, "Current number of scrapes being served.");
    cr_expect_eq(handler->families[0].kind, &kind_rows[KIND_GAUGE]);
    cr_expect_str_eq(handler->families[1].name, requests);
    cr_expect_str_eq(handler->families[1].help, "Total number of scrapes by HTTP status code.");
    cr_expect_eq(handler->families[1].kind, &kind_rows[KIND_COUNTER]);
    cr_expect_eq(handler->families[1].label_count, 1);
    cr_expect_str_eq(handler->families[1].labels[0].name, "code");
    catalog_set_done(&set);
}

static void write_families(struct strbuf *out) {
    strbuf_puts(out, "| family | type | labels | description |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < SELF_FAMILY_COUNT; i++) {
        const struct self_description *family = &self_families[i];
        strbuf_printf(out, "| `%s` | %s | ", family->name, family->type);
        for (int j = 0; j < 2 && family->labels[j] != SELF_NONE; j++)
            strbuf_printf(out, "%s`%s`", j == 0 ? "" : ", ", self_label_names[family->labels[j]]);
        if (family->labels[0] == SELF_NONE)
            strbuf_puts(out, "none");
        strbuf_printf(out, " | %s |\n", family->help);
    }
}

static void write_handlers(struct strbuf *out) {
    strbuf_puts(out, "| family | type | labels | description |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < SELF_HANDLER_FAMILY_COUNT; i++) {
        const struct self_handler_description *family = &self_handler_families[i];
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
    cr_assert_not_null(text);
    cr_expect_not_null(strstr(text, strbuf_cstr(&table)),
                       "systems/statgate/METRICS.md is stale; its table should be:\n%s",
                       strbuf_cstr(&table));
    cr_expect_not_null(strstr(text, strbuf_cstr(&handlers)),
                       "systems/statgate/METRICS.md is stale; its table of handlers should be:\n%s",
                       strbuf_cstr(&handlers));
    strbuf_done(&table);
    free(text);
    strbuf_done(&handlers);
}
