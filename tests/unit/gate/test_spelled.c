/* SPDX-License-Identifier: MIT */
/* The texts that the gate gives the ledger for a line that it refuses or folds: names, labels,
 * values. */
#include "assertions.h"
#include <string.h>

#include "fixture.h"

static struct fixture fx;

static void setup(void) {
    fixture_families(&fx, "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
                          "\"x\":[\"a\"],\"y\":{\"values\":[\"b\"],\"otherwise\":\"other\"},"
                          "\"z\":{\"pattern\":\"[0-9]+\",\"max\":1,\"otherwise\":\"other\"}}}");
}

static void teardown(void) {
    fixture_done(&fx);
}

TestSuite(gate_spelled, .init = setup, .fini = teardown);

static void expect_spelled(enum ledger_spelling which, const char *text, uint64_t count,
                           const char *label, enum sg_reject reason) {
    struct ledger_spelled spelled;
    for (size_t i = 0; ledger_spelled(fx.ledger, which, i, fx.now.real_ms, &spelled); i++) {
        if (spelled.len != strlen(text) || memcmp(spelled.text, text, spelled.len) != 0)
            continue;
        cr_expect(spelled.count == count, "%s", text);
        cr_expect(spelled.reason == reason);
        cr_expect(
            eq(str, spelled.label >= 0 ? spelled.family->labels[spelled.label].name : "", label));
        return;
    }
    cr_expect_fail("%s is not kept", text);
}

static size_t count_kept(enum ledger_spelling which) {
    uint16_t places[LEDGER_SPELLED_MAX];
    return ledger_spelled_order(fx.ledger, which, places);
}

Test(gate_spelled, a_name_that_no_family_has_is_kept) {
    fixture_send(&fx, "d_total:1|c|#x:a");
    fixture_send(&fx, "d_total:1:2:3|c");
    fixture_send(&fx, "c_total:bad|c|#x:a,y:b,z:1");
    expect_spelled(LEDGER_UNKNOWN_NAMES, "d_total", 4, "", SG_REJECT_UNKNOWN_FAMILY);
    cr_expect(count_kept(LEDGER_UNKNOWN_NAMES) == 1);
}

Test(gate_spelled, a_label_that_the_family_lacks_is_kept) {
    fixture_send(&fx, "c_total:1|c|#x:a,w:1");
    expect_spelled(LEDGER_UNKNOWN_LABELS, "w", 1, "", SG_REJECT_UNKNOWN_LABEL);
}

Test(gate_spelled, a_folded_value_is_kept_each_time) {
    for (int i = 0; i < 4; i++)
        fixture_send(&fx, "c_total:1|c|#z:7,y:strange,x:a");
    fixture_send(&fx, "c_total:1|c|#x:a,y:b,z:7");
    expect_spelled(LEDGER_FOLDED_VALUES, "strange", 4, "y", SG_REJECT_LABEL_VALUE);
    fixture_send(&fx, "c_total:1|c|#x:a,y:b,z:8");
    expect_spelled(LEDGER_FOLDED_VALUES, "8", 1, "z", SG_REJECT_LABEL_OVERFLOW);
    cr_expect(count_kept(LEDGER_FOLDED_VALUES) == 2);
}

Test(gate_spelled, a_refused_value_is_in_no_table) {
    fixture_send(&fx, "c_total:1|c|#x:strange,y:b,z:7");
    for (int i = 0; i < LEDGER_SPELLING_COUNT; i++)
        cr_expect(count_kept((enum ledger_spelling)i) == 0);
}
