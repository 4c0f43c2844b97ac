/* SPDX-License-Identifier: MIT */
/* Once made, the books allocate nothing. */
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

TestSuite(ledger_memory, .init = setup, .fini = teardown);

static size_t allocations;

void *__wrap_memory_alloc(size_t size);
void *__wrap_memory_array(size_t count, size_t size);
void *__wrap_memory_resize(void *piece, size_t count, size_t size);

void *__wrap_memory_alloc(size_t size) {
    allocations++;
    return calloc(1, size);
}

void *__wrap_memory_array(size_t count, size_t size) {
    allocations++;
    return calloc(count, size);
}

void *__wrap_memory_resize(void *piece, size_t count, size_t size) {
    allocations++;
    return realloc(piece, count * size);
}

/* Everything that a sample, a row of a query and a report can change. */
static void write_all(struct fixture *fixture, int32_t pid) {
    struct ledger *ledger = fixture->ledger;
    const struct sender *sender = seen(fixture, pid);
    for (int i = 0; i < FAMILIES; i++) {
        const struct sg_span key = {.at = (const char *)&pid, .len = sizeof pid};
        const struct ledger_entry entry = {.service = &fixture->services[i % SERVICES],
                                           .family = &fixture->families[i],
                                           .label = i - 1,
                                           .reason = SG_REJECT_UNKNOWN_LABEL,
                                           .spelled = key};
        ledger_accept(ledger, sender, (uint32_t)i % SERVICES, 1);
        ledger_ignore(ledger, sender, &entry, 1);
        ledger_fold(ledger, sender, &entry, 1);
        ledger_reject(ledger, sender, &entry, key, 0, 1, pid);
        ledger_row(ledger, &entry, VERDICT_REJECTED, 1000);
        ledger_row(ledger, &entry, VERDICT_FOLDED, 1000);
    }
    report(fixture, sender, (uint64_t)pid, 3, 1, 2);
    ledger_set_alive(ledger, (size_t)pid % 100, pid % 3 > 0);
}

Test(ledger_memory, nothing_needs_memory_once_there_are_books) {
    enum { PIDS = SENDERS_MAX + 100 };
    struct fixture dry = f;
    dry.ledger = ledger_new(NULL, &dry.set, 7);
    cr_assert(gt(sz, allocations, 0));
    allocations = 0;
    for (int32_t pid = 1; pid <= PIDS; pid++) {
        write_all(&dry, pid);
        write_all(&f, pid);
    }
    cr_expect(eq(sz, allocations, 0));
    assert_sums_close(&dry);
    cr_expect(
        eq(u64, ledger_total(dry.ledger)->by_verdict[VERDICT_FOLDED], (uint64_t)PIDS * FAMILIES));
    for (size_t i = 0; i < FAMILIES; i++) {
        const size_t bytes = (i + 1) * SG_REJECT_COUNT * sizeof(uint64_t);
        cr_expect(eq(int, 0,
                     memcmp(ledger_family_rejected(dry.ledger, &f.families[i]),
                            ledger_family_rejected(f.ledger, &f.families[i]), bytes)));
        cr_expect(eq(int, 0,
                     memcmp(ledger_family_folded(dry.ledger, &f.families[i]),
                            ledger_family_folded(f.ledger, &f.families[i]), bytes)));
    }
    ledger_free(dry.ledger);
}
