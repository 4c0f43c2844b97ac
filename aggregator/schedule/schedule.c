/* SPDX-License-Identifier: MIT */
/* schedule.c - when a job is due: an expression of cron in a time zone. */
#include "schedule/schedule.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MINUTE_S = 60,
    HOUR_S = 3600,
    DAY_S = 86400,
    AROUND_S = HOUR_S,         /* no zone's clock is changed by more at a time, since the fifties */
    SEARCH_S = 9 * 366 * DAY_S /* 29 February may be eight years away */
};

/* ---- reading ---- */

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                          "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const day_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct field {
    const char *what;
    unsigned least;
    unsigned most;
    const char *const *names;
    size_t name_count;
};

static const struct field fields[] = {
    {"minute", 0, 59, NULL, 0},
    {"hour", 0, 23, NULL, 0},
    {"day of the month", 1, 31, NULL, 0},
    {"month", 1, 12, month_names, 12},
    {"day of the week", 0, 7, day_names, 7},
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

static bool fail(const struct field *field, const char *at, size_t len, struct error *ret_error) {
    if (field->names != NULL)
        return error_set(ret_error, "\"%.*s\" is no %s: %u to %u, or a name as %s", (int)len, at,
                         field->what, field->least, field->most, field->names[1]);
    return error_set(ret_error, "\"%.*s\" is no %s: %u to %u", (int)len, at, field->what,
                     field->least, field->most);
}

/* A number or a name at *at, which is moved behind it. */
static bool read_value(const struct field *field, const char **at, const char *end,
                       unsigned *ret_value) {
    const char *from = *at;
    for (size_t i = 0; i < field->name_count; i++)
        if (end - from >= 3 && strncasecmp(from, field->names[i], 3) == 0) {
            *ret_value = field->least + (unsigned)i;
            *at = from + 3;
            return true;
        }
    unsigned value = 0;
    while (*at < end && **at >= '0' && **at <= '9' && *at - from < 3)
        value = value * 10 + (unsigned)(*(*at)++ - '0');
    *ret_value = value;
    return *at > from && value >= field->least && value <= field->most;
}

/* One item between commas: *, N, N-M, and a step behind * or N-M. */
static bool read_item(const struct field *field, const char *at, const char *end,
                      uint64_t *ret_bits, struct error *ret_error) {
    const char *const from = at;
    const size_t len = (size_t)(end - at);
    unsigned low = field->least;
    unsigned high = field->most;
    unsigned step = 1;
    bool range = true;
    if (at < end && *at == '*') {
        at++;
        high -= field->most == 7; /* Sunday is 0 and 7 */
    } else {
        if (!read_value(field, &at, end, &low))
            return fail(field, from, len, ret_error);
        high = low;
        range = at < end && *at == '-';
        if (range) {
            at++;
            if (!read_value(field, &at, end, &high))
                return fail(field, from, len, ret_error);
            if (high < low)
                return error_set(ret_error, "the range \"%.*s\" ends before it begins", (int)len,
                                 from);
        }
    }
    if (at < end && *at == '/') {
        if (!range)
            return error_set(ret_error, "\"%.*s\": a step needs a range or *, as %u-%u/2", (int)len,
                             from, low, field->most);
        step = 0;
        for (at++; at < end && *at >= '0' && *at <= '9' && step < 100; at++)
            step = step * 10 + (unsigned)(*at - '0');
        if (step == 0 || at[-1] == '/')
            return error_set(ret_error, "\"%.*s\": a step is a number above 0", (int)len, from);
    }
    if (at != end)
        return fail(field, from, len, ret_error);
    for (unsigned value = low; value <= high; value += step)
        *ret_bits |= UINT64_C(1) << value;
    return true;
}

static bool read_field(const struct field *field, const char *at, const char *end,
                       uint64_t *ret_bits, struct error *ret_error) {
    *ret_bits = 0;
    for (;;) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        if (!read_item(field, at, comma != NULL ? comma : end, ret_bits, ret_error))
            return false;
        if (comma == NULL)
            return true;
        at = comma + 1;
    }
}

static const char *word_of(const char *text, struct error *ret_error) {
    static const struct {
        const char *word;
        const char *fields;
    } words[] = {{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
                 {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
                 {"@hourly", "0 * * * *"}};
    if (text[0] != '@')
        return text;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(text, words[i].word) == 0)
            return words[i].fields;
    (void)error_set(ret_error, strcasecmp(text, "@reboot") == 0
                                   ? "@reboot is no time; leave the schedule out"
                                   : "there are @hourly, @daily, @weekly, @monthly and @yearly");
    return NULL;
}

/* Whether some day of some month matches. */
static bool has_day(const struct schedule *schedule) {
    static const unsigned char lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!schedule->any_week_day)
        return true; /* a day of the week is in each month */
    for (unsigned month = 1; month <= 12; month++)
        if ((schedule->months >> month & 1) != 0)
            for (unsigned day = 1; day <= lengths[month - 1]; day++)
                if ((schedule->days >> day & 1) != 0)
                    return true;
    return false;
}

