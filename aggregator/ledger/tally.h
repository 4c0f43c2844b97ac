/*
 * tally.h - the verdicts on a sample, and how many samples got each.
 */
#ifndef STATGATE_LEDGER_TALLY_H
#define STATGATE_LEDGER_TALLY_H

#include <stdint.h>

enum verdict {
    VERDICT_ACCEPTED,
    VERDICT_FOLDED,   /**< counted, but a label value became its fallback */
    VERDICT_REJECTED, /**< refused, with a reason */
    VERDICT_IGNORED,  /**< event, service check, client telemetry, a family that is not exposed */
    VERDICT_COUNT
};

/** "accepted", "folded", ... Static. */
const char *verdict_text(enum verdict verdict);

struct tally {
    uint64_t by_verdict[VERDICT_COUNT];
};

static inline uint64_t tally_total(const struct tally *tally) {
    return tally->by_verdict[VERDICT_ACCEPTED] + tally->by_verdict[VERDICT_FOLDED] +
           tally->by_verdict[VERDICT_REJECTED] + tally->by_verdict[VERDICT_IGNORED];
}

#endif
