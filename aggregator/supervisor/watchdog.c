/* The arithmetic of the watchdog. */
#include "supervisor/watchdog.h"

void watchdog_beat(struct watchdog *watchdog, int64_t now_ms) {
    *watchdog = (struct watchdog){.due_ms = now_ms + WATCHDOG_TICK_MS + WATCHDOG_SLACK_MS};
}

bool watchdog_tick(struct watchdog *watchdog, int64_t now_ms) {
    if (watchdog->due_ms == 0 || now_ms < watchdog->due_ms)
        return false;
    watchdog->due_ms = now_ms + WATCHDOG_TICK_MS;
    watchdog->missed++;
    return true;
}

bool watchdog_is_over(const struct watchdog *watchdog, unsigned ticks) {
    return watchdog->missed >= ticks;
}

unsigned watchdog_start_ticks(uint32_t ready_timeout_ms) {
    const unsigned ticks = ready_timeout_ms / WATCHDOG_TICK_MS * 6;
    return ticks > WATCHDOG_TICKS ? ticks : WATCHDOG_TICKS;
}
