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

Test(tick, starts_at_three_datagrams_a_millisecond) {
    cr_expect(not(polled(2, SMALL, MS, DEEP)));
    cr_expect(polled(3, SMALL, MS, DEEP));
    cr_expect(not(polled(5, SMALL, 2 * MS, DEEP)));
    cr_expect(polled(6, SMALL, 2 * MS, DEEP));
    cr_expect(not(polled(100, SMALL, 1000 * MS, DEEP)));
}

Test(tick, needs_a_deep_queue) {
    cr_expect(not(polled(10, SMALL, MS, 0)));
    cr_expect(not(polled(10, SMALL, MS, 10)));
    cr_expect(not(polled(10, SMALL, MS, 511)));
    cr_expect(polled(10, SMALL, MS, 512));
    cr_expect(not(ticked(10, SMALL, 511)));
}

Test(tick, judges_by_a_whole_millisecond) {
    struct tick tick = {0};
    const struct tick_look look = {1, SMALL, MS / 10};
    for (int i = 0; i < 9; i++)
        cr_expect(not(ingress_tick_decide(&tick, look, DEEP)));
    cr_expect(ingress_tick_decide(&tick, look, DEEP));
}

Test(tick, does_not_take_a_burst_after_silence_for_a_rate) {
    struct tick tick = {0};
    cr_expect(not(
        ingress_tick_decide(&tick, (struct tick_look){64, (uint64_t)64 * SMALL, 1000 * MS}, DEEP)));
    cr_expect(not(
        ingress_tick_decide(&tick, (struct tick_look){64, (uint64_t)64 * SMALL, MS / 100}, DEEP)));
    cr_expect(not(ingress_tick_decide(&tick, (struct tick_look){1, SMALL, 900 * MS}, DEEP)));
}

Test(tick, starts_each_window_again) {
    struct tick tick = {0};
    cr_expect(not(ingress_tick_decide(&tick, (struct tick_look){1, SMALL, 1000 * MS}, DEEP)));
    cr_expect(ingress_tick_decide(&tick, (struct tick_look){5, (uint64_t)5 * SMALL, MS}, DEEP));
    cr_expect(not(ingress_tick_decide(&tick, (struct tick_look){0, 0, MS}, DEEP)));
    cr_expect(
        not(ingress_tick_decide(&tick, (struct tick_look){2, (uint64_t)2 * SMALL, MS}, DEEP)));
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

/* What starts a tick does not end it. */
Test(tick, does_not_flap) {
    for (uint64_t datagrams = 0; datagrams < 1000; datagrams++) {
        const uint64_t sizes[] = {0, SMALL, 512, 1432, 8192, 65000};
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            if (polled(datagrams, sizes[i], MS, DEEP))
                cr_expect(ticked(datagrams + datagrams / 4, sizes[i], DEEP));
        }
    }
    cr_expect(not(polled(151, SMALL, MS, DEEP)));
}

Test(tick, never_starts_at_rates_of_no_sense) {
    cr_expect(not(polled(UINT64_MAX / 65536, 0, MS, DEEP)));
    cr_expect(not(polled(1000000, SMALL, MS, UINT32_MAX)));
    struct tick tick = {0};
    cr_expect(not(ingress_tick_decide(&tick, (struct tick_look){1, 1, 0}, DEEP)));
}
