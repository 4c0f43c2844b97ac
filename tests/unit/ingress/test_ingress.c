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

Test(ingress, brings_datagrams_with_their_origin) {
    const int64_t begun_ms = (int64_t)(uv_hrtime() / 1000000);
    recorder_listen(&recorder, place_path("s"), 7);
    const int sender = sender_open(place_path("s"));
    sender_put(sender, "a:1|c");
    recorder_run(&recorder, 1);
    cr_expect(eq(str, recorder.records[0].text, "a:1|c"));
    cr_expect(eq(sz, recorder.records[0].len, 5));
    cr_expect(not(recorder.records[0].truncated));
    cr_expect(eq(u32, recorder.records[0].origin.scope, 7));
    cr_expect(eq(i32, recorder.records[0].origin.pid, getpid()));
    cr_expect(lt(i64, 1600000000000, recorder.last.real_ms));
    cr_expect(ge(i64, recorder.last.mono_ms, begun_ms));
    cr_expect(eq(u64, recorder.traffic.datagrams, 1));
    cr_expect(eq(u64, recorder.traffic.bytes, 5));
    close(sender);
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

Test(ingress, takes_steps_until_its_time_is_used) {
    recorder.most_per_call = 1;
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    send_numbers(sender, 0, 60);
    recorder_run(&recorder, 60);
    struct ingress_work work;
    ingress_work(recorder.ingress, &work);
    cr_expect(ge(sz, recorder.calls, 60));
    cr_expect(lt(u64, work.watch.callbacks, 60), "several steps in a callback");
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

Test(ingress, receives_nothing_new_before_the_rest_is_applied) {
    recorder.most_per_call = 1;
    recorder.work_ns = INGRESS_TURN_NS / 4;
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    send_numbers(sender, 0, 130);
    while (recorder.count < 130) {
        const uint64_t received = recorder.traffic.datagrams;
        const size_t before = recorder.count;
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
        if (before < received)
            cr_assert(recorder.traffic.datagrams == received || recorder.count >= received);
    }
    expect_numbers(130);
    close(sender);
}

Test(ingress, lets_sockets_take_turns) {
    recorder.most_per_call = 16;
    recorder_listen(&recorder, place_path("a"), 1);
    recorder_listen(&recorder, place_path("b"), 2);
    const int busy = sender_open(place_path("a"));
    const int quiet = sender_open(place_path("b"));
    send_numbers(busy, 0, 250);
    sender_put(quiet, "quiet");
    recorder_run(&recorder, 251);
    size_t at = 0;
    while (strcmp(recorder.records[at].text, "quiet") != 0)
        at++;
    cr_expect(le(sz, at, 64), "served after %zu datagrams of the other", at);
    cr_expect(eq(u32, recorder.records[at].origin.scope, 2));
    close(busy);
    close(quiet);
}

Test(ingress, counts_datagrams_per_wake) {
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    const size_t bursts[] = {1, 2, 3, 4, 5, 64};
    size_t sent = 0;
    for (size_t i = 0; i < sizeof bursts / sizeof bursts[0]; i++) {
        send_numbers(sender, (int)sent, (int)bursts[i]);
        sent += bursts[i];
        recorder_run(&recorder, sent);
    }
    const struct ingress_figures figures = recorder_figures(&recorder);
    const uint64_t expected[] = {1, 1, 2, 1, 0, 0, 1};
    for (size_t i = 0; i < INGRESS_PER_WAKE_BUCKETS; i++)
        cr_expect(eq(u64, figures.per_wake[i], expected[i]), "up to %u", ingress_per_wake_bound(i));
    cr_expect(eq(u64, figures.wakes, 6));
    cr_expect(eq(u64, figures.datagrams, sent));
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

Test(ingress, shows_its_sockets) {
    recorder_listen(&recorder, place_path("a"), 0);
    recorder_listen(&recorder, place_path("b"), 5);
    cr_assert(eq(sz, ingress_count(recorder.ingress), 2));
    const struct ingress_view view = recorder_view(&recorder, 1);
    cr_expect(eq(str, (char *)view.listener->path, (char *)place_path("b")));
    cr_expect(eq(u32, view.listener->queue_depth, INGRESS_QUEUE_WANTED));
    cr_expect(eq(u32, view.scope, 5));
    cr_expect(not(view.ticking));
}

Test(ingress, catches_up_without_the_loop) {
    recorder_listen(&recorder, place_path("a"), 0);
    recorder_listen(&recorder, place_path("b"), 1);
    const int first = sender_open(place_path("a"));
    const int second = sender_open(place_path("b"));
    send_numbers(first, 0, 100);
    send_numbers(second, 100, 30);
    recorder.most_per_call = 40;
    size_t done = 0;
    size_t more;
    do
        done += more = ingress_catch_up(recorder.ingress);
    while (more > 0);
    cr_expect(eq(sz, done, 130));
    long next[] = {0, 100}; /* in order for each socket */
    for (size_t i = 0; i < 130; i++) {
        const long number = strtol(recorder.records[i].text, NULL, 10);
        cr_assert(eq(long, number, next[number >= 100]++));
    }
    close(first);
    close(second);
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
