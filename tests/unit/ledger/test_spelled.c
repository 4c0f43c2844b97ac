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

/* Compared with exact counts of all texts: each kept count is true within its error, and no text is
 * missing that is more frequent than the least of the kept ones. */
Test(ledger_spelled, counts_are_true_within_their_errors) {
    enum { NAMES = 1000, STEPS = 4000 };
    uint64_t counts[NAMES] = {0};
    uint32_t random = 1;
    char name[16];
    for (int i = 0; i < STEPS; i++) {
        random = random * 1664525 + 1013904223;
        const uint32_t wide = (random >> 8) % NAMES;
        const uint32_t which = wide * wide / NAMES * wide / NAMES; /* low numbers more often */
        const uint64_t more = 1 + (random >> 28) % 3;
        (void)snprintf(name, sizeof name, "n%u", which);
        refuse(NULL, name, 7, more, 1000 + i * 2);
        counts[which] += more;
    }
    uint64_t sum = 0;
    uint64_t least = UINT64_MAX;
    struct ledger_spelled spelled;
    for (size_t i = 0; ledger_spelled(f.ledger, LEDGER_UNKNOWN_NAMES, i, 0, &spelled); i++) {
        char text[16] = "";
        memcpy(text, spelled.text, spelled.len);
        const uint64_t truth = counts[strtoul(text + 1, NULL, 10)];
        cr_expect(le(u64, truth, spelled.count), "%s", text);
        cr_expect(le(u64, spelled.count - spelled.error, truth), "%s", text);
        least = spelled.count < least ? spelled.count : least;
        sum += spelled.count;
    }
    cr_expect(eq(u64, sum, ledger_total(f.ledger)->by_verdict[VERDICT_REJECTED]));
    for (uint32_t i = 0; i < NAMES; i++) {
        (void)snprintf(name, sizeof name, "n%u", i);
        if (counts[i] > least)
            cr_expect(find(LEDGER_UNKNOWN_NAMES, name, &spelled), "%s", name);
    }
    cr_expect(eq(u64, ledger_spelled_left_out(f.ledger, LEDGER_UNKNOWN_NAMES), 0));
    cr_expect(lt(u64, 0, ledger_full(f.ledger).unknown_names));
}

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
