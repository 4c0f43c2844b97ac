/*
 * report.h - where findings are written.
 */
#ifndef ARROWS_REPORT_H
#define ARROWS_REPORT_H

#include <stddef.h>
#include <stdio.h>

#include "words.h"

/** Where what is wrong is written, one line each. */
struct report {
    FILE *out;
    struct words known; /**< a line that contains one of these is not written */
    size_t count;
};

/** printf of one line, without its end. */
__attribute__((format(printf, 2, 3))) void report_wrong(struct report *report, const char *format,
                                                        ...);

#endif
