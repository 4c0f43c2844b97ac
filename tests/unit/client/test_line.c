#include "assertions.h"
#include "fixture.h"

#include <math.h>

static struct statgate sg;
static int receiver = -1;

static void open_pair(void) {
    fixture_init();
    receiver = receiver_bind(fixture_path("s"));
    cr_assert(statgate_open(&sg, fixture_path("s")));
}

static void close_pair(void) {
    statgate_close(&sg);
    close(receiver);
    fixture_done();
}

TestSuite(client_line, .init = open_pair, .fini = close_pair);

Test(client_line, has_the_letter_of_its_call) {
    cr_expect(statgate_count(&sg, "requests_total", 2, "a:b"));
    cr_expect(eq(str, receiver_take_plain(receiver), (char *)"requests_total:2|c|#a:b"));
    cr_expect(statgate_set(&sg, "level", -1.5, "a:b,c:d e/f{g}"));
    cr_expect(eq(str, receiver_take_plain(receiver), (char *)"level:-1.5|g|#a:b,c:d e/f{g}"));
    cr_expect(statgate_add(&sg, "inflight", -1, "device:cuda:0"));
    cr_expect(eq(str, receiver_take_plain(receiver), (char *)"inflight:-1|c|#device:cuda:0"));
    cr_expect(statgate_observe(&sg, "latency_seconds", 0.012, "a:b"));
    cr_expect(eq(str, receiver_take_plain(receiver), (char *)"latency_seconds:0.012|h|#a:b"));
}

Test(client_line, goes_without_labels) {
    statgate_count(&sg, "a", 1, NULL);
    cr_expect(eq(str, receiver_take_plain(receiver), (char *)"a:1|c"));
    statgate_count(&sg, "a", 1, "");
    cr_expect(eq(str, receiver_take_plain(receiver), (char *)"a:1|c"));
}

Test(client_line, reports_handle_sent_and_lost) {
    char expected[64];
    statgate_count(&sg, "a", 1, NULL);
    char *text = receiver_take(receiver);
    struct sg_line line;
    struct sg_fault fault;
    cr_assert(eq(sz, sg_line_parse((struct sg_span){text, strlen(text)}, &line, &fault), 0));
    cr_expect(line.has_report);
    cr_expect(eq(u64, line.sent, 1));
    cr_expect(eq(u64, line.lost, 0));
    uint64_t handle = line.handle;
    statgate_count(&sg, "a", NAN, NULL); /* lost, so the next one is number three */
    statgate_count(&sg, "a", 1, "b:c");
    snprintf(expected, sizeof expected, "a:1|c|#b:c|q:%016lx,3,1", handle);
    cr_expect(eq(str, receiver_take(receiver), expected));
}

/* What would break the framing is lost and said so, and neighbours do not suffer. */
Test(client_line, refuses_what_breaks_the_framing) {
    static const struct {
        const char *name;
        const char *labels;
    } cases[] = {
        {"a\nevil:1|c", NULL},  {"a\nb", NULL}, {"a:5", NULL},
        {"a|b", NULL},          {"", NULL},     {NULL, NULL},
        {"a", "b:c\nevil:1|c"}, {"a", "b:c\n"}, {"a", "b:c|q:1,2,3"},
    };
    size_t count = sizeof cases / sizeof cases[0];
    for (size_t i = 0; i < count; i++) {
        cr_expect(not(statgate_count(&sg, cases[i].name, 1, cases[i].labels)), "case %zu", i);
        cr_expect(eq(u64, statgate_lost(&sg), i + 1));
    }
    cr_expect(receiver_take(receiver) == NULL);
    struct tallies tallies = {.count = 0};
    statgate_count(&sg, "a", 1, NULL);
    cr_expect(eq(sz, tallies_take(&tallies, receiver, 2), 1));
    cr_expect(eq(u64, tallies.of[0].lost, count));
}

Test(client_line, refuses_values_that_are_not_finite) {
    cr_expect(not(statgate_count(&sg, "a", NAN, NULL)));
    cr_expect(not(statgate_set(&sg, "a", INFINITY, NULL)));
    cr_expect(not(statgate_observe(&sg, "a", -INFINITY, NULL)));
    cr_expect(eq(u64, statgate_lost(&sg), 3));
    cr_expect(receiver_take(receiver) == NULL);
}

/* Longer than a packed datagram is fine, up to the longest line that the protocol has. */
Test(client_line, may_be_long) {
    static char labels[9000];
    static const size_t lengths[] = {3000, 8000, 8192 - 64 - 5};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        memset(labels, 'x', sizeof labels);
        memcpy(labels, "b:", 2);
        labels[lengths[i] - 2] = '\0'; /* with `|#` */
        cr_expect(statgate_count(&sg, "a", 1, labels), "%zu", lengths[i]);
        const char *text = receiver_take(receiver);
        cr_assert(text != NULL);
        cr_expect(le(sz, strlen(text), SG_LINE_MAX));
        cr_expect(eq(u64, (size_t)(strstr(text, "|q:") - text), lengths[i] + strlen("a:1|c")));
    }
    memset(labels, 'x', sizeof labels);
    labels[8192 - 64 - 5 - 1] = '\0';
    cr_expect(not(statgate_count(&sg, "a", 1, labels)));
    cr_expect(eq(u64, statgate_lost(&sg), 1));
    cr_expect(receiver_take(receiver) == NULL);
}

Test(client_line, leaves_errno_alone) {
    errno = 77;
    statgate_count(&sg, "a", 1, NULL);
    statgate_observe(&sg, "a", 5e-324, NULL); /* strtod says ERANGE */
    statgate_count(&sg, "a", NAN, NULL);
    statgate_flush(&sg);
    cr_expect(eq(int, errno, 77));
    close(receiver);
    receiver = -1;
    statgate_count(&sg, "a", 1, NULL);
    cr_expect(eq(int, errno, 77));
    cr_expect(not(statgate_flush(&sg)));
    cr_expect(eq(int, errno, 77));
    statgate_close(&sg);
    cr_expect(eq(int, errno, 77));
    statgate_open(&sg, "/nonexistent/socket");
    cr_expect(eq(int, errno, 77));
}
