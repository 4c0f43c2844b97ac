/* SPDX-License-Identifier: MIT */
/*
 * figure.h - records what a benchmark measured, so that tests/bench/figures can compare it with the
 * documentation.
 */
#ifndef STATGATE_BENCH_FIGURE_H
#define STATGATE_BENCH_FIGURE_H

/* Appends a line "NAME VALUE UNIT" to the file that STATGATE_TEST_FIGURES names; without that
 * variable does nothing. The name begins with the program's (ingest.100.line.bare) and is the same
 * in each run. Any byte other than a letter, a digit, a dot or a dash becomes `_`. Units: ratio,
 * count, ns, bytes. */
__attribute__((format(printf, 3, 4))) void bench_figure(double value, const char *unit,
                                                        const char *name, ...);

#endif
