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

static void add_about(enum status_kind kind, uint64_t count, const char *about) {
    struct status_problem problem = {.kind = kind, .count = count};
    strcpy(problem.about, about);
    status_problems_add(&problems, &problem);
}

Test(status_problems, about_the_same_follow_each_other_and_the_gravest_group_is_first) {
    static const struct {
        enum status_kind kind;
        const char *about;
    } sorted[] = {
        {STATUS_BREAKER_OPEN, "service shop"},     {STATUS_BOUND_NEAR, "service shop"},
        {STATUS_QUERY_DOWN, "database main"},      {STATUS_REJECTIONS, "worker (process 7)"},
        {STATUS_REJECTIONS, "worker (process 7)"}, {STATUS_FOLDING, "worker (process 7)"},
        {STATUS_REJECTIONS, "cron (process 8)"},   {STATUS_FILES_CHANGED, "statgated"}};
    enum { COUNT = sizeof sorted / sizeof *sorted };
    static const size_t added[COUNT] = {7, 5, 6, 1, 3, 4, 0, 2};
    for (size_t i = 0; i < COUNT; i++)
        add_about(sorted[added[i]].kind, 100 - added[i], sorted[added[i]].about);
    status_problems_sort(&problems);
    for (size_t i = 0; i < COUNT; i++) {
        cr_expect(eq(int, (int)problems.items[i].kind, (int)sorted[i].kind));
        cr_expect(eq(str, problems.items[i].about, (char *)(uintptr_t)sorted[i].about));
    }
}

Test(status_problems, say_what_they_are_about) {
    const struct catalog service = {.service = "shop"};
    const struct {
        struct status_problem problem;
        const char *about;
    } cases[] = {
        {{.kind = STATUS_NOT_READY, .service = &service, .who = {.pid = 7}}, "statgated"},
        {{.kind = STATUS_BREAKER_OPEN, .service = &service, .who = {.pid = 7}}, "service shop"},
        {{.kind = STATUS_REJECTIONS,
          .service = &service,
          .who = {.pid = 7, .comm = "worker", .unit = "shop.service"}},
         "worker (process 7, shop.service)"},
        {{.kind = STATUS_REJECTIONS, .service = &service}, "service shop"},
        {{.kind = STATUS_REJECTIONS}, "statgated"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        status_problems_add(&problems, &cases[i].problem);
        cr_expect(eq(str, problems.items[i].about, (char *)(uintptr_t)cases[i].about));
    }
}
