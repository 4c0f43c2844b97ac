/* SPDX-License-Identifier: MIT */
/* Polling and ticking on a real socket. The decision itself is test_tick's. */
#include "ingress/ingress.h"

#include <unistd.h>

#include "assertions.h"
#include "listening.h"
#include "recorder.h"

TestSuite(ticking, .init = recorder_start, .fini = recorder_end, .timeout = 300);

static void run_for_ns(uint64_t ns) {
    const uint64_t end_ns = uv_hrtime() + ns;
    do
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    while (uv_hrtime() < end_ns);
}

/* Some twenty datagrams a millisecond until the socket is ticked. Returns how many were sent. */
static size_t keep_busy(int sender) {
    size_t sent = 0;
    while (!recorder_view(&recorder, 0).ticking) {
        for (int i = 0; i < 5; i++, sent++)
            sender_put(sender, "x");
        run_for_ns(250000);
        if (sent > RECORD_MAX / 2)
            cr_skip("this machine is too slow to keep a socket busy");
    }
    return sent;
}

Test(ticking, starts_on_a_busy_socket_and_ends_on_a_quiet_one) {
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    size_t sent = keep_busy(sender);
    cr_expect(ge(u64, recorder_figures(&recorder).tick_turns, 1));

    while (recorder_view(&recorder, 0).ticking)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(ge(u64, recorder_figures(&recorder).ticks, 1));
    cr_expect(eq(sz, recorder.count, sent));

    /* Polled again: the next one wakes the loop. */
    sender_put(sender, "x");
    sent++;
    recorder_run(&recorder, sent);
    cr_expect(eq(sz, recorder.count, sent));
    close(sender);
}

Test(ticking, takes_a_full_batch_further_at_the_next_turn) {
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    const size_t sent = keep_busy(sender);
    const uint64_t ticks = recorder_figures(&recorder).ticks;
    for (int i = 0; i < 150; i++)
        sender_put(sender, "x");
    recorder_run(&recorder, sent + 150);
    cr_expect(le(u64, recorder_figures(&recorder).ticks, ticks + 1));
    close(sender);
}

Test(ticking, gives_way_to_polling_when_a_tick_brings_too_many) {
    recorder_listen(&recorder, place_path("s"), 0);
    const int senders[] = {sender_open(place_path("s")), sender_open(place_path("s"))};
    const size_t sent = keep_busy(senders[0]);
    const uint64_t empty = recorder_figures(&recorder).empty;
    for (int i = 0; i < 260; i++)
        sender_put(senders[i % 2], "x");
    while (recorder_view(&recorder, 0).ticking)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(eq(u64, recorder_figures(&recorder).empty, empty));
    recorder_run(&recorder, sent + 260);
    cr_expect(eq(sz, recorder.count, sent + 260));
    close(senders[0]);
    close(senders[1]);
}

Test(ticking, shows_a_scrape_everything_sent_before) {
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    const size_t sent = keep_busy(sender);
    for (int i = 0; i < 10; i++)
        sender_put(sender, "x");
    (void)ingress_catch_up(recorder.ingress);
    cr_expect(eq(sz, recorder.count, sent + 10));
    close(sender);
}

Test(ticking, is_for_deep_queues_only) {
    struct ingress_listener listener = place_listen_deep(place_path("s"), 512);
    listener.queue_depth = 511;
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, 0), 0));
    const int sender = sender_open(place_path("s"));
    for (int i = 0; i < 200; i++) {
        sender_put(sender, "x");
        run_for_ns(50000);
    }
    recorder_run(&recorder, 200);
    cr_expect(eq(u64, recorder_figures(&recorder).tick_turns, 0));
    close(sender);
}
