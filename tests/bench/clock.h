/* SPDX-License-Identifier: MIT */
/* clock.h - CPU time of this thread, medians and their spread. */
#ifndef STATGATE_BENCH_CLOCK_H
#define STATGATE_BENCH_CLOCK_H

#include <stddef.h>
#include <stdint.h>

uint64_t bench_cpu_ns(void);
/* The median of `count` numbers, which this sorts. */
double bench_median(double *numbers, size_t count);
/* The spread of seven ratios of one run, each measured in a part of the same length. */
enum { BENCH_PARTS = 7 };
struct bench_spread {
    double median;
    double least;
    double most;
};
struct bench_spread bench_spread_of(double ratios[BENCH_PARTS]);
/* Resident memory of this process in bytes. */
uint64_t bench_resident_bytes(void);

#endif
