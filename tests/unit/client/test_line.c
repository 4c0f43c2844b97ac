/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "pair.h"

#include <math.h>

TestSuite(client_line, .init = pair_open, .fini = pair_close);

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

Test(client_line, may_have_a_word_for_a_value) {
    cr_expect(statgate_attempt(&sg, "background_job", "worked", "job:publish"));
    cr_expect(
        eq(str, receiver_take_plain(receiver), (char *)"background_job:worked|a|#job:publish"));
    cr_expect(statgate_attempt(&sg, "background_job", "idle", NULL));
    cr_expect(eq(str, receiver_take_plain(receiver), (char *)"background_job:idle|a"));
    cr_expect(statgate_circuit(&sg, "background_job", "half_open", "job:publish"));
    cr_expect(
        eq(str, receiver_take_plain(receiver), (char *)"background_job:half_open|b|#job:publish"));
}

/* The daemon's parser reads the line, and the report behind the instance. */
Test(client_line, reports_events_of_jobs) {
    struct sg_line line;
    struct sg_fault fault;
    cr_expect(statgate_job(&sg, "thumbnails", "queued", "7f3a", "queue:fast"));
    char *text = receiver_take(receiver);
    cr_assert(eq(sz, sg_line_parse((struct sg_span){text, strlen(text)}, &line, &fault), 0));
    cr_expect(eq(int, line.letter, SG_LETTER_J));
    cr_expect(line.has_report);
    cr_expect(eq(int, strncmp(line.instance.at, "7f3a|", 5), 0));
    cr_expect(eq(sz, line.instance.len, 4));
    cr_expect(statgate_job(&sg, "thumbnails", "started", "a:b,c#d e", NULL));
    cr_expect(eq(str, receiver_take_plain(receiver), (char *)"thumbnails:started|j|i:a:b,c#d e"));
}

Test(client_line, refuses_words_and_instances_that_break_the_framing) {
    static const char *const words[] = {NULL, "", "worked:idle", "a|b", "a\nevil:1|c", "worked\n"};
    static char long_id[66];
    memset(long_id, 'x', 65);
    const char *const ids[] = {NULL, "", "a|b", "a\nb", "a\r", long_id};
    uint64_t lost = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        cr_expect(not(statgate_attempt(&sg, "a", words[i], NULL)), "case %zu", i);
        cr_expect(not(statgate_circuit(&sg, "a", words[i], NULL)), "case %zu", i);
        cr_expect(not(statgate_job(&sg, "a", words[i], "1", NULL)), "case %zu", i);
        lost += 3;
    }
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        cr_expect(not(statgate_job(&sg, "a", "queued", ids[i], NULL)), "case %zu", i);
        lost++;
    }
    cr_expect(eq(u64, statgate_lost(&sg), lost));
    cr_expect(receiver_take(receiver) == NULL);
    cr_expect(statgate_job(&sg, "a", "queued", long_id + 1, NULL), "64 bytes");
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

/* What would break the framing is counted as lost; other lines arrive. */
Test(client_line, refuses_what_breaks_the_framing) {
    static const struct {
        const char *name;
        const char *labels;
    } cases[] = {
        {"a\nevil:1|c", NULL},  {"a\nb", NULL}, {"a:5", NULL},
        {"a|b", NULL},          {"", NULL},     {NULL, NULL},
        {"a", "b:c\nevil:1|c"}, {"a", "b:c\n"}, {"a", "b:c|q:1,2,3"},
        {"a", "b:c\r"},
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

/* A line may be longer than a packed datagram, up to the longest line of the protocol. */
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
    statgate_attempt(&sg, "a", "worked", NULL);
    statgate_job(&sg, "a", "queued", "", NULL);
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
