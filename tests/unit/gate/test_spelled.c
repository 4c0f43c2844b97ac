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

static size_t count_kept(enum ledger_spelling which) {
    uint16_t places[LEDGER_SPELLED_MAX];
    return ledger_spelled_order(fx.ledger, which, places);
}

Test(gate_spelled, a_refused_value_is_in_no_table) {
    fixture_send(&fx, "c_total:1|c|#x:strange,y:b,z:7");
    for (int i = 0; i < LEDGER_SPELLING_COUNT; i++)
        cr_expect(count_kept((enum ledger_spelling)i) == 0);
}
