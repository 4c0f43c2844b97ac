/* SPDX-License-Identifier: MIT */
/* Waiting samples share lines: counts add up, gauges keep the last value, observations are listed.
 */
#include "assertions.h"
#include "pair.h"

#include <inttypes.h>
#include <math.h>

static void block_sends(void) {
    fake.fail_errno = EAGAIN;
    fake.fail_count = UINT64_MAX;
}

static void open_blocked(void) {
    pair_open();
    block_sends();
}

TestSuite(client_merge, .init = open_blocked, .fini = pair_close);

/* The next datagram of waiting samples, without its report. */
static char *next_datagram(void) {
    char *text = receiver_take_plain(receiver);
    if (text == NULL) {
        fake.fail_count = 0;
        statgate_flush(&sg);
        text = receiver_take_plain(receiver);
    }
    return text == NULL ? (char *)"(nothing)" : text;
}

Test(client_merge, counts_of_a_series_add_up) {
    for (int i = 0; i < 1000; i++) {
        cr_assert(statgate_count(&sg, "a", 1, "b:c"));
        cr_assert(statgate_count(&sg, "a", 2, "b:d"));
        cr_assert(statgate_count(&sg, "a", 0.5, NULL));
    }
    cr_expect(eq(str, next_datagram(), (char *)"a:1000|c|#b:c\na:2000|c|#b:d\na:500|c"));
    cr_expect(eq(u64, sg.delivered, 3), "as the daemon counts them");
    cr_expect(eq(u64, statgate_merged(&sg), 2997));
    cr_expect(eq(u64, statgate_lost(&sg), 0));
}

Test(client_merge, a_count_of_nothing_is_one) {
    statgate_count(&sg, "a", 0, NULL);
    statgate_count(&sg, "a", 0, NULL);
    cr_expect(eq(str, next_datagram(), (char *)"a:0|c"));
}

/* There are two sums. For a counter, the daemon accepts the first and refuses the second. */
Test(client_merge, negative_counts_have_a_sum_of_their_own) {
    statgate_add(&sg, "a", -1, NULL);
    statgate_add(&sg, "a", 2, NULL);
    statgate_add(&sg, "a", -3, NULL);
    statgate_add(&sg, "a", 4, NULL);
    statgate_add(&sg, "b", -3, "c:d");
    cr_expect(eq(str, next_datagram(), (char *)"a:6:-4|c\nb:-3|c|#c:d"));
    cr_expect(eq(u64, sg.delivered, 3));
    cr_expect(eq(u64, statgate_merged(&sg), 2));
}

Test(client_merge, sums_end_where_whole_numbers_are_not_exact) {
    statgate_count(&sg, "a", 9007199254740991.0, NULL);
    statgate_count(&sg, "a", 1, NULL);
    statgate_count(&sg, "a", 1, NULL);
    statgate_count(&sg, "a", 1, NULL);
    statgate_add(&sg, "a", -9007199254740992.0, NULL);
    statgate_add(&sg, "a", -1, NULL);
    cr_expect(eq(str, next_datagram(),
                 (char *)"a:9007199254740991|c\n"
                         "a:3:-9007199254740992|c\na:-1|c"));
}

Test(client_merge, sums_stay_finite) {
    statgate_count(&sg, "a", 1.7e308, NULL);
    statgate_count(&sg, "a", 1.7e308, NULL);
    statgate_add(&sg, "a", -1.7e308, NULL);
    statgate_add(&sg, "a", -1.7e308, NULL);
    cr_expect(
        eq(str, next_datagram(), (char *)"a:1.7e+308|c\na:1.7e+308:-1.7e+308|c\na:-1.7e+308|c"));
}

Test(client_merge, sums_have_the_shortest_text) {
    double sum = 0;
    char shortest[64] = "";
    for (int i = 0; i < 1000; i++) {
        statgate_count(&sg, "a", 0.1, NULL);
        sum += 0.1;
    }
    for (int digits = 1; strtod(shortest, NULL) != sum; digits++) {
        snprintf(shortest, sizeof shortest, "%.*g", digits, sum);
    }
    char *text = next_datagram();
    cr_assert(eq(int, strncmp(text, "a:", 2), 0));
    text[strcspn(text, "|")] = '\0';
    cr_expect(eq(str, text + 2, shortest));
}

