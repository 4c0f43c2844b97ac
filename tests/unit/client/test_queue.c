/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "pair.h"

#include <math.h>

TestSuite(client_queue, .init = pair_open, .fini = pair_close);

Test(client_queue, sends_at_once_when_idle) {
    struct tallies tallies = {.count = 0};
    for (int i = 1; i <= 100; i++) {
        statgate_observe(&sg, "n", i, NULL);
        cr_assert(eq(sz, tallies_take(&tallies, receiver, 2), 1));
    }
    cr_expect(eq(u64, tallies.of[0].longest, 1));
    cr_expect(eq(u64, fake.sends, 100));
}

Test(client_queue, packs_while_full_and_keeps_the_order) {
    struct tallies tallies = {.count = 0};
    double next = fill_queue(&sg, 1);
    for (int i = 0; i < 100; i++) {
        cr_assert(statgate_observe(&sg, "n", next++, "model:resnet,version:3,tenant:a"));
    }
    tallies_settle(&tallies, receiver, &sg);
    cr_expect(eq(sz, tallies.count, 1));
    cr_expect(eq(u64, tallies.of[0].received, (uint64_t)next - 1));
    cr_expect(eq(dbl, tallies.of[0].last, next - 1));
    cr_expect(lt(u64, 20, tallies.of[0].longest));
    cr_expect(eq(u64, statgate_lost(&sg), 0));
}

Test(client_queue, packs_no_more_than_1432_bytes) {
    double next = fill_queue(&sg, 1);
    for (int i = 0; i < 1000; i++) {
        cr_assert(statgate_observe(&sg, "n", next++, "model:resnet,version:3,tenant:a"));
    }
    size_t longest = 0;
    for (bool done = false; !done;) {
        done = statgate_flush(&sg);
        for (const char *text; (text = receiver_take(receiver)) != NULL;) {
            longest = strlen(text) > longest ? strlen(text) : longest;
        }
    }
    cr_expect(le(sz, longest, 1432));
    cr_expect(ge(sz, longest, 1432 - 128), "no better filled than %zu", longest);
}

/* A failed send costs as much as a successful one, so the client pauses for 1 ms after it. */
Test(client_queue, is_quiet_for_a_millisecond_when_full) {
    double next = fill_queue(&sg, 1);
    uint64_t sends = fake.sends;
    for (int i = 0; i < 50; i++) {
        statgate_observe(&sg, "n", next++, NULL);
        fake.now_ns += MS / 51;
    }
    cr_expect(eq(u64, fake.sends, sends));
    fake.now_ns += MS / 51 + 51;
    statgate_observe(&sg, "n", next++, NULL);
    cr_expect(eq(u64, fake.sends, sends + 1));
    statgate_observe(&sg, "n", next++, NULL);
    cr_expect(eq(u64, fake.sends, sends + 1));
}

Test(client_queue, is_not_quiet_for_ever_when_the_clock_runs_backwards) {
    struct tallies tallies = {.count = 0};
    double next = fill_queue(&sg, 1);
    tallies_take(&tallies, receiver, SIZE_MAX);
    fake.now_ns -= 500 * MS;
    statgate_observe(&sg, "n", next++, NULL);
    tallies_take(&tallies, receiver, SIZE_MAX);
    cr_expect(eq(dbl, tallies.of[0].last, next - 1));
}

Test(client_queue, loses_what_does_not_fit_and_says_so) {
    struct tallies tallies = {.count = 0};
    double next = fill_queue(&sg, 1);
    uint64_t kept = (uint64_t)next - 1;
    uint64_t dropped = 0;
    for (int i = 0; i < 10000; i++) {
        *(statgate_observe(&sg, "n", next++, NULL) ? &kept : &dropped) += 1;
    }
    cr_expect(lt(u64, 0, dropped));
    cr_expect(eq(u64, statgate_lost(&sg), dropped));
    tallies_settle(&tallies, receiver, &sg);
    cr_expect(eq(u64, tallies.of[0].received, kept));
    cr_expect(eq(u64, tallies.of[0].lost, dropped));
}

/* When the buffer fills up during the pause, one early try is better than a lost sample. */
Test(client_queue, tries_once_early_when_its_buffer_is_full) {
    struct tallies tallies = {.count = 0};
    double next = fill_queue(&sg, 1);
    uint64_t sends = fake.sends;
    while (statgate_observe(&sg, "n", next++, NULL)) {
    }
    cr_expect(eq(u64, fake.sends, sends + 1));
    cr_expect(not(statgate_observe(&sg, "n", next++, NULL)));
    cr_expect(eq(u64, fake.sends, sends + 1), "one try, not one for each sample");

    /* With a reader that takes all, a full buffer empties although the clock has stopped. */
    tallies_settle(&tallies, receiver, &sg);
    next = fill_queue(&sg, next);
    tallies_take(&tallies, receiver, SIZE_MAX);
    uint64_t lost = statgate_lost(&sg);
    for (int i = 0; i < 20000; i++) {
        statgate_observe(&sg, "n", next++, NULL);
        tallies_take(&tallies, receiver, SIZE_MAX);
    }
    cr_expect(eq(u64, statgate_lost(&sg), lost));
}

