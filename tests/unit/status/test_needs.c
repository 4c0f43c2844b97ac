/* The list is limited, and each kind has its place in it. */
#include <string.h>

#include "assertions.h"
#include "status/needs.h"

static struct status_needs needs;

static void setup(void) {
    memset(&needs, 0, sizeof needs);
}

TestSuite(status_needs, .init = setup);

static void add(enum status_kind kind, uint64_t count) {
    const struct status_need need = {.kind = kind, .count = count};
    needs_add(&needs, &need);
}

static uint64_t least_of(enum status_kind kind) {
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < needs.count; i++)
        if (needs.items[i].kind == kind && needs.items[i].count < least)
            least = needs.items[i].count;
    return least;
}

Test(status_needs, of_too_many_the_greatest_stay) {
    for (uint64_t i = 1; i <= 1000; i++)
        add(STATUS_REJECTIONS, i * 37 % 1001);
    cr_expect(eq(sz, needs.count, STATUS_NEEDS_MAX));
    cr_expect(eq(u64, needs.left_out, 1000 - STATUS_NEEDS_MAX));
    cr_expect(eq(u64, least_of(STATUS_REJECTIONS), 1001 - STATUS_NEEDS_MAX));
}

Test(status_needs, no_kind_pushes_out_all_of_another) {
    add(STATUS_BREAKER_OPEN, 0);
    for (uint64_t i = 1; i <= 1000; i++)
        add(STATUS_REJECTIONS, i);
    for (uint64_t i = 1; i <= 10; i++)
        add(STATUS_QUERY_DOWN, i);
    cr_expect(eq(sz, needs.count, STATUS_NEEDS_MAX));
    cr_expect(eq(sz, needs.of_kind[STATUS_BREAKER_OPEN], 1));
    cr_expect(eq(sz, needs.of_kind[STATUS_QUERY_DOWN], STATUS_NEEDS_RESERVED));
    cr_expect(eq(u64, least_of(STATUS_QUERY_DOWN), 11 - STATUS_NEEDS_RESERVED));
    cr_expect(eq(u64, needs.count + needs.left_out, 1011));
}

Test(status_needs, are_sorted_by_kind_and_size) {
    add(STATUS_SCRAPER_AWAY, 5);
    add(STATUS_REJECTIONS, 1);
    add(STATUS_REJECTIONS, 9);
    add(STATUS_NOT_READY, 0);
    needs_sort(&needs);
    cr_expect(eq(int, (int)needs.items[0].kind, STATUS_NOT_READY));
    cr_expect(eq(int, (int)needs.items[1].kind, STATUS_SCRAPER_AWAY));
    cr_expect(eq(u64, needs.items[2].count, 9));
    cr_expect(eq(u64, needs.items[3].count, 1));
}
