/* SPDX-License-Identifier: MIT */
/*
 * Adds to a prepared counter of statgate.h and observes in a prepared histogram, each a thousand
 * times a second until SIGTERM. Then prints how many samples it gave and how many were lost.
 *
 * usage: statgate-prepared SOCKET COUNTER HISTOGRAM
 */
#include "statgate.h"

#include <inttypes.h>
#include <signal.h>

static volatile sig_atomic_t ended;

static void on_term(int signal) {
    (void)signal;
    ended = 1;
}

int main(int argc, char **argv) {
    static struct statgate sg;
    static struct statgate_counter counter;
    static struct statgate_histogram histogram;
    const struct timespec pause = {0, 1000000};
    uint64_t given = 0;
    if (argc != 4) {
        (void)fprintf(stderr, "usage: %s SOCKET COUNTER HISTOGRAM\n", argv[0]);
        return 2;
    }
    (void)signal(SIGTERM, on_term);
    (void)statgate_open(&sg, argv[1]);
    if (!statgate_counter_open(&counter, &sg, argv[2], NULL) ||
        !statgate_histogram_open(&histogram, &sg, argv[3], NULL)) {
        (void)fprintf(stderr, "refused\n");
        return 1;
    }
    for (; !ended; given++) {
        const uint64_t start = statgate_timer_start();
        (void)nanosleep(&pause, NULL);
        (void)statgate_counter_add(&counter, 1);
        (void)statgate_histogram_elapsed(&histogram, start);
    }
    statgate_counter_close(&counter);
    statgate_histogram_close(&histogram);
    (void)statgate_flush_wait(&sg, 5000);
    statgate_close(&sg);
    printf("%" PRIu64 " %" PRIu64 "\n", given, statgate_lost(&sg));
    return 0;
}
