/* SPDX-License-Identifier: MIT */
/* Datagrams through the loop: order, turns, budget. */
#include "ingress/ingress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assertions.h"
#include "listening.h"
#include "recorder.h"

TestSuite(ingress, .init = recorder_start, .fini = recorder_end, .timeout = 300);

static void send_numbers(int fd, int from, int count) {
    for (int i = from; i < from + count; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        sender_put(fd, text);
    }
}

static void expect_numbers(size_t count) {
    cr_assert(eq(sz, recorder.count, count));
    for (size_t i = 0; i < count; i++)
        cr_assert(eq(long, strtol(recorder.records[i].text, NULL, 10), (long)i));
}

Test(ingress, keeps_order_and_loses_nothing_when_the_time_is_short) {
    recorder.most_per_call = 3;
    recorder.work_ns = INGRESS_TURN_NS;
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    send_numbers(sender, 0, 200);
    recorder_run(&recorder, 200);
    expect_numbers(200);
    struct ingress_work work;
    ingress_work(recorder.ingress, &work);
    cr_expect(ge(u64, work.held, 200 / 3 - 4));
    /* The time of a callback is for one step only: no more calls of the sink than callbacks. */
    cr_expect(ge(u64, work.watch.callbacks, recorder.calls));
    cr_expect(eq(u64, recorder_figures(&recorder).datagrams, 200));
    close(sender);
}

/* Views wait for the end of a datagram: that comes before the turn ends, and nothing else does. */
Test(ingress, a_datagram_that_takes_several_turns_is_the_last_of_its_turn) {
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    recorder.steps = 5;
    recorder.work_ns = INGRESS_LATEST_NS / 2;
    send_numbers(sender, 0, 20);
    while (recorder.count < 20) {
        const bool was_midway = ingress_is_midway(recorder.ingress);
        const size_t before = recorder.count;
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
        cr_assert(le(sz, recorder.count - before, 1));
        if (was_midway && recorder.count > before)
            cr_assert(not(ingress_is_midway(recorder.ingress)));
    }
    expect_numbers(20);
    close(sender);
}

Test(ingress, counts_slow_callbacks) {
    struct ingress_work work;
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    recorder.work_ns = 1500000;
    sender_put(sender, "slow");
    recorder_run(&recorder, 1);
    ingress_work(recorder.ingress, &work);
    cr_expect(ge(u64, work.watch.slow, 1));
    cr_expect(ge(u64, work.watch.longest_ns, 1500000));
    close(sender);
}

Test(ingress, catches_up_for_a_bounded_time) {
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    send_numbers(sender, 0, 200);
    recorder.work_ns = 100000;
    recorder.most_per_call = 1;
    const size_t done = ingress_catch_up(recorder.ingress);
    cr_expect(ge(sz, done, 1));
    cr_expect(le(sz, done, 8));
    recorder.work_ns = 0;
    recorder_run(&recorder, 200);
    expect_numbers(200);
    close(sender);
}

/* A descriptor that recvmmsg refuses though poll calls it readable. */
Test(ingress, leaves_a_failing_socket_alone_for_a_while) {
    int pipes[2];
    cr_assert(eq(int, pipe2(pipes, O_CLOEXEC), 0));
    const struct ingress_listener listener = {.fd = pipes[0], .inherited = true, .lock = -1};
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, 0), 0));
    cr_assert(eq(int, (int)write(pipes[1], "x", 1), 1));
    while (recorder_figures(&recorder).errors == 0)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    for (int i = 0; i < 100; i++)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(le(u64, recorder_figures(&recorder).errors, 2));
    cr_expect(eq(int, recorder_figures(&recorder).last_error, ENOTSOCK));
    while (recorder_figures(&recorder).errors < 3)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    close(pipes[1]);
}
