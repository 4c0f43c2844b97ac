/* SPDX-License-Identifier: MIT */
/* Callers that wait until what was sent before has been applied. */
#include "ingress/ingress.h"

#include <stdio.h>
#include <unistd.h>

#include "assertions.h"
#include "listening.h"
#include "recorder.h"

TestSuite(await, .init = recorder_start, .fini = recorder_end, .timeout = 300);

/* A caller that waits, and how many datagrams had been applied when it was called back. */
struct watcher {
    struct ingress_wait wait;
    size_t calls;
    size_t seen;
};

static void on_done(void *arg) {
    struct watcher *watcher = arg;
    watcher->calls++;
    watcher->seen = recorder.count;
}

static void ask(struct watcher *watcher) {
    *watcher = (struct watcher){.wait = {.done = on_done, .arg = watcher}};
    ingress_await(recorder.ingress, &watcher->wait);
}

static void put_many(int sender, size_t count) {
    while (count-- > 0)
        sender_put(sender, "x");
}

static void turn(void) {
    (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
}

/* The next turn, or on a slow machine the one after it. */
static void turn_until(const struct watcher *watcher) {
    while (watcher->calls == 0)
        turn();
}

Test(await, asking_receives_nothing_and_the_next_turn_does) {
    struct watcher watchers[3];
    recorder_listen(&recorder, place_path("a"), 0);
    recorder_listen(&recorder, place_path("b"), 1);
    const int senders[] = {sender_open(place_path("a")), sender_open(place_path("b"))};
    put_many(senders[0], 60);
    put_many(senders[1], 30);
    for (size_t i = 0; i < 3; i++)
        ask(&watchers[i]);
    cr_expect(eq(sz, recorder.calls, 0), "applied below the caller");
    cr_expect(eq(u64, recorder.traffic.datagrams, 0), "received below the caller");
    turn_until(&watchers[0]);
    for (size_t i = 0; i < 3; i++) {
        cr_expect(eq(sz, watchers[i].calls, 1));
        cr_expect(eq(sz, watchers[i].seen, 90));
    }
    turn();
    cr_expect(eq(sz, watchers[0].calls, 1), "once");
    close(senders[0]);
    close(senders[1]);
}

Test(await, an_idle_loop_does_not_sleep_over_it) {
    struct watcher watcher;
    recorder_listen(&recorder, place_path("s"), 0);
    turn();
    ask(&watcher);
    /* Nothing is to come: without the turn that was asked for this would wait forever. */
    (void)uv_run(&recorder.loop, UV_RUN_ONCE);
    cr_expect(eq(sz, watcher.calls, 1));
    ask(&watcher);
    (void)uv_run(&recorder.loop, UV_RUN_ONCE);
    cr_expect(eq(sz, watcher.calls, 1));
}

Test(await, the_rest_of_a_batch_comes_first) {
    struct watcher watcher;
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    put_many(sender, 50);
    recorder.most_per_call = 5;
    recorder.work_ns = INGRESS_TURN_NS;
    recorder_run(&recorder, 5);
    cr_assert(lt(sz, recorder.count, 50));
    recorder.work_ns = 0;
    recorder.most_per_call = 0;
    ask(&watcher);
    turn_until(&watcher);
    cr_expect(eq(sz, watcher.seen, 50));
    close(sender);
}

Test(await, sockets_that_never_get_empty_are_waited_for_two_turns) {
    struct watcher first;
    struct watcher second;
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    put_many(sender, 200);
    recorder.work_ns = 100000;
    recorder.most_per_call = 1;
    ask(&first);
    turn();
    cr_expect(eq(sz, first.calls, 0));
    ask(&second);
    turn();
    cr_expect(eq(sz, first.calls, 1));
    cr_expect(ge(sz, first.seen, 2));
    cr_expect(le(sz, first.seen, 20), "two turns have 0.6 ms");
    cr_expect(eq(sz, second.calls, 0), "each has its own");
    turn();
    cr_expect(eq(sz, second.calls, 1));
    recorder.work_ns = 0;
    recorder_run(&recorder, 200);
    close(sender);
}

Test(await, who_goes_away_is_forgotten) {
    struct watcher watchers[4];
    recorder_listen(&recorder, place_path("s"), 0);
    for (size_t i = 0; i < 3; i++)
        ask(&watchers[i]);
    ingress_forget(recorder.ingress, &watchers[1].wait);
    ingress_forget(recorder.ingress, &watchers[2].wait); /* the last of the line */
    ask(&watchers[3]);
    turn();
    cr_expect(eq(sz, watchers[0].calls, 1));
    cr_expect(eq(sz, watchers[1].calls, 0));
    cr_expect(eq(sz, watchers[2].calls, 0));
    cr_expect(eq(sz, watchers[3].calls, 1));
}

Test(await, the_end_lets_everybody_go_when_all_is_applied) {
    struct watcher watcher;
    bool empty = false;
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    put_many(sender, 200);
    ask(&watcher);
    cr_expect(eq(sz, ingress_drain(recorder.ingress, 10000, &empty), 200));
    cr_expect(empty);
    cr_expect(eq(sz, watcher.calls, 1));
    cr_expect(eq(sz, watcher.seen, 200));
    close(sender);
}

/* A caller may wait again from its own `done`. */
static void on_done_ask(void *arg) {
    struct watcher *watcher = arg;
    watcher->calls++;
    ingress_await(recorder.ingress, &watcher->wait);
}

Test(await, who_asks_again_waits_for_another_turn) {
    struct watcher watcher;
    recorder_listen(&recorder, place_path("s"), 0);
    ask(&watcher);
    watcher.wait.done = on_done_ask;
    turn();
    cr_expect(eq(sz, watcher.calls, 1));
    turn();
    cr_expect(eq(sz, watcher.calls, 2));
    ingress_forget(recorder.ingress, &watcher.wait);
}
