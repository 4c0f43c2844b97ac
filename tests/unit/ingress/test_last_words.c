/* SPDX-License-Identifier: MIT */
/* Datagrams that a process sent before its end and that are read after it: the gate and the watches
 * together. */
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "assertions.h"
#include "fixture.h"
#include "ingress/ingress.h"

static struct fixture fx;
static uv_loop_t loop;
static uv_idle_t busy; /* a loop without active handles does not turn */
static struct owner_watch *watch;
static struct sender_watch *senders;
static uint64_t marks;
static bool more_waits; /* the sockets are not read up to the last mark */

static const char catalog[] =
    "{\"statgate\":1,\"service\":\"app\",\"families\":{"
    "\"work_total\":{\"type\":\"counter\",\"reading\":\"absolute\","
    "\"help\":\"\"},"
    "\"fresh_total\":{\"type\":\"counter\",\"reading\":\"absolute\",\"ended\":\"drop\","
    "\"help\":\"\"},"
    "\"inflight\":{\"type\":\"updowncounter\",\"owner\":\"process\",\"help\":\"\"},"
    "\"load\":{\"type\":\"gauge\",\"merge\":\"sum\",\"help\":\"\"},"
    "\"least\":{\"type\":\"gauge\",\"merge\":\"min\",\"help\":\"\"},"
    "\"build_info\":{\"type\":\"info\",\"help\":\"\",\"labels\":{\"version\":[\"1\",\"2\"]}}},"
    "\"jobs\":{\"work\":{\"buckets\":[1]}}}";

static uint64_t mark(void *arg) {
    (void)arg;
    return ++marks;
}

static uint64_t catch_up(void *arg) {
    (void)arg;
    return more_waits ? 0 : marks;
}

static void release(void *arg) {
    (void)arg;
    while (!breakers_jobs_release(fx.breakers_jobs, fx.now, 1))
        continue;
}

static void on_idle(uv_idle_t *idle) {
    (void)idle;
}

static void setup(void) {
    static const struct owner_watch_options options = {
        .max = 1, .mark = mark, .catch_up = catch_up, .release = release};
    fixture_init(&fx, (const char *const[]){catalog, NULL});
    cr_assert(eq(int, uv_loop_init(&loop), 0));
    cr_assert(eq(int, uv_idle_init(&loop, &busy), 0));
    cr_assert(eq(int, uv_idle_start(&busy, on_idle), 0));
    cr_assert(eq(
        int, owner_watch_new(&loop, fx.ledger, store_owners(fx.store), "/proc", &options, &watch),
        0));
    cr_assert(eq(int, ingress_sender_watch_new(&loop, fx.ledger, "/proc", &senders), 0));
    gate_on_new_sender(fx.gate, ingress_sender_watch_on_new, senders);
    gate_on_new_owner(fx.gate, owner_watch_on_new, watch);
    fx.now.real_ms = (int64_t)time(NULL) * 1000 + 1000;
}

static void teardown(void) {
    ingress_sender_watch_close(senders);
    owner_watch_close(watch);
    uv_close((uv_handle_t *)&busy, NULL);
    cr_assert(eq(int, uv_run(&loop, UV_RUN_DEFAULT), 0));
    cr_assert(eq(int, uv_loop_close(&loop), 0));
    fixture_done(&fx);
}

TestSuite(last_words, .init = setup, .fini = teardown, .timeout = 300);

static pid_t dead_process(void) {
    const pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0)
        _exit(0);
    cr_assert(eq(int, waitpid(child, NULL, 0), child));
    return child;
}

/* A datagram of that process is read. */
static void hear(pid_t pid, const char *datagram) {
    fx.origin.pid = pid;
    fixture_send(&fx, datagram);
}

/* Turns the loop until the sockets are read and the watch has seen `deaths` processes end. */
static void let_end_so_many(uint64_t deaths) {
    more_waits = false;
    struct owner_watch_figures figures;
    do {
        (void)uv_run(&loop, UV_RUN_NOWAIT);
        owner_watch_figures(watch, &figures);
    } while (figures.ending > 0 || figures.deaths < deaths);
}

static void let_end(void) {
    let_end_so_many(0);
}

static void expect_shown(const char *family, const char *expected) {
    breakers_jobs_publish(fx.breakers_jobs, fx.now);
    char *shown = fixture_dump(&fx, family);
    cr_expect(eq(str, shown, (char *)expected));
    free(shown);
}

static void expect_accepted(uint64_t samples) {
    const struct tally *total = ledger_total(fx.ledger);
    cr_expect(eq(u64, total->by_verdict[VERDICT_ACCEPTED], samples));
    cr_expect(eq(u64, tally_total(total), samples));
}

Test(last_words, the_last_reading_joins_the_total_of_ended_processes) {
    more_waits = true;
    const pid_t dead = dead_process();
    hear(dead, "work_total:5|g");
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    hear(dead, "work_total:7|g");
    expect_shown("work_total", "work_total 7\n");
    let_end();
    expect_shown("work_total", "work_total 7\n");
    expect_accepted(2);
}

