/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <string.h>

#include "assertions.h"
#include "loader/loader.h"

const char *const fixture_catalogs[] = {
    "{\"statgate\":1,\"service\":\"alpha\",\"families\":{"
    "\"a_total\":{\"type\":\"counter\",\"help\":\"\"},"
    "\"b\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{\"x\":{\"values\":[\"1\"],"
    "\"otherwise\":\"2\"}}}}}",
    "{\"statgate\":1,\"service\":\"beta\",\"families\":{"
    "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}},"
    "\"attempts\":{\"d\":{\"success\":[\"ok\"],\"failure\":[\"bad\"]}}}",
    "{\"statgate\":1,\"service\":\"own\",\"families\":{"
    "\"e_total\":{\"type\":\"counter\",\"help\":\"\"}}}",
    NULL};

void fixture_load(struct fixture *fixture, const char *const *texts) {
    struct error error;
    memset(fixture, 0, sizeof *fixture);
    catalog_set_init(&fixture->set);
    for (; *texts != NULL; texts++) {
        struct catalog *catalog = loader_text("test.json", *texts, strlen(*texts), false, &error);
        cr_assert(ne(ptr, catalog, NULL), "%s", error.text);
        catalog->internal = strcmp(catalog->service, "own") == 0;
        catalog_set_add(&fixture->set, catalog);
    }
    cr_assert(catalog_set_finish(&fixture->set, &error), "%s", error.text);
    fixture->mono_ms = 1000000;
    fixture->real_ms = 1800000000000;
    fixture->ledger = ledger_new(NULL, &fixture->set, 7);
    cr_assert(ne(ptr, fixture->ledger, NULL));
}

bool fixture_make(struct fixture *fixture, struct object *object) {
    fixture->history = history_new(object, &fixture->set, fixture->ledger);
    return fixture->history != NULL;
}

void fixture_init(struct fixture *fixture) {
    fixture_load(fixture, fixture_catalogs);
    cr_assert(fixture_make(fixture, NULL));
    pass_ms(fixture, 0);
}

void fixture_done(struct fixture *fixture) {
    history_free(fixture->history);
    ledger_free(fixture->ledger);
    catalog_set_done(&fixture->set);
}

const struct sender *sends(struct fixture *fixture, int32_t pid) {
    bool is_new;
    ledger_traffic(fixture->ledger)->datagrams++;
    return ledger_sender(fixture->ledger, pid, 1000, 100, fixture->real_ms, &is_new);
}

void accepts(struct fixture *fixture, int32_t pid, uint32_t service, uint64_t count) {
    ledger_accept(fixture->ledger, sends(fixture, pid), service, count);
}

void pass_ms(struct fixture *fixture, int64_t ms) {
    size_t budget = SIZE_MAX;
    fixture->mono_ms += ms;
    fixture->real_ms += ms;
    cr_assert(history_tick(fixture->history, fixture->mono_ms, &budget));
}

void pass(struct fixture *fixture, int seconds) {
    for (int i = 0; i < seconds; i++)
        pass_ms(fixture, 1000);
}

void expect_curve(const struct fixture *fixture, int service, enum history_curve curve,
                  enum history_span span, uint32_t count, const char *expected) {
    static struct history_points points;
    cr_assert(history_curve(fixture->history, service, curve, span, &points));
    struct strbuf text;
    strbuf_init(&text);
    for (uint32_t i = points.count - count; i < points.count; i++) {
        strbuf_puts(&text, i > points.count - count ? " " : "");
        if (points.values[i] == HISTORY_UNKNOWN)
            strbuf_puts(&text, "-");
        else
            strbuf_printf(&text, "%u", points.values[i]);
    }
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&text), (char *)(uintptr_t)expected));
    strbuf_done(&text);
}
