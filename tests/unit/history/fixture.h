/* SPDX-License-Identifier: MIT */
/* fixture.h - the ledger of three services, their history, and a clock. */
#ifndef STATGATE_TEST_HISTORY_FIXTURE_H
#define STATGATE_TEST_HISTORY_FIXTURE_H

#include "base/strbuf.h"
#include "history/history.h"

struct fixture {
    struct catalog_set set; /* alpha, beta, and the daemon's own */
    struct ledger *ledger;
    struct history *history;
    int64_t mono_ms;
    int64_t real_ms;
};

/* Starts at 1,000 s of the monotonic clock, after the first tick. alpha has a_total and b; beta has
 * c_total and the attempts d; the daemon's own service has e_total. */
void fixture_init(struct fixture *fixture);
void fixture_done(struct fixture *fixture);
extern const char *const fixture_catalogs[];
/* The same in two steps, with these catalogs of services, which end with NULL, in place of
 * those. */
void fixture_load(struct fixture *fixture, const char *const *texts);
bool fixture_make(struct fixture *fixture, struct object *object);

/* Counts a datagram of a process, and returns its row. */
const struct sender *sends(struct fixture *fixture, int32_t pid);
/* Counts `count` accepted samples from a process for a service. */
void accepts(struct fixture *fixture, int32_t pid, uint32_t service, uint64_t count);

/* Lets `seconds` seconds pass, with a tick at the end of each. */
void pass(struct fixture *fixture, int seconds);
/* Lets `ms` pass, and then makes a tick. */
void pass_ms(struct fixture *fixture, int64_t ms);

/* Expects the last `count` points of a curve to be `expected`, such as "0 5 - 1" (`-`: unknown). */
void expect_curve(const struct fixture *fixture, int service, enum history_curve curve,
                  enum history_span span, uint32_t count, const char *expected);

#endif
