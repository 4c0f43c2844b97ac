/*
 * error.h - what is wrong, as one message for people.
 *
 * A message begins with its place, where there is one: `file:line:column: `, `file: /a/b/0: ` (a
 * JSON pointer), `--flag: `, `socket /path: `. It never holds a control byte, because it may quote
 * what a stranger wrote, and goes to a terminal or into a line of the log. What does not fit is cut,
 * never within a character, and ends in `...`.
 */
#ifndef STATGATE_BASE_ERROR_H
#define STATGATE_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

enum { ERROR_BYTES = 1024 };

struct error {
    char text[ERROR_BYTES]; /**< empty: nothing is wrong */
    bool cut;
};

/** Nothing is wrong. */
void error_clear(struct error *error);
/** Replace the message. Returns false, for `return`. */
bool error_set(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Continue it. Returns false. */
bool error_add(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** The same, for a function that has a format itself. */
bool error_vadd(struct error *error, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
/** "out of memory". Returns false. */
bool error_no_memory(struct error *error);

#endif
