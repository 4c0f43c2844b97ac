/* Marks: the rule alone. */
#include "ingress/mark.h"

#include "assertions.h"

TestSuite(mark, .timeout = 60);

Test(mark, is_passed_at_once_without_queues) {
    struct marks marks = {0};
    const uint64_t mark = marks_set(&marks);
    cr_expect(eq(u64, mark, 1));
    cr_expect(ge(u64, marks_settle(&marks), mark));
    cr_expect(eq(u64, marks_set(&marks), 2));
}

Test(mark, is_passed_by_an_empty_queue) {
    struct marks marks = {0};
    struct mark_queue queue = {0};
    marks_join(&marks, &queue, 10);
    const uint64_t mark = marks_set(&marks);
    cr_expect(lt(u64, marks_settle(&marks), mark));
    marks_received(&marks, &queue, 1, true);
    cr_expect(eq(u64, marks_settle(&marks), mark));
}

Test(mark, is_passed_when_as_many_came_as_a_queue_holds) {
    struct marks marks = {0};
    struct mark_queue queue = {0};
    marks_join(&marks, &queue, 10);
    const uint64_t mark = marks_set(&marks);
    marks_received(&marks, &queue, 9, false);
    cr_expect(lt(u64, marks_settle(&marks), mark));
    marks_received(&marks, &queue, 1, false);
    cr_expect(eq(u64, marks_settle(&marks), mark));
}

Test(mark, waits_for_the_last_queue) {
    struct marks marks = {0};
    struct mark_queue queues[3] = {0};
    for (size_t i = 0; i < 3; i++)
        marks_join(&marks, &queues[i], 10);
    const uint64_t mark = marks_set(&marks);
    marks_received(&marks, &queues[0], 0, true);
    marks_received(&marks, &queues[0], 0, true);
    marks_received(&marks, &queues[1], 64, false);
    cr_expect(lt(u64, marks_settle(&marks), mark));
    marks_received(&marks, &queues[2], 0, true);
    cr_expect(eq(u64, marks_settle(&marks), mark));
}

Test(mark, set_under_way_is_another) {
    struct marks marks = {0};
    struct mark_queue queues[2] = {0};
    marks_join(&marks, &queues[0], 10);
    marks_join(&marks, &queues[1], 10);
    const uint64_t first = marks_set(&marks);
    marks_received(&marks, &queues[0], 0, true);
    const uint64_t second = marks_set(&marks);
    cr_expect(eq(u64, second, first + 1));
    cr_expect(eq(u64, marks_set(&marks), second));
    marks_received(&marks, &queues[1], 0, true);
    cr_expect(eq(u64, marks_settle(&marks), first));
    marks_received(&marks, &queues[1], 0, true);
    cr_expect(eq(u64, marks_settle(&marks), first)); /* what the first had is not known */
    marks_received(&marks, &queues[0], 0, true);
    cr_expect(eq(u64, marks_settle(&marks), second));
    cr_expect(eq(u64, marks_set(&marks), second + 1));
}

Test(mark, waits_for_a_queue_that_comes_later) {
    struct marks marks = {0};
    struct mark_queue queues[2] = {0};
    marks_join(&marks, &queues[0], 10);
    const uint64_t mark = marks_set(&marks);
    marks_join(&marks, &queues[1], 10);
    marks_received(&marks, &queues[0], 0, true);
    cr_expect(lt(u64, marks_settle(&marks), mark));
    marks_received(&marks, &queues[1], 0, true);
    cr_expect(eq(u64, marks_settle(&marks), mark));
}
