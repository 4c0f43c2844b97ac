/* SPDX-License-Identifier: MIT */
/* Which of the recent lines is shown as the example of many. */
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "fixture.h"
#include "hints/hints.h"

static struct fixture fx;

static void setup(void) {
    fixture_families(
        &fx, "\"orders_total\":{\"type\":\"counter\",\"help\":\"\",\"aliases\":[\"orders\",\"by.{b}"
             ".{a}_ms\"],"
             "\"labels\":{\"a\":[\"x\"],\"b\":[\"y\"]}},"
             "\"phase\":{\"type\":\"stateset\",\"help\":\"\",\"labels\":{\"phase\":[\"idle\","
             "\"busy\"]}}");
}

static void teardown(void) {
    fixture_done(&fx);
}

TestSuite(hints_latest, .init = setup, .fini = teardown);

static struct sg_span span(const char *text) {
    return (struct sg_span){text, strlen(text)};
}

static bool same(struct sg_span span, const char *text) {
    return span.at != NULL && sg_span_is(span, text);
}

/* Longer than what is kept of a line. */
static void send_long(const char *head) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(&text, head);
    for (int i = 0; i < 300; i++)
        strbuf_printf(&text, ",tag%d:value", i);
    fixture_send(&fx, strbuf_cstr(&text));
    strbuf_done(&text);
}

Test(hints_latest, the_label_at_fault_is_the_groups) {
    struct hints_group group = {.family = fixture_family(&fx, "orders_total"),
                                .label = span("a"),
                                .reason = SG_REJECT_LABEL_VALUE};
    fixture_send(&fx, "orders_total:1|c|#a:bad,b:y");
    fixture_send(&fx, "orders:1|c|#a:worse,b:y");
    fixture_send(&fx, "orders_total:1|c|#a:x,b:wrong");
    const struct recent *recent = hints_latest_find(fx.ledger, &group);
    cr_assert(recent != NULL);
    cr_expect(same(group.line, "orders:1|c|#a:worse,b:y"), "by its alias, too");
    cr_expect(same(group.value, "worse"));
    group.value = (struct sg_span){0};
    fixture_send(&fx, "by.y.worst_ms:1|c");
    cr_assert(hints_latest_find(fx.ledger, &group) != NULL);
    cr_expect(same(group.line, "by.y.worst_ms:1|c"));
    cr_expect(same(group.value, "worst"), "in the name");
    group = (struct hints_group){
        .family = group.family, .label = span("a"), .reason = SG_REJECT_MISSING_LABEL};
    cr_expect(hints_latest_find(fx.ledger, &group) == NULL);
    fixture_send(&fx, "orders_total:1|c|#b:y");
    cr_assert(hints_latest_find(fx.ledger, &group) != NULL);
    cr_expect(same(group.line, "orders_total:1|c|#b:y"));
    cr_expect(group.value.at == NULL);
}

Test(hints_latest, a_state_sent_as_the_value_is_the_groups) {
    struct hints_group group = {.family = fixture_family(&fx, "phase"),
                                .reason = SG_REJECT_MISSING_LABEL};
    fixture_send(&fx, "phase:busy|g");
    cr_assert(hints_latest_find(fx.ledger, &group) != NULL);
    cr_expect(same(group.value, "busy"));
}

Test(hints_latest, of_several_values_the_one_at_fault_is_the_groups) {
    struct hints_group group = {.family = fixture_family(&fx, "orders_total"),
                                .reason = SG_REJECT_BAD_VALUE};
    fixture_send(&fx, "orders_total:1:-22:3|c|#a:x,b:y");
    cr_assert(hints_latest_find(fx.ledger, &group) != NULL);
    cr_expect(same(group.value, "-22"));
}

Test(hints_latest, a_key_that_no_family_knows_is_found) {
    struct hints_group group = {.family = fixture_family(&fx, "orders_total"),
                                .reason = SG_REJECT_UNKNOWN_LABEL};
    fixture_send(&fx, "orders_total:1|c|#a:x,color:red,b:y");
    cr_assert(hints_latest_find(fx.ledger, &group) != NULL);
    cr_expect(same(group.label, "color"));
    cr_expect(same(group.value, "red"));
}

Test(hints_latest, a_cut_line_is_better_than_none) {
    struct hints_group group = {.reason = SG_REJECT_UNKNOWN_FAMILY};
    send_long("nobody:1|c|#a:x");
    const struct recent *recent = hints_latest_find(fx.ledger, &group);
    cr_assert(recent != NULL && recent->line_cut);
    cr_expect(group.line.at == NULL, "what is behind is not known");
    cr_expect(same(group.value, "nobody"));
    fixture_send(&fx, "somebody:1|c");
    send_long("other:1|c|#a:x");
    group = (struct hints_group){.reason = SG_REJECT_UNKNOWN_FAMILY};
    cr_assert(hints_latest_find(fx.ledger, &group) != NULL);
    cr_expect(same(group.line, "somebody:1|c"), "a whole one is better");
    group = (struct hints_group){.reason = SG_REJECT_UNKNOWN_FAMILY, .value = span("other")};
    recent = hints_latest_find(fx.ledger, &group);
    cr_expect(recent != NULL && recent->line_cut, "but not one of another name");
}

/* Its form may say what it was meant to be. */
Test(hints_latest, a_malformed_line_is_shown_and_not_read) {
    struct hints_group group = {.reason = SG_REJECT_MALFORMED};
    fixture_send(&fx, "orders_total{a=\"x\"} 1");
    cr_expect(hints_latest_find(fx.ledger, &group) != NULL);
    cr_expect(same(group.line, "orders_total{a=\"x\"} 1"));
    cr_expect(group.value.at == NULL);
}
