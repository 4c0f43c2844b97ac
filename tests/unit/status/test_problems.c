/* SPDX-License-Identifier: MIT */
/* The list is limited, and each kind has its place in it. */
#include <string.h>

#include "assertions.h"
#include "status/status.h"

static struct status_problems problems;

static void setup(void) {
    memset(&problems, 0, sizeof problems);
}

TestSuite(status_problems, .init = setup);

static void add(enum status_kind kind, uint64_t count) {
    const struct status_problem problem = {.kind = kind, .count = count};
    status_problems_add(&problems, &problem);
}

static uint64_t least_of(enum status_kind kind) {
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < problems.count; i++)
        if (problems.items[i].kind == kind && problems.items[i].count < least)
            least = problems.items[i].count;
    return least;
}

Test(status_problems, of_too_many_the_greatest_stay) {
    for (uint64_t i = 1; i <= 1000; i++)
        add(STATUS_REJECTIONS, i * 37 % 1001);
    cr_expect(eq(sz, problems.count, STATUS_PROBLEMS_MAX));
    cr_expect(eq(u64, problems.left_out, 1000 - STATUS_PROBLEMS_MAX));
    cr_expect(eq(u64, least_of(STATUS_REJECTIONS), 1001 - STATUS_PROBLEMS_MAX));
}

Test(status_problems, no_kind_pushes_out_all_of_another) {
    add(STATUS_BREAKER_OPEN, 0);
    for (uint64_t i = 1; i <= 1000; i++)
        add(STATUS_REJECTIONS, i);
    for (uint64_t i = 1; i <= 10; i++)
        add(STATUS_QUERY_DOWN, i);
    cr_expect(eq(sz, problems.count, STATUS_PROBLEMS_MAX));
    cr_expect(eq(sz, problems.of_kind[STATUS_BREAKER_OPEN], 1));
    cr_expect(eq(sz, problems.of_kind[STATUS_QUERY_DOWN], STATUS_PROBLEMS_RESERVED));
    cr_expect(eq(u64, least_of(STATUS_QUERY_DOWN), 11 - STATUS_PROBLEMS_RESERVED));
    cr_expect(eq(u64, problems.count + problems.left_out, 1011));
}

Test(status_problems, are_sorted_by_kind_and_size) {
    add(STATUS_SCRAPER_AWAY, 5);
    add(STATUS_REJECTIONS, 1);
    add(STATUS_REJECTIONS, 9);
    add(STATUS_NOT_READY, 0);
    status_problems_sort(&problems);
    cr_expect(eq(int, (int)problems.items[0].kind, STATUS_NOT_READY));
    cr_expect(eq(int, (int)problems.items[1].kind, STATUS_SCRAPER_AWAY));
    cr_expect(eq(u64, problems.items[2].count, 9));
    cr_expect(eq(u64, problems.items[3].count, 1));
}
