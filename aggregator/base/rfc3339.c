/* SPDX-License-Identifier: MIT */
/* rfc3339.c - times as RFC 3339 texts. */
#include "base/rfc3339.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { YEAR_MAX = 9999 };

bool rfc3339_put(char ret_text[RFC3339_SIZE], int64_t unix_ms) {
    const time_t seconds = (time_t)(unix_ms / 1000);
    struct tm date;
    char text[RFC3339_SIZE + 8];
    if (unix_ms < 0 || gmtime_r(&seconds, &date) == NULL || date.tm_year + 1900 > YEAR_MAX)
        return false;
    const size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &date);
    (void)snprintf(text + len, sizeof text - len, ".%03uZ", (unsigned)(unix_ms % 1000));
    memcpy(ret_text, text, RFC3339_SIZE);
    return true;
}

/* ---- reading ---- */

/* Read `count` digits as a number from `least` to `most`. */
static bool read_digits(const char **at, unsigned count, unsigned least, unsigned most,
                        unsigned *ret_number) {
    unsigned number = 0;
    for (; count > 0; count--, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        number = number * 10 + (unsigned)(**at - '0');
    }
    *ret_number = number;
    return number >= least && number <= most;
}

static bool read_one_of(const char **at, const char *letters) {
    for (; *letters != '\0'; letters++)
        if (**at == *letters) {
            (*at)++;
            return true;
        }
    return false;
}

/* Read a date, as the seconds of its first moment. */
static bool read_date(const char **at, int64_t *ret_seconds) {
    unsigned year;
    unsigned month;
    unsigned day;
    if (!read_digits(at, 4, 0, YEAR_MAX, &year) || !read_one_of(at, "-") ||
        !read_digits(at, 2, 1, 12, &month) || !read_one_of(at, "-") ||
        !read_digits(at, 2, 1, 31, &day))
        return false;
    struct tm date = {.tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day};
    *ret_seconds = timegm(&date);
    return date.tm_mday == (int)day; /* a day such as 31 April becomes a different date */
}

/* Read an optional fraction of a second, in milliseconds. */
static bool read_fraction(const char **at, unsigned *ret_ms) {
    unsigned scale = 100;
    *ret_ms = 0;
    if (!read_one_of(at, "."))
        return true;
    if (**at < '0' || **at > '9')
        return false;
    for (; **at >= '0' && **at <= '9'; (*at)++, scale /= 10)
        *ret_ms += (unsigned)(**at - '0') * scale;
    return true;
}

/* Read Z, or an offset in hours and minutes; the result is in seconds ahead of UTC. */
static bool read_offset(const char **at, int *ret_seconds) {
    unsigned hours;
    unsigned minutes;
    *ret_seconds = 0;
    if (read_one_of(at, "Zz"))
        return true;
    const bool behind = **at == '-';
    if (!read_one_of(at, "+- ") || !read_digits(at, 2, 0, 23, &hours) || !read_one_of(at, ":") ||
        !read_digits(at, 2, 0, 59, &minutes))
        return false;
    *ret_seconds = (int)(hours * 3600 + minutes * 60) * (behind ? -1 : 1);
    return true;
}

bool rfc3339_read(const char *text, int64_t *ret_unix_ms) {
    int64_t date_s;
    unsigned hour;
    unsigned minute;
    unsigned second;
    unsigned ms;
    int offset;
    if (!read_date(&text, &date_s) || !read_one_of(&text, "Tt ") ||
        !read_digits(&text, 2, 0, 23, &hour) || !read_one_of(&text, ":") ||
        !read_digits(&text, 2, 0, 59, &minute) || !read_one_of(&text, ":") ||
        !read_digits(&text, 2, 0, 60, &second) || !read_fraction(&text, &ms) ||
        !read_offset(&text, &offset) || *text != '\0')
        return false;
    const int64_t seconds =
        date_s + (int64_t)hour * 3600 + (int64_t)minute * 60 + (int64_t)second - offset;
    *ret_unix_ms = seconds * 1000 + ms;
    return true;
}
