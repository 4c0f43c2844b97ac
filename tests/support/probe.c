/* SPDX-License-Identifier: MIT */
/*
 * A client that asks a breaker and reports attempts. A line of standard input is `?`, which it
 * answers with yes or no, `=` and an outcome, which it reports of the attempt that was allowed,
 * `!`, which drops that attempt, or an outcome, which it sends as an attempt for which nobody
 * asked; it answers these with a dot.
 *
 * usage: statgate-probe SOCKET NAME LABELS
 */
#include <stdio.h>
#include <string.h>

#include "statgate.h"

int main(int argc, char **argv) {
    struct statgate sg;
    struct statgate_breaker breaker;
    char line[256];
    if (argc != 4) {
        (void)fprintf(stderr, "usage: statgate-probe SOCKET NAME LABELS\n");
        return 2;
    }
    (void)statgate_open(&sg, argv[1]);
    statgate_breaker_open(&breaker, &sg, argv[2], argv[3]);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "?") == 0) {
            (void)puts(statgate_breaker_allow(&breaker) ? "yes" : "no");
        } else if (strcmp(line, "!") == 0) {
            statgate_breaker_drop(&breaker);
            (void)puts(".");
        } else if (line[0] == '=') {
            (void)statgate_breaker_report(&breaker, line + 1, -1);
            (void)puts(".");
        } else {
            (void)statgate_attempt(&sg, argv[2], line, argv[3]);
            (void)puts(".");
        }
        (void)fflush(stdout);
    }
    statgate_close(&sg);
    return 0;
}
