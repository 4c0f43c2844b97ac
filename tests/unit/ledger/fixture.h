/* SPDX-License-Identifier: MIT */
/* fixture.h - a small catalog set, made by hand, and its ledger. */
#ifndef STATGATE_TEST_LEDGER_FIXTURE_H
#define STATGATE_TEST_LEDGER_FIXTURE_H

#include "ledger/ledger.h"

enum { SERVICES = 3, FAMILIES = 4 };

struct fixture {
    struct catalog services[SERVICES];
    struct catalog *service_list[SERVICES];
    struct catalog_family
        families[FAMILIES]; /* with 0, 1, 2 and 3 labels; family i is of service i % 3 */
    struct catalog_family *family_list[FAMILIES];
    struct catalog_set set;
    struct ledger *ledger;
    int64_t mono_ms; /* when reports arrive */
};

/* Makes the set and its ledger. */
void fixture_init(struct fixture *fixture);
void fixture_done(struct fixture *fixture);

/* The row of a process seen at 1 s, uid 1000, gid 100. */
const struct sender *seen(struct fixture *fixture, int32_t pid);

/* Takes a report in a datagram with `received` samples. */
void report(struct fixture *fixture, const struct sender *sender, uint64_t handle, uint64_t sent,
            uint64_t lost, uint64_t received);

/* Fail the test unless total == sum of services == sum of senders and departed, for every verdict.
 */
void assert_sums_close(const struct fixture *fixture);

#endif
