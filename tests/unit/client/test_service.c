/* SPDX-License-Identifier: MIT */
/* The service that each line of a handle names. */
#include "assertions.h"
#include "child.h"
#include "pair.h"

#include <stdlib.h>

static void setup(void) {
    pair_open();
    cr_assert(statgate_service(&sg, "shop-2"));
}

TestSuite(client_service, .init = setup, .fini = pair_close);

#define EXPECT_LINE(text) cr_expect(eq(str, receiver_take_plain(receiver), (char *)(text)))

static const struct statgate_label pair = {"user", "a,service:b"};

Test(client_service, is_a_label_of_each_line) {
    statgate_count(&sg, "a_total", 1, NULL);
    EXPECT_LINE("a_total:1|c|#service:shop-2");
    statgate_set(&sg, "a", 1, "b:c");
    EXPECT_LINE("a:1|g|#b:c,service:shop-2");
    statgate_observe(&sg, "a", 1, "");
    EXPECT_LINE("a:1|h|#service:shop-2");
    statgate_count_with(&sg, "a_total", 1, &pair, 1);
    EXPECT_LINE("a_total:1|c|#user:a_service:b,service:shop-2");
    statgate_state(&sg, "door", "open", NULL);
    EXPECT_LINE("door:1|g|#door:open,service:shop-2");
    statgate_attempt(&sg, "work", "ok", "job:x");
    EXPECT_LINE("work:ok|a|#job:x,service:shop-2");
    statgate_job(&sg, "export", "queued", "7", NULL);
    EXPECT_LINE("export:queued|j|#service:shop-2|i:7");
}

Test(client_service, stays_away_where_the_line_names_one) {
    static const char *const named[] = {"service:other", "a:b,service:other",
                                        "service:", "a:b,service:other,c:d"};
    static const char *const not_named[] = {"services:other", "a:service:other", "service",
                                            "xservice:b"};
    char expected[64];
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        statgate_count(&sg, "a", 1, named[i]);
        snprintf(expected, sizeof expected, "a:1|c|#%s", named[i]);
        EXPECT_LINE(expected);
    }
    for (size_t i = 0; i < sizeof not_named / sizeof not_named[0]; i++) {
        statgate_count(&sg, "a", 1, not_named[i]);
        snprintf(expected, sizeof expected, "a:1|c|#%s,service:shop-2", not_named[i]);
        EXPECT_LINE(expected);
    }
}

/* The same where samples wait, are merged, or are held by a metric. */
Test(client_service, is_there_however_the_line_is_written) {
    struct statgate_counter hits;
    struct statgate_histogram seconds;
    struct statgate_attempts work;
    fake.fail_errno = EAGAIN;
    fake.fail_count = 1;
    statgate_count(&sg, "a_total", 1, "b:c");
    statgate_count(&sg, "a_total", 2, "b:c");
    statgate_observe(&sg, "a", 1, NULL);
    statgate_attempt(&sg, "work", "ok", NULL);
    cr_expect(statgate_flush(&sg));
    EXPECT_LINE("a_total:3|c|#b:c,service:shop-2\na:1|h|#service:shop-2\n"
                "work:ok|a|#service:shop-2");
    cr_assert(statgate_counter_open(&hits, &sg, "hits_total", "tier:memory"));
    cr_assert(statgate_histogram_open(&seconds, &sg, "seconds", NULL));
    cr_assert(statgate_attempts_open(&work, &sg, "work", "service:other"));
    statgate_counter_add(&hits, 2);
    statgate_histogram_observe(&seconds, 1);
    statgate_attempts_report(&work, "ok");
    EXPECT_LINE("hits_total:2|c|#tier:memory,service:shop-2\nseconds:1|h|#service:shop-2\n"
                "work:ok|a|#service:other");
    for (unsigned i = 0; i <= STATGATE_VALUES_; i++)
        statgate_histogram_observe(&seconds, 7); /* one more than it holds */
    char *line = receiver_take_plain(receiver);
    cr_assert(line != NULL);
    cr_expect(strstr(line, "7|h|#service:shop-2") != NULL);
    statgate_counter_close(&hits);
    statgate_histogram_close(&seconds);
    statgate_attempts_close(&work);
}

Test(client_service, leaves_room_in_the_longest_line) {
    static char labels[SG_LINE_MAX];
    const size_t room =
        STATGATE_LINE_BYTES_ - STATGATE_REPORT_BYTES_ - strlen("a:1|c|#,service:shop-2");
    memset(labels, 'x', room);
    cr_expect(statgate_count(&sg, "a", 1, labels));
    cr_expect(eq(sz, strlen(receiver_take_plain(receiver)),
                 STATGATE_LINE_BYTES_ - STATGATE_REPORT_BYTES_));
    labels[room] = 'x';
    cr_expect(not(statgate_count(&sg, "a", 1, labels)));
}

Test(client_service, is_a_name_or_none) {
    static char longest[66];
    memset(longest, 'x', 65);
    const char *const bad[] = {"a b", "a,b:c", "a|b", "a\n", ".a", "-a", "\xc3\xa4", longest};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_expect(not(statgate_service(&sg, bad[i])), "%s", bad[i]);
        statgate_count(&sg, "a", 1, NULL);
        EXPECT_LINE("a:1|c|#service:shop-2");
    }
    cr_expect(statgate_service(&sg, longest + 1), "64 bytes");
    cr_expect(statgate_service(&sg, NULL));
    cr_expect(statgate_service(&sg, ""));
    statgate_count(&sg, "a", 1, NULL);
    EXPECT_LINE("a:1|c");
}

Test(client_service, comes_from_the_environment) {
    struct statgate other;
    setenv("STATGATE_SERVICE", "env", 1);
    statgate_open(&other, "/nonexistent/socket");
    cr_expect(eq(sz, other.service_len, strlen("service:env")));
    cr_expect(eq(int, memcmp(other.service, "service:env", other.service_len), 0));
    statgate_close(&other);
    setenv("STATGATE_SERVICE", "not a name", 1);
    statgate_open(&other, "/nonexistent/socket");
    cr_expect(eq(sz, other.service_len, 0));
    statgate_close(&other);
    unsetenv("STATGATE_SERVICE");
}

static int count_once(void *arg) {
    (void)arg;
    return statgate_count(&sg, "a", 1, NULL) ? 0 : 1;
}

Test(client_service, is_kept_in_a_child) {
    cr_expect(eq(int, in_child(count_once, NULL), 0));
    EXPECT_LINE("a:1|c|#service:shop-2");
}
