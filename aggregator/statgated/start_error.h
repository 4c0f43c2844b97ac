/*
 * start_error.h - why the daemon cannot start.
 */
#ifndef STATGATE_STATGATED_START_ERROR_H
#define STATGATE_STATGATED_START_ERROR_H

#include <stdbool.h>

#include "base/error.h"
#include "mistakes/mistakes.h"

/** A sentence for the log, and the exit code. Zeroed: nothing is wrong. */
struct start_error {
    int exit_code;
    struct error error;
    struct messages more; /* further lines: every mistake in catalogs */
};

/** Write the message. Returns false, for `return`. */
bool start_error_fail(struct start_error *ret_error, int exit_code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void start_error_done(struct start_error *error);

#endif
