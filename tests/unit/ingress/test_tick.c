/* SPDX-License-Identifier: MIT */
/* When a socket is ticked and when it is polled, as a table of observations. */
#include "ingress/tick.h"

#include "assertions.h"

static const uint64_t MS = 1000000;

enum { DEEP = 2048, SMALL = 40 };

static bool polled(uint64_t datagrams, uint64_t bytes_each, uint64_t elapsed_ns, uint32_t depth) {
    struct tick tick = {0};
    const struct tick_look look = {datagrams, datagrams * bytes_each, elapsed_ns};
    return ingress_tick_decide(&tick, look, depth);
}

static bool ticked(uint64_t datagrams, uint64_t bytes_each, uint32_t depth) {
    struct tick tick = {.ticking = true};
    const struct tick_look look = {datagrams, datagrams * bytes_each, MS};
    return ingress_tick_decide(&tick, look, depth);
}

Test(tick, goes_on_until_one_brings_nothing) {
    cr_expect(ticked(1, SMALL, DEEP));
    cr_expect(ticked(200, SMALL, DEEP));
    cr_expect(not(ticked(0, 0, DEEP)));
}

Test(tick, ends_when_one_brings_too_many) {
    cr_expect(not(ticked(201, SMALL, DEEP)));
    cr_expect(ticked(128, SMALL, 512));
    cr_expect(not(ticked(129, SMALL, 512)));
}

/* What a sender's stock send buffer holds unread: 278 small ones, 93 of 1432 bytes, 13 of 8192. */
Test(tick, leaves_room_in_a_senders_buffer) {
    cr_expect(ticked(60, 1432, DEEP));
    cr_expect(not(ticked(93, 1432, DEEP)));
    cr_expect(ticked(9, 8192, DEEP));
    cr_expect(not(ticked(15, 8192, DEEP)));
    cr_expect(not(ticked(4, 65000, DEEP)));
    cr_expect(not(polled(15, 8192, MS, DEEP)));
}

Test(tick, never_starts_at_rates_of_no_sense) {
    cr_expect(not(polled(UINT64_MAX / 65536, 0, MS, DEEP)));
    cr_expect(not(polled(1000000, SMALL, MS, UINT32_MAX)));
    struct tick tick = {0};
    cr_expect(not(ingress_tick_decide(&tick, (struct tick_look){1, 1, 0}, DEEP)));
}
