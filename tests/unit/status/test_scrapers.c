/* SPDX-License-Identifier: MIT */
/* Which scrapers come regularly, and which have stopped. */
#include <stdio.h>

#include "assertions.h"
#include "status/status.h"

static struct scrapers *scrapers;

static void setup(void) {
    scrapers = scrapers_new();
}

static void teardown(void) {
    scrapers_free(scrapers);
}

TestSuite(status_scrapers, .init = setup, .fini = teardown);

static const int64_t SECOND = 1000;
enum { REAL = 500000 };

static void came(const char *page, const char *client, int64_t at_s) {
    const struct scraper_visit visit = {.page = page, .client = client, .agent = "test/1"};
    scrapers_came(scrapers, &visit, at_s * SECOND, at_s * SECOND + REAL);
}

/* From `from_s` to `to_s` at this interval. */
static void come(const char *client, int64_t from_s, int64_t to_s, int64_t interval_s) {
    for (int64_t at = from_s; at <= to_s; at += interval_s)
        came("/metrics", client, at);
}

static size_t count(int64_t at_s, size_t *ret_away) {
    struct scraper scraper;
    size_t all = 0;
    for (*ret_away = 0; scrapers_at(scrapers, all, at_s * SECOND, &scraper); all++)
        *ret_away += scraper.away;
    return all;
}

static void expect(int64_t at_s, size_t all, size_t away) {
    size_t found;
    cr_expect(eq(sz, count(at_s, &found), all));
    cr_expect(eq(sz, found, away));
}

Test(status_scrapers, away_after_three_intervals) {
    come("a", 0, 600, 10);
    expect(630, 1, 0);
    expect(632, 1, 1);
    came("/metrics", "a", 700);
    expect(700, 1, 0);
    expect(732, 1, 1);
}

Test(status_scrapers, missed_as_long_as_it_had_come) {
    come("a", 0, 120, 10);
    expect(120 + 299, 1, 1);
    expect(120 + 301, 1, 0);
    come("b", 0, 7200, 60);
    expect(7200 + 7100, 2, 1);
    expect(7200 + 7201, 2, 0);
    come("c", 0, 400000, 600);
    expect(400000 + 86000, 3, 1);
    expect(400000 + 86401, 3, 0);
}

Test(status_scrapers, another_that_began_since_takes_its_place) {
    come("a", 0, 600, 10);
    come("b", 605, 620, 5);
    expect(632, 2, 0);
    come("c", 0, 600, 10);
    expect(632, 3, 0);
}

Test(status_scrapers, one_that_came_beside_it_does_not_take_its_place) {
    come("a", 0, 600, 10);
    come("b", 0, 640, 10);
    expect(640, 2, 1);
}

Test(status_scrapers, pages_are_told_apart) {
    come("a", 0, 600, 10);
    for (int64_t at = 605; at < 640; at += 5)
        came("/other", "a", at);
    expect(640, 2, 1);
}

Test(status_scrapers, passers_by_do_not_push_out_scrapers) {
    char client[16];
    come("a", 0, 120, 10);
    for (int i = 0; i < 3 * SCRAPERS_MAX; i++) {
        (void)snprintf(client, sizeof client, "passer%d", i);
        came("/metrics", client, 121);
    }
    expect(155, 1, 1);
}

Test(status_scrapers, the_latest_of_an_endpoint_is_known_at_once) {
    struct scraper scraper;
    const struct scraper_visit visits[] = {
        {.page = "/a", .client = "one", .agent = "Prometheus/2.42.0", .took_ms = 12},
        {.page = "/a", .client = "two", .agent = "", .took_ms = 7},
        {.page = "/b", .client = "one", .agent = "x", .endpoint = 1}};
    cr_expect(not(scrapers_latest(scrapers, 0, 0, &scraper)));
    for (int i = 0; i < 3; i++)
        scrapers_came(scrapers, &visits[i], i * SECOND, i * SECOND + REAL);
    cr_assert(scrapers_latest(scrapers, 0, 5 * SECOND, &scraper));
    cr_expect(eq(str, (char *)scraper.client, "two"));
    cr_expect(eq(str, (char *)scraper.agent, ""));
    cr_expect(eq(i64, scraper.took_ms, 7));
    cr_expect(eq(i64, scraper.gone_ms, 4 * SECOND));
    cr_expect(eq(i64, scraper.interval_ms, 0));
    scrapers_came(scrapers, &visits[0], 6 * SECOND, 6 * SECOND + REAL);
    cr_assert(scrapers_latest(scrapers, 0, 6 * SECOND, &scraper));
    cr_expect(eq(str, (char *)scraper.agent, "Prometheus/2.42.0"));
    cr_assert(scrapers_latest(scrapers, 1, 6 * SECOND, &scraper));
    cr_expect(eq(str, (char *)scraper.page, "/b"));
    cr_expect(not(scrapers_latest(scrapers, 2, 6 * SECOND, &scraper)));
}
