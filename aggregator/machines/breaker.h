/*
 * breaker.h - a circuit breaker as a pure machine: what it is, and what an outcome or the passing
 * of time makes of it.
 *
 *            open_after consecutive failures
 *   closed ───────────────────────────────────▶ open ◀───────────────┐
 *      ▲                                          │ cooldown_ms      │ one failure
 *      └──── `probes` successes ──── half-open ◀──┘                  │
 *                                        └───────────────────────────┘
 *
 * While half-open a new epoch begins every cooldown_ms: each client lets one attempt through per
 * epoch. Outcomes that arrive while it is open change consecutive failures only.
 */
#ifndef STATGATE_MACHINES_BREAKER_H
#define STATGATE_MACHINES_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/catalog.h"

enum { BREAKER_EPOCHS = (1 << 30) - 1 /**< 1 to 2^30 - 1, then 1 again */ };

struct breaker {
    enum breaker_state state;
    uint32_t epoch;
    uint64_t failures; /**< consecutive, whatever the state; 0 after a success */
    uint32_t probed;   /**< successes since it became half-open */
    int64_t since_ms;  /**< monotonic: of the state while open, of the epoch while half-open */
};

/** What changed. */
enum breaker_change {
    BREAKER_SAME,
    BREAKER_NEW_EPOCH,    /**< one or more of them began */
    BREAKER_COOLED,       /**< open -> half-open, with a new epoch */
    BREAKER_TRIPPED,      /**< closed -> open */
    BREAKER_PROBE_FAILED, /**< half-open -> open */
    BREAKER_RECOVERED     /**< half-open -> closed */
};

/** Closed; its first epoch is the one behind that which `seed` (any number) picks. */
void breaker_init(struct breaker *breaker, uint64_t seed);
/** Go on as one of a former process, with these rules and at this time. A state that it cannot have under
 * the rules is closed. The epoch stays what it is if that one has none. */
void breaker_restore(struct breaker *breaker, const struct catalog_breaker *rules,
                     const struct breaker *former, int64_t mono_ms);
/**
 * The next change that time makes up to mono_ms, with the monotonic time at which it was due in
 * *ret_at_ms. To be called until nothing changes: the result does not depend on how often.
 */
enum breaker_change breaker_advance(struct breaker *breaker, const struct catalog_breaker *rules,
                                    int64_t mono_ms, int64_t *ret_at_ms);
/** An attempt ended; time was applied before. */
enum breaker_change breaker_outcome(struct breaker *breaker, const struct catalog_breaker *rules,
                                    bool success, int64_t mono_ms);
/** A breaker that runs elsewhere is in this state now; half-open is a new epoch. */
void breaker_follow(struct breaker *breaker, enum breaker_state state, int64_t mono_ms);

#endif
