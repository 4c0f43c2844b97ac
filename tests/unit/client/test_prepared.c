/* SPDX-License-Identifier: MIT */
/* Prepared metrics hold samples until the daemon's next beat. */
#include "assertions.h"
#include "child.h"
#include "pair.h"

#include <math.h>

static struct statgate_counter hits;
static unsigned char *page; /* beside the socket, as the daemon writes it */

static void map_page(const char *name) {
    const uint32_t version = 1;
    const int fd = open(fixture_path(name), O_RDWR | O_CREAT | O_TRUNC, 0600);
    cr_assert(fd >= 0 && ftruncate(fd, STATGATE_PAGE_BYTES_) == 0);
    page = mmap(NULL, STATGATE_PAGE_BYTES_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    cr_assert(page != MAP_FAILED);
    memcpy(page, STATGATE_PAGE_MAGIC_, sizeof STATGATE_PAGE_MAGIC_);
    memcpy(page + 8, &version, sizeof version);
    close(fd);
}

/* Lets half a second pass, and the daemon beat. */
static void beat(void) {
    fake.beat_now_ms += 500;
    fake.now_ns += 500 * MS;
    memcpy(page + STATGATE_PAGE_BEAT_, &fake.beat_now_ms, sizeof fake.beat_now_ms);
}

static void open_bare(void) {
    fake.beat_now_ms = 100000;
    pair_open();
}

static void open_beating(void) {
    open_bare();
    map_page("s.breakers");
    beat();
    cr_assert(statgate_counter_open(&hits, &sg, "hits_total", "tier:memory"));
}

static void close_all(void) {
    statgate_counter_close(&hits);
    pair_close();
}

TestSuite(client_prepared, .init = open_beating, .fini = close_all);
TestSuite(client_without_beat, .init = open_bare, .fini = close_all);

#define EXPECT_DATAGRAM(text) cr_expect(eq(str, receiver_take_plain(receiver), (char *)(text)))
#define EXPECT_NOTHING()      cr_expect(receiver_take(receiver) == NULL)

Test(client_prepared, counts_add_up_until_the_next_beat) {
    for (int i = 0; i < 1000; i++)
        cr_assert(statgate_counter_add(&hits, 2));
    EXPECT_NOTHING();
    beat();
    cr_assert(statgate_counter_add(&hits, 5));
    EXPECT_DATAGRAM("hits_total:2000|c|#tier:memory");
    EXPECT_NOTHING();
    beat();
    cr_assert(statgate_counter_add(&hits, 7));
    EXPECT_DATAGRAM("hits_total:5|c|#tier:memory");
    cr_expect(statgate_flush(&sg));
    EXPECT_DATAGRAM("hits_total:7|c|#tier:memory");
    cr_expect(eq(u64, statgate_merged(&sg), 999));
    cr_expect(eq(u64, statgate_lost(&sg), 0));
}

Test(client_prepared, one_datagram_has_all_of_a_handle_in_the_order_of_first_use) {
    struct statgate_updown inflight;
    struct statgate_gauge level;
    struct statgate_histogram seconds;
    cr_expect(statgate_updown_open(&inflight, &sg, "inflight", NULL));
    cr_expect(statgate_gauge_open(&level, &sg, "level", "a:b"));
    cr_expect(statgate_histogram_open(&seconds, &sg, "seconds", "a:b"));
    cr_expect(statgate_histogram_observe(&seconds, 0.25));
    cr_expect(statgate_updown_add(&inflight, 3));
    cr_expect(statgate_counter_add(&hits, 1));
    cr_expect(statgate_gauge_set(&level, 8));
    cr_expect(statgate_updown_add(&inflight, -4));
    cr_expect(statgate_gauge_set(&level, -1.5));
    cr_expect(statgate_histogram_observe(&seconds, 4));
    beat();
    statgate_tick(&sg);
    EXPECT_DATAGRAM("seconds:0.25:4|h|#a:b\ninflight:-1|c\nhits_total:1|c|#tier:memory\n"
                    "level:-1.5|g|#a:b");
    EXPECT_NOTHING();
    statgate_histogram_close(&seconds);
    statgate_gauge_close(&level);
    statgate_updown_close(&inflight);
}

Test(client_prepared, observations_beyond_those_it_holds_send_the_first_ones) {
    struct statgate_histogram seconds;
    const struct statgate_label pair = {"a", "b"};
    cr_expect(statgate_histogram_open_with(&seconds, &sg, "seconds", &pair, 1));
    cr_expect(statgate_counter_add(&hits, 1));
    for (int i = 0; i < 192; i++)
        cr_assert(statgate_histogram_observe(&seconds, i));
    EXPECT_NOTHING();
    cr_expect(statgate_histogram_observe(&seconds, 192));
    const char *text = receiver_take_plain(receiver);
    cr_assert(text != NULL);
    cr_expect(strncmp(text, "seconds:0:1:2:", 14) == 0 && strstr(text, ":190|h|#a:b") != NULL, "%s",
              text);
    cr_expect(statgate_flush(&sg));
    EXPECT_DATAGRAM("hits_total:1|c|#tier:memory\nseconds:191:192|h|#a:b");
    statgate_histogram_close(&seconds);
}

/* The datagrams have up to 1,432 bytes, whatever the numbers look like, and arrive in order. */
Test(client_prepared, any_number_of_observations_arrives_in_full_datagrams) {
    struct statgate_histogram seconds;
    int next = 1;
    unsigned datagrams = 0;
    cr_expect(statgate_histogram_open(&seconds, &sg, "seconds", "a:b"));
    for (int i = 1; i <= 5000; i++) {
        cr_assert(statgate_histogram_observe(&seconds, i * 1000.0 + 1.0 / 3));
        if (i == 5000)
            cr_expect(statgate_flush(&sg));
        for (const char *text; (text = receiver_take_plain(receiver)) != NULL; datagrams++) {
            cr_expect(strlen(text) + STATGATE_REPORT_BYTES_ <= 1432 + 40, "%zu", strlen(text));
            for (const char *at = strchr(text, ':'); at != NULL && at[1] != 'b'; next++) {
                char *end;
                cr_assert(eq(dbl, strtod(at + 1, &end), next * 1000.0 + 1.0 / 3));
                at = strchr(end, ':');
            }
        }
    }
    cr_expect(eq(int, next, 5001));
    cr_expect(lt(uint, datagrams, 5000u * 21 / 1300 + 2), "%u", datagrams);
    statgate_histogram_close(&seconds);
}

Test(client_prepared, words_leave_at_once_behind_what_is_held) {
    struct statgate_attempts work;
    struct statgate_jobs exports;
    const struct statgate_label pair = {"queue", "fast"};
    cr_expect(statgate_attempts_open(&work, &sg, "work", "job:publish"));
    cr_expect(statgate_jobs_open_with(&exports, &sg, "exports", &pair, 1));
    cr_expect(statgate_attempts_report(&work, "worked"));
    EXPECT_DATAGRAM("work:worked|a|#job:publish");
    cr_expect(statgate_jobs_report(&exports, "queued", "7f3a"));
    EXPECT_DATAGRAM("exports:queued|j|#queue:fast|i:7f3a");
    cr_expect(statgate_counter_add(&hits, 1));
    cr_expect(statgate_counter_add(&hits, 1));
    cr_expect(statgate_attempts_report(&work, "error"));
    EXPECT_DATAGRAM("hits_total:2|c|#tier:memory\nwork:error|a|#job:publish");
    EXPECT_NOTHING();
    cr_expect(eq(u64, sg.delivered + statgate_merged(&sg), 5));
    cr_expect(not(statgate_attempts_report(&work, NULL)));
    cr_expect(not(statgate_attempts_report(&work, "")));
    cr_expect(not(statgate_attempts_report(&work, "a|b")));
    cr_expect(not(statgate_jobs_report(&exports, "queued", NULL)));
    cr_expect(not(statgate_jobs_report(&exports, "queued", "a|b")));
    cr_expect(not(statgate_jobs_report(&exports, "a:b", "7")));
    cr_expect(eq(u64, statgate_lost(&sg), 6));
    statgate_attempts_close(&work);
    cr_expect(not(statgate_attempts_report(&work, "worked")));
    statgate_jobs_close(&exports);
    EXPECT_NOTHING();
}

Test(client_prepared, words_wait_for_a_busy_daemon_in_their_order) {
    struct statgate_jobs exports;
    cr_expect(statgate_jobs_open(&exports, &sg, "exports", NULL));
    fake.fail_errno = EAGAIN;
    fake.fail_count = UINT64_MAX;
    cr_expect(statgate_counter_add(&hits, 1));
    cr_expect(statgate_jobs_report(&exports, "queued", "1"));
    cr_expect(statgate_counter_add(&hits, 1));
    cr_expect(statgate_jobs_report(&exports, "started", "1"));
    fake.fail_count = 0;
    cr_expect(statgate_flush(&sg));
    EXPECT_DATAGRAM("hits_total:2|c|#tier:memory\nexports:queued|j|i:1\nexports:started|j|i:1");
    statgate_jobs_close(&exports);
}

Test(client_prepared, a_metric_that_closes_leaves_what_it_held) {
    cr_expect(statgate_counter_add(&hits, 3));
    statgate_counter_close(&hits);
    statgate_counter_close(&hits);
    cr_expect(not(statgate_counter_add(&hits, 1)));
    cr_expect(statgate_flush(&sg));
    EXPECT_DATAGRAM("hits_total:3|c|#tier:memory");
    cr_expect(eq(u64, statgate_lost(&sg), 0));
}

Test(client_prepared, the_handle_may_close_first) {
    struct statgate_gauge level;
    cr_expect(statgate_gauge_open(&level, &sg, "level", NULL));
    cr_expect(statgate_counter_add(&hits, 3));
    statgate_close(&sg);
    EXPECT_DATAGRAM("hits_total:3|c|#tier:memory");
    memset(&sg, 0xa5, sizeof sg); /* its memory is used for something else */
    cr_expect(not(statgate_counter_add(&hits, 1)));
    cr_expect(not(statgate_gauge_set(&level, 1)));
    statgate_gauge_close(&level);
    statgate_counter_close(&hits);
    memset(&sg, 0, sizeof sg);
}

Test(client_prepared, one_of_several_that_closes_leaves_the_others) {
    static struct statgate_counter many[5];
    char name[8];
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "n%d", i);
        cr_assert(statgate_counter_open(&many[i], &sg, name, ""));
        statgate_counter_add(&many[i], 1);
    }
    statgate_counter_close(&many[2]);
    statgate_counter_close(&many[4]);
    statgate_counter_close(&many[0]);
    for (int i = 1; i < 5; i += 2)
        cr_expect(statgate_counter_add(&many[i], 2));
    cr_expect(statgate_flush(&sg));
    EXPECT_DATAGRAM("n0:1|c\nn1:3|c\nn2:1|c\nn3:3|c\nn4:1|c");
    statgate_counter_close(&many[1]);
    statgate_counter_close(&many[3]);
}

