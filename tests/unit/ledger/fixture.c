/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <string.h>

#include "assertions.h"

void fixture_init(struct fixture *fixture) {
    static const char *const names[SERVICES] = {"alpha", "beta", "gamma"};
    memset(fixture, 0, sizeof *fixture);
    for (uint32_t i = 0; i < SERVICES; i++) {
        fixture->services[i].service = names[i];
        fixture->services[i].index = i;
        fixture->service_list[i] = &fixture->services[i];
    }
    for (uint32_t i = 0; i < FAMILIES; i++) {
        fixture->families[i].catalog = &fixture->services[i % SERVICES];
        fixture->families[i].label_count = i;
        fixture->families[i].index = i;
        fixture->family_list[i] = &fixture->families[i];
    }
    fixture->set.catalogs = fixture->service_list;
    fixture->set.count = SERVICES;
    fixture->set.families = fixture->family_list;
    fixture->set.family_count = FAMILIES;
    fixture->ledger = ledger_new(NULL, &fixture->set, 7);
    cr_assert(ne(ptr, fixture->ledger, NULL));
}

void fixture_done(struct fixture *fixture) {
    ledger_free(fixture->ledger);
}

const struct sender *seen(struct fixture *fixture, int32_t pid) {
    bool is_new;
    return ledger_sender(fixture->ledger, pid, 1000, 100, 1000, &is_new);
}

void report(struct fixture *fixture, const struct sender *sender, uint64_t handle, uint64_t sent,
            uint64_t lost, uint64_t received) {
    const struct ledger_claim claim = {handle, sent, lost, received};
    ledger_report(fixture->ledger, sender, &claim, fixture->mono_ms);
}

void assert_sums_close(const struct fixture *fixture) {
    const struct ledger *ledger = fixture->ledger;
    uint64_t rows;
    const struct sender *departed = ledger_departed(ledger, &rows);
    for (size_t v = 0; v < VERDICT_COUNT; v++) {
        uint64_t by_service = 0;
        uint64_t by_sender = departed->tally.by_verdict[v];
        for (int s = -1; s < SERVICES; s++)
            by_service += ledger_service(ledger, s)->by_verdict[v];
        for (size_t i = 0; i < ledger_sender_count(ledger); i++)
            by_sender += ledger_sender_at(ledger, i)->tally.by_verdict[v];
        cr_assert(eq(u64, by_service, ledger_total(ledger)->by_verdict[v]));
        cr_assert(eq(u64, by_sender, ledger_total(ledger)->by_verdict[v]));
    }
    uint64_t by_reason = 0;
    for (int s = -1; s < SERVICES; s++)
        for (size_t r = 0; r < SG_REJECT_COUNT; r++)
            by_reason += ledger_reasons(ledger, s)[r];
    cr_assert(eq(u64, by_reason, ledger_total(ledger)->by_verdict[VERDICT_REJECTED]));
}
