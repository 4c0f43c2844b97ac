/* SPDX-License-Identifier: MIT */
#include <semaphore.h>
#include <signal.h>

#include "assertions.h"
#include "host/program.h"

/* What a thread saw. */
struct seen {
    sigset_t blocked;
    sem_t done;
};

static void *look(void *arg) {
    struct seen *seen = arg;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &seen->blocked);
    (void)sem_post(&seen->done);
    return arg;
}

static bool blocks(const sigset_t *set, int number) {
    return sigismember(set, number) == 1;
}

static void expect_all_blocked(const sigset_t *set) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGPIPE, SIGCHLD, SIGALRM};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        cr_expect(blocks(set, numbers[i]), "signal %d", numbers[i]);
}

static void expect_mask_of_before(const sigset_t *before) {
    sigset_t after;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number < SIGRTMIN; number++)
        cr_expect(eq(int, blocks(&after, number), blocks(before, number)), "signal %d", number);
}

Test(thread, takes_no_signal) {
    struct seen seen;
    sigset_t before;
    pthread_t thread;
    void *returned = NULL;
    (void)sem_init(&seen.done, 0, 0);
    (void)pthread_sigmask(SIG_SETMASK, NULL, &before);
    cr_assert(eq(int, host_thread_start(&thread, look, &seen), 0));
    expect_mask_of_before(&before);
    cr_assert(eq(int, pthread_join(thread, &returned), 0));
    cr_expect(eq(ptr, returned, &seen));
    expect_all_blocked(&seen.blocked);
    (void)sem_destroy(&seen.done);
}

Test(thread, one_that_nobody_joins_has_no_signals_either) {
    static struct seen seen; /* it may not have returned when the test ends */
    (void)sem_init(&seen.done, 0, 0);
    cr_assert(eq(int, host_thread_start_detached(look, &seen), 0));
    while (sem_wait(&seen.done) != 0)
        continue;
    expect_all_blocked(&seen.blocked);
}
