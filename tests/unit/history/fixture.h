/* fixture.h - books of three services, their history, and a clock. */
#ifndef STATGATE_TEST_HISTORY_FIXTURE_H
#define STATGATE_TEST_HISTORY_FIXTURE_H

#include "base/strbuf.h"
#include "history/history.h"

enum { SERVICES = 3, FAMILIES_MAX = 64 };

struct fixture {
    struct catalog_set set; /* alpha, beta, and the daemon's own */
    struct ledger *ledger;
    struct history *history;
    uint32_t samples[FAMILIES_MAX];
    int64_t mono_ms;
    int64_t real_ms;
};

/* At 1,000 s of the monotonic clock, the first tick done. alpha has a_total and b; beta c_total and the
 * attempts d; the daemon's own e_total. */
void fixture_init(struct fixture *fixture);
void fixture_done(struct fixture *fixture);
extern const char *const fixture_catalogs[];
/* The same in two steps; the catalogs of services, in place of those, end with NULL. */
void fixture_load(struct fixture *fixture, const char *const *texts);
bool fixture_make(struct fixture *fixture, const struct memory *memory, struct object *object);

const struct catalog_family *family(const struct fixture *fixture, const char *name);
/* So many samples of a family are accepted. */
void counts(struct fixture *fixture, const char *name, uint32_t samples);

/* The row of a process; it sent a datagram. */
const struct sender *sends(struct fixture *fixture, int32_t pid);
/* One that sent so many good samples for a service. */
void accepts(struct fixture *fixture, int32_t pid, uint32_t service, uint64_t count);

/* So many seconds pass, with a tick at the end of each. */
void pass(struct fixture *fixture, int seconds);
/* So much time passes, and there is a tick. */
void pass_ms(struct fixture *fixture, int64_t ms);

/* The last `count` points, "0 5 - 1" (`-`: unknown), are `expected`. */
void expect_curve(const struct fixture *fixture, int service, enum history_curve curve,
                  enum history_span span, uint32_t count, const char *expected);
void expect_family(const struct fixture *fixture, const char *name, enum history_span span,
                   uint32_t count, const char *expected);

#endif
