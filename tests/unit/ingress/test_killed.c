/* SPDX-License-Identifier: MIT */
/* Processes that are killed while they receive: the next one continues where the last one was. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "assertions.h"
#include "heirs.h"

enum { KILLS = 40, DATAGRAMS = 80000 };

static struct heirs heirs;

static void setup(void) {
    heirs_init(&heirs);
}

static void teardown(void) {
    heirs_done(&heirs);
}

TestSuite(killed, .init = setup, .fini = teardown, .timeout = 300);

static void put(const char *text) {
    const size_t len = strlen(text);
    cr_assert(eq(int, (int)send(heirs.sender, text, len, 0), (int)len));
}

/* Of all lengths up to a slot's head and a little more. */
static size_t make(uint64_t number, char *ret_text) {
    const size_t len = number % 16 != 0 ? 16 + number % 48 : 16 + number * 7919 % 9000;
    const int digits = snprintf(ret_text, 32, "%llu;", (unsigned long long)number);
    return len > (size_t)digits ? len : (size_t)digits;
}

/* Sends all numbers, as fast as they are taken. */
static int flood(int sender) {
    static char text[16384];
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails */
    for (uint64_t i = 1; i <= DATAGRAMS; i++) {
        const size_t len = make(i, text);
        if (send(sender, text, len, 0) != (ssize_t)len)
            return 1;
    }
    return 0;
}

static uint64_t bytes_sent(void) {
    char text[32];
    uint64_t bytes = 0;
    for (uint64_t i = 1; i <= DATAGRAMS; i++)
        bytes += make(i, text);
    return bytes;
}

Test(killed, at_any_moment_loses_and_doubles_nothing) {
    const pid_t child = fork();
    int status = -1;
    if (child == 0)
        _exit(flood(heirs.sender));
    srandom((unsigned)getpid());
    for (int i = 0; i < KILLS; i++) {
        heirs_start(&heirs, UINT64_MAX);
        const struct timespec wait = {.tv_nsec = random() % 3000000};
        (void)nanosleep(&wait, NULL);
        heirs_kill(&heirs);
    }
    const uint64_t before = heirs_tally(&heirs).datagrams;
    cr_expect(lt(u64, before, DATAGRAMS), "there was something to receive until the last kill");
    heirs_start(&heirs, DATAGRAMS);
    cr_expect(heirs_wait(&heirs));
    cr_assert(eq(int, waitpid(child, &status, 0), child));
    cr_assert(eq(int, status, 0));
    const struct heirs_tally tally = heirs_tally(&heirs);
    cr_expect(eq(u64, tally.datagrams, DATAGRAMS));
    cr_expect(eq(u64, tally.sum, (uint64_t)DATAGRAMS * (DATAGRAMS + 1) / 2));
    cr_expect(eq(u64, tally.unreadable, 0));
    cr_expect(eq(u64, tally.traffic.datagrams, DATAGRAMS));
    cr_expect(eq(u64, tally.traffic.bytes, bytes_sent()));
}

/* ---- a datagram that ends who applies it ---- */

/* Start processes until one lives. Returns how many ended. */
static int start_until_one_lives(uint64_t most) {
    int ended = 0;
    for (heirs_start(&heirs, most); !heirs_wait(&heirs); heirs_start(&heirs, most))
        ended++;
    return ended;
}

Test(killed, by_one_datagram_twice_and_no_third_time) {
    put("1;");
    put("2;");
    put("die");
    put("4;");
    cr_expect(eq(int, start_until_one_lives(4), 2));
    const struct heirs_tally tally = heirs_tally(&heirs);
    cr_expect(eq(u64, tally.datagrams, 3));
    cr_expect(eq(u64, tally.sum, 7));
    cr_expect(eq(u64, tally.skipped, 1));
    cr_expect(eq(u64, tally.traffic.datagrams, 4));
}

Test(killed, by_each_of_several_datagrams) {
    put("die");
    put("2;");
    put("die later");
    put("4;");
    /* The first one's second death makes the other's first, ... */
    cr_expect(eq(int, start_until_one_lives(4), 4));
    const struct heirs_tally tally = heirs_tally(&heirs);
    cr_expect(eq(u64, tally.datagrams, 2));
    cr_expect(eq(u64, tally.sum, 6));
}

/* A kill is nobody's fault while nothing of the rest is under way. */
Test(killed, between_two_datagrams_blames_none) {
    put("1;");
    put("die");
    put("3;");
    heirs_start(&heirs, UINT64_MAX);
    cr_expect(not(heirs_wait(&heirs)));
    /* As if the next one were killed when it was ready, but did not apply anything. */
    volatile struct object_marks *marks = object_marks(heirs.held.object);
    cr_expect(eq(u32, marks->ends, 0), "one that took nothing over marks nothing");
    heirs_start(&heirs, UINT64_MAX);
    cr_expect(not(heirs_wait(&heirs)));
    cr_expect(eq(u32, object_marks(heirs.held.object)->suspect, 1));
    cr_expect(eq(u32, object_marks(heirs.held.object)->ends, 2));
}

/* Two kills from outside may hit the same datagram, at different lines. */
Test(killed, at_another_line_of_the_same_datagram_blames_it_anew) {
    put("1;");
    put("die");
    put("3;");
    heirs_start(&heirs, UINT64_MAX);
    cr_expect(not(heirs_wait(&heirs)));
    heirs_start(&heirs, UINT64_MAX);
    cr_expect(not(heirs_wait(&heirs)));
    cr_expect(eq(u32, object_marks(heirs.held.object)->ends, 2));
    /* As if a line had been applied before the second end. */
    struct undo *undo = object_undo(heirs.held.object);
    struct undo_position further = *undo_position(undo);
    cr_assert(eq(u32, further.datagram, 1));
    further.offset++;
    undo_commit_at(undo, &further);
    heirs_start(&heirs, UINT64_MAX);
    cr_expect(not(heirs_wait(&heirs)), "it was applied once more");
    cr_expect(eq(u32, object_marks(heirs.held.object)->ends, 2));
    /* That end was at the first line again, where the heir begins. */
    cr_expect(eq(int, start_until_one_lives(3), 1), "and no more when it stays where it is");
    cr_expect(eq(u64, heirs_tally(&heirs).skipped, 1));
}