/* Random reading, random time, random bursts: at every datagram sent - lost is what arrived. */
Test(client_queue, sums_close_at_every_datagram) {
    struct tallies tallies = {.count = 0};
    uint64_t random = 42;
    uint64_t kept = 0;
    double next = 1;
    static char labels[3000];
    memset(labels, 'x', sizeof labels - 1);
    for (int i = 0; i < 20000; i++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        unsigned dice = (unsigned)(random >> 33);
        for (unsigned burst = dice % 41; burst > 0; burst--) {
            const char *tail = labels + sizeof labels - 1 - (burst == 7 ? 2000 : dice % 90);
            kept += statgate_observe(&sg, "n", next++, tail);
        }
        if (dice % 7 == 0) {
            statgate_observe(&sg, "n", NAN, NULL);
            next++;
        }
        if (dice % 97 == 0) {
            fake.fail_errno = dice % 2 == 0 ? ENOBUFS : EINTR;
            fake.fail_count = 1 + dice % 3;
        }
        fake.now_ns += dice % 3 * MS / 2;
        tallies_take(&tallies, receiver, dice % 5);
    }
    tallies_settle(&tallies, receiver, &sg);
    cr_expect(eq(u64, tallies.of[0].received, kept));
    cr_expect(eq(u64, tallies.of[0].received + statgate_lost(&sg), (uint64_t)next - 1));
    cr_expect(lt(u64, 3000, statgate_lost(&sg)), "the test wants many losses");
    cr_expect(lt(u64, 10, tallies.of[0].longest));
}

Test(client_queue, splits_what_is_too_large) {
    struct tallies tallies = {.count = 0};
    double next = fill_queue(&sg, 1);
    for (int i = 0; i < 100; i++) {
        statgate_observe(&sg, "n", next++, NULL);
    }
    fake.too_large = 300;
    tallies_settle(&tallies, receiver, &sg);
    cr_expect(eq(u64, tallies.of[0].received, (uint64_t)next - 1));
    cr_expect(eq(u64, statgate_lost(&sg), 0));
}

Test(client_queue, loses_a_line_that_alone_is_too_large) {
    static char labels[1000];
    memset(labels, 'x', sizeof labels - 1);
    fake.too_large = 300;
    statgate_observe(&sg, "n", 1, labels);
    cr_expect(eq(u64, statgate_lost(&sg), 1));
    struct tallies tallies = {.count = 0};
    statgate_observe(&sg, "n", 2, NULL);
    cr_expect(eq(sz, tallies_take(&tallies, receiver, 2), 1));
    cr_expect(eq(u64, tallies.of[0].lost, 1));
}

Test(client_queue, flush_does_not_wait_for_the_pause) {
    struct tallies tallies = {.count = 0};
    double next = fill_queue(&sg, 1);
    cr_expect(not(statgate_flush(&sg)));
    tallies_take(&tallies, receiver, SIZE_MAX);
    cr_expect(statgate_flush(&sg));
    tallies_take(&tallies, receiver, SIZE_MAX);
    cr_expect(eq(dbl, tallies.of[0].last, next - 1));
}

Test(client_queue, close_counts_what_waits_as_lost) {
    double next = fill_queue(&sg, 1);
    statgate_observe(&sg, "n", next++, NULL);
    statgate_close(&sg);
    /* The sample that found the queue full, and the next one. */
    cr_expect(eq(u64, statgate_lost(&sg), 2));
    cr_expect(not(statgate_observe(&sg, "n", next, NULL)));
    cr_expect(eq(u64, statgate_lost(&sg), 3));
    statgate_close(&sg);
}

/* A call spends at most 50 us on sending what waited; flush takes the time that it needs. */
Test(client_queue, a_call_sends_for_a_bounded_time) {
    fake.fail_errno = EAGAIN;
    fake.fail_count = UINT64_MAX;
    for (int i = 1; i <= 3000; i++) {
        cr_assert(statgate_observe(&sg, "n", i, NULL));
    }
    struct tallies tallies = {.count = 0};
    fake.fail_count = 0;
    fake.now_ns += MS;
    fake.send_ns = 20000;
    uint64_t sends = fake.sends;
    for (uint64_t calls = 1; calls <= 2; calls++) {
        statgate_observe(&sg, "n", 3000 + (double)calls, NULL);
        cr_expect(eq(u64, fake.sends, sends + 3 * calls), "at 20, 40 and 60 us");
        tallies_take(&tallies, receiver, SIZE_MAX);
    }
    fake.send_ns = 0;
    tallies_settle(&tallies, receiver, &sg);
    cr_expect(eq(u64, tallies.of[0].received, 3002));
}
