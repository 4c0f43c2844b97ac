/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

uint64_t bench_cpu_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *numbers, size_t count) {
    qsort(numbers, count, sizeof *numbers, compare);
    return count == 0 ? 0 : numbers[count / 2];
}

struct bench_spread bench_spread_of(double ratios[BENCH_PARTS]) {
    const double median = bench_median(ratios, BENCH_PARTS);
    return (struct bench_spread){median, ratios[0], ratios[BENCH_PARTS - 1]};
}

uint64_t bench_resident_bytes(void) {
    unsigned long resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    char line[128];
    char *rest;
    if (fgets(line, sizeof line, file)) {
        (void)strtoul(line, &rest, 10);
        resident = strtoul(rest, NULL, 10);
    }
    (void)fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}
