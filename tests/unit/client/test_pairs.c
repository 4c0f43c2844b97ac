/* SPDX-License-Identifier: MIT */
/* Labels as pairs: a value from a stranger cannot add another label. */
#include "assertions.h"
#include "pair.h"

TestSuite(client_pairs, .init = pair_open, .fini = pair_close);

#define EXPECT_LINE(line) cr_expect(eq(str, receiver_take_plain(receiver), (char *)(line)))

Test(client_pairs, become_the_text_of_labels) {
    static const struct statgate_label two[] = {{"a", "b"}, {"path", "/x:y {z} \303\251"}};
    cr_expect(statgate_count_with(&sg, "n_total", 2, two, 2));
    EXPECT_LINE("n_total:2|c|#a:b,path:/x:y {z} \303\251");
    cr_expect(statgate_set_with(&sg, "level", -1.5, two, 1));
    EXPECT_LINE("level:-1.5|g|#a:b");
    cr_expect(statgate_add_with(&sg, "inflight", -1, two, 1));
    EXPECT_LINE("inflight:-1|c|#a:b");
    cr_expect(statgate_observe_with(&sg, "seconds", 0.5, two, 1));
    EXPECT_LINE("seconds:0.5|h|#a:b");
    cr_expect(statgate_attempt_with(&sg, "work", "worked", two, 1));
    EXPECT_LINE("work:worked|a|#a:b");
    cr_expect(statgate_job_with(&sg, "work", "queued", "7", two, 1));
    EXPECT_LINE("work:queued|j|#a:b|i:7");
    cr_expect(statgate_count_with(&sg, "n_total", 1, NULL, 0));
    EXPECT_LINE("n_total:1|c");
    cr_expect(statgate_count_with(&sg, "n_total", 1, &(struct statgate_label){"a", ""}, 1));
    EXPECT_LINE("n_total:1|c|#a:");
}

/* The daemon then folds or rejects the value, by name. */
Test(client_pairs, have_underscores_for_bytes_that_would_end_a_value) {
    static const struct {
        const char *value;
        const char *line;
    } cases[] = {
        {"eve,outcome:ok", "n_total:1|c|#outcome:bad,user:eve_outcome:ok,z:z"},
        {"a|b", "n_total:1|c|#outcome:bad,user:a_b,z:z"},
        {"a\nevil:1|c", "n_total:1|c|#outcome:bad,user:a_evil:1_c,z:z"},
        {"ok\r", "n_total:1|c|#outcome:bad,user:ok_,z:z"},
        {",|\n", "n_total:1|c|#outcome:bad,user:___,z:z"},
    };
    const size_t count = sizeof cases / sizeof cases[0];
    for (size_t i = 0; i < count; i++) {
        const struct statgate_label pairs[] = {
            {"outcome", "bad"}, {"user", cases[i].value}, {"z", "z"}};
        cr_expect(statgate_count_with(&sg, "n_total", 1, pairs, 3), "case %zu", i);
        EXPECT_LINE(cases[i].line);
    }
    cr_expect(eq(u64, statgate_replaced(&sg), count));
    cr_expect(eq(u64, statgate_lost(&sg), 0));
}

Test(client_pairs, with_bad_keys_or_no_value_lose_the_sample) {
    static const struct statgate_label bad[] = {
        {"user", NULL}, {"", "x"},    {NULL, "x"},   {"a:b", "x"},
        {"a,b", "x"},   {"a|b", "x"}, {"a\nb", "x"}, {"a\rb", "x"},
    };
    const size_t count = sizeof bad / sizeof bad[0];
    for (size_t i = 0; i < count; i++) {
        const struct statgate_label pairs[] = {{"outcome", "bad"}, bad[i], {"z", "z"}};
        cr_expect(not(statgate_count_with(&sg, "n_total", 1, pairs, 3)), "case %zu", i);
        cr_expect(not(statgate_job_with(&sg, "j", "queued", "1", pairs, 3)), "case %zu", i);
    }
    cr_expect(eq(u64, statgate_lost(&sg), 2 * count));
    cr_expect(receiver_take(receiver) == NULL);
}