Test(client_prepared, names_and_labels_are_checked_once) {
    struct statgate_counter bad;
    char labels[258];
    memset(labels, 'x', sizeof labels);
    labels[256] = '\0';
    const char *const cases[][2] = {{NULL, NULL},      {"", NULL},     {"a:b", NULL},
                                    {"a|b", NULL},     {"a\nb", NULL}, {"a", "b|c"},
                                    {"a", "b\nx:1|c"}, {"a", "b\r"},   {"a", labels}};
    const size_t count = sizeof cases / sizeof cases[0];
    for (size_t i = 0; i < count; i++) {
        cr_expect(not(statgate_counter_open(&bad, &sg, cases[i][0], cases[i][1])), "case %zu", i);
        cr_expect(not(statgate_counter_add(&bad, 1)), "case %zu", i);
        statgate_counter_close(&bad);
    }
    const struct statgate_label pair = {"user", "eve,outcome:ok"};
    cr_expect(statgate_counter_open_with(&bad, &sg, "a", &pair, 1));
    cr_expect(statgate_counter_add(&bad, 1));
    statgate_counter_close(&bad);
    cr_expect(statgate_flush(&sg));
    EXPECT_DATAGRAM("a:1|c|#user:eve_outcome:ok");
    cr_expect(eq(u64, statgate_lost(&sg), count));
    labels[255] = '\0';
    cr_expect(statgate_counter_open(&bad, &sg, "a", labels), "256 bytes");
    cr_expect(statgate_counter_add(&bad, 1));
    statgate_counter_close(&bad);
    cr_expect(statgate_flush(&sg));
    cr_expect(eq(sz, strlen(receiver_take_plain(receiver)), 256 + strlen(":1|c|#")));
}

