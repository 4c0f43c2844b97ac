/* The queue of lines before the log's writer. */
#include "host/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"

static struct log_ring *ring;

static void setup(void) {
    ring = calloc(1, sizeof *ring);
    cr_assert(ne(ptr, ring, NULL));
}

static void teardown(void) {
    free(ring);
}

TestSuite(host_log_ring, .init = setup, .fini = teardown);

static void expect_front(const char *text) {
    const char *line = "";
    const size_t len = log_ring_front(ring, &line);
    cr_assert(eq(sz, len, strlen(text)));
    cr_assert(eq(int, memcmp(line, text, len), 0), "%.*s", (int)len, line);
}

Test(host_log_ring, gives_lines_in_order) {
    const char *line;
    cr_expect(eq(sz, log_ring_front(ring, &line), 0));
    cr_assert(log_ring_put(ring, "a\n", 2));
    cr_assert(log_ring_put(ring, "be\n", 3));
    expect_front("a\n");
    expect_front("a\n");
    log_ring_pop(ring);
    expect_front("be\n");
    log_ring_pop(ring);
    cr_expect(eq(sz, log_ring_front(ring, &line), 0));
    cr_expect(eq(u64, log_ring_missing(ring), 0));
}

/* Line `number`, of a length that depends on it. */
static size_t make_line(char *line, unsigned number) {
    const size_t len = 10 + number * 37 % 4000;
    memset(line, 'x', len);
    (void)snprintf(line, 11, "%010u", number);
    return len;
}

Test(host_log_ring, keeps_each_line_whole_however_often_it_goes_round) {
    char line[5000];
    unsigned put = 0;
    unsigned taken = 0;
    while (taken < 20000) {
        while (put - taken < 60)
            cr_assert(log_ring_put(ring, line, make_line(line, put++)));
        for (int i = 0; i < 7; i++, taken++) {
            const char *front;
            const size_t len = log_ring_front(ring, &front);
            cr_assert(eq(sz, len, make_line(line, taken)));
            cr_assert(eq(int, memcmp(front, line, len), 0));
            log_ring_pop(ring);
        }
    }
}

Test(host_log_ring, drops_what_finds_no_room_and_knows_where) {
    char line[1000];
    uint64_t kept = 0;
    memset(line, 'x', sizeof line);
    while (log_ring_put(ring, line, sizeof line))
        kept++;
    cr_expect(eq(u64, kept, LOG_RING_BYTES / 1002));
    cr_expect(not(log_ring_put(ring, line, sizeof line)));
    cr_expect(eq(u64, log_ring_missing(ring), 0), "lines from before come first");
    log_ring_pop(ring);
    cr_expect(log_ring_put(ring, line, sizeof line));
    cr_expect(not(log_ring_put(ring, line, sizeof line)));
    for (uint64_t i = 1; i < kept; i++) {
        cr_assert(eq(u64, log_ring_missing(ring), 0));
        log_ring_pop(ring);
    }
    cr_expect(eq(u64, log_ring_missing(ring), 3));
    cr_expect(ne(sz, log_ring_front(ring, &(const char *){NULL}), 0));
    log_ring_told(ring, 3);
    cr_expect(eq(u64, log_ring_missing(ring), 0));
    log_ring_pop(ring);
    cr_expect(eq(sz, log_ring_front(ring, &(const char *){NULL}), 0));
}

Test(host_log_ring, reports_what_was_lost_at_its_end) {
    cr_assert(log_ring_put(ring, "a\n", 2));
    log_ring_lose(ring);
    cr_expect(eq(u64, log_ring_missing(ring), 0));
    log_ring_pop(ring);
    cr_expect(eq(u64, log_ring_missing(ring), 1));
    log_ring_lose(ring);
    cr_expect(eq(u64, log_ring_missing(ring), 2));
    log_ring_told(ring, 1);
    cr_expect(eq(u64, log_ring_missing(ring), 1));
}
