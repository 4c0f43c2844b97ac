/* clock.h - CPU time of this thread, and medians. */
#ifndef STATGATE_BENCH_CLOCK_H
#define STATGATE_BENCH_CLOCK_H

#include <stddef.h>
#include <stdint.h>

uint64_t bench_cpu_ns(void);
/* The median of `count` numbers, which are sorted. */
double bench_median(double *numbers, size_t count);
/* Resident memory of this process in bytes. */
uint64_t bench_resident_bytes(void);

#endif