Test(client_prepared, values_that_are_none_are_lost) {
    struct statgate_updown inflight;
    struct statgate_histogram seconds;
    cr_expect(statgate_updown_open(&inflight, &sg, "inflight", NULL));
    cr_expect(statgate_histogram_open(&seconds, &sg, "seconds", NULL));
    cr_expect(not(statgate_counter_add(&hits, -1)));
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        cr_expect(not(statgate_counter_add(&hits, bad[i])), "%g", bad[i]);
        cr_expect(not(statgate_updown_add(&inflight, bad[i])), "%g", bad[i]);
        cr_expect(not(statgate_histogram_observe(&seconds, bad[i])), "%g", bad[i]);
    }
    cr_expect(eq(u64, statgate_lost(&sg), 10));
    cr_expect(statgate_counter_add(&hits, 0));
    cr_expect(statgate_flush(&sg));
    EXPECT_DATAGRAM("hits_total:0|c|#tier:memory");
    statgate_updown_close(&inflight);
    statgate_histogram_close(&seconds);
}

/* Beyond 2^53 whole numbers are not exact. */
Test(client_prepared, sums_stay_exact) {
    cr_expect(statgate_counter_add(&hits, 9007199254740992.0));
    cr_expect(statgate_counter_add(&hits, 1));
    EXPECT_DATAGRAM("hits_total:9007199254740992|c|#tier:memory");
    cr_expect(statgate_counter_add(&hits, 1e300));
    EXPECT_DATAGRAM("hits_total:1|c|#tier:memory");
    cr_expect(statgate_counter_add(&hits, 1));
    cr_expect(statgate_flush(&sg));
    cr_expect(eq(u64, statgate_lost(&sg), 0));
}