Test(client_merge, a_gauge_keeps_its_last_value) {
    statgate_set(&sg, "a", 1, "b:c");
    statgate_set(&sg, "a", -7.5, "b:c");
    cr_expect(eq(str, next_datagram(), (char *)"a:-7.5|g|#b:c"));
    cr_expect(eq(u64, sg.delivered, 1));
    cr_expect(eq(u64, statgate_merged(&sg), 1));
}

/* Of the series of one stateset or one info, the one that was written last must arrive last. */
Test(client_merge, gauges_leave_in_the_order_of_their_last_values) {
    statgate_set(&sg, "phase", 1, "phase:idle");
    statgate_count(&sg, "n", 1, NULL);
    statgate_set(&sg, "phase", 1, "phase:busy");
    statgate_set(&sg, "phase", 1, "phase:idle");
    statgate_count(&sg, "n", 1, NULL);
    cr_expect(
        eq(str, next_datagram(), (char *)"n:2|c\nphase:1|g|#phase:busy\nphase:1|g|#phase:idle"));
}

Test(client_merge, observations_share_a_line_in_their_order) {
    for (int i = 1; i <= 7; i++) {
        statgate_observe(&sg, "a", 8 - i, "b:c");
        statgate_observe(&sg, "a", i / 8.0, NULL);
    }
    cr_expect(eq(str, next_datagram(),
                 (char *)"a:7:6:5:4:3:2:1|h|#b:c\n"
                         "a:0.125:0.25:0.375:0.5:0.625:0.75:0.875|h"));
    cr_expect(eq(u64, sg.delivered, 14));
    cr_expect(eq(u64, statgate_merged(&sg), 0));
}

Test(client_merge, words_are_never_put_together) {
    statgate_attempt(&sg, "a", "worked", "b:c");
    statgate_job(&sg, "j", "started", "7", NULL);
    statgate_attempt(&sg, "a", "worked", "b:c");
    statgate_job(&sg, "j", "failed", "7", NULL);
    statgate_job(&sg, "j", "started", "7", NULL);
    statgate_circuit(&sg, "a", "open", "b:c");
    cr_expect(eq(str, next_datagram(),
                 (char *)"a:worked|a|#b:c\nj:started|j|i:7\na:worked|a|#b:c\nj:failed|j|i:7\n"
                         "j:started|j|i:7\na:open|b|#b:c"));
}

Test(client_merge, letters_and_borders_of_names_distinguish_series) {
    statgate_count(&sg, "ab", 1, "c");
    statgate_count(&sg, "a", 1, "bc");
    statgate_set(&sg, "ab", 1, "c");
    statgate_observe(&sg, "ab", 1, "c");
    statgate_count(&sg, "ab", 1, "c");
    cr_expect(eq(str, next_datagram(), (char *)"ab:2|c|#c\na:1|c|#bc\nab:1|g|#c\nab:1|h|#c"));
}

/* One line is too long to be worth a search, and one is as long as the protocol allows. */
Test(client_merge, long_lines_wait_as_they_are) {
    static char labels[8192];
    static const size_t lengths[] = {1500, 8192 - 64 - 5};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        memset(labels, 'x', sizeof labels);
        labels[lengths[i] - 2] = '\0';
        cr_assert(statgate_count(&sg, "a", 1, labels));
        cr_assert(statgate_count(&sg, "a", 1, labels));
        fake.fail_count = 0;
        for (int n = 0; n < 2; n++) {
            cr_assert(statgate_flush(&sg));
            const char *text = receiver_take_plain(receiver);
            cr_assert(text != NULL);
            cr_expect(eq(sz, strlen(text), lengths[i] + strlen("a:1|c")));
        }
        block_sends();
    }
    cr_expect(eq(u64, sg.delivered, 4));
    cr_expect(eq(u64, statgate_merged(&sg), 0));
}

