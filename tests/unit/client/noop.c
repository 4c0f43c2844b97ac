/* SPDX-License-Identifier: MIT */
/*
 * A program compiled with STATGATE_NOOP: each call says what a program without a daemon expects,
 * and the process has no more descriptors or threads than before. Exit code 0: all as expected.
 */
#define STATGATE_NOOP
#ifdef STATGATE_SINGLE
#include <statgate_single.h>
#else
#include <statgate.h>
#endif

#include <stdio.h>
#include <stdlib.h>

static void expect_(bool good, const char *what, int line) {
    if (!good) {
        fprintf(stderr, "%s:%d: %s\n", __FILE__, line, what);
        exit(1);
    }
}
#define EXPECT(what) expect_(what, #what, __LINE__)

static const struct statgate_label who[] = {{"user", "a,b|c"}};

static void send_some(struct statgate *sg) {
    EXPECT(statgate_count(sg, "a_total", 1, "k:v"));
    EXPECT(statgate_count_with(sg, NULL, -1, who, 1));
    EXPECT(statgate_set(sg, "a", 1, NULL));
    EXPECT(statgate_set_with(sg, "a", 1, who, 1));
    EXPECT(statgate_add(sg, "a", 1, NULL));
    EXPECT(statgate_add_with(sg, "a", 1, who, 1));
    EXPECT(statgate_observe(sg, "a", 1, NULL));
    EXPECT(statgate_observe_with(sg, "a", 1, who, 1));
    EXPECT(statgate_info(sg, "a", "k:v"));
    EXPECT(statgate_state(sg, "a", "on", NULL));
    EXPECT(statgate_attempt(sg, "a", "worked", NULL));
    EXPECT(statgate_attempt_with(sg, "a", "worked", who, 1));
    EXPECT(statgate_circuit(sg, "a", "open", NULL));
    EXPECT(statgate_job(sg, "a", "started", "1", NULL));
    EXPECT(statgate_job_with(sg, "a", "started", "1", who, 1));
}

#define USE(type, use)                                                                             \
    do {                                                                                           \
        struct statgate_##type m;                                                                  \
        EXPECT(statgate_##type##_open(&m, &sg, "a", NULL) && (use));                               \
        statgate_##type##_close(&m);                                                               \
        EXPECT(statgate_##type##_open_with(&m, &sg, "a", who, 1));                                 \
        statgate_##type##_close(&m);                                                               \
    } while (0)

int main(void) {
    struct statgate sg;
    struct statgate_breaker breaker;
    static struct statgate_flusher flusher;
    const uint64_t begun = statgate_timer_start();

    EXPECT(statgate_open(&sg, "/nowhere") == STATGATE_NO_DAEMON_YET);
    send_some(&sg);
    USE(counter, statgate_counter_add(&m, 1));
    USE(updown, statgate_updown_add(&m, -1));
    USE(gauge, statgate_gauge_set(&m, 1));
    USE(histogram, statgate_histogram_observe(&m, 1) && statgate_histogram_elapsed(&m, begun));
    USE(attempts, statgate_attempts_report(&m, "worked"));
    USE(jobs, statgate_jobs_report(&m, "started", "1"));
    USE(shared_counter, statgate_shared_counter_add(&m, 1));
    EXPECT(statgate_flusher_start(&flusher, NULL));
    EXPECT(!statgate_breaker_open(&breaker, &sg, "a", NULL));
    EXPECT(statgate_breaker_allow(&breaker));
    EXPECT(statgate_breaker_report(&breaker, "worked", 0.5));
    statgate_breaker_drop(&breaker);
    statgate_tick(&sg);
    EXPECT(statgate_service(&sg, "shop"));
    EXPECT(statgate_flush(&sg) && statgate_flush_wait(&sg, 1000));
    EXPECT(statgate_lost(&sg) + statgate_merged(&sg) + statgate_replaced(&sg) == 0);
    EXPECT(statgate_timer_seconds(begun) >= 0 && statgate_timer_seconds(begun) < 3600);
    FILE *next = fopen("/dev/null", "r");
    EXPECT(next != NULL);
    statgate_flusher_stop(&flusher);
    statgate_close(&sg);
    return fclose(next);
}