/* Samples that the kernel refuses wait, and the metrics continue. */
Test(client_prepared, all_arrives_when_the_daemon_was_away) {
    struct statgate_histogram seconds;
    cr_expect(statgate_histogram_open(&seconds, &sg, "seconds", NULL));
    fake.fail_errno = ECONNREFUSED;
    fake.fail_count = UINT64_MAX;
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 10; i++) {
            cr_assert(statgate_counter_add(&hits, 1));
            cr_assert(statgate_histogram_observe(&seconds, round * 10 + i));
        }
        beat();
    }
    fake.fail_count = 0;
    cr_expect(statgate_flush(&sg));
    unsigned long values = 0;
    double counts = 0;
    for (const char *text; (text = receiver_take(receiver)) != NULL;) {
        const char *line = strstr(text, "hits_total:");
        counts += line == NULL ? 0 : strtod(line + 11, NULL);
        line = strstr(text, "seconds:");
        for (; line != NULL && *line != '|' && *line != '\0'; line++)
            values += *line == ':';
    }
    cr_expect(eq(dbl, counts, 1000));
    cr_expect(eq(ulong, values, 1000ul));
    cr_expect(eq(u64, statgate_lost(&sg), 0));
    statgate_histogram_close(&seconds);
}

/* The buffer takes at most 512 series; samples without room stay in the metrics. */
Test(client_prepared, more_metrics_than_the_buffer_takes_hold_their_own) {
    static struct statgate_counter many[2000];
    char name[16];
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "n%d_total", i);
        cr_assert(statgate_counter_open(&many[i], &sg, name, NULL));
    }
    fake.fail_errno = EAGAIN;
    fake.fail_count = UINT64_MAX;
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 2000; i++)
            cr_assert(statgate_counter_add(&many[i], 1));
        beat();
    }
    fake.fail_count = 0;
    while (!statgate_flush(&sg))
        while (receiver_take(receiver) != NULL)
            ;
    cr_expect(eq(u64, statgate_lost(&sg), 0));
    cr_expect(eq(u64, sg.delivered + statgate_merged(&sg), 20000));
    for (int i = 0; i < 2000; i++)
        statgate_counter_close(&many[i]);
}