Test(client_merge, a_line_counts_more_samples_than_32_bits_hold) {
    statgate_count(&sg, "a", 1, NULL);
    sg.lines[0].calls = UINT32_MAX;
    statgate_count(&sg, "a", 1, NULL);
    cr_expect(eq(str, next_datagram(), (char *)"a:2|c"));
    cr_expect(eq(u64, statgate_merged(&sg), UINT32_MAX));
}

Test(client_merge, what_is_closed_before_it_went_is_lost_count_by_count) {
    for (int i = 0; i < 10; i++) {
        statgate_count(&sg, "a", 1, NULL);
        statgate_set(&sg, "b", 1, NULL);
        statgate_observe(&sg, "c", 1, NULL);
        statgate_attempt(&sg, "d", "worked", NULL);
    }
    statgate_close(&sg);
    cr_expect(eq(u64, statgate_lost(&sg), 40));
    cr_expect(eq(u64, statgate_merged(&sg), 0));
}

/* ---- how much fits ---- */

/* A text of this length that differs for each number. */
static const char *label_text(int number, size_t len) {
    static char text[128];
    memset(text, 'x', sizeof text);
    int digits = snprintf(text, sizeof text, "k:%d", number);
    text[digits] = 'v';
    text[len] = '\0';
    return text;
}

static int series_with_room(size_t bytes) {
    int series = 0;
    while (statgate_count(&sg, "n", 1, label_text(series, bytes - 1))) {
        series++;
        cr_assert(lt(int, series, 10000));
    }
    return series;
}

Test(client_merge, as_many_series_have_room_as_is_said) {
    cr_expect(eq(int, series_with_room(90), 341));
    statgate_close(&sg);
    statgate_open(&sg, fixture_path("s"));
    cr_expect(eq(int, series_with_room(60), 512));
    statgate_close(&sg);
    statgate_open(&sg, fixture_path("s"));
    int observed = 0;
    while (statgate_observe(&sg, "n", observed, NULL)) {
        observed++;
    }
    cr_expect(ge(int, observed, 3000));
}

/* When there is no room for another series, waiting series still take samples; those of other
 * series are lost. */
Test(client_merge, known_series_go_on_when_there_is_no_room) {
    int series = series_with_room(90);
    uint64_t given = (uint64_t)series + 1;
    for (int i = 0; i < 100; i++) {
        for (int n = 0; n < series; n += 7, given++) {
            cr_assert(statgate_count(&sg, "n", 1, label_text(n, 89)));
        }
        cr_assert(not(statgate_count(&sg, "n", 1, label_text(series + i, 89))));
        cr_assert(not(statgate_attempt(&sg, "n", "worked", label_text(series + i, 89))));
        given += 2;
    }
    cr_expect(eq(u64, statgate_lost(&sg), 201));
    fake.fail_count = 0;
    while (!statgate_flush(&sg)) {
        while (receiver_take(receiver) != NULL) {
        }
    }
    cr_expect(eq(u64, sg.delivered, (uint64_t)series));
    cr_expect(eq(u64, given, sg.delivered + statgate_lost(&sg) + statgate_merged(&sg)));
    block_sends();
    cr_expect(eq(int, series_with_room(90), series), "all of it is free again");
}

/* ---- bursts ---- */

struct sum {
    char labels[24];
    double given;
    double got;
};

static struct sum *sum_of(struct sum *sums, size_t count, struct sg_span labels) {
    for (size_t i = 0; i < count; i++) {
        if (strlen(sums[i].labels) == labels.len &&
            memcmp(sums[i].labels, labels.at, labels.len) == 0) {
            return &sums[i];
        }
    }
    cr_assert(false, "a series that nobody sent: %.*s", (int)labels.len, labels.at);
}

