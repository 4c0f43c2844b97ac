#include "postgres/convert.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* From src/include/catalog/pg_type.dat. */
enum {
    OID_BOOL = 16,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184,
    OID_INTERVAL = 1186,
    OID_NUMERIC = 1700
};

/* src/include/datatype/timestamp.h: the units that extract(epoch) uses */
static const double second_s = 1;
static const double minute_s = 60;
static const double hour_s = 3600;
static const double day_s = 86400;
static const double month_s = 30 * 86400.0;
static const double year_s = 365.25 * 86400.0;

enum convert_kind convert_kind_of(unsigned type_oid) {
    switch (type_oid) {
    case OID_BOOL:
        return CONVERT_BOOLEAN;
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_FLOAT4:
    case OID_FLOAT8:
    case OID_NUMERIC:
        return CONVERT_NUMBER;
    case OID_INTERVAL:
        return CONVERT_INTERVAL;
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ:
        return CONVERT_TIMESTAMP;
    default:
        return CONVERT_NONE;
    }
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool read_boolean(const char *text, double *ret_value) {
    if ((text[0] != 't' && text[0] != 'f') || text[1] != '\0')
        return false;
    *ret_value = text[0] == 't' ? 1 : 0;
    return true;
}

/* strtod without hexadecimal numbers, of which only the 0 is read. No server sends any. */
static double read_decimal(const char *text, const char **ret_end) {
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
        *ret_end = digits + 1;
        return 0;
    }
    char *end;
    const double value = strtod(text, &end);
    *ret_end = end;
    return value;
}

static bool read_number(const char *text, double *ret_value) {
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (!is_digit(digits[0])) /* NaN, Infinity */
        return false;
    const char *end;
    const double value = read_decimal(text, &end);
    if (*end != '\0' || !isfinite(value))
        return false;
    *ret_value = value;
    return true;
}

/* The seconds of a unit; 0 if it is unknown. M means months before the T, minutes after it. */
static double unit_s(char unit, bool time) {
    switch (unit) {
    case 'Y':
        return time ? 0 : year_s;
    case 'M':
        return time ? minute_s : month_s;
    case 'D':
        return time ? 0 : day_s;
    case 'H':
        return time ? hour_s : 0;
    case 'S':
        return time ? second_s : 0;
    default:
        return 0;
    }
}

/* Read P[nY][nM][nD][T[nH][nM][n.nS]], each number with a sign of its own; PT0S is zero. */
static bool read_interval(const char *text, double *ret_value) {
    double sum = 0;
    bool time = false;
    if (*text++ != 'P' || *text == '\0')
        return false;
    while (*text != '\0') {
        if (*text == 'T' && !time) {
            time = true;
            text++;
            continue;
        }
        if (!is_digit(text[text[0] == '-' ? 1 : 0]))
            return false;
        const char *end;
        const double number = read_decimal(text, &end);
        const double scale = unit_s(*end, time);
        if (scale <= 0)
            return false;
        sum += number * scale;
        text = end + 1;
    }
    if (!isfinite(sum))
        return false;
    *ret_value = sum;
    return true;
}

/* Read between `least` and `most` digits; false if there are fewer. */
static bool read_digits(const char **at, size_t least, size_t most, int64_t *ret_number) {
    int64_t number = 0;
    size_t count = 0;
    for (; count < most && is_digit((*at)[count]); count++)
        number = number * 10 + ((*at)[count] - '0');
    if (count < least)
        return false;
    *at += count;
    *ret_number = number;
    return true;
}

static bool skip(const char **at, char c) {
    if (**at != c)
        return false;
    ++*at;
    return true;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar; year 0 is 1 BC. Howard Hinnant,
 * "chrono-compatible low-level date algorithms", days_from_civil. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day) {
    const int64_t y = month <= 2 ? year - 1 : year;
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t year_of_era = y - era * 400;
    const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

/* Read [+-]hh[:mm[:ss]]: seconds east of Greenwich; a missing offset is 0. */
static bool read_offset(const char **at, int64_t *ret_offset_s) {
    int64_t hours = 0;
    int64_t minutes = 0;
    int64_t seconds = 0;
    const bool west = **at == '-';
    if (!west && **at != '+') {
        *ret_offset_s = 0;
        return true;
    }
    ++*at;
    if (!read_digits(at, 2, 2, &hours) || (skip(at, ':') && !read_digits(at, 2, 2, &minutes)) ||
        (skip(at, ':') && !read_digits(at, 2, 2, &seconds)))
        return false;
    const int64_t offset_s = hours * 3600 + minutes * 60 + seconds;
    *ret_offset_s = west ? -offset_s : offset_s;
    return true;
}

/* Read y...-mm-dd hh:mm:ss[.f][offset][ BC]. */
static bool read_timestamp(const char *text, double *ret_value) {
    const char *at = text;
    int64_t year;
    int64_t month;
    int64_t day;
    int64_t hour;
    int64_t minute;
    int64_t second;
    int64_t offset_s;
    double fraction = 0;
    if (!read_digits(&at, 4, 6, &year) || !skip(&at, '-') || !read_digits(&at, 2, 2, &month) ||
        !skip(&at, '-') || !read_digits(&at, 2, 2, &day) || !skip(&at, ' ') ||
        !read_digits(&at, 2, 2, &hour) || !skip(&at, ':') || !read_digits(&at, 2, 2, &minute) ||
        !skip(&at, ':') || !read_digits(&at, 2, 2, &second))
        return false;
    if (*at == '.') {
        char *end;
        fraction = strtod(at, &end);
        at = end;
    }
    if (!read_offset(&at, &offset_s))
        return false;
    if (strcmp(at, " BC") == 0)
        year = 1 - year;
    else if (*at != '\0')
        return false;
    const int64_t whole_s =
        days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset_s;
    const double value = (double)whole_s + fraction;
    if (!isfinite(value))
        return false;
    *ret_value = value;
    return true;
}

bool convert_value(enum convert_kind kind, const char *text, double *ret_value) {
    switch (kind) {
    case CONVERT_BOOLEAN:
        return read_boolean(text, ret_value);
    case CONVERT_NUMBER:
        return read_number(text, ret_value);
    case CONVERT_INTERVAL:
        return read_interval(text, ret_value);
    case CONVERT_TIMESTAMP:
        return read_timestamp(text, ret_value);
    case CONVERT_NONE:
        break;
    }
    return false;
}
