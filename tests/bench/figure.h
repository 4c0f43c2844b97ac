/*
 * figure.h - what a benchmark measured, for programs: tests/bench/figures compares it with what the
 * documentation says.
 */
#ifndef STATGATE_BENCH_FIGURE_H
#define STATGATE_BENCH_FIGURE_H

/* Append a line "NAME VALUE UNIT" to the file that STATGATE_TEST_FIGURES names; do nothing without
 * that variable. The name begins with the program's (ingest.100.line.bare) and is the same in each
 * run; what is neither a letter, a digit, a dot nor a dash becomes `_`. Units: ratio, count, ns,
 * bytes. */
__attribute__((format(printf, 3, 4))) void bench_figure(double value, const char *unit,
                                                        const char *name, ...);

#endif
