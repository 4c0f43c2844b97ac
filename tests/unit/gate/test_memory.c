/* SPDX-License-Identifier: MIT */
/* Each allocation of the gate fails in turn: then there is no gate, or a line is not remembered. */
#include <stdio.h>

#include "assertions.h"
#include "fixture.h"
#include "scarce.h"

static struct fixture fx;

static void setup(void) {
    fixture_families(
        &fx,
        "\"c_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{\"x\":{\"pattern\":"
        "\"integer\",\"max\":20000}}},"
        "\"s\":{\"type\":\"summary\",\"help\":\"\",\"reading\":\"absolute\",\"quantiles\":[0.5]}");
}

static void teardown(void) {
    fixture_done(&fx);
}

TestSuite(gate_memory, .init = setup, .fini = teardown);

/* Replaces the fixture's gate by one that uses this memory. False when out of memory. */
static bool open_gate(const struct memory *memory, struct gate **ret_other) {
    struct gate *gate = gate_new(memory, NULL, &fx.set, fx.store, fx.ledger, fx.breakers_jobs, 42);
    if (gate == NULL)
        return false;
    *ret_other = fx.gate;
    fx.gate = gate;
    return true;
}

static void close_gate(struct gate *other) {
    gate_free(fx.gate);
    fx.gate = other;
}

static struct gate_figures figures_now(void) {
    struct gate_figures figures;
    gate_figures(fx.gate, &figures);
    return figures;
}

static uint64_t accepted(void) {
    return ledger_total(fx.ledger)->by_verdict[VERDICT_ACCEPTED];
}

/* Every line counts, whether it is remembered or not. True if all were remembered. */
static bool send_twice(const struct memory *memory, void *arg) {
    static const char *const lines[] = {"c_total:1|c|#x:1", "c_total:1|c|#x:2", "s_sum:5|g",
                                        "s_count:3|g"};
    const size_t count = sizeof lines / sizeof lines[0];
    struct gate *other;
    (void)arg;
    if (!open_gate(memory, &other))
        return false;
    const uint64_t before = accepted();
    for (size_t i = 0; i < 2 * count; i++)
        fixture_send(&fx, lines[i % count]);
    const struct gate_figures figures = figures_now();
    cr_expect(eq(u64, accepted() - before, 2 * count));
    cr_expect(eq(u64, figures.hits, figures.lines), "what was kept is found");
    cr_expect(eq(u64, figures.misses, 2 * count - figures.lines), "the rest is resolved again");
    close_gate(other);
    return figures.lines == count;
}

Test(gate_memory, each_allocation_may_fail) {
    cr_expect(lt(sz, 5, scarce_each_spared(send_twice, NULL)));
}

static void flood(unsigned from, unsigned to) {
    for (unsigned i = from; i < to; i++) {
        char line[64];
        (void)snprintf(line, sizeof line, "c_total:1|c|#x:%u", i);
        fixture_send(&fx, line);
    }
}

/* A full window forgets a line before it requests memory for another. If there is no memory, the
 * hole remains for the next line. */
Test(gate_memory, a_full_table_without_memory_counts_all_the_same) {
    enum { LINES = 20000 };
    struct scarce scarce;
    struct gate *other;
    scarce_init(&scarce, SIZE_MAX);
    cr_assert(open_gate(&scarce.memory, &other));
    flood(0, LINES);
    flood(0, LINES);
    const struct gate_figures full = figures_now();
    scarce.granted = 0;
    flood(0, LINES);
    const struct gate_figures without = figures_now();
    cr_expect(le(u64, without.lines, full.lines));
    scarce.granted = SIZE_MAX;
    flood(0, LINES);
    cr_expect(ge(u64, figures_now().lines, full.lines - LINES / 100), "holes are filled again");
    cr_expect(eq(u64, accepted(), UINT64_C(4) * LINES));
    close_gate(other);
    cr_expect(eq(sz, scarce.live, 0));
}
