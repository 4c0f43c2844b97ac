/* SPDX-License-Identifier: MIT */
/* Which connections are accepted, which are closed for them, and that the counts of a listener's
 * places stay right. */
#include "expect.h"
#include "http/http_private.h"

static struct http_places places;

static void open_places(void) {
    const struct http_places_limits limits = {
        .most = 4, .scrapes = 1, .spare = 2, .leaving = 2, .stall_ms = 100};
    cr_assert(http_places_init(&places, &limits));
}

static void close_places(void) {
    http_places_done(&places);
}

TestSuite(http_places, .init = open_places, .fini = close_places);

/* `count` connections, one a millisecond from `now_ms` on. Returns the first. */
static struct http_place *come(unsigned count, uint64_t now_ms) {
    struct http_place *first = NULL;
    for (unsigned i = 0; i < count; i++) {
        struct http_place *place = http_places_take(&places, (int)i, now_ms + i);
        cr_assert(place != NULL);
        if (first == NULL)
            first = place;
    }
    return first;
}

/* The same with a request each that is served, or not. */
static struct http_place *ask(unsigned count, uint64_t now_ms, bool served) {
    struct http_place *first = come(count, now_ms);
    for (unsigned i = 0; i < count; i++) {
        struct http_place *leaver;
        http_places_head(&places, &first[i], now_ms + i);
        http_places_complete(&places, &first[i]);
        if (served)
            cr_assert(http_places_serve(&places, &first[i], true, now_ms, &leaver));
    }
    return first;
}

static struct http_place *expect_admitted(uint64_t now_ms) {
    struct http_place *leaver;
    cr_assert(http_places_admit(&places, now_ms, &leaver));
    return leaver;
}

static void expect_refused(uint64_t now_ms) {
    struct http_place *leaver;
    cr_assert(not(http_places_admit(&places, now_ms, &leaver)));
    cr_assert(leaver == NULL);
}

static void expect_counts(unsigned taken, unsigned open, unsigned incomplete, unsigned serving) {
    cr_expect(eq(uint, places.taken, taken));
    cr_expect(eq(uint, places.open, open));
    cr_expect(eq(uint, places.incomplete, incomplete));
    cr_expect(eq(uint, places.serving, serving));
}

Test(http_places, up_to_the_limit_nobody_makes_way) {
    come(3, 0);
    cr_expect(expect_admitted(10) == NULL);
    expect_counts(3, 3, 3, 0);
}

Test(http_places, the_oldest_without_a_request_makes_way) {
    struct http_place *first = come(4, 0);
    http_places_head(&places, &first[0], 20); /* its time begins anew */
    cr_expect(expect_admitted(30) == &first[1]);
}

Test(http_places, those_with_a_request_bring_a_listener_beyond) {
    ask(4, 0, true);
    cr_expect(expect_admitted(10) == NULL);
    struct http_place *fifth = come(1, 10);
    cr_expect(expect_admitted(10) == NULL);
    come(1, 11);
    cr_expect(expect_admitted(12) == fifth, "the spare places are full");
}

Test(http_places, whoever_is_served_and_not_stalled_stays) {
    struct http_place *first = ask(4, 0, true);
    ask(2, 0, false);
    expect_refused(50);
    http_place_handed(&first[2], 50);
    expect_refused(149);
    cr_expect(expect_admitted(150) == &first[2]);
    http_place_handed(&first[2], 150); /* it took something */
    expect_refused(150);
    http_place_handed(&first[1], 150);
    http_place_working(&first[1]); /* it took all */
    cr_expect(expect_admitted(250) == &first[2]);
}

Test(http_places, a_small_answer_that_is_not_taken_makes_way_at_once) {
    ask(4, 0, true);
    struct http_place *health = ask(2, 0, false);
    http_place_handed(&health[1], 5);
    cr_expect(expect_admitted(5) == &health[1]);
}

Test(http_places, a_leaver_counts_no_more_but_keeps_its_place) {
    struct http_place *first = come(4, 0);
    for (unsigned i = 0; i < 4; i++) {
        struct http_place *leaver = expect_admitted(10);
        cr_assert(leaver == &first[i]);
        http_places_leave(&places, leaver);
        cr_assert(http_places_take(&places, 9, 10) != NULL);
    }
    expect_counts(8, 4, 4, 0);
    expect_refused(20);
    cr_expect(http_places_take(&places, 9, 20) == NULL);
    http_places_free(&places, &first[0]);
    expect_counts(7, 4, 4, 0);
    cr_expect(expect_admitted(20) != NULL);
}

