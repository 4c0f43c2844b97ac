/* SPDX-License-Identifier: MIT */
/* Events of another process: their ids continue, and nothing in them is believed. */
#include <stddef.h>
#include <string.h>

#include "assertions.h"
#include "catalog/catalog.h"
#include "events/events.h"
#include "region.h"

struct life {
    struct region region;
    struct object *object;
    struct events *events;
};

static struct catalog_set set;
static struct life old;
static struct life new;

static void begin(struct life *life) {
    region_init(&life->region, object_bytes(&set) + events_object_bytes() + 65536);
    life->object = object_new(&life->region.place, &set, region_boot);
    life->events = events_new(life->object);
    cr_assert(ne(ptr, life->events, NULL));
}

static void end(struct life *life) {
    events_free(life->events);
    object_free(life->object);
    region_done(&life->region);
}

static void setup(void) {
    struct error error;
    catalog_set_init(&set);
    cr_assert(catalog_set_finish(&set, &error), "%s", error.text);
    begin(&old);
    begin(&new);
}

static void teardown(void) {
    end(&new);
    end(&old);
    catalog_set_done(&set);
}

TestSuite(events_restore, .init = setup, .fini = teardown);

static void add(int count) {
    for (int i = 0; i < count; i++) {
        struct events_item item = {
            .at_ms = 1000 + i, .kind = EVENT_QUERY_DOWN, .over = true, .held = 3};
        events_copy(item.service, sizeof item.service, "shop");
        events_copy(item.name, sizeof item.name, "orders");
        events_copy(item.labels, sizeof item.labels, "a=\"b\"");
        item.who = (struct who){7, 1000, "cook", "cook.service"};
        events_copy(item.text, sizeof item.text, "it is good again");
        (void)events_add(old.events, &item);
    }
}

static void restore_from(unsigned char *copy) {
    struct error error;
    struct image image;
    cr_assert(image_open(&image, copy, old.region.place.size, region_boot, &error), "%s",
              error.text);
    events_restore(new.events, &image);
}

static void restore(void) {
    unsigned char *copy = region_copy(&old.region);
    restore_from(copy);
    region_drop(&old.region, copy);
}

Test(events_restore, all_of_an_event_comes_back) {
    add(1);
    restore();
    const struct events_item *item = events_after(new.events, 0);
    cr_assert(ne(ptr, (void *)item, NULL));
    const struct events_item *was = events_after(old.events, 0);
    cr_expect(eq(u64, item->id, 1));
    cr_expect(eq(i64, item->at_ms, 1000));
    cr_expect(eq(int, (int)item->kind, EVENT_QUERY_DOWN));
    cr_expect(item->over);
    cr_expect(eq(i32, item->who.pid, 7));
    cr_expect(eq(u32, item->who.uid, 1000));
    cr_expect(eq(u64, item->held, 3));
    cr_expect(eq(str, (char *)item->service, (char *)was->service));
    cr_expect(eq(str, (char *)item->name, (char *)was->name));
    cr_expect(eq(str, (char *)item->labels, (char *)was->labels));
    cr_expect(eq(str, (char *)item->who.comm, (char *)was->who.comm));
    cr_expect(eq(str, (char *)item->who.unit, (char *)was->who.unit));
    cr_expect(eq(str, (char *)item->text, (char *)was->text));
}

Test(events_restore, ids_go_on) {
    add(EVENTS_MAX + 5);
    restore();
    struct events_item item = {.kind = EVENT_HANDOVER};
    cr_expect(eq(u64, events_after(new.events, 0)->id, 6));
    cr_expect(eq(u64, events_add(new.events, &item), EVENTS_MAX + 6));
    cr_expect(eq(u64, events_first(new.events), 7));
    cr_expect(eq(u64, events_before(new.events, UINT64_MAX)->id, EVENTS_MAX + 6));
}

Test(events_restore, of_an_object_without_events_nothing_comes) {
    restore();
    cr_expect(eq(u64, events_last(new.events), 0));
}

/* Where the copy has this text. */
static unsigned char *find(unsigned char *copy, const char *text, unsigned char *from) {
    return memmem(from, (size_t)(copy + old.region.place.size - from), text, strlen(text) + 1);
}

Test(events_restore, an_unknown_kind_and_an_impossible_id_are_left_out) {
    const uint64_t far = UINT64_MAX - 1;
    add(3);
    unsigned char *copy = region_copy(&old.region);
    unsigned char *kind = find(copy, "query_down", copy);
    cr_assert(ne(ptr, kind, NULL));
    kind[0] = 'Q';
    kind = find(copy, "query_down", kind);
    cr_assert(ne(ptr, kind, NULL));
    memcpy(kind - sizeof(struct events_item), &far, sizeof far);
    restore_from(copy);
    region_drop(&old.region, copy);
    cr_expect(eq(u64, events_last(new.events), 3));
    cr_expect(eq(u64, events_after(new.events, 0)->id, 3));
}

Test(events_restore, a_text_without_an_end_is_cut) {
    add(1);
    unsigned char *copy = region_copy(&old.region);
    unsigned char *text = find(copy, "it is good again", copy);
    cr_assert(ne(ptr, text, NULL));
    memset(text, 'x', EVENT_TEXT_MAX);
    restore_from(copy);
    region_drop(&old.region, copy);
    cr_expect(eq(sz, strlen(events_after(new.events, 0)->text), EVENT_TEXT_MAX - 1));
}