Test(client_prepared, a_restarted_daemon_s_page_is_found) {
    statgate_counter_add(&hits, 1);
    unlink(fixture_path("s.breakers"));
    map_page("s.breakers");
    for (int i = 0; i < 8; i++)
        beat(); /* in an unmapped file, until the client considers the other one dead */
    for (int i = 0; i < 3000 && receiver_take(receiver) == NULL; i++)
        statgate_counter_add(&hits, 1);
    statgate_flush(&sg);
    while (receiver_take(receiver) != NULL)
        ;
    statgate_counter_add(&hits, 1);
    beat();
    statgate_counter_add(&hits, 1);
    EXPECT_DATAGRAM("hits_total:1|c|#tier:memory");
}

Test(client_prepared, one_that_is_opened_twice_loses_nothing) {
    for (int i = 0; i < 100; i++)
        statgate_counter_add(&hits, 1);
    cr_assert(statgate_counter_open(&hits, &sg, "hits_total", "tier:memory"));
    for (int i = 0; i < 5; i++)
        statgate_counter_add(&hits, 1);
    cr_expect(statgate_flush(&sg), "and it returns");
    EXPECT_DATAGRAM("hits_total:105|c|#tier:memory");
    statgate_counter_add(&hits, 1);
    cr_assert(statgate_counter_open(&hits, &sg, "hits_total", "tier:disk"));
    statgate_counter_add(&hits, 2);
    cr_expect(statgate_flush(&sg));
    EXPECT_DATAGRAM("hits_total:1|c|#tier:memory\nhits_total:2|c|#tier:disk");
    cr_expect(eq(u64, statgate_lost(&sg), 0));
}

Test(client_prepared, a_handle_that_is_opened_twice_loses_nothing) {
    for (int i = 0; i < 100; i++)
        statgate_counter_add(&hits, 1);
    cr_expect(statgate_open(&sg, fixture_path("s")));
    for (int i = 0; i < 5; i++)
        statgate_counter_add(&hits, 1);
    cr_expect(statgate_flush(&sg));
    EXPECT_DATAGRAM("hits_total:105|c|#tier:memory");
    cr_expect(eq(u64, statgate_lost(&sg), 0));

    const int other = receiver_bind(fixture_path("other"));
    statgate_counter_add(&hits, 1);
    cr_expect(statgate_open(&sg, fixture_path("other")), "at another place");
    cr_expect(statgate_flush(&sg));
    EXPECT_NOTHING();
    cr_expect(eq(str, receiver_take_plain(other), (char *)"hits_total:1|c|#tier:memory"));
    close(other);
}