Test(http_places, what_a_leaver_still_says_changes_nothing) {
    struct http_place *place = ask(1, 0, true);
    struct http_place *leaver;
    http_places_leave(&places, place);
    expect_counts(1, 0, 0, 0);
    http_places_over(&places, place, 1);
    http_places_head(&places, place, 1);
    http_places_complete(&places, place);
    cr_expect(not(http_places_serve(&places, place, true, 1, &leaver)));
    cr_expect(leaver == NULL);
    expect_counts(1, 0, 0, 0);
    http_places_free(&places, place);
    expect_counts(0, 0, 0, 0);
}

Test(http_places, as_many_requests_are_served_as_there_may_be) {
    struct http_place *first = ask(4, 0, true);
    struct http_place *fifth = ask(1, 10, false);
    struct http_place *leaver;
    cr_expect(not(http_places_serve(&places, fifth, true, 20, &leaver)));
    cr_expect(leaver == NULL);
    expect_counts(5, 5, 0, 4);
    cr_expect(http_places_serve(&places, &first[0], true, 20, &leaver),
              "a second question changes nothing");
    expect_counts(5, 5, 0, 4);
    http_places_over(&places, &first[0], 30);
    expect_counts(5, 5, 1, 3);
    cr_expect(http_places_serve(&places, fifth, true, 30, &leaver));
    cr_expect(leaver == NULL);
    expect_counts(5, 5, 1, 4);
}

Test(http_places, a_stalled_client_makes_way_for_a_request) {
    struct http_place *first = ask(4, 0, true);
    struct http_place *fifth = ask(1, 10, false);
    struct http_place *leaver;
    http_place_handed(&first[3], 20);
    http_place_handed(&first[1], 30);
    http_place_handed(fifth, 5); /* not served: its end would be of no use */
    cr_expect(not(http_places_serve(&places, fifth, true, 119, &leaver)));
    cr_expect(http_places_serve(&places, fifth, true, 200, &leaver));
    cr_assert(leaver == &first[3]);
    http_places_leave(&places, leaver);
    expect_counts(5, 4, 0, 4);
}

Test(http_places, there_are_no_more_spare_places_than_others) {
    const struct http_places_limits limits = {.most = 1, .spare = 8, .leaving = 1, .stall_ms = 100};
    http_places_done(&places);
    cr_assert(http_places_init(&places, &limits));
    cr_expect(eq(uint, places.count, 3));
    struct http_place *first = come(1, 0);
    cr_expect(expect_admitted(1) == first);
}

/* `count` requests that are no scrapes; expects that all are served. */
static struct http_place *ask_otherwise(unsigned count, uint64_t now_ms) {
    struct http_place *first = ask(count, now_ms, false);
    struct http_place *leaver;
    for (unsigned i = 0; i < count; i++)
        cr_assert(http_places_serve(&places, &first[i], false, now_ms, &leaver));
    return first;
}

Test(http_places, a_place_for_scrapes_is_left) {
    struct http_place *leaver;
    ask_otherwise(3, 0);
    struct http_place *fourth = ask(1, 10, false);
    cr_expect(not(http_places_serve(&places, fourth, false, 20, &leaver)));
    cr_expect(leaver == NULL);
    cr_expect(http_places_serve(&places, fourth, true, 20, &leaver));
    cr_expect(leaver == NULL);
    expect_counts(4, 4, 0, 4);
    struct http_place *fifth = ask(1, 30, false);
    cr_expect(not(http_places_serve(&places, fifth, true, 40, &leaver)));
}

Test(http_places, what_is_no_scrape_makes_way_for_its_like) {
    struct http_place *leaver;
    struct http_place *others = ask_otherwise(3, 0);
    struct http_place *scrape = ask(1, 0, true);
    struct http_place *next = ask(1, 10, false);
    http_place_handed(scrape, 10);
    cr_expect(not(http_places_serve(&places, next, false, 110, &leaver)), "a scrape is no leaver");
    http_place_handed(&others[1], 20);
    cr_expect(http_places_serve(&places, next, false, 120, &leaver));
    cr_expect(leaver == &others[1]);
    http_places_leave(&places, leaver);
    expect_counts(5, 4, 0, 4);
}

Test(http_places, scrapes_take_every_place) {
    struct http_place *leaver;
    struct http_place *first = ask(4, 0, true);
    struct http_place *other = ask(1, 10, false);
    cr_expect(not(http_places_serve(&places, other, false, 20, &leaver)));
    http_places_over(&places, &first[0], 30);
    cr_expect(http_places_serve(&places, other, false, 30, &leaver));
    http_places_over(&places, other, 40);
    http_places_over(&places, &first[1], 40);
    expect_counts(5, 5, 3, 2);
}
