/* SPDX-License-Identifier: MIT */
/* Which spellings of a breaker lead to its slot. */
#include "assertions.h"
#include "place.h"

#include <stdio.h>
#include <string.h>

static struct breakers breakers;
static struct breaker_page *writer;
static const struct sg_breaker_page *page;

static void setup(void) {
    place_init();
    breakers_init(&breakers);
}

static void teardown(void) {
    if (page)
        reader_unmap(page);
    breaker_page_close(writer);
    breakers_done(&breakers);
    place_done();
}

TestSuite(breaker_page_table, .init = setup, .fini = teardown);

static void publish(uint32_t scope) {
    struct error error;
    breakers_ready(&breakers);
    writer =
        breaker_page_open(place_page, NULL, scope, &breakers.set, breakers.breakers_jobs, &error);
    cr_assert(writer != NULL, "%s", error.text);
    page = reader_map(place_page);
    cr_assert(page != NULL);
}

/* The number of the breaker with a tag, recognised by the epoch that the test gave it; -1: none. */
static int behind(uint64_t tag) {
    const struct sg_breaker_page_slot *slot = reader_find(page, tag);
    return slot ? (int)(slot->state >> 2) - 1 : -1;
}

static void number(size_t count) {
    for (size_t i = 0; i < count; i++) {
        breakers_set(&breakers, i, BREAKER_HALF_OPEN, (uint32_t)i + 1);
        breaker_page_show(writer, i);
    }
}

/* These numbers are in proto/BREAKER_PAGE.md, for authors of readers. */
Test(breaker_page_table, tags_are_as_documented) {
    cr_expect(eq(u64, sg_breaker_page_hash(SG_BREAKER_PAGE_HASH_START, ""),
                 UINT64_C(0xcbf29ce484222325)));
    cr_expect(eq(u64, sg_breaker_page_hash(SG_BREAKER_PAGE_HASH_START, "a"),
                 UINT64_C(0xaf63dc4c8601ec8c)));
    cr_expect(eq(u64, sg_breaker_page_hash(SG_BREAKER_PAGE_HASH_START, "foobar"),
                 UINT64_C(0x85944171f73967e8)));
    cr_expect(eq(u64, sg_breaker_page_hash_label("job", "publish"),
                 sg_breaker_page_hash(SG_BREAKER_PAGE_HASH_START, "job:publish")));
    const uint64_t tag = reader_tag("imgsrv_background_job", "job:publish", NULL);
    cr_expect(eq(u64, tag, UINT64_C(0x7c8f55d58022b197)));
    cr_expect(eq(u32, sg_breaker_page_home(tag), 1090));
    cr_expect(eq(u64, sg_breaker_page_tag(0), 1), "0 is an empty slot");
}

Test(breaker_page_table, holds_every_combination_in_any_order_of_labels) {
    char labels[] = "job=a|b;zone=eu|us";
    breakers_declare(&breakers, breakers_service(&breakers, "s", NULL), "work", NULL, labels);
    publish(0);
    number(4);
    cr_expect(eq(sz, reader_entries(page), 8), "as they are, and with service:s");
    cr_expect(eq(int, behind(reader_tag("work", "job:a", "zone:eu")), 0));
    cr_expect(eq(int, behind(reader_tag("work", "zone:us", "job:a")), 1));
    cr_expect(eq(int, behind(reader_tag("work", "job:b", "zone:us")), 3));
    cr_expect(eq(int, behind(reader_tag("work", "job:a", NULL)), -1));
    cr_expect(eq(int, behind(reader_tag("other", "job:a", "zone:eu")), -1));
}

Test(breaker_page_table, holds_a_breaker_without_labels) {
    char labels[] = "";
    breakers_declare(&breakers, breakers_service(&breakers, "s", NULL), "work", NULL, labels);
    publish(0);
    number(1);
    cr_expect(eq(int, behind(reader_tag("work", NULL, NULL)), 0));
}

Test(breaker_page_table, leaves_probes_of_a_reported_breaker_to_its_service) {
    char labels[] = "job=a|b";
    breakers_declare_reported(
        breakers_declare(&breakers, breakers_service(&breakers, "s", NULL), "work", NULL, labels));
    publish(0);
    breakers_set(&breakers, 0, BREAKER_HALF_OPEN, 7);
    breakers_set(&breakers, 1, BREAKER_OPEN, 0);
    breaker_page_show(writer, 0);
    breaker_page_show(writer, 1);
    cr_expect(eq(u32, reader_find(page, reader_tag("work", "job:a", NULL))->state, 0), "closed");
    cr_expect(eq(u32, reader_find(page, reader_tag("work", "job:b", NULL))->state, 1), "open");
}

Test(breaker_page_table, knows_aliases_and_the_spelling_of_the_wire) {
    char labels[] = "job=a, b~a_b|c";
    char aliases[] = "old.work,older.work";
    breakers_declare(&breakers, breakers_service(&breakers, "s", NULL), "work", aliases, labels);
    publish(0);
    number(2);
    cr_expect(eq(int, behind(reader_tag("work", "job:a_b", NULL)), 0));
    cr_expect(eq(int, behind(reader_tag("work", "job:a, b", NULL)), -1));
    cr_expect(eq(int, behind(reader_tag("old.work", "job:c", NULL)), 1));
    cr_expect(eq(int, behind(reader_tag("older.work", "job:a_b", NULL)), 0));
}