static int count_in_child(void *arg) {
    (void)arg;
    statgate_counter_add(&hits, 100);
    return statgate_flush(&sg) && statgate_merged(&sg) == 0 ? 0 : 1;
}

Test(client_prepared, a_child_starts_with_nothing) {
    statgate_counter_add(&hits, 1);
    cr_expect(eq(int, in_child(count_in_child, NULL), 0));
    EXPECT_DATAGRAM("hits_total:100|c|#tier:memory");
    cr_expect(statgate_flush(&sg));
    EXPECT_DATAGRAM("hits_total:1|c|#tier:memory");
}

Test(client_prepared, who_may_wait_waits_for_a_busy_daemon) {
    statgate_counter_add(&hits, 1);
    fake.fail_errno = EAGAIN;
    fake.fail_count = 3;
    cr_expect(statgate_flush_wait(&sg, 1000));
    cr_expect(eq(u64, fake.polls, 3));
    EXPECT_DATAGRAM("hits_total:1|c|#tier:memory");
    statgate_counter_add(&hits, 1);
    fake.fail_count = UINT64_MAX;
    const uint64_t from = fake.now_ns;
    cr_expect(not(statgate_flush_wait(&sg, 105)));
    cr_expect(eq(u64, fake.now_ns - from, 105 * MS));
    fake.fail_count = 0;
}

/* ---- without a page, or with one that is not written ---- */

Test(client_without_beat, quick_uses_send_twice_a_second) {
    cr_assert(statgate_counter_open(&hits, &sg, "hits_total", NULL));
    int sent = 0;
    for (int i = 0; i < 100000; i++) {
        fake.beat_now_ms += i % 10 == 0; /* ten uses a millisecond */
        statgate_counter_add(&hits, 1);
        sent += receiver_take(receiver) != NULL;
    }
    cr_expect(ge(int, sent, 10000 / 500 - 1));
}

/* However quick a burst was, what it left leaves with the first use half a second later. */
Test(client_without_beat, one_use_sends_what_a_burst_left) {
    cr_assert(statgate_counter_open(&hits, &sg, "hits_total", NULL));
    for (int i = 0; i < 5000; i++)
        statgate_counter_add(&hits, 1);
    while (receiver_take(receiver) != NULL)
        continue;
    statgate_counter_add(&hits, 1);
    EXPECT_NOTHING();
    fake.beat_now_ms += 500;
    statgate_counter_add(&hits, 1);
    cr_expect(receiver_take(receiver) != NULL);
}

Test(client_without_beat, slow_uses_look_each_time) {
    cr_assert(statgate_counter_open(&hits, &sg, "hits_total", NULL));
    statgate_flush(&sg);
    for (int i = 0; i < 10; i++) {
        statgate_counter_add(&hits, 1);
        fake.beat_now_ms += 300;
    }
    unsigned lines = 0;
    while (receiver_take(receiver) != NULL)
        lines++;
    cr_expect(eq(uint, lines, 4u), "each second use is half a second after the last datagram");
}

Test(client_without_beat, a_tick_sends_what_is_half_a_second_old) {
    cr_assert(statgate_counter_open(&hits, &sg, "hits_total", NULL));
    statgate_flush(&sg);
    statgate_counter_add(&hits, 1);
    fake.beat_now_ms += 499;
    statgate_tick(&sg);
    EXPECT_NOTHING();
    fake.beat_now_ms += 1;
    statgate_tick(&sg);
    EXPECT_DATAGRAM("hits_total:1|c");
}

Test(client_without_beat, a_page_that_appears_is_found) {
    cr_assert(statgate_counter_open(&hits, &sg, "hits_total", NULL));
    map_page("s.breakers");
    beat();
    beat();
    for (int i = 0; i < 5000 && sg.page == NULL; i++) {
        fake.beat_now_ms++;
        statgate_counter_add(&hits, 1);
    }
    cr_expect(sg.page != NULL);
}
