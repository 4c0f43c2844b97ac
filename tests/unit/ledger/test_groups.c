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

Test(ledger_groups, each_label_and_reason_has_times_and_a_sender) {
    struct ledger_group group;
    const struct ledger_entry a = entry_of(2, 0, SG_REJECT_LABEL_VALUE);
    const struct ledger_entry b = entry_of(2, 1, SG_REJECT_LABEL_VALUE);
    const struct ledger_entry c = entry_of(2, -1, SG_REJECT_BAD_VALUE);
    reject(&a, 7, 1, 1000);
    reject(&b, 8, 1, 2000);
    reject(&a, 9, 1, 3000);
    reject(&a, 9, 1, 3000);
    reject(&a, 10, 1, 3000);
    expect_group(&a, VERDICT_REJECTED, 1000, 3000, 10);
    expect_group(&b, VERDICT_REJECTED, 2000, 2000, 8);
    cr_expect(not(ledger_group(f.ledger, &c, VERDICT_REJECTED, 3000, &group)));
    cr_expect(not(ledger_group(f.ledger, &a, VERDICT_FOLDED, 3000, &group)));
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

Test(ledger_groups, without_a_family_the_service_and_the_reason_count) {
    const struct ledger_entry none = {.label = -1, .reason = SG_REJECT_MALFORMED};
    const struct ledger_entry alpha = {
        .service = &f.services[0], .label = -1, .reason = SG_REJECT_MALFORMED};
    reject(&none, 7, 1, 1000);
    reject(&alpha, 8, 1, 2000);
    expect_group(&none, VERDICT_REJECTED, 1000, 1000, 7);
    expect_group(&alpha, VERDICT_REJECTED, 2000, 2000, 8);
}

Test(ledger_groups, a_rate_counts_all_samples) {
    struct ledger_group group;
    const struct ledger_entry a = entry_of(1, 0, SG_REJECT_LABEL_VALUE);
    for (int i = 0; i < 40; i++) {
        reject(&a, 7, 3, 100000 + i * 500);
        reject(&a, 7, 1, 100000 + i * 500);
    }
    cr_assert(ledger_group(f.ledger, &a, VERDICT_REJECTED, 119999, &group));
    cr_expect(epsilon_eq(dbl, group.rate, 8, 0.1));
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
