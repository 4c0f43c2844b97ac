/* SPDX-License-Identifier: MIT */
/* rfc3339.c - times as RFC 3339 texts. */
#include "base/rfc3339.h"

#include <stdio.h>

enum { DAY_S = 86400, YEAR_MAX = 9999 };

/* ---- days and dates ---- */

struct date {
    int year;
    unsigned month;
    unsigned day;
};

/* Convert days since 1970-01-01 to a date, by eras of 400 years in which each year begins in
 * March. */
static struct date date_of(int64_t days) {
    enum { ERA_DAYS = 146097, TO_ERA = 719468 };
    const int64_t from = days + TO_ERA;
    const int64_t era = from / ERA_DAYS;
    const unsigned in_era = (unsigned)(from - era * ERA_DAYS);
    const unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    const unsigned in_year = in_era - (365 * year + year / 4 - year / 100);
    const unsigned month = (5 * in_year + 2) / 153;
    return (struct date){.year = (int)(year + (unsigned)era * 400 + (month >= 10)),
                         .month = month < 10 ? month + 3 : month - 9,
                         .day = in_year - (153 * month + 2) / 5 + 1};
}

static int64_t days_of(const struct date *date) {
    const int64_t year = date->year - (date->month <= 2);
    const int64_t era = year / 400;
    const int64_t in_era = year - era * 400;
    const unsigned month = date->month > 2 ? date->month - 3 : date->month + 9;
    const unsigned in_year = (153 * month + 2) / 5 + date->day - 1;
    return era * 146097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719468;
}

bool rfc3339_put(char ret_text[RFC3339_SIZE], int64_t unix_ms) {
    if (unix_ms < 0)
        return false;
    const int64_t seconds = unix_ms / 1000;
    const struct date date = date_of(seconds / DAY_S);
    const unsigned time = (unsigned)(seconds % DAY_S);
    if (seconds / DAY_S > (int64_t)366 * YEAR_MAX || date.year > YEAR_MAX)
        return false;
    /* Larger than any date, so that the compiler can tell that the text fits. */
    char text[64];
    (void)snprintf(text, sizeof text, "%04d-%02u-%02uT%02u:%02u:%02u.%03uZ", date.year, date.month,
                   date.day, time / 3600, time / 60 % 60, time % 60, (unsigned)(unix_ms % 1000));
    for (size_t i = 0; i < RFC3339_SIZE; i++)
        ret_text[i] = text[i];
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

static bool read_date(const char **at, int64_t *ret_days) {
    unsigned year;
    struct date date;
    if (!read_digits(at, 4, 0, YEAR_MAX, &year) || !read_one_of(at, "-") ||
        !read_digits(at, 2, 1, 12, &date.month) || !read_one_of(at, "-") ||
        !read_digits(at, 2, 1, 31, &date.day))
        return false;
    date.year = (int)year;
    *ret_days = days_of(&date);
    const struct date same = *ret_days >= 0 ? date_of(*ret_days) : date;
    return same.day == date.day; /* a day such as 31 April becomes a different date */
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
    int64_t days;
    unsigned hour;
    unsigned minute;
    unsigned second;
    unsigned ms;
    int offset;
    if (!read_date(&text, &days) || !read_one_of(&text, "Tt ") ||
        !read_digits(&text, 2, 0, 23, &hour) || !read_one_of(&text, ":") ||
        !read_digits(&text, 2, 0, 59, &minute) || !read_one_of(&text, ":") ||
        !read_digits(&text, 2, 0, 60, &second) || !read_fraction(&text, &ms) ||
        !read_offset(&text, &offset) || *text != '\0')
        return false;
    const int64_t seconds =
        days * DAY_S + (int64_t)hour * 3600 + (int64_t)minute * 60 + (int64_t)second - offset;
    *ret_unix_ms = seconds * 1000 + ms;
    return true;
}
