/* SPDX-License-Identifier: MIT */
/* Groups of rejections: when they came first and last, how fast, and from whom. */
#include "assertions.h"
#include "fixture.h"

static struct fixture f;

static void setup(void) {
    fixture_init(&f);
}

static void teardown(void) {
    fixture_done(&f);
}

TestSuite(ledger_groups, .init = setup, .fini = teardown);

static struct ledger_entry entry_of(uint32_t family, int label, enum sg_reject reason) {
    return (struct ledger_entry){.service = &f.services[family % SERVICES],
                                 .family = &f.families[family],
                                 .label = label,
                                 .reason = reason};
}

static void reject(const struct ledger_entry *entry, int32_t pid, uint64_t count, int64_t at_ms) {
    bool is_new;
    const struct sender *sender = ledger_sender(f.ledger, pid, 1000, 100, at_ms, &is_new);
    ledger_reject(f.ledger, sender, entry, (struct sg_span){"x", 1}, 0, count, at_ms);
}

static void expect_group(const struct ledger_entry *entry, enum verdict verdict, int64_t first_ms,
                         int64_t last_ms, int32_t pid) {
    struct ledger_group group;
    cr_assert(ledger_group(f.ledger, entry, verdict, last_ms, &group));
    cr_expect(eq(i64, group.first_ms, first_ms));
    cr_expect(eq(i64, group.last_ms, last_ms));
    cr_expect(eq(i32, group.sender != NULL ? group.sender->pid : 0, pid));
}

Test(ledger_groups, folds_and_rows_of_queries_have_theirs) {
    const struct ledger_entry a = entry_of(2, 0, SG_REJECT_LABEL_VALUE);
    reject(&a, 7, 1, 1000);
    ledger_fold(f.ledger, seen(&f, 8), &a, 2);
    expect_group(&a, VERDICT_FOLDED, 1000, 1000, 8);
    ledger_row(f.ledger, &a, VERDICT_FOLDED, 5000);
    expect_group(&a, VERDICT_FOLDED, 1000, 5000, 0);
    expect_group(&a, VERDICT_REJECTED, 1000, 1000, 7);
}

/* Fills the table with groups of services that do not exist. */
Test(ledger_groups, the_one_not_met_for_longest_makes_way) {
    static struct catalog services[LEDGER_GROUPS_MAX / (SG_REJECT_COUNT - 1) + 2];
    struct ledger_group group;
    static struct catalog *list[sizeof services / sizeof *services];
    const size_t count = sizeof services / sizeof *services;
    struct catalog_set set = f.set;
    for (size_t i = 0; i < count; i++) {
        services[i].service = "s";
        services[i].index = (uint32_t)i;
        list[i] = &services[i];
    }
    set.catalogs = list;
    set.count = count;
    ledger_free(f.ledger);
    f.ledger = ledger_new(NULL, &set, 7);
    const struct ledger_entry kept = {
        .service = &services[0], .label = -1, .reason = SG_REJECT_MALFORMED};
    const struct ledger_entry first = {
        .service = &services[1], .label = -1, .reason = SG_REJECT_MALFORMED};
    for (size_t i = 0; i < count; i++)
        for (int reason = SG_REJECT_NONE + 1; reason < SG_REJECT_COUNT; reason++) {
            const struct ledger_entry entry = {
                .service = &services[i], .label = -1, .reason = (enum sg_reject)reason};
            reject(&entry, 7, 1, 1000);
            reject(&kept, 7, 1, 1000);
        }
    const size_t made = count * (SG_REJECT_COUNT - 1);
    cr_assert(lt(sz, LEDGER_GROUPS_MAX, made));
    cr_expect(ledger_group(f.ledger, &kept, VERDICT_REJECTED, 1000, &group));
    cr_expect(eq(i64, group.first_ms, 1000));
    cr_expect(not(ledger_group(f.ledger, &first, VERDICT_REJECTED, 1000, &group)));
    reject(&first, 8, 1, 9000);
    cr_assert(ledger_group(f.ledger, &first, VERDICT_REJECTED, 9000, &group));
    cr_expect(eq(i64, group.first_ms, 0), "it was here before, nobody knows since when");
    cr_expect(eq(i64, group.last_ms, 9000));
}
