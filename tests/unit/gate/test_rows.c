/* SPDX-License-Identifier: MIT */
/* Rows of queries: checked like datagrams, combined as declared, counted in the ledger. */
#include "assertions.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "gate/gate.h"
#include "loader/loader.h"
#include "store/store.h"
#include "usual_options.h"

static struct fixture fx;

/* Loads a catalog whose families are filled from rows, except for those named `pushed`. */
static void open_rows(const char *families) {
    char text[4096];
    struct error problem = {0};
    (void)snprintf(text, sizeof text, "{\"statgate\":1,\"service\":\"test\",\"families\":{%s}}",
                   families);
    memset(&fx, 0, sizeof fx);
    catalog_set_init(&fx.set);
    struct catalog *catalog = loader_text("test.json", text, strlen(text), false, &problem);
    cr_assert(catalog != NULL, "%s", problem.text);
    for (size_t i = 0; i < catalog->family_count; i++)
        if (!strstr(catalog->families[i].name, "pushed"))
            catalog->families[i].source = SOURCE_QUERY;
    catalog_set_add(&fx.set, catalog);
    cr_assert(endpoints_build(&fx.endpoints, &fx.set, &usual_options, 1, &problem), "%s",
              problem.text);
    fx.now = (struct store_time){.mono_ms = 1000, .real_ms = 1700000000000};
    fx.origin = (struct gate_origin){.pid = 100, .uid = 1000, .gid = 1000};
    fx.store = store_new(NULL, &fx.set, 42, fx.now);
    fx.ledger = ledger_new(NULL, &fx.set, 42);
    fx.breakers_jobs = breakers_jobs_new(NULL, &fx.set, fx.store, 42, fx.now);
    fx.gate = gate_new(NULL, &fx.set, fx.store, fx.ledger, fx.breakers_jobs, 42);
    cr_assert(fx.store && fx.ledger && fx.breakers_jobs && fx.gate);
}

static void start_set(const char *family) {
    size_t budget = SIZE_MAX;
    cr_assert(store_set_begin(fx.store, fixture_family(&fx, family), &budget));
}

/* Applies a row with these label values, like "a,b"; `-` stands for NULL. */
static struct gate_row_verdict row(const char *name, const char *labels, double value,
                                   enum query_combine combine) {
    const struct catalog_family *family = fixture_family(&fx, name);
    struct sg_span spans[CATALOG_LABELS_MAX] = {{0}};
    for (uint32_t i = 0; i < family->label_count; i++) {
        const size_t len = strcspn(labels, ",");
        if (!(len == 1 && *labels == '-'))
            spans[i] = (struct sg_span){.at = labels, .len = len};
        labels += len + (labels[len] == ',');
    }
    return gate_row(fx.gate, family, spans, value, combine, fx.now);
}

static void accept(const char *family, const char *labels, double value,
                   enum query_combine combine) {
    const struct gate_row_verdict verdict = row(family, labels, value, combine);
    cr_expect(verdict.verdict == VERDICT_ACCEPTED, "%s %s", family, labels);
    cr_expect(verdict.reason == SG_REJECT_NONE);
    cr_expect(verdict.label == -1);
    cr_expect(not(verdict.duplicate));
}

static void expect(struct gate_row_verdict verdict, enum verdict expected, enum sg_reject reason,
                   int label) {
    cr_expect(verdict.verdict == expected, "%s", ledger_verdict_text(verdict.verdict));
    cr_expect(verdict.reason == reason, "%s", sg_reject_text(verdict.reason));
    cr_expect(verdict.label == label, "%d", verdict.label);
    cr_expect(not(verdict.duplicate));
}

static void reject(const char *family, const char *labels, double value, enum sg_reject reason,
                   int label) {
    expect(row(family, labels, value, COMBINE_SUM), VERDICT_REJECTED, reason, label);
}

static void shows(const char *family, const char *expected) {
    store_set_commit(fx.store, fixture_family(&fx, family));
    char *text = fixture_dump(&fx, family);
    cr_expect(eq(str, text, expected));
    free(text);
}

