/* SPDX-License-Identifier: MIT */
/* Labels that no family declares: which keys are kept, and what happens to the others. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "fixture.h"

static struct fixture f;

static void setup(void) {
    fixture_init(&f);
}

static void teardown(void) {
    fixture_done(&f);
}

TestSuite(ledger_unknown, .init = setup, .fini = teardown);

static void reject(size_t family, const char *key, uint64_t count) {
    const struct ledger_entry entry = {.service = &f.services[family % SERVICES],
                                       .family = &f.families[family],
                                       .label = -1,
                                       .spelled = {key, strlen(key)},
                                       .reason = SG_REJECT_UNKNOWN_LABEL};
    ledger_reject(f.ledger, seen(&f, 10), &entry, (struct sg_span){"x", 1}, 0, count, 1000);
}

/* Samples counted for the key. */
static uint64_t count_of(size_t family, const char *key) {
    uint64_t count = 0;
    struct unknown_label label;
    for (size_t i = 0; i < UNKNOWN_LABELS_MAX; i++)
        if (ledger_unknown_label(f.ledger, i, &label) && label.family == &f.families[family] &&
            label.len == strlen(key) && memcmp(label.key, key, label.len) == 0)
            count += label.count;
    return count;
}

static uint64_t full(void) {
    return ledger_full(f.ledger).unknown_labels;
}

/* A flood of keys that never repeat, with `colour` between them now and then. */
Test(ledger_unknown, a_flood_of_keys_pushes_out_itself) {
    char key[32];
    for (int i = 0; i < 3 * UNKNOWN_LABELS_MAX; i++) {
        snprintf(key, sizeof key, "flood%d", i);
        reject(3, key, 1);
        if (i % 16 == 0)
            reject(1, "colour", 1);
    }
    cr_expect(eq(u64, count_of(1, "colour"), 3 * UNKNOWN_LABELS_MAX / 16));
    cr_expect(eq(u64, full(), 2 * UNKNOWN_LABELS_MAX + 1));
    /* After the flood, a new key is kept long enough to come a second time. */
    reject(2, "shape", 1);
    for (int i = 0; i < UNKNOWN_LABELS_MAX / 2; i++) {
        snprintf(key, sizeof key, "more%d", i);
        reject(3, key, 1);
    }
    reject(2, "shape", 1);
    cr_expect(eq(u64, count_of(2, "shape"), 2));
    assert_sums_close(&f);
    /* The counts of the keys are no more than the rejections, so none is counted twice. */
    const uint64_t *cells = ledger_family_rejected(f.ledger, &f.families[3]);
    cr_expect(le(u64, ledger_unknown_sum(f.ledger, &f.families[3]),
                 cells[3 * SG_REJECT_COUNT + SG_REJECT_UNKNOWN_LABEL]));
}

Test(ledger_unknown, hidden_texts_are_forgotten) {
    reject(1, "secret", 1);
    ledger_hide_text(f.ledger);
    cr_expect(eq(u64, ledger_unknown_sum(f.ledger, &f.families[1]), 0));
    reject(1, "secret", 1);
    cr_expect(eq(u64, ledger_unknown_sum(f.ledger, &f.families[1]), 0));
    cr_expect(eq(u64, ledger_reasons(f.ledger, 1)[SG_REJECT_UNKNOWN_LABEL], 2));
}