/* Adds all waiting datagrams to the sums. Returns the number of samples. */
static uint64_t take_sums(struct sum *sums, size_t count) {
    uint64_t samples = 0;
    const char *text;
    while ((text = receiver_take(receiver)) != NULL) {
        struct sg_lines lines;
        struct sg_span span;
        sg_lines_init(&lines, text, strlen(text));
        while (sg_lines_next(&lines, &span, NULL)) {
            struct sg_line line;
            struct sg_fault fault;
            struct sg_values values;
            enum sg_reject reason;
            double value;
            cr_assert(eq(int, sg_line_parse(span, &line, &fault), SG_REJECT_NONE));
            struct sum *sum = sum_of(sums, count, line.tags);
            sg_values_init(&values, &line);
            while (sg_values_next(&values, &value, &reason, NULL)) {
                sum->got += value;
                samples++;
            }
        }
    }
    return samples;
}

/* A million counts in a tight loop over 300 series, and a receiver that reads only now and then. */
Test(client_merge, any_number_of_counts_arrives) {
    enum { COUNT = 300 };
    static struct sum sums[COUNT];
    uint64_t random = 42;
    uint64_t received = 0;
    for (int i = 0; i < COUNT; i++) {
        snprintf(sums[i].labels, sizeof sums[i].labels, "series:%d", i);
    }
    fake.fail_count = 0;
    for (int i = 0; i < 1000000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        struct sum *sum = &sums[(random >> 33) % COUNT];
        cr_assert(statgate_count(&sg, "inference_requests_total", 1, sum->labels));
        sum->given++;
        fake.now_ns += 200;
        if (i % 9000 == 0) {
            received += take_sums(sums, COUNT);
        }
    }
    while (!statgate_flush(&sg)) {
        received += take_sums(sums, COUNT);
    }
    received += take_sums(sums, COUNT);
    for (int i = 0; i < COUNT; i++) {
        cr_assert(eq(dbl, sums[i].got, sums[i].given), "%s", sums[i].labels);
    }
    cr_expect(eq(u64, sg.delivered, received));
    cr_expect(eq(u64, received + statgate_merged(&sg), 1000000));
    cr_expect(eq(u64, statgate_lost(&sg), 0));
}

/*
 * Everything at random: letters, bursts, a socket that takes nothing, or only small datagrams, and
 * a receiver that reads little. At every datagram sent - lost is what arrived, as the tallies
 * check, with the order of observations; at the end the sums of counts are right, too.
 */
Test(client_merge, nothing_goes_astray_at_random) {
    static struct tallies tallies;
    uint64_t random = 7;
    uint64_t given = 0;
    double observed = 0;
    static char tails[3000];
    memset(tails, 'x', sizeof tails - 1);
    fake.fail_count = 0;
    for (int i = 0; i < 30000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        unsigned dice = (unsigned)(random >> 33);
        for (unsigned burst = dice % 60; burst > 0; burst--, given++) {
            size_t len = burst == 7 ? 1200 + dice % 900 : (dice + burst) % 300;
            const char *labels = tails + sizeof tails - 1 - len;
            if (burst % 5 == 0) {
                labels = tails + sizeof tails - 1 - 300 - len % 100;
                statgate_set(&sg, "g", (double)given + 1, labels);
            } else {
                statgate_observe(&sg, "n", ++observed, labels);
            }
        }
        fake.too_large =
            dice % 211 == 0 ? 400 + dice % 2000 : (dice % 17 == 0 ? 0 : fake.too_large);
        if (dice % 97 == 0) {
            fake.fail_errno = dice % 2 == 0 ? ENOBUFS : EAGAIN;
            fake.fail_count = 1 + dice % 50;
        }
        fake.now_ns += dice % 3 * MS / 2;
        tallies_take(&tallies, receiver, dice % 9);
    }
    fake.too_large = 0;
    tallies_settle(&tallies, receiver, &sg);
    cr_expect(eq(u64, given, tallies.of[0].received + statgate_lost(&sg) + statgate_merged(&sg)));
    cr_expect(lt(u64, 1000, statgate_merged(&sg)));
    cr_expect(lt(u64, 1000, statgate_lost(&sg)));
    cr_expect(lt(u64, 20, tallies.of[0].longest));
    cr_expect(eq(u64, sg.blocks_left, STATGATE_BLOCKS_), "every block came back");
}
