/* SPDX-License-Identifier: MIT */
/* Traces: their bounds, and that tracing changes nothing else. Their contents are in the cases
 * traced_*. */
#include "assertions.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "gate/gate.h"

static struct gate_trace trace;

static void explain(struct fixture *fx, const char *line) {
    gate_explain(fx->gate, (struct sg_span){line, strlen(line)}, &fx->origin, fx->now, &trace);
}

Test(trace, families_of_a_name_are_in_order_and_those_beyond_its_bound_are_counted) {
    enum { SERVICES = TRACE_FAMILIES_MAX + 5 };
    static char texts[SERVICES][256];
    const char *catalogs[SERVICES + 1] = {NULL};
    for (int i = 0; i < SERVICES; i++) {
        /* The order of the families is not that of their services. */
        (void)snprintf(texts[i], sizeof texts[i],
                       "{\"statgate\":1,\"service\":\"s%02d\",\"families\":{\"f%02d\":{\"type\":"
                       "\"gauge\",\"help\":\"\",\"aliases\":[\"x\"]}}}",
                       i, SERVICES - i);
        catalogs[i] = texts[i];
    }
    struct fixture fx;
    fixture_init(&fx, catalogs);
    explain(&fx, "x:1|g");
    cr_expect(trace.reason == SG_REJECT_AMBIGUOUS);
    cr_expect(trace.family_count == (size_t)TRACE_FAMILIES_MAX);
    cr_expect(trace.family_rest == (size_t)5);
    for (uint32_t i = 0; i < TRACE_FAMILIES_MAX; i++)
        cr_expect(eq(str, trace.families[i]->catalog->service, fx.set.catalogs[i]->service));
    fixture_done(&fx);
}

Test(trace, a_line_with_all_labels_and_one_too_many_has_room) {
    struct fixture fx;
    char labels[2048] = "";
    char line[1024] = "mode:1|g|#";
    for (int i = 0; i < CATALOG_LABELS_MAX - 1; i++) {
        const size_t len = strlen(labels);
        (void)snprintf(labels + len, sizeof labels - len, "\"l%02d\":[\"a\"],", i);
    }
    for (int i = 0; i < SG_LABELS_MAX + 9; i++)
        (void)strcat(line, "env,");
    char families[4096];
    (void)snprintf(
        families, sizeof families,
        "\"mode\":{\"type\":\"stateset\",\"help\":\"\",\"labels\":{%s\"mode\":[\"on\"]}}", labels);
    fixture_families(&fx, families);
    explain(&fx, line);
    cr_expect(trace.label_count == (size_t)SG_LABELS_MAX + 1);
    cr_expect(trace.labels[0].fate == FATE_REJECTED);
    explain(&fx, "mode:1|g");
    cr_expect(trace.label_count == (size_t)CATALOG_LABELS_MAX);
    cr_expect(trace.reason == SG_REJECT_MISSING_LABEL);
    fixture_done(&fx);
}

/* Lines that are traced leave the same books and series as those that are not. */
Test(trace, tracing_changes_nothing) {
    static const char families[] =
        "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"u\":{\"pattern\":"
        "\"integer\",\"max\":2,\"otherwise\":\"other\"},\"x\":{\"values\":[\"a\"],\"default\":"
        "\"b\"}}},"
        "\"g\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"sum\",\"absent\":-1}";
    static const char *const lines[] = {"c_total:1|c|#u:1",
                                        "c_total:1:x|c|#u:2,x:a",
                                        "c_total:1|c|#u:3",
                                        "c_total:x|c|#u:9",
                                        "c_total:1|c|#u:no",
                                        "c_total:1|c|#what:1",
                                        "g:5|g",
                                        "g:-1|g",
                                        "broken",
                                        "g:1|c"};
    struct fixture plain;
    struct fixture traced;
    fixture_families(&plain, families);
    fixture_families(&traced, families);
    for (size_t i = 0; i < 3 * sizeof lines / sizeof *lines; i++) {
        fixture_send(&plain, lines[i % (sizeof lines / sizeof *lines)]);
        explain(&traced, lines[i % (sizeof lines / sizeof *lines)]);
    }
    char *expected = fixture_dump(&plain, NULL);
    char *found = fixture_dump(&traced, NULL);
    cr_expect(eq(str, found, expected));
    cr_expect(
        memcmp(ledger_total(traced.ledger), ledger_total(plain.ledger), sizeof(struct tally)) == 0);
    for (int service = -1; service < 1; service++)
        cr_expect(memcmp(ledger_reasons(traced.ledger, service),
                         ledger_reasons(plain.ledger, service),
                         SG_REJECT_COUNT * sizeof(uint64_t)) == 0);
    free(expected);
    free(found);
    fixture_done(&plain);
    fixture_done(&traced);
}
