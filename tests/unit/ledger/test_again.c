/* SPDX-License-Identifier: MIT */
/* Entries that come again are counted by their marks, with the same result as without marks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "books.h"
#include "world.h"

static struct world with;
static struct world without;

static void setup(void) {
    world_init(&with);
    world_init(&without);
}

static void teardown(void) {
    world_done(&without);
    world_done(&with);
}

TestSuite(ledger_again, .init = setup, .fini = teardown);

/* ---- the entries ---- */

static const struct {
    enum verdict verdict;
    const char *family; /* NULL: none is known */
    int label;
    enum sg_reject reason;
    const char *spelled;
} kinds[] = {
    {VERDICT_FOLDED, "a_total", 0, SG_REJECT_LABEL_VALUE, "red"},
    {VERDICT_FOLDED, "a_total", 0, SG_REJECT_LABEL_VALUE, "blue"},
    {VERDICT_FOLDED, "a_total", 1, SG_REJECT_LABEL_VALUE, "red"},
    {VERDICT_FOLDED, "a_total", -1, SG_REJECT_SERIES_LIMIT, NULL},
    {VERDICT_REJECTED, "a_total", 0, SG_REJECT_LABEL_VALUE, NULL},
    {VERDICT_REJECTED, "a_total", -1, SG_REJECT_UNKNOWN_LABEL, "size"},
    {VERDICT_REJECTED, "c_total", -1, SG_REJECT_TYPE_MISMATCH, NULL},
    {VERDICT_REJECTED, NULL, -1, SG_REJECT_UNKNOWN_FAMILY, "b_total"},
    {VERDICT_REJECTED, NULL, -1, SG_REJECT_MALFORMED, NULL},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static struct ledger_entry entry_of(const struct world *world, size_t kind,
                                    struct ledger_mark *mark) {
    const char *name = kinds[kind].family;
    const struct catalog_family *family = name != NULL ? world_family(world, name) : NULL;
    const char *spelled = kinds[kind].spelled;
    return (struct ledger_entry){
        .service = family != NULL ? family->catalog : NULL,
        .family = family,
        .label = kinds[kind].label,
        .reason = kinds[kind].reason,
        .spelled = {spelled, spelled != NULL ? strlen(spelled) : 0},
        .waits = mark != NULL,
        .mark = mark,
    };
}

static void count(const struct world *world, size_t kind, const struct sender *sender,
                  struct ledger_mark *mark, int64_t at_ms) {
    static const struct sg_span line = {"line", 4};
    const struct ledger_entry entry = entry_of(world, kind, mark);
    if (kinds[kind].verdict == VERDICT_FOLDED)
        ledger_fold(world->ledger, sender, &entry, 2);
    else
        ledger_reject(world->ledger, sender, &entry, line, 1, 2, at_ms);
}

/* ---- what the books show ---- */

static void put_spelled(const struct world *world, int64_t at_ms, struct strbuf *out) {
    struct ledger_spelled spelled;
    for (int kind = 0; kind < LEDGER_SPELLING_COUNT; kind++) {
        const enum ledger_spelling which = (enum ledger_spelling)kind;
        for (size_t i = 0; ledger_spelled(world->ledger, which, i, at_ms, &spelled); i++)
            strbuf_printf(out, "%.*s %d: %llu from %d at %lld, %g\n", (int)spelled.len,
                          spelled.text, spelled.label, (unsigned long long)spelled.count,
                          spelled.sender->pid, (long long)spelled.last_ms, spelled.rate);
    }
}

static void put_groups(const struct world *world, int64_t at_ms, struct strbuf *out) {
    struct ledger_group group;
    for (size_t kind = 0; kind < KINDS; kind++) {
        const struct ledger_entry entry = entry_of(world, kind, NULL);
        if (ledger_group(world->ledger, &entry, kinds[kind].verdict, at_ms, &group))
            strbuf_printf(out, "group %zu: %lld to %lld, %g from %d\n", kind,
                          (long long)group.first_ms, (long long)group.last_ms, group.rate,
                          group.sender->pid);
    }
}

static void put_recent(const struct world *world, struct strbuf *out) {
    const struct recent *recent;
    for (size_t i = 0; (recent = ledger_recent(world->ledger, i)) != NULL; i++)
        strbuf_printf(out, "%llu %d at %lld\n", (unsigned long long)recent->serial,
                      (int)recent->reason, (long long)recent->at_ms);
}

static char *dump(const struct world *world, int64_t at_ms) {
    struct strbuf out;
    strbuf_init(&out);
    world_dump(world, &out);
    put_spelled(world, at_ms, &out);
    put_groups(world, at_ms, &out);
    put_recent(world, &out);
    return out.data;
}

static void expect_same(int64_t at_ms) {
    ledger_settle(with.ledger);
    char *found = dump(&with, at_ms);
    char *wanted = dump(&without, at_ms);
    cr_assert(eq(str, found, wanted));
    free(found);
    free(wanted);
}

static unsigned draw(unsigned *random, unsigned below) {
    *random = *random * 1103515245 + 12345;
    return (*random >> 16) % below;
}

/* Runs of random length, from one second to the next. */
Test(ledger_again, nothing_is_counted_otherwise_than_without_marks) {
    enum { RUNS = 4000, RUN_MAX = 40 };
    static struct ledger_mark marks[KINDS];
    unsigned random = 5;
    int64_t at_ms = 1000;
    size_t again = 0;
    for (int run = 0; run < RUNS; run++) {
        const int32_t pid = (int32_t)(10 + draw(&random, 2));
        const unsigned first = draw(&random, KINDS);
        const unsigned several = 1 + draw(&random, 2);
        at_ms += draw(&random, 4) == 0 ? draw(&random, 300) : 0;
        for (unsigned i = draw(&random, RUN_MAX); i > 0; i--) {
            const size_t kind = (first + i % several) % KINDS;
            const struct sender *sender = world_sender(&with, pid, at_ms);
            count(&without, kind, world_sender(&without, pid, at_ms), NULL, at_ms);
            if (ledger_again(with.ledger, sender, &marks[kind], 2, at_ms))
                again++;
            else
                count(&with, kind, sender, &marks[kind], at_ms);
        }
        if (draw(&random, 8) == 0)
            expect_same(at_ms);
    }
    expect_same(at_ms);
    cr_expect(gt(sz, again, 10000), "%zu by their marks", again);
}

/* ---- when a mark is not used ---- */

/* Whether two further samples are counted by this mark. */
static bool comes_again(const struct ledger_mark *mark, int32_t pid, int64_t at_ms) {
    return ledger_again(with.ledger, world_sender(&with, pid, at_ms), mark, 2, at_ms);
}

static void begin(size_t kind, struct ledger_mark *mark) {
    for (int i = 0; i < 2; i++)
        count(&with, kind, world_sender(&with, 10, 1000), mark, 1000);
}

enum { FOLDED_RED, FOLDED_BLUE, REFUSED_VALUE = 4, UNKNOWN_NAME = 7 };

Test(ledger_again, a_mark_is_of_one_sender_and_time) {
    struct ledger_mark mark = {0};
    cr_expect(not(comes_again(&mark, 10, 1000)));
    begin(FOLDED_RED, &mark);
    cr_expect(comes_again(&mark, 10, 1000));
    cr_expect(not(comes_again(&mark, 11, 1000)));
    cr_expect(not(comes_again(&mark, 10, 1001)));
    ledger_settle(with.ledger);
    cr_expect(not(comes_again(&mark, 10, 1000)));
}

Test(ledger_again, a_run_of_others_ends_it) {
    struct ledger_mark mark = {0};
    struct ledger_mark other = {0};
    begin(FOLDED_RED, &mark);
    begin(REFUSED_VALUE, &other);
    cr_expect(not(comes_again(&mark, 10, 1000)));
}

Test(ledger_again, a_refusal_that_people_will_see_is_none) {
    struct ledger_mark mark = {0};
    begin(REFUSED_VALUE, &mark);
    cr_expect(not(comes_again(&mark, 10, 1000)), "its line is kept");
    for (int i = 0; i < RECENT_PER_SECOND; i++)
        count(&with, REFUSED_VALUE, world_sender(&with, 10, 1000), &mark, 1000);
    cr_expect(comes_again(&mark, 10, 1000));
}

Test(ledger_again, a_text_that_made_way_is_looked_for) {
    struct ledger_mark mark = {0};
    begin(FOLDED_RED, &mark);
    for (int i = 0; i < LEDGER_SPELLED_MAX; i++) {
        char value[16];
        struct ledger_entry entry = entry_of(&with, FOLDED_BLUE, NULL);
        (void)snprintf(value, sizeof value, "v%d", i);
        entry.spelled = (struct sg_span){value, strlen(value)};
        entry.waits = true;
        ledger_fold(with.ledger, world_sender(&with, 10, 1000), &entry, 9);
    }
    cr_expect(not(comes_again(&mark, 10, 1000)));
}

Test(ledger_again, texts_that_are_hidden_are_not_counted) {
    struct ledger_mark mark = {0};
    struct ledger_spelled spelled;
    begin(UNKNOWN_NAME, &mark);
    ledger_hide_text(with.ledger);
    for (int i = 0; i < RECENT_PER_SECOND; i++)
        count(&with, UNKNOWN_NAME, world_sender(&with, 10, 1000), &mark, 1000);
    cr_expect(comes_again(&mark, 10, 1000));
    cr_expect(not(ledger_spelled(with.ledger, LEDGER_UNKNOWN_NAMES, 0, 1000, &spelled)));
    ledger_settle(with.ledger);
    world_expect_closed(&with);
}
