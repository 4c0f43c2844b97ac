/* SPDX-License-Identifier: MIT */
/* assertions.c - reports conditions that are false to criterion. */
#include "assertions.h"

#include <criterion/new/assert.h>
#include <stdarg.h>
#include <stdio.h>

enum { TEXT_BYTES = 8192 };

static _Thread_local char values[TEXT_BYTES];

void check_forget(void) {
    values[0] = '\0';
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...) {
    va_list list;
    va_start(list, format);
    (void)vsnprintf(values, sizeof values, format, list);
    va_end(list);
}

void check_note_integer(long long a, long long b) {
    note("\n  %lld\n  %lld", a, b);
}

void check_note_natural(unsigned long long a, unsigned long long b) {
    note("\n  %llu\n  %llu", a, b);
}

void check_note_double(double a, double b) {
    note("\n  %.17g\n  %.17g", a, b);
}

void check_note_pointer(const void *a, const void *b) {
    note("\n  %p\n  %p", a, b);
}

void check_note_text(const char *a, const char *b) {
    note("\n  \"%s\"\n  \"%s\"", a != NULL ? a : "(null)", b != NULL ? b : "(null)");
}

__attribute__((format(printf, 4, 0))) static void
report(const char *file, int line, const char *condition, const char *format, va_list list) {
    char message[TEXT_BYTES];
    struct cri_assert_node root;
    (void)vsnprintf(message, sizeof message, format, list);
    cri_assert_node_init(&root);
    root.message = cri_assert_message("x%s:%s%s", condition, message, values);
    cri_assert_node_send(file, (size_t)line, &root);
    cri_assert_node_term(&root);
}

void check_continue(const char *file, int line, const char *condition, const char *format, ...) {
    va_list list;
    va_start(list, format);
    report(file, line, condition, format, list);
    va_end(list);
    criterion_continue_test();
}

void check_abort(const char *file, int line, const char *condition, const char *format, ...) {
    va_list list;
    va_start(list, format);
    report(file, line, condition, format, list);
    va_end(list);
    criterion_abort_test();
    __builtin_unreachable();
}
