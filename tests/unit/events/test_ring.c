/* SPDX-License-Identifier: MIT */
/* The ring of events: ids, which events are dropped, and kinds. */
#include <string.h>

#include "assertions.h"
#include "events/events.h"

static struct events *ring;

static void setup(void) {
    ring = events_new(NULL);
}

static void teardown(void) {
    events_free(ring);
}

TestSuite(events_ring, .init = setup, .fini = teardown);

static uint64_t add(int64_t at_ms) {
    struct events_item item = {.at_ms = at_ms, .kind = EVENT_JOB_LOST};
    events_copy(item.text, sizeof item.text, "a job is lost");
    return events_add(ring, &item);
}

Test(events_ring, ids_count_from_one) {
    cr_expect(eq(u64, events_last(ring), 0));
    cr_expect(eq(ptr, (void *)events_after(ring, 0), NULL));
    cr_expect(eq(ptr, (void *)events_before(ring, UINT64_MAX), NULL));
    cr_expect(eq(u64, add(1000), 1));
    cr_expect(eq(u64, add(2000), 2));
    cr_expect(eq(u64, events_after(ring, 0)->id, 1));
    cr_expect(eq(i64, events_after(ring, 1)->at_ms, 2000));
    cr_expect(eq(ptr, (void *)events_after(ring, 2), NULL));
    cr_expect(eq(u64, events_before(ring, UINT64_MAX)->id, 2));
    cr_expect(eq(u64, events_before(ring, 2)->id, 1));
    cr_expect(eq(ptr, (void *)events_before(ring, 1), NULL));
    cr_expect(eq(ptr, (void *)events_after(ring, UINT64_MAX), NULL));
}

Test(events_ring, the_oldest_makes_way) {
    for (int i = 0; i < EVENTS_MAX + 10; i++)
        (void)add(i);
    size_t count = 0;
    uint64_t id = 0;
    const struct events_item *item;
    while ((item = events_after(ring, id)) != NULL) {
        cr_expect(eq(i64, item->at_ms, (int64_t)item->id - 1));
        id = item->id;
        count++;
    }
    cr_expect(eq(sz, count, EVENTS_MAX));
    cr_expect(eq(u64, events_first(ring), 11));
    cr_expect(eq(u64, events_after(ring, 3)->id, 11), "what is gone is passed over");
    cr_expect(eq(ptr, (void *)events_before(ring, 11), NULL));
}

Test(events_ring, texts_are_cut_and_end) {
    char text[4];
    events_copy(text, sizeof text, "abcdef");
    cr_expect(eq(str, text, "abc"));
    events_copy(text, sizeof text, NULL);
    cr_expect(eq(str, text, ""));
    events_print(text, sizeof text, "%d%d", 12, 345);
    cr_expect(eq(str, text, "123"));
}

Test(events_ring, kinds_have_the_names_that_the_protocol_has) {
    static const char *const names[] = {"breaker_opened", "breaker_closed",  "breaker_would_open",
                                        "breaker_forced", "job_lost",        "table_full",
                                        "sender_loss",    "family_rejected", "query_down",
                                        "reload",         "handover"};
    cr_assert(eq(int, EVENT_KIND_COUNT, sizeof names / sizeof *names));
    for (int i = 0; i < EVENT_KIND_COUNT; i++) {
        enum event_kind kind = EVENT_KIND_COUNT;
        cr_expect(eq(str, (char *)event_kind_text((enum event_kind)i), (char *)names[i]));
        cr_expect(event_kind_find(names[i], &kind));
        cr_expect(eq(int, (int)kind, i));
    }
    enum event_kind kind = EVENT_RELOAD;
    cr_expect(not(event_kind_find("breaker", &kind)));
    cr_expect(eq(int, (int)kind, EVENT_RELOAD));
}
