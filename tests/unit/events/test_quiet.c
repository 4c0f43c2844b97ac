/* SPDX-License-Identifier: MIT */
/* At most one event a minute for each kind and name. */
#include "assertions.h"
#include "events/events.h"

static struct quiet *quiet;

static void setup(void) {
    quiet = events_quiet_new();
}

static void teardown(void) {
    events_quiet_free(quiet);
}

TestSuite(events_quiet, .init = setup, .fini = teardown);

static struct events_item item_of(enum event_kind kind, int name) {
    struct events_item item = {.kind = kind};
    events_copy(item.service, sizeof item.service, "shop");
    events_print(item.name, sizeof item.name, "name_%d", name);
    return item;
}

static bool admit(enum event_kind kind, int name, int64_t mono_ms) {
    struct events_item item = item_of(kind, name);
    item.at_ms = mono_ms;
    return events_quiet_admit(quiet, &item, mono_ms);
}

Test(events_quiet, one_a_minute_of_each_kind_and_name) {
    cr_expect(admit(EVENT_JOB_LOST, 1, 0));
    cr_expect(not(admit(EVENT_JOB_LOST, 1, 1000)));
    cr_expect(admit(EVENT_JOB_LOST, 2, 1000), "another name");
    cr_expect(admit(EVENT_TABLE_FULL, 1, 1000), "another kind");
}

Test(events_quiet, labels_and_service_are_of_the_name) {
    struct events_item item = item_of(EVENT_BREAKER_OPENED, 1);
    cr_expect(events_quiet_admit(quiet, &item, 0));
    events_copy(item.labels, sizeof item.labels, "job=\"a\"");
    cr_expect(events_quiet_admit(quiet, &item, 0));
    events_copy(item.service, sizeof item.service, "other");
    cr_expect(events_quiet_admit(quiet, &item, 0));
    cr_expect(not(events_quiet_admit(quiet, &item, 0)));
}

Test(events_quiet, the_latest_of_what_was_held_back_is_told_with_their_number) {
    struct events_item item;
    (void)admit(EVENT_JOB_LOST, 1, 0);
    for (int64_t at = 1; at <= 5; at++)
        cr_expect(not(admit(EVENT_JOB_LOST, 1, at)));
    cr_expect(not(events_quiet_due(quiet, QUIET_MS - 1, &item)));
    cr_assert(events_quiet_due(quiet, QUIET_MS, &item));
    cr_expect(eq(i64, item.at_ms, 5));
    cr_expect(eq(u64, item.held, 4));
    cr_expect(not(events_quiet_due(quiet, QUIET_MS, &item)), "once");
    cr_expect(not(admit(EVENT_JOB_LOST, 1, QUIET_MS + 1)), "that was one of this minute");
    cr_expect(not(events_quiet_due(quiet, (int64_t)2 * QUIET_MS - 1, &item)));
    cr_assert(events_quiet_due(quiet, (int64_t)2 * QUIET_MS, &item));
    cr_expect(eq(u64, item.held, 0));
}

Test(events_quiet, what_is_held_back_comes_before_what_is_new) {
    struct events_item item;
    (void)admit(EVENT_JOB_LOST, 1, 0);
    (void)admit(EVENT_JOB_LOST, 1, 1);
    cr_expect(not(admit(EVENT_JOB_LOST, 1, QUIET_MS + 5)));
    cr_assert(events_quiet_due(quiet, QUIET_MS + 6, &item));
    cr_expect(eq(i64, item.at_ms, QUIET_MS + 5));
    cr_expect(eq(u64, item.held, 1));
}

Test(events_quiet, after_a_quiet_minute_it_is_told_at_once) {
    cr_expect(admit(EVENT_RELOAD, 1, 0));
    cr_expect(admit(EVENT_RELOAD, 1, QUIET_MS));
}

Test(events_quiet, of_more_than_its_rows_the_rest_is_counted) {
    struct events_item item;
    for (int i = 0; i < QUIET_MAX; i++)
        cr_assert(admit(EVENT_TABLE_FULL, i, 0));
    cr_expect(not(admit(EVENT_TABLE_FULL, QUIET_MAX, 1)));
    cr_expect(eq(u64, events_quiet_left_out(quiet), 1));
    (void)admit(EVENT_TABLE_FULL, 0, 1);
    for (int i = 1; i < QUIET_MAX; i++)
        cr_assert(admit(EVENT_TABLE_FULL, QUIET_MAX + i, QUIET_MS), "row %d is free again", i);
    cr_expect(not(admit(EVENT_TABLE_FULL, 3 * QUIET_MAX, QUIET_MS)), "of one something waits");
    cr_assert(events_quiet_due(quiet, QUIET_MS, &item));
    cr_expect(eq(str, item.name, "name_0"));
}
