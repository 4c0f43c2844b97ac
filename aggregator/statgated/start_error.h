/*
 * start_error.h - why the daemon cannot start.
 */
#ifndef STATGATE_STATGATED_START_ERROR_H
#define STATGATE_STATGATED_START_ERROR_H

#include <stdbool.h>

#include "base/error.h"

/** A sentence for the log, and the exit code. */
struct start_error {
    int exit_code;
    struct error error;
};

/** Write the message. Returns false, for `return`. */
bool start_error_fail(struct start_error *ret_error, int exit_code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
