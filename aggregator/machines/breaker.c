/* The breaker's transitions. */
#include "machines/breaker.h"

/* The epoch that is `steps` after this one; epochs run from 1 to BREAKER_EPOCHS. */
static uint32_t epoch_behind(uint32_t epoch, uint64_t steps) {
    const uint64_t epochs = BREAKER_EPOCHS;
    return (uint32_t)((epoch - 1 + steps % epochs) % epochs) + 1;
}

void breaker_init(struct breaker *breaker, uint64_t seed) {
    *breaker = (struct breaker){.state = BREAKER_CLOSED,
                                .epoch = (uint32_t)(seed % (uint64_t)BREAKER_EPOCHS) + 1};
}

void breaker_restore(struct breaker *breaker, const struct catalog_breaker *rules,
                     const struct breaker *former, int64_t mono_ms) {
    const bool is_past = former->since_ms < mono_ms;
    breaker->state = rules->declared && (uint32_t)former->state < BREAKER_STATE_COUNT
                         ? former->state
                         : BREAKER_CLOSED;
    if (former->epoch > 0 && former->epoch <= BREAKER_EPOCHS)
        breaker->epoch = former->epoch;
    /* If the rules were different then, these may exceed what they allow now; the next outcome
     * decides. */
    breaker->failures = former->failures;
    breaker->probed = breaker->state == BREAKER_HALF_OPEN ? former->probed : 0;
    breaker->since_ms = is_past ? former->since_ms : mono_ms;
}

static void enter(struct breaker *breaker, enum breaker_state state, int64_t mono_ms) {
    breaker->state = state;
    breaker->since_ms = mono_ms;
    breaker->probed = 0;
    if (state == BREAKER_HALF_OPEN)
        breaker->epoch = epoch_behind(breaker->epoch, 1);
}

enum breaker_change breaker_advance(struct breaker *breaker, const struct catalog_breaker *rules,
                                    int64_t mono_ms, int64_t *ret_at_ms) {
    if (rules->reported || breaker->state == BREAKER_CLOSED)
        return BREAKER_SAME;
    const int64_t cooldown_ms = rules->cooldown_ms > 0 ? rules->cooldown_ms : 1;
    const int64_t past_ms = mono_ms - breaker->since_ms;
    if (past_ms < cooldown_ms)
        return BREAKER_SAME;
    if (breaker->state == BREAKER_OPEN) {
        enter(breaker, BREAKER_HALF_OPEN, breaker->since_ms + cooldown_ms);
        *ret_at_ms = breaker->since_ms;
        return BREAKER_COOLED;
    }
    const int64_t steps = past_ms / cooldown_ms;
    breaker->epoch = epoch_behind(breaker->epoch, (uint64_t)steps);
    breaker->since_ms += steps * cooldown_ms;
    *ret_at_ms = breaker->since_ms;
    return BREAKER_NEW_EPOCH;
}

static enum breaker_change failed(struct breaker *breaker, const struct catalog_breaker *rules,
                                  int64_t mono_ms) {
    breaker->failures++;
    if (breaker->state == BREAKER_HALF_OPEN) {
        enter(breaker, BREAKER_OPEN, mono_ms);
        return BREAKER_PROBE_FAILED;
    }
    if (breaker->state == BREAKER_CLOSED && breaker->failures >= rules->open_after) {
        enter(breaker, BREAKER_OPEN, mono_ms);
        return BREAKER_TRIPPED;
    }
    return BREAKER_SAME;
}

enum breaker_change breaker_outcome(struct breaker *breaker, const struct catalog_breaker *rules,
                                    bool success, int64_t mono_ms) {
    const bool runs_here = rules->declared && !rules->reported;
    if (!success && runs_here)
        return failed(breaker, rules, mono_ms);
    breaker->failures = success ? 0 : breaker->failures + 1;
    if (!success || !runs_here || breaker->state != BREAKER_HALF_OPEN ||
        ++breaker->probed < rules->probes)
        return BREAKER_SAME;
    enter(breaker, BREAKER_CLOSED, mono_ms);
    return BREAKER_RECOVERED;
}

void breaker_follow(struct breaker *breaker, enum breaker_state state, int64_t mono_ms) {
    enter(breaker, state, mono_ms);
}
