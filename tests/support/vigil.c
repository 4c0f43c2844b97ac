/* SPDX-License-Identifier: MIT */
/*
 * A client that asks an open breaker all the time, and measures for how long it is allowed an
 * attempt all the same. After each byte of standard input it prints the longest such time in
 * microseconds, from a "no" to the last "yes" after it, and starts again. It ends at the end of its
 * input.
 *
 * usage: statgate-vigil SOCKET NAME LABELS
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "statgate.h"

static long long now_us(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

enum { ASKED_BETWEEN = 64 };

struct vigil {
    long long no_us;      /* the last "no" */
    long long longest_us; /* from a "no" to a "yes" that came later */
};

static void ask(struct vigil *vigil, struct statgate_breaker *breaker) {
    const bool yes = statgate_breaker_allow(breaker);
    const long long us = now_us();
    if (!yes)
        vigil->no_us = us;
    else if (us - vigil->no_us > vigil->longest_us)
        vigil->longest_us = us - vigil->no_us;
}

int main(int argc, char **argv) {
    struct statgate sg;
    struct statgate_breaker breaker;
    char byte;
    ssize_t got = -1;
    if (argc != 4) {
        (void)fprintf(stderr, "usage: statgate-vigil SOCKET NAME LABELS\n");
        return 2;
    }
    (void)statgate_open(&sg, argv[1]);
    statgate_breaker_open(&breaker, &sg, argv[2], argv[3]);
    (void)fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
    struct vigil vigil = {.no_us = now_us()};
    while (got != 0) {
        for (int i = 0; i < ASKED_BETWEEN; i++)
            ask(&vigil, &breaker);
        got = read(STDIN_FILENO, &byte, 1);
        if (got != 1)
            continue;
        (void)printf("%lld\n", vigil.longest_us);
        (void)fflush(stdout);
        vigil.longest_us = 0;
    }
    statgate_close(&sg);
    return 0;
}
