/* SPDX-License-Identifier: MIT */
/*
 * assertions.h - criterion with typed comparisons, which print both values when they fail.
 *
 *   cr_assert(eq(int, status, 200), "of %s", path);
 *   cr_expect(not(is_open));
 *
 * The words are criterion's own (criterion/new/assert.h), and mean the same, but that gt means
 * "greater" (in criterion 2.4.1 it means "not less"). Its macros take gcc ten times as long: most
 * of the time of all tests' compilation.
 */
#ifndef STATGATE_TEST_ASSERTIONS_H
#define STATGATE_TEST_ASSERTIONS_H

#include <criterion/criterion.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* As with criterion's macros, an argument becomes the type that is named. */
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wfloat-conversion"

enum check_operator { CHECK_EQ, CHECK_NE, CHECK_LT, CHECK_LE, CHECK_GT, CHECK_GE };

/* Keep the values of a comparison that failed, for the report. */
void check_note_integer(long long a, long long b);
void check_note_natural(unsigned long long a, unsigned long long b);
void check_note_double(double a, double b);
void check_note_pointer(const void *a, const void *b);
void check_note_text(const char *a, const char *b);
void check_forget(void);

/* Report a condition that is false; the second ends the test. */
void check_continue(const char *file, int line, const char *condition, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
_Noreturn void check_abort(const char *file, int line, const char *condition, const char *format,
                           ...) __attribute__((format(printf, 4, 5)));

#define CHECK_COMPARE(a, operator, b)                                                              \
    ((operator) == CHECK_EQ   ? (a) == (b)                                                         \
     : (operator) == CHECK_NE ? (a) != (b)                                                         \
     : (operator) == CHECK_LT ? (a) < (b)                                                          \
     : (operator) == CHECK_LE ? (a) <= (b)                                                         \
     : (operator) == CHECK_GT ? (a) > (b)                                                          \
                              : (a) >= (b))

#define CHECK_TYPE(name, type, note)                                                               \
    static inline bool check_##name(type a, enum check_operator op, type b) {                      \
        const bool good = CHECK_COMPARE(a, op, b);                                                 \
        if (!good)                                                                                 \
            note(a, b);                                                                            \
        return good;                                                                               \
    }
CHECK_TYPE(int, int, check_note_integer)
CHECK_TYPE(long, long, check_note_integer)
CHECK_TYPE(llong, long long, check_note_integer)
CHECK_TYPE(i32, int32_t, check_note_integer)
CHECK_TYPE(i64, int64_t, check_note_integer)
CHECK_TYPE(chr, char, check_note_integer)
CHECK_TYPE(u8, uint8_t, check_note_natural)
CHECK_TYPE(u16, uint16_t, check_note_natural)
CHECK_TYPE(u32, uint32_t, check_note_natural)
CHECK_TYPE(u64, uint64_t, check_note_natural)
CHECK_TYPE(uint, unsigned, check_note_natural)
CHECK_TYPE(ulong, unsigned long, check_note_natural)
CHECK_TYPE(sz, size_t, check_note_natural)
CHECK_TYPE(dbl, double, check_note_double)
CHECK_TYPE(ptr, const void *, check_note_pointer)

static inline bool check_str(const char *a, enum check_operator op, const char *b) {
    const int order = a != NULL && b != NULL ? strcmp(a, b) : a != b;
    const bool good = CHECK_COMPARE(order, op, 0);
    if (!good)
        check_note_text(a, b);
    return good;
}

static inline bool check_near(double a, double b, double within) {
    const bool good = fabs(a - b) <= within;
    if (!good)
        check_note_double(a, b);
    return good;
}

/* So many steps to the next double apart. */
static inline bool check_ulp(double a, double b, unsigned steps) {
    double at = a;
    for (unsigned i = 0; i < steps && at != b; i++)
        at = nextafter(at, b);
    return check_dbl(at, CHECK_EQ, b);
}

#define eq(type, a, b)             check_##type((a), CHECK_EQ, (b))
#define ne(type, a, b)             check_##type((a), CHECK_NE, (b))
#define lt(type, a, b)             check_##type((a), CHECK_LT, (b))
#define le(type, a, b)             check_##type((a), CHECK_LE, (b))
#define gt(type, a, b)             check_##type((a), CHECK_GT, (b))
#define ge(type, a, b)             check_##type((a), CHECK_GE, (b))
#define zero(type, a)              check_##type((a), CHECK_EQ, 0)
#define epsilon_eq(type, a, b, by) check_near((a), (b), (by))
#define ieee_ulp_eq(type, a, b, n) check_ulp((a), (b), (n))
#define not(condition) (!(condition))

#define CHECK_THAT(report, text, condition, ...)                                                   \
    do {                                                                                           \
        check_forget();                                                                            \
        if (!(condition))                                                                          \
            report(__FILE__, __LINE__, text, __VA_ARGS__);                                         \
    } while (0)

#undef cr_assert
#undef cr_expect
#define cr_assert(condition, ...) CHECK_THAT(check_abort, #condition, condition, " " __VA_ARGS__)
#define cr_expect(condition, ...) CHECK_THAT(check_continue, #condition, condition, " " __VA_ARGS__)

#endif
