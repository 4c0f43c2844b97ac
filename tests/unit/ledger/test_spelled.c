/* SPDX-License-Identifier: MIT */
/* Names that no family has, and values that were folded: the most frequent of each, and who sent
 * them. */
#include <stdio.h>
#include <stdlib.h>
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

TestSuite(ledger_spelled, .init = setup, .fini = teardown);

static const struct sender *sender_at(int32_t pid, int64_t at_ms) {
    bool is_new;
    const struct sender *sender = ledger_sender(f.ledger, pid, 1000, 100, at_ms, &is_new);
    if (is_new)
        ledger_sender_describe(sender, pid == 7 ? "seven" : "other", 5);
    return sender;
}

static void refuse(const struct catalog *service, const char *name, int32_t pid, uint64_t count,
                   int64_t at_ms) {
    const struct ledger_entry entry = {.service = service,
                                       .label = -1,
                                       .spelled = {name, strlen(name)},
                                       .reason = SG_REJECT_UNKNOWN_FAMILY};
    ledger_reject(f.ledger, sender_at(pid, at_ms), &entry, (struct sg_span){"x", 1}, 0, count,
                  at_ms);
}

/* Finds the entry of a text. False if it is not kept. */
static bool find(enum ledger_spelling which, const char *text, struct ledger_spelled *ret_spelled) {
    for (size_t i = 0; i < LEDGER_SPELLED_MAX; i++)
        if (ledger_spelled(f.ledger, which, i, 10000, ret_spelled) &&
            ret_spelled->len == strlen(text) &&
            memcmp(ret_spelled->text, text, ret_spelled->len) == 0)
            return true;
    return false;
}

/* ---- by its mark ---- */

Test(ledger_spelled, a_flood_in_one_second_leaves_the_frequent_ones_in) {
    enum { FLOOD = 20000 };
    struct ledger_spelled name;
    char text[32];
    for (int i = 0; i < FLOOD; i++) {
        (void)snprintf(text, sizeof text, "never_again_%d", i);
        refuse(NULL, text, 9, 1, 5000 + i / 100); /* 200 ms */
        if (i % 100 == 0)
            refuse(NULL, "often", 7, 1, 5000 + i / 100);
    }
    cr_assert(find(LEDGER_UNKNOWN_NAMES, "often", &name));
    cr_expect(eq(u64, name.count, FLOOD / 100));
    cr_expect(eq(u64, ledger_full(f.ledger).unknown_names, 1000));
    cr_expect(eq(u64, ledger_spelled_left_out(f.ledger, LEDGER_UNKNOWN_NAMES),
                 FLOOD + 1 - LEDGER_SPELLED_MAX - 1000));
    refuse(NULL, "later", 7, 1, 6000);
    cr_expect(find(LEDGER_UNKNOWN_NAMES, "later", &name), "the next second");
}

Test(ledger_spelled, a_text_that_is_too_long_is_left_out) {
    char text[SG_NAME_MAX + 2];
    memset(text, 'n', sizeof text);
    text[SG_NAME_MAX + 1] = '\0';
    refuse(NULL, text, 7, 3, 1000);
    cr_expect(eq(u64, ledger_spelled_left_out(f.ledger, LEDGER_UNKNOWN_NAMES), 3));
    refuse(NULL, text + 1, 7, 3, 1000);
    struct ledger_spelled name;
    cr_expect(find(LEDGER_UNKNOWN_NAMES, text + 1, &name));
}
