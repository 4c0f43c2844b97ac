#include "view/since.h"

#include <stddef.h>
#include <string.h>

#include "base/rfc3339.h"

static const int64_t UNIX_MS_LEAST =
    INT64_C(100000000000); /* in 1973; a time in seconds reaches it in the year 5138 */

/* Read digits as a number. False: there is no digit, or the number is too large. */
static bool read_number(const char **at, int64_t *ret_number) {
    const char *from = *at;
    int64_t number = 0;
    for (; **at >= '0' && **at <= '9'; (*at)++)
        if (__builtin_mul_overflow(number, INT64_C(10), &number) ||
            __builtin_add_overflow(number, (int64_t)(**at - '0'), &number))
            return false;
    *ret_number = number;
    return *at != from;
}

static int64_t read_unit(const char **at) {
    static const struct {
        const char *text;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        const size_t len = strlen(units[i].text);
        if (strncmp(*at, units[i].text, len) == 0) {
            *at += len;
            return units[i].ms;
        }
    }
    return 0;
}

static bool read_duration(const char *text, int64_t *ret_ms) {
    int64_t sum = 0;
    do {
        int64_t number;
        if (!read_number(&text, &number))
            return false;
        const int64_t unit = read_unit(&text);
        if (unit == 0 || __builtin_mul_overflow(number, unit, &number) ||
            __builtin_add_overflow(sum, number, &sum))
            return false;
    } while (*text != '\0');
    *ret_ms = sum;
    return true;
}

/* Whether a number without unit is Unix milliseconds. `5`, or a time in seconds, is not: nobody
 * means a moment of 1970. */
static bool is_unix_ms(int64_t number) {
    return number == 0 || number >= UNIX_MS_LEAST;
}

bool since_read(const char *text, int64_t now_ms, int64_t *ret_ms) {
    const char *end = text;
    int64_t ms;
    if (read_number(&end, &ms) && *end == '\0') {
        if (!is_unix_ms(ms))
            return false;
        *ret_ms = ms;
        return true;
    }
    if (rfc3339_read(text, &ms)) {
        *ret_ms = ms > 0 ? ms : 0;
        return true;
    }
    if (!read_duration(text, &ms))
        return false;
    *ret_ms = now_ms > ms ? now_ms - ms : 0;
    return true;
}
