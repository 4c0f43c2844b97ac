/*
 * report.h - where faults are written.
 */
#ifndef ARROWS_REPORT_H
#define ARROWS_REPORT_H

#include <stddef.h>
#include <stdio.h>

/** Faults are written as lines, and counted. */
struct report {
    FILE *out;
    size_t count;
};

/** printf of one line, without its end. */
__attribute__((format(printf, 2, 3))) void report_wrong(struct report *report, const char *format,
                                                        ...);

#endif