bool schedule_parse(const char *text, struct schedule *ret_schedule, struct error *ret_error) {
    static const char blanks[] = " \t";
    uint64_t bits[FIELDS] = {0};
    bool stars[FIELDS] = {false};
    const char *at = word_of(text, ret_error);
    if (at == NULL)
        return false;
    for (size_t i = 0; i < FIELDS; i++) {
        at += strspn(at, blanks);
        const char *end = at + strcspn(at, blanks);
        if (at == end)
            return error_set(ret_error, "a schedule has five fields: minute, hour, day of the "
                                        "month, month, day of the week; or @daily and the like");
        stars[i] = *at == '*';
        if (!read_field(&fields[i], at, end, &bits[i], ret_error))
            return false;
        at = end;
    }
    at += strspn(at, blanks);
    if (*at != '\0')
        return error_set(ret_error, "\"%.40s\" is behind the five fields of a schedule", at);
    *ret_schedule = (struct schedule){.minutes = bits[0],
                                      .hours = (uint32_t)bits[1],
                                      .days = (uint32_t)bits[2],
                                      .months = (uint16_t)bits[3],
                                      .week_days = (uint8_t)((bits[4] | bits[4] >> 7) & 0x7f),
                                      .any_day = stars[2],
                                      .any_week_day = stars[4]};
    return has_day(ret_schedule) || error_set(ret_error, "no month has such a day");
}

/* ---- the next slot ---- */

/* A local time, from a number of seconds. */
struct local {
    unsigned minute;
    unsigned hour;
    unsigned day;
    unsigned month;
    unsigned week_day;
};

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

/* Days since 1970 in the Gregorian calendar, by H. Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms" (https://howardhinnant.github.io/date_algorithms.html), civil_from_days. */
static struct local local_of(int64_t local_s) {
    const int64_t days = floor_div(local_s, DAY_S);
    const int64_t second = local_s - days * DAY_S;
    const int64_t shifted = days + 719468;
    const int64_t era = floor_div(shifted, 146097);
    const unsigned of_era = (unsigned)(shifted - era * 146097);
    const unsigned year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const unsigned of_year = of_era - (365 * year + year / 4 - year / 100);
    const unsigned month = (5 * of_year + 2) / 153;
    return (struct local){.minute = (unsigned)(second % HOUR_S / MINUTE_S),
                          .hour = (unsigned)(second / HOUR_S),
                          .day = of_year - (153 * month + 2) / 5 + 1,
                          .month = month < 10 ? month + 3 : month - 9,
                          .week_day = (unsigned)((days % 7 + 11) % 7)};
}

/* Of a month that matches. */
static bool is_day(const struct schedule *schedule, const struct local *at) {
    const bool day = (schedule->days >> at->day & 1) != 0;
    const bool week_day = (schedule->week_days >> at->week_day & 1) != 0;
    return schedule->any_day || schedule->any_week_day ? day && week_day : day || week_day;
}

/* The change that is in force at this time. */
static size_t change_at(const struct schedule_zone *zone, int64_t at_s) {
    size_t low = 0;
    size_t high = zone->count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (zone->changes[middle].at_s <= at_s)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* How far the clock is put back at a change; 0: it is not. */
static int64_t put_back(const struct schedule_zone *zone, size_t change) {
    const int64_t by = change > 0 && change < zone->count
                           ? zone->changes[change - 1].offset_s - zone->changes[change].offset_s
                           : 0;
    return by > 0 ? by : 0;
}

bool schedule_next(const struct schedule *schedule, const struct schedule_zone *zone,
                   int64_t after_s, struct schedule_slot *ret_slot) {
    const bool each_hour = schedule->hours == (UINT32_C(1) << 24) - 1;
    const int64_t until_s = after_s + SEARCH_S;
    int64_t at_s = (floor_div(after_s, MINUTE_S) + 1) * MINUTE_S;
    while (at_s <= until_s) {
        const size_t change = change_at(zone, at_s);
        const int64_t changes_s =
            change + 1 < zone->count ? zone->changes[change + 1].at_s : INT64_MAX;
        const int64_t local_s = at_s + zone->changes[change].offset_s;
        const struct local at = local_of(local_s);
        const int64_t of_day_s = local_s - floor_div(local_s, DAY_S) * DAY_S;
        int64_t step_s = MINUTE_S - of_day_s % MINUTE_S;
        if ((schedule->months >> at.month & 1) == 0) {
            step_s =
                (at.day < 28 ? 28 - (int64_t)at.day : 1) * DAY_S - of_day_s; /* at most its end */
        } else if (!is_day(schedule, &at)) {
            step_s = DAY_S - of_day_s;
        } else if ((schedule->hours >> at.hour & 1) == 0) {
            const uint32_t later = schedule->hours >> at.hour;
            const int64_t hours = later != 0 ? __builtin_ctz(later) : 24 - (int64_t)at.hour;
            step_s = hours * HOUR_S - of_day_s % HOUR_S;
        } else if ((schedule->minutes >> at.minute & 1) == 0) {
            const uint64_t later = schedule->minutes >> at.minute;
            const int64_t minutes = later != 0 ? __builtin_ctzll(later) : 60 - (int64_t)at.minute;
            step_s = minutes * MINUTE_S - of_day_s % MINUTE_S;
        } else if (step_s == MINUTE_S) {
            const bool second =
                change > 0 && at_s - zone->changes[change].at_s < put_back(zone, change);
            const bool first = changes_s - at_s <= put_back(zone, change + 1);
            if (each_hour || !second) {
                *ret_slot = (struct schedule_slot){at_s, first && !each_hour ? AROUND_S : 0};
                return true;
            }
        }
        /* The rest of a local day may be shorter or longer where the clock changes. */
        at_s = changes_s > at_s && at_s + step_s > changes_s ? changes_s : at_s + step_s;
    }
    return false;
}