static uint64_t cell(const uint64_t *cells, uint32_t label, enum sg_reject reason) {
    return cells ? cells[label * SG_REJECT_COUNT + reason] : 0;
}

static uint64_t books(const char *name) {
    const struct catalog_family *family = fixture_family(&fx, name);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < (family->label_count + 1) * SG_REJECT_COUNT; i++)
        sum += cell(ledger_family_rejected(fx.ledger, family), 0, (enum sg_reject)i) +
               cell(ledger_family_folded(fx.ledger, family), 0, (enum sg_reject)i);
    return sum;
}

#define STATES "\"labels\":{\"state\":[\"done\",\"open\"]}"

Test(rows, labels_are_checked_as_those_of_datagrams) {
    const char *labels = "\"labels\":{\"a\":{\"values\":[\"x\",\"y\"],\"default\":\"y\"},"
                         "\"b\":{\"values\":[\"p\",\"q\"],\"otherwise\":\"rest\"},"
                         "\"c\":{\"pattern\":\"[a-z]{1,4}\",\"max\":9}}";
    char families[1024];
    (void)snprintf(families, sizeof families,
                   "\"g\":{\"type\":\"gauge\",\"help\":\"\",%s},"
                   "\"pushed\":{\"type\":\"gauge\",\"help\":\"\",%s}",
                   labels, labels);
    static const struct {
        const char *values;
        const char *line;
        enum verdict verdict;
        enum sg_reject reason;
        int label;
    } cases[] = {
        {"x,p,abc", "a:x,b:p,c:abc", VERDICT_ACCEPTED, SG_REJECT_NONE, -1},
        {"-,q,b", "b:q,c:b", VERDICT_ACCEPTED, SG_REJECT_NONE, -1},
        {"x,what,b", "a:x,b:what,c:b", VERDICT_FOLDED, SG_REJECT_LABEL_VALUE, 1},
        {"x,,b", "a:x,b:,c:b", VERDICT_FOLDED, SG_REJECT_LABEL_VALUE, 1},
        {"z,p,abc", "a:z,b:p,c:abc", VERDICT_REJECTED, SG_REJECT_LABEL_VALUE, 0},
        {"z,what,abc", "a:z,b:what,c:abc", VERDICT_REJECTED, SG_REJECT_LABEL_VALUE, 0},
        {"x,what,ABC", "a:x,b:what,c:ABC", VERDICT_REJECTED, SG_REJECT_LABEL_VALUE, 2},
        {"x,p,abcde", "a:x,b:p,c:abcde", VERDICT_REJECTED, SG_REJECT_LABEL_VALUE, 2},
        {"x,p,", "a:x,b:p,c:", VERDICT_REJECTED, SG_REJECT_LABEL_VALUE, 2},
        {"x,-,b", "a:x,c:b", VERDICT_REJECTED, SG_REJECT_MISSING_LABEL, 1},
        {"x,p,-", "a:x,b:p", VERDICT_REJECTED, SG_REJECT_MISSING_LABEL, 2},
    };
    open_rows(families);
    start_set("g");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect(row("g", cases[i].values, 1, COMBINE_SUM), cases[i].verdict, cases[i].reason,
               cases[i].label);
        char line[128];
        (void)snprintf(line, sizeof line, "pushed:1|g|#%s", cases[i].line);
        struct gate_trace why;
        gate_explain(fx.gate, (struct sg_span){line, strlen(line)}, &fx.origin, fx.now, &why);
        cr_expect(why.verdict == cases[i].verdict, "%s", line);
        cr_expect(why.reason == cases[i].reason, "%s", line);
        cr_expect(why.label == cases[i].label, "%s", line);
    }
    shows("g", "g{a=\"x\",b=\"p\",c=\"abc\"} 1\n"
               "g{a=\"x\",b=\"rest\",c=\"b\"} 2\n"
               "g{a=\"y\",b=\"q\",c=\"b\"} 1\n");
    fixture_done(&fx);
}

