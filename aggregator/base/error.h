/* SPDX-License-Identifier: MIT */
/*
 * error.h - one error message, written for people.
 *
 * A message begins with the place of the error, if there is one: `file:line:column: `,
 * `file: /a/b/0: ` (a JSON pointer), `--flag: `, `socket /path: `. It never contains a control
 * byte, because it may quote text from outside and is printed to a terminal or a log line. A
 * message that is too long is cut between two characters and ends in `...`.
 */
#ifndef STATGATE_BASE_ERROR_H
#define STATGATE_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

enum { ERROR_BYTES = 1024 };

struct error {
    char text[ERROR_BYTES]; /**< empty: no error */
    bool cut;
};

/** Clear the message: no error. */
void error_clear(struct error *error);
/** Replace the message. Always returns false, so that callers can return the result. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Append to the message. Always returns false. */
bool error_add(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Like error_add, with a va_list. Always returns false. */
bool error_vadd(struct error *error, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
/** Set the message "out of memory". Always returns false. */
bool error_no_memory(struct error *error);

#endif
