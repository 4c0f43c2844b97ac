/*
 * breaker.h - a circuit breaker as a pure state machine: its state, and how outcomes and the
 * passing of time change it.
 *
 *            open_after consecutive failures
 *   closed ───────────────────────────────────▶ open ◀───────────────┐
 *      ▲                                          │ cooldown_ms      │ one failure
 *      └──── `probes` successes ──── half-open ◀──┘                  │
 *                                        └───────────────────────────┘
 *
 * While half-open, a new epoch begins every cooldown_ms: each client lets one attempt through per
 * epoch. While open, an outcome changes only the number of consecutive failures.
 */
#ifndef STATGATE_MACHINES_BREAKER_H
#define STATGATE_MACHINES_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "catalog/catalog.h"

enum {
    BREAKER_EPOCHS = (1 << 30) - 1 /**< epochs run from 1 to 2^30 - 1, then start at 1 again */
};

struct breaker {
    enum breaker_state state;
    uint32_t epoch;
    uint64_t failures; /**< consecutive failures, in any state; 0 after a success */
    uint32_t probed;   /**< successes since the breaker became half-open */
    int64_t since_ms;  /**< monotonic start of the state while open, of the epoch while half-open */
};

/** What a call changed. */
enum breaker_change {
    BREAKER_SAME,
    BREAKER_NEW_EPOCH,    /**< one or more epochs began */
    BREAKER_COOLED,       /**< open -> half-open, with a new epoch */
    BREAKER_TRIPPED,      /**< closed -> open */
    BREAKER_PROBE_FAILED, /**< half-open -> open */
    BREAKER_RECOVERED     /**< half-open -> closed */
};

/** Start closed. The first epoch is the one after the epoch that `seed` (any number) picks. */
void breaker_init(struct breaker *breaker, uint64_t seed);
/** Continue a breaker of a former process under these rules. A state that the rules do not allow
 * becomes closed. If the former breaker has no epoch, this one keeps its own. */
void breaker_restore(struct breaker *breaker, const struct catalog_breaker *rules,
                     const struct breaker *former, int64_t mono_ms);
/**
 * Apply the next change that is due by mono_ms; *ret_at_ms gets the monotonic time at which it was
 * due. Call it until nothing changes: the result does not depend on how often it is called.
 */
enum breaker_change breaker_advance(struct breaker *breaker, const struct catalog_breaker *rules,
                                    int64_t mono_ms, int64_t *ret_at_ms);
/** An attempt ended. Call breaker_advance first. */
enum breaker_change breaker_outcome(struct breaker *breaker, const struct catalog_breaker *rules,
                                    bool success, int64_t mono_ms);
/** A breaker that runs elsewhere is now in this state. Half-open begins a new epoch. */
void breaker_follow(struct breaker *breaker, enum breaker_state state, int64_t mono_ms);

#endif