Test(rows, values_are_finite_and_counters_not_below_zero) {
    open_rows("\"g\":{\"type\":\"gauge\",\"help\":\"\"},"
              "\"c_total\":{\"type\":\"counter\",\"help\":\"\"}");
    start_set("g");
    start_set("c_total");
    reject("g", "", (double)NAN, SG_REJECT_BAD_VALUE, -1);
    reject("g", "", (double)INFINITY, SG_REJECT_BAD_VALUE, -1);
    reject("g", "", -(double)INFINITY, SG_REJECT_BAD_VALUE, -1);
    reject("c_total", "", -1, SG_REJECT_BAD_VALUE, -1);
    shows("g", "");
    shows("c_total", "");
    start_set("g");
    start_set("c_total");
    accept("g", "", -1e300, COMBINE_SUM);
    accept("c_total", "", 0, COMBINE_SUM);
    shows("g", "g -1.0000000000000001e+300\n");
    shows("c_total", "c_total 0\n");
    fixture_done(&fx);
}

Test(rows, rows_that_meet_are_combined_as_declared) {
    open_rows("\"g\":{\"type\":\"gauge\",\"help\":\"\"," STATES "}");
    static const struct {
        enum query_combine combine;
        const char *expected;
    } cases[] = {{COMBINE_SUM, "g{state=\"done\"} 9\ng{state=\"open\"} 4\n"},
                 {COMBINE_MIN, "g{state=\"done\"} -3\ng{state=\"open\"} 4\n"},
                 {COMBINE_MAX, "g{state=\"done\"} 7\ng{state=\"open\"} 4\n"}};
    for (size_t i = 0; i < 3; i++) {
        start_set("g");
        accept("g", "done", 5, cases[i].combine);
        accept("g", "done", -3, cases[i].combine);
        accept("g", "open", 4, cases[i].combine);
        accept("g", "done", 7, cases[i].combine);
        shows("g", cases[i].expected);
    }
    start_set("g");
    accept("g", "open", 1e308, COMBINE_SUM);
    reject("g", "open", 1e308, SG_REJECT_BAD_VALUE, -1);
    shows("g", "g{state=\"open\"} 1e+308\n");
    fixture_done(&fx);
}

Test(rows, full_tables_fold_or_refuse_and_the_next_set_starts_empty) {
    open_rows("\"f\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{"
              "\"u\":{\"pattern\":\"integer\",\"max\":2,\"otherwise\":\"other\"}}},"
              "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{"
              "\"u\":{\"pattern\":\"integer\",\"max\":2}}},"
              "\"h\":{\"type\":\"gauge\",\"help\":\"\",\"max_series\":3,\"labels\":{"
              "\"u\":{\"pattern\":\"integer\",\"max\":9,\"otherwise\":\"other\"}}},"
              "\"i\":{\"type\":\"gauge\",\"help\":\"\",\"max_series\":2,\"labels\":{"
              "\"u\":{\"pattern\":\"integer\",\"max\":9}}}");
    for (int round = 0; round < 3; round++) {
        char users[4][8];
        for (int i = 0; i < 4; i++)
            (void)snprintf(users[i], sizeof users[i], "%d", round * 4 + i + 10);
        for (int f = 0; f < 4; f++) {
            const char name[] = {"fghi"[f], '\0'};
            start_set(name);
            accept(name, users[0], 1, COMBINE_SUM);
            accept(name, users[1], 1, COMBINE_SUM);
        }
        for (int i = 2; i < 4; i++) {
            expect(row("f", users[i], 1, COMBINE_SUM), VERDICT_FOLDED, SG_REJECT_LABEL_OVERFLOW, 0);
            reject("g", users[i], 1, SG_REJECT_LABEL_OVERFLOW, 0);
            expect(row("h", users[i], 1, COMBINE_SUM), VERDICT_FOLDED, SG_REJECT_SERIES_LIMIT, 0);
            reject("i", users[i], 1, SG_REJECT_SERIES_LIMIT, -1);
        }
        char expected[256];
        (void)snprintf(expected, sizeof expected,
                       "h{u=\"%s\"} 1\nh{u=\"%s\"} 1\nh{u=\"other\"} 2\n", users[0], users[1]);
        shows("h", expected);
        expected[strlen(expected) - strlen("h{u=\"other\"} 2\n")] = '\0';
        expected[0] = *strchr(expected + 1, 'h') = 'g';
        shows("g", expected);
        store_set_commit(fx.store, fixture_family(&fx, "f"));
        store_set_commit(fx.store, fixture_family(&fx, "i"));
    }
    const uint64_t *folded = ledger_family_folded(fx.ledger, fixture_family(&fx, "f"));
    cr_expect(cell(folded, 0, SG_REJECT_LABEL_OVERFLOW) == 6);
    const uint64_t *rejected = ledger_family_rejected(fx.ledger, fixture_family(&fx, "i"));
    cr_expect(cell(rejected, 1, SG_REJECT_SERIES_LIMIT) == 6);
    fixture_done(&fx);
}