Test(breaker_page_table, leaves_out_const_labels_and_may_leave_out_defaults) {
    char labels[] = "from==here;job=a|b;zone=eu*|us";
    breakers_declare(&breakers, breakers_service(&breakers, "s", NULL), "work", NULL, labels);
    publish(0);
    number(4);
    cr_expect(eq(int, behind(reader_tag("work", "job:b", "zone:eu")), 2));
    cr_expect(eq(int, behind(reader_tag("work", "job:b", NULL)), 2));
    cr_expect(eq(int, behind(reader_tag("work", "job:b", "zone:us")), 3));
    cr_expect(eq(int, behind(reader_tag("work", "job:b", "service:s")), 2));
    cr_expect(eq(int, behind(reader_tag("work", "from:here", "job:b")), -1));
}

Test(breaker_page_table, distinguishes_services_that_declare_the_same_name) {
    char one[] = "job=a";
    char two[] = "job=a";
    char three[] = "job=a";
    char aliases[] = "work";
    breakers_declare(&breakers, breakers_service(&breakers, "s", NULL), "work", NULL, one);
    breakers_declare(&breakers, breakers_service(&breakers, "t", NULL), "toil", aliases, two);
    breakers_declare(&breakers, breakers_service(&breakers, "u", "/run/u.sock"), "work", NULL,
                     three);
    publish(0);
    number(3);
    cr_expect(eq(int, behind(reader_tag("work", "job:a", NULL)), -1), "ambiguous");
    cr_expect(eq(int, behind(reader_tag("work", "job:a", "service:s")), 0));
    cr_expect(eq(int, behind(reader_tag("work", "job:a", "service:t")), 1), "an alias counts too");
    cr_expect(eq(int, behind(reader_tag("toil", "job:a", NULL)), 1));
    cr_expect(eq(int, behind(reader_tag("work", "job:a", "service:u")), -1), "another socket");
}

Test(breaker_page_table, does_not_name_the_service_twice) {
    char one[] = "service=s|x";
    char two[] = "job=a";
    breakers_declare(&breakers, breakers_service(&breakers, "s", NULL), "work", NULL, one);
    breakers_declare(&breakers, breakers_service(&breakers, "t", NULL), "work", NULL, two);
    publish(0);
    number(3);
    cr_expect(eq(int, behind(reader_tag("work", "service:s", NULL)), 0));
    cr_expect(eq(int, behind(reader_tag("work", "job:a", "service:t")), 2));
}

Test(breaker_page_table, shows_the_services_of_its_socket_alone) {
    char one[] = "job=a";
    char two[] = "job=a";
    char three[] = "job=a";
    struct catalog *own = breakers_service(&breakers, "u", "/run/u.sock");
    breakers_declare(&breakers, own, "work", NULL, one);
    breakers_declare(&breakers, breakers_service(&breakers, "v", NULL), "toil", NULL, two);
    struct catalog *internal = breakers_service(&breakers, "w", NULL);
    internal->internal = true;
    breakers_declare(&breakers, internal, "hidden", NULL, three);
    publish(own->index + 1);
    number(3);
    cr_expect(eq(int, behind(reader_tag("work", "job:a", NULL)), 0));
    cr_expect(eq(int, behind(reader_tag("toil", "job:a", NULL)), -1));
    cr_expect(eq(int, behind(reader_tag("hidden", "job:a", NULL)), -1));
    cr_expect(eq(sz, reader_entries(page), 2));
}

Test(breaker_page_table, shows_declared_breakers_only) {
    char labels[] = "job=a|b";
    breakers_declare(&breakers, breakers_service(&breakers, "s", NULL), "work", NULL, labels);
    breakers_ready(&breakers);
    breakers_undeclare(&breakers, 0);
    writer = breaker_page_open(place_page, NULL, 0, &breakers.set, breakers.breakers_jobs,
                               &(struct error){0});
    page = reader_map(place_page);
    cr_expect(eq(int, behind(reader_tag("work", "job:a", NULL)), -1));
    cr_expect(ne(int, behind(reader_tag("work", "job:b", NULL)), -2));
    cr_expect(reader_find(page, reader_tag("work", "job:b", NULL)) != NULL);
}

/* "v0|v1|...": as many as a set may have. */
static char *many_values(void) {
    static char labels[CATALOG_MACHINES_MAX * 14 + 8] = "job=";
    size_t len = strlen(labels);
    for (int i = 0; i < CATALOG_MACHINES_MAX; i++)
        len += (size_t)snprintf(labels + len, sizeof labels - len, "%sv%d", i == 0 ? "" : "|", i);
    return labels;
}

Test(breaker_page_table, has_room_for_all_breakers_and_says_which_spellings_it_left_out) {
    char aliases[] = "one,two,three";
    breakers_declare(&breakers, breakers_service(&breakers, "s", NULL), "work", aliases,
                     many_values());
    publish(0);
    number(CATALOG_MACHINES_MAX);
    for (int i = 0; i < CATALOG_MACHINES_MAX; i++) {
        char label[32];
        (void)snprintf(label, sizeof label, "job:v%d", i);
        cr_expect(eq(int, behind(reader_tag("work", label, NULL)), i));
    }
    cr_expect(eq(sz, reader_entries(page), SG_BREAKER_PAGE_ENTRIES_MAX));
    /* Four names, each with and without `service`. */
    cr_expect(eq(sz, breaker_page_left_out(writer),
                 CATALOG_MACHINES_MAX * 8 - SG_BREAKER_PAGE_ENTRIES_MAX));
    cr_expect(eq(int, behind(reader_tag("unknown", "job:v1", NULL)), -1), "the search ends");
}
