/* SPDX-License-Identifier: MIT */
/* When expressions of cron are due, above all where clocks change. */
#include <string.h>

#include "assertions.h"
#include "schedule/schedule.h"
#include "zones.h"

#define HOUR INT64_C(3600)
#define DAY  (24 * HOUR)

/* 1 January 2026, 00:00 UTC: a Thursday. */
#define YEAR INT64_C(1767225600)

static struct schedule parse(const char *text) {
    struct schedule schedule = {0};
    struct error error = {0};
    cr_assert(schedule_parse(text, &schedule, &error), "%s: %s", text, error.text);
    return schedule;
}

static int64_t next(const struct schedule_zone *zone, const char *text, int64_t after) {
    const struct schedule schedule = parse(text);
    struct schedule_slot slot = {.at_s = -1};
    cr_expect(schedule_next(&schedule, zone, after, &slot), "%s", text);
    return slot.at_s;
}

Test(schedule, the_next_slot_in_utc) {
    static const struct {
        const char *text;
        int64_t at; /* since the year began */
    } rows[] = {
        {"* * * * *", 60},
        {"*/15 * * * *", 900},
        {"7-59/20 * * * *", 420},
        {"0 * * * *", HOUR},
        {"@hourly", HOUR},
        {"30 4 * * *", 4 * HOUR + 1800},
        {"@daily", DAY},
        {"@midnight", DAY},
        {"0 0 * * 0", 3 * DAY},
        {"0 0 * * 7", 3 * DAY},
        {"0 0 * * SUN", 3 * DAY},
        {"@weekly", 3 * DAY},
        {"0 12 * * mon-wed,fri", DAY + 12 * HOUR},
        {"@monthly", 31 * DAY},
        {"0 0 1 feb *", 31 * DAY},
        {"@yearly", 365 * DAY},
        {"  5\t5  * * 6 ", 2 * DAY + 5 * HOUR + 300},
        {"0 0 29 2 *", 1835395200 - YEAR}, /* in 2028 */
        /* one that matches is enough, unless a field begins with * */
        {"0 0 15 * 5", DAY},
        {"0 0 2-30/2 * 1", DAY},
        {"0 0 */10 5 1", 1778457600 - YEAR}, /* 1, 11, 21 and 31 May: the 11th is a Monday */
        {"0 0 1-31 * 1", DAY},
        {"0 0 * * */2", 2 * DAY},
        {"0 0 31 4,6 1", 1775433600 - YEAR}, /* the first Monday of April */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect(eq(i64, next(&utc, rows[i].text, YEAR) - YEAR, rows[i].at), "%s", rows[i].text);
    cr_expect(eq(i64, next(&utc, "* * * * *", YEAR + 59), YEAR + 60));
    cr_expect(eq(i64, next(&utc, "* * * * *", YEAR + 60), YEAR + 120), "after, not at");
}

Test(schedule, what_is_no_schedule_says_why) {
    static const struct {
        const char *text;
        const char *why;
    } rows[] = {
        {"", "five fields"},
        {"* * * *", "five fields"},
        {"* * * * * *", "behind the five fields"},
        {"60 * * * *", "\"60\" is no minute: 0 to 59"},
        {"* 24 * * *", "is no hour"},
        {"* * 0 * *", "is no day of the month: 1 to 31"},
        {"* * * 13 *", "is no month: 1 to 12, or a name as feb"},
        {"* * * * 8", "is no day of the week: 0 to 7, or a name as mon"},
        {"* * * * monday", "is no day of the week"},
        {"5/10 * * * *", "a step needs a range or *"},
        {"*/0 * * * *", "a step is a number above 0"},
        {"*/ * * * *", "a step is a number above 0"},
        {"9-5 * * * *", "ends before it begins"},
        {"* * * * fri-sun", "ends before it begins"},
        {"1,,2 * * * *", "is no minute"},
        {"1, * * * *", "is no minute"},
        {"-1 * * * *", "is no minute"},
        {"x * * * *", "is no minute"},
        {"99999999999 * * * *", "is no minute"},
        {"* * 31 2 *", "no month has such a day"},
        {"* * 31 2,4,6 *", "no month has such a day"},
        {"@reboot", "is no time"},
        {"@fortnightly", "there are @hourly"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct schedule schedule;
        struct error error = {0};
        cr_expect(not(schedule_parse(rows[i].text, &schedule, &error)), "%s", rows[i].text);
        cr_expect(strstr(error.text, rows[i].why) != NULL, "%s: %s", rows[i].text, error.text);
    }
}

/* Checks all slots from `from` on for the expression, until the list ends with 0. */
static void expect_slots(const struct schedule_zone *zone, const char *text, int64_t from,
                         const struct schedule_slot *slots) {
    const struct schedule schedule = parse(text);
    for (size_t i = 0; slots[i].at_s != 0; i++) {
        struct schedule_slot slot = {0};
        cr_assert(schedule_next(&schedule, zone, from, &slot));
        cr_expect(eq(i64, slot.at_s, slots[i].at_s), "%s in %s, slot %zu", text, zone->name, i);
        cr_expect(eq(i64, slot.around_s, slots[i].around_s), "%s in %s, slot %zu", text, zone->name,
                  i);
        from = slot.at_s;
    }
}
#define SLOTS(...) ((const struct schedule_slot[]){__VA_ARGS__, {0, 0}})

Test(schedule, a_skipped_time_has_no_slot) {
    const int64_t at = 1774746000;
    expect_slots(&berlin, "30 2 * * *", at - DAY,
                 SLOTS({at - DAY + 1800, 0}, {at + DAY - HOUR + 1800, 0}));
    expect_slots(&berlin, "30 1 * * *", at - HOUR, SLOTS({at - 1800, 0}));
    expect_slots(&berlin, "0 3 * * *", at - HOUR, SLOTS({at, 0}, {at + DAY, 0}));
    expect_slots(&berlin, "30 2,3 * * *", at - HOUR, SLOTS({at + 1800, 0}));
    expect_slots(&lord_howe, "15 2 * * *", 1791041400 - HOUR, SLOTS({1791041400 + DAY - 900, 0}));
    expect_slots(&beirut, "0 0 * * *", 1774735200 - HOUR, SLOTS({1774735200 + 23 * HOUR, 0}));
    expect_slots(&beirut, "0 1 * * *", 1774735200 - HOUR, SLOTS({1774735200, 0}));
}

Test(schedule, a_time_that_comes_twice_is_one_slot) {
    const int64_t at = 1792890000;
    expect_slots(&berlin, "30 2 * * *", at - 2 * HOUR,
                 SLOTS({at - 1800, HOUR}, {at + DAY + 1800, 0}));
    expect_slots(&berlin, "0 2 * * *", at - 2 * HOUR, SLOTS({at - HOUR, HOUR}, {at + DAY, 0}));
    expect_slots(&berlin, "0 3 * * *", at - 2 * HOUR, SLOTS({at + HOUR, 0}));
    expect_slots(&berlin, "59 1 * * *", at - 2 * HOUR, SLOTS({at - HOUR - 60, 0}));
    expect_slots(&lord_howe, "45 1 * * *", 1775314800 - HOUR,
                 SLOTS({1775314800 - 900, HOUR}, {1775314800 + DAY + 900, 0}));
    expect_slots(&lord_howe, "15 1 * * *", 1775314800 - HOUR,
                 SLOTS({1775314800 - 45 * 60, 0}, {1775314800 + DAY - 900, 0}));
}

Test(schedule, each_hour_follows_the_passing_time) {
    const int64_t at = 1792890000;
    expect_slots(&berlin, "30 * * * *", at - HOUR,
                 SLOTS({at - 1800, 0}, {at + 1800, 0}, {at + HOUR + 1800, 0}));
    expect_slots(&berlin, "*/30 */1 * * *", at - HOUR, SLOTS({at - 1800, 0}, {at, 0}));
    expect_slots(&berlin, "0 * * * *", 1774746000 - 2 * HOUR,
                 SLOTS({1774746000 - HOUR, 0}, {1774746000, 0}, {1774746000 + HOUR, 0}));
    /* Where the clock goes back by half an hour, half past comes twice within it. */
    expect_slots(&lord_howe, "30 * * * *", 1775314800 - HOUR,
                 SLOTS({1775314800 - 1800, 0}, {1775314800, 0}, {1775314800 + HOUR, 0}));
}

Test(schedule, slots_rise_and_none_is_left_out) {
    static const char *const texts[] = {"*/7 * * * *",   "0 3 * * *", "30 2 * * 0",
                                        "15 1,13 1 * 1", "@hourly",   "45 1-2 * * *"};
    static const struct schedule_zone *const zones[] = {&utc, &berlin, &lord_howe, &beirut};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (size_t j = 0; j < sizeof zones / sizeof zones[0]; j++) {
            const struct schedule schedule = parse(texts[i]);
            struct schedule_slot slot = {.at_s = YEAR};
            int64_t before = YEAR;
            while (slot.at_s < YEAR + 366 * DAY) {
                cr_assert(schedule_next(&schedule, zones[j], before, &slot));
                cr_assert(lt(i64, before, slot.at_s));
                struct schedule_slot again;
                cr_assert(schedule_next(&schedule, zones[j], slot.at_s - 1, &again));
                cr_assert(eq(i64, again.at_s, slot.at_s), "from close before it");
                before = slot.at_s;
            }
        }
}