Test(rows, folds_and_rejections_count_for_the_family_and_are_no_samples) {
    open_rows("\"g\":{\"type\":\"gauge\",\"help\":\"\",\"labels\":{"
              "\"s\":{\"values\":[\"a\"],\"otherwise\":\"rest\"},\"t\":[\"x\"]}}");
    const struct catalog_family *family = fixture_family(&fx, "g");
    start_set("g");
    accept("g", "a,x", 1, COMBINE_SUM);
    expect(row("g", "b,x", 1, COMBINE_SUM), VERDICT_FOLDED, SG_REJECT_LABEL_VALUE, 0);
    reject("g", "a,y", 1, SG_REJECT_LABEL_VALUE, 1);
    reject("g", "a,-", 1, SG_REJECT_MISSING_LABEL, 1);
    reject("g", "a,x", (double)NAN, SG_REJECT_BAD_VALUE, -1);
    const uint64_t *rejected = ledger_family_rejected(fx.ledger, family);
    cr_expect(cell(ledger_family_folded(fx.ledger, family), 0, SG_REJECT_LABEL_VALUE) == 1);
    cr_expect(cell(rejected, 1, SG_REJECT_LABEL_VALUE) == 1);
    cr_expect(cell(rejected, 1, SG_REJECT_MISSING_LABEL) == 1);
    cr_expect(cell(rejected, 2, SG_REJECT_BAD_VALUE) == 1);
    cr_expect(books("g") == 4);
    cr_expect(tally_total(ledger_total(fx.ledger)) == 0);
    cr_expect(ledger_reasons(fx.ledger, 0)[SG_REJECT_LABEL_VALUE] == 0);
    cr_expect(ledger_row_reasons(fx.ledger, 0)[SG_REJECT_LABEL_VALUE] == 1);
    cr_expect(ledger_sender_count(fx.ledger) == 0);
    fixture_done(&fx);
}

Test(rows, datagrams_for_such_a_family_and_rows_for_others_do_not_fit) {
    open_rows("\"g\":{\"type\":\"gauge\",\"help\":\"\"," STATES "},"
              "\"pushed\":{\"type\":\"gauge\",\"help\":\"\"," STATES "},"
              "\"h\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[1]}");
    start_set("g");
    fixture_send(&fx, "g:1|g|#state:open");
    cr_expect(ledger_reasons(fx.ledger, 0)[SG_REJECT_TYPE_MISMATCH] == 1);
    reject("pushed", "open", 1, SG_REJECT_TYPE_MISMATCH, -1);
    start_set("h");
    reject("h", "", 1, SG_REJECT_TYPE_MISMATCH, -1);
    shows("g", "");
    fixture_done(&fx);
}

Test(rows, without_a_set_under_way_a_row_is_refused) {
    open_rows("\"g\":{\"type\":\"gauge\",\"help\":\"\"," STATES "}");
    reject("g", "open", 1, SG_REJECT_SERIES_LIMIT, -1);
    shows("g", "");
    fixture_done(&fx);
}