/* Tries labels that fill the longest line, and one byte more. */
Test(client_pairs, fill_the_longest_line_and_no_more) {
    static char value[8192];
    struct statgate_label pairs[] = {{"a", value}, {"b", ""}};
    size_t longest = 0;
    for (size_t len = 8000; len < sizeof value; len++) {
        memset(value, 'x', len);
        pairs[1].value = value + len; /* empty */
        if (!statgate_count_with(&sg, "n", 1, pairs, 2))
            break;
        longest = len;
        char *line = receiver_take_plain(receiver);
        cr_assert(line != NULL);
        cr_expect(eq(sz, strlen(line), sizeof "n:1|c|#a:,b:" - 1 + len));
    }
    cr_expect(longest > 8000 && longest < 8191, "%zu", longest);
    memset(value, 'x', sizeof value - 1);
    cr_expect(not(statgate_count_with(&sg, "n", 1, pairs, 1)), "a line of more than 8 KiB");
    cr_expect(statgate_count_with(&sg, "n", 1, pairs + 1, 1), "the handle goes on");
}

Test(client_pairs, wait_like_other_labels) {
    const struct statgate_label who = {"a", "b"};
    const double from = fill_queue(&sg, 1);
    (void)from;
    cr_expect(statgate_count_with(&sg, "late_total", 1, &who, 1));
    cr_expect(statgate_count(&sg, "late_total", 2, "a:b"), "the same series");
    while (receiver_take(receiver) != NULL)
        ;
    cr_expect(statgate_flush(&sg));
    const char *waited = receiver_take(receiver);
    cr_assert(waited != NULL);
    cr_expect(strstr(waited, "late_total:3|c|#a:b") != NULL, "%s", waited);
}

Test(client_pairs, states_and_infos_have_calls_of_their_own) {
    cr_expect(statgate_info(&sg, "build_info", "version:1.2"));
    EXPECT_LINE("build_info:1|g|#version:1.2");
    cr_expect(statgate_state(&sg, "mode", "idle", NULL));
    EXPECT_LINE("mode:1|g|#mode:idle");
    cr_expect(statgate_state(&sg, "mode", "busy", "device:cuda:0"));
    EXPECT_LINE("mode:1|g|#mode:busy,device:cuda:0");
    cr_expect(statgate_state(&sg, "mode", "busy", ""));
    EXPECT_LINE("mode:1|g|#mode:busy");
    cr_expect(statgate_state(&sg, "mode", "busy,x:y", NULL));
    EXPECT_LINE("mode:1|g|#mode:busy_x:y");
    cr_expect(not(statgate_state(&sg, "mode", NULL, NULL)));
    cr_expect(not(statgate_state(&sg, NULL, "busy", NULL)));
    cr_expect(not(statgate_state(&sg, "mode", "busy", "a|b")));
    cr_expect(eq(u64, statgate_lost(&sg), 3));
    cr_expect(receiver_take(receiver) == NULL);
}

Test(client_pairs, durations_do_not_jump_back) {
    const uint64_t start = statgate_timer_start();
    fake.now_ns += 1500 * MS;
    cr_expect(epsilon_eq(dbl, statgate_timer_seconds(start), 1.5, 1e-9));
    fake.now_ns = start - 1;
    cr_expect(eq(dbl, statgate_timer_seconds(start), 0));
}

Test(client_pairs, of_a_closed_handle_are_lost) {
    static struct statgate closed;
    cr_expect(not(statgate_count_with(&closed, "n", 1, &(struct statgate_label){"a", "b"}, 1)));
    cr_expect(eq(u64, statgate_lost(&closed), 1));
}

Test(client_pairs, the_header_says_its_version) {
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", STATGATE_VERSION_NUMBER / 10000,
             STATGATE_VERSION_NUMBER / 100 % 100, STATGATE_VERSION_NUMBER % 100);
    cr_expect(eq(str, text, (char *)STATGATE_VERSION));
    cr_expect(eq(str, text, (char *)PROJECT_VERSION));
}
