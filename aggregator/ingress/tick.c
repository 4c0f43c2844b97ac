#include "ingress/tick.h"

enum {
    NS_PER_MS = 1000000,
    /* A sender's send buffer is charged for unread datagrams: about 640 bytes for each and 5/4 of
     * its length (measured: 278 of up to 192 bytes fill the stock 212,992 bytes, 93 of 1432, 13 of
     * 8192). A tick must leave room, or one busy sender stalls between two looks. */
    SEND_BUFFER = 212992,
    CHARGE_MOST = SEND_BUFFER / 4 * 3,
    CHARGE_EACH = 640
};

static uint64_t most_datagrams(uint32_t queue_depth) {
    const uint64_t quarter = queue_depth / 4;
    return quarter < TICK_DATAGRAMS_MOST ? quarter : TICK_DATAGRAMS_MOST;
}

static uint64_t charge(uint64_t datagrams, uint64_t bytes) {
    return datagrams * CHARGE_EACH + bytes + bytes / 4;
}

bool tick_overflows(uint64_t datagrams, uint64_t bytes, uint32_t queue_depth) {
    return datagrams > most_datagrams(queue_depth) || charge(datagrams, bytes) > CHARGE_MOST;
}

static bool set(struct tick *tick, bool ticking) {
    *tick = (struct tick){.ticking = ticking};
    return ticking;
}

bool tick_decide(struct tick *tick, struct tick_look look, uint32_t queue_depth) {
    if (queue_depth < TICK_DEPTH_LEAST)
        return set(tick, false);
    if (tick->ticking)
        return set(tick,
                   look.datagrams > 0 && !tick_overflows(look.datagrams, look.bytes, queue_depth));

    tick->window_ns += look.elapsed_ns;
    tick->window_datagrams += look.datagrams;
    tick->window_bytes += look.bytes;
    if (tick->window_ns < NS_PER_MS)
        return false;
    /* Ticking starts a quarter below the rate that would end it again, so that it does not flap. */
    const double per_ms = (double)NS_PER_MS / (double)tick->window_ns;
    const double datagrams = (double)tick->window_datagrams * per_ms;
    const double charged = (double)charge(tick->window_datagrams, tick->window_bytes) * per_ms;
    return set(tick, datagrams >= TICK_ENTER_PER_MS &&
                         datagrams <= (double)most_datagrams(queue_depth) * 0.75 &&
                         charged <= CHARGE_MOST * 0.75);
}