Test(last_words, a_smaller_reading_is_a_reset) {
    more_waits = true;
    const pid_t dead = dead_process();
    hear(dead, "work_total:7|g\nwork_total:5|g");
    let_end();
    expect_shown("work_total", "work_total 12\n");
}

Test(last_words, dead_processes_add_up_with_live_ones) {
    hear(getpid(), "work_total:1|g");
    hear(dead_process(), "work_total:5|g");
    hear(dead_process(), "work_total:7|g");
    let_end();
    expect_shown("work_total", "work_total 13\n");
    hear(getpid(), "work_total:2|g");
    expect_shown("work_total", "work_total 14\n");
}

Test(last_words, what_goes_with_a_process_comes_to_nothing) {
    const pid_t dead = dead_process();
    hear(getpid(), "load:1|g\nleast:1|g\nbuild_info:1|g|#version:1");
    hear(dead, "fresh_total:9|g\ninflight:+1|g");
    hear(dead, "load:3|g\nleast:-4|g\nbuild_info:1|g|#version:2");
    let_end();
    expect_shown("fresh_total", "");
    expect_shown("inflight", "inflight 0\n");
    expect_shown("load", "load 1\n");
    expect_shown("least", "least 1\n");
    expect_shown("build_info", "build_info{version=\"1\"} 1\n");
    expect_accepted(8);
}

Test(last_words, an_increment_and_a_decrement_leave_nothing) {
    more_waits = true;
    const pid_t dead = dead_process();
    hear(dead, "inflight:+1|g");
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    hear(dead, "inflight:-1|g");
    expect_shown("inflight", "inflight 0\n");
    let_end();
    expect_shown("inflight", "inflight 0\n");
    expect_accepted(2);
}

Test(last_words, a_job_that_was_only_started_is_lost) {
    hear(dead_process(), "work:started|j|i:a");
    let_end();
    expect_shown("work_jobs", "work_jobs{state=\"queued\"} 0\nwork_jobs{state=\"running\"} 0\n");
    expect_shown("work_finished_total", "work_finished_total{outcome=\"canceled\"} 0\n"
                                        "work_finished_total{outcome=\"failed\"} 0\n"
                                        "work_finished_total{outcome=\"lost\"} 1\n"
                                        "work_finished_total{outcome=\"succeeded\"} 0\n");
    expect_accepted(1);
}

Test(last_words, a_job_that_was_started_and_ended_has_ended_so) {
    more_waits = true;
    const pid_t dead = dead_process();
    hear(dead, "work:started|j|i:a");
    (void)uv_run(&loop, UV_RUN_NOWAIT);
    hear(dead, "work:succeeded|j|i:a");
    let_end();
    expect_shown("work_finished_total", "work_finished_total{outcome=\"canceled\"} 0\n"
                                        "work_finished_total{outcome=\"failed\"} 0\n"
                                        "work_finished_total{outcome=\"lost\"} 0\n"
                                        "work_finished_total{outcome=\"succeeded\"} 1\n");
    expect_accepted(2);
}

Test(last_words, many_values_in_one_datagram_are_one_processes) {
    hear(dead_process(), "work_total:1|g\nwork_total:2|g\nwork:started|j|i:a\n"
                         "work:failed|j|i:a\ninflight:+1:+1:-1|g");
    let_end();
    expect_shown("work_total", "work_total 2\n");
    expect_shown("inflight", "inflight 0\n");
    expect_shown("work_jobs", "work_jobs{state=\"queued\"} 0\nwork_jobs{state=\"running\"} 0\n");
    expect_accepted(7);
}

/* ---- the number belongs to another process by now ---- */

/* A process that waits with this number. -1: this may not be had here. */
static pid_t child_with_number(pid_t number) {
    struct clone_args args = {
        .exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)&number, .set_tid_size = 1};
    const pid_t child = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (child == 0) {
        (void)alarm(300);
        (void)pause();
        _exit(0);
    }
    return child;
}

Test(last_words, a_number_given_out_again_is_its_new_processes) {
    more_waits = true;
    const pid_t number = dead_process();
    hear(number, "work_total:5|g\ninflight:+1|g\nwork:started|j|i:a");
    if (child_with_number(number) != number) {
        let_end();
        cr_skip("the kernel gives no number out by wish here");
    }
    hear(number, "work_total:3|g\ninflight:+1:+1|g");
    let_end();
    expect_shown("inflight", "inflight 2\n");
    expect_shown("work_total", "work_total 8\n");
    hear(number, "work_total:4|g");
    expect_shown("work_total", "work_total 9\n");
    cr_expect(eq(int, kill(number, SIGKILL), 0));
    cr_expect(eq(int, waitpid(number, NULL, 0), number));
    hear(number, "work_total:6|g");
    let_end_so_many(2);
    expect_shown("work_total", "work_total 11\n");
    expect_shown("inflight", "inflight 0\n");
}
