/* SPDX-License-Identifier: MIT */
/* Counters that threads share, and the thread that sends them. */
#include "assertions.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#ifdef __USE_XOPEN2K
/* Set to refuse the flusher's thread. */
static bool no_threads;

static int start_thread(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *),
                        void *arg) {
    return no_threads ? EAGAIN : pthread_create(thread, attr, run, arg);
}

/* Called once when a lock is released; stands for another thread that takes the lock at once. */
static void (*without_lock)(void);

static int unlock(pthread_mutex_t *lock) {
    void (*next)(void) = without_lock;
    const int error = pthread_mutex_unlock(lock);
    without_lock = NULL;
    if (next != NULL)
        next();
    return error;
}

#define pthread_create(thread, attr, run, arg) start_thread(thread, attr, run, arg)
#define pthread_mutex_unlock(lock)             unlock(lock)
#endif
#include "child.h"
#include "pair.h"

#include <sys/wait.h>

enum { THREADS = 12, ADDS = 100000 }; /* more than there are stripes */

static struct statgate_shared_counter hits;

static void close_pair(void) {
    statgate_shared_counter_close(&hits);
    pair_close();
}

TestSuite(client_shared, .init = pair_open, .fini = close_pair);

static void *add_many(void *arg) {
    for (int i = 0; i < ADDS; i++)
        (void)statgate_shared_counter_add(&hits, i % 2 == 0 ? 1 : 0.5);
    return arg;
}

static void start_threads(pthread_t *threads) {
    for (int i = 0; i < THREADS; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, add_many, NULL), 0));
}

static void join_threads(const pthread_t *threads) {
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
}

static double take_sum(void) {
    double sum = 0;
    for (const char *text; (text = receiver_take_plain(receiver)) != NULL;) {
        cr_assert(strncmp(text, "hits_total:", 11) == 0, "%s", text);
        sum += strtod(text + 11, NULL);
    }
    return sum;
}

Test(client_shared, has_the_sum_of_all_threads) {
    pthread_t threads[THREADS];
    double sum = 0;
    cr_assert(statgate_shared_counter_open(&hits, &sg, "hits_total", "a:b"));
    start_threads(threads);
    for (int i = 0; i < 1000; i++) { /* while they add */
        (void)statgate_flush(&sg);
        sum += take_sum();
    }
    join_threads(threads);
    cr_expect(statgate_flush(&sg));
    sum += take_sum();
    cr_expect(eq(dbl, sum, THREADS * ADDS * 0.75));
    cr_expect(eq(u64, statgate_lost(&sg), 0));
}

Test(client_shared, numbers_that_are_none_are_not_added) {
    cr_assert(statgate_shared_counter_open(&hits, &sg, "hits_total", NULL));
    cr_expect(not(statgate_shared_counter_add(&hits, -1)));
    cr_expect(not(statgate_shared_counter_add(&hits, 0.0 / 0.0)));
    cr_expect(not(statgate_shared_counter_add(&hits, 1e308 * 10)));
    cr_expect(statgate_shared_counter_add(&hits, 1e308));
    cr_expect(not(statgate_shared_counter_add(&hits, 1e308)), "the sum is kept");
    cr_expect(statgate_flush(&sg));
    cr_expect(eq(dbl, take_sum(), 1e308));
    cr_expect(statgate_shared_counter_add(&hits, 1e15));
    cr_expect(statgate_shared_counter_add(&hits, 2));
    cr_expect(statgate_flush(&sg));
    cr_expect(eq(dbl, take_sum(), 1e15 + 2));
}

Test(client_shared, one_that_is_refused_or_closed_takes_nothing) {
    const struct statgate_label bad = {"a,b", "c"};
    cr_expect(not(statgate_shared_counter_open_with(&hits, &sg, "hits_total", &bad, 1)));
    cr_expect(not(statgate_shared_counter_add(&hits, 1)));
    statgate_shared_counter_close(&hits);
    cr_expect(statgate_shared_counter_open(&hits, &sg, "hits_total", NULL));
    cr_expect(statgate_shared_counter_add(&hits, 3));
    statgate_shared_counter_close(&hits);
    cr_expect(not(statgate_shared_counter_add(&hits, 1)));
    cr_expect(statgate_flush(&sg));
    cr_expect(eq(dbl, take_sum(), 3));
    cr_expect(statgate_shared_counter_open(&hits, &sg, "hits_total", NULL));
    cr_expect(statgate_shared_counter_add(&hits, 4));
    statgate_close(&sg);
    cr_expect(eq(dbl, take_sum(), 4));
    cr_expect(not(statgate_shared_counter_add(&hits, 1)));
}

static void *add_to_none(void *arg) {
    for (int i = 0; i < ADDS; i++)
        (void)statgate_shared_counter_add(&hits, 1);
    return arg;
}

Test(client_shared, what_it_does_not_take_is_lost) {
    pthread_t threads[THREADS];
    cr_expect(not(statgate_shared_counter_open(&hits, &sg, "hits:total", NULL)));
    for (int i = 0; i < THREADS; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, add_to_none, NULL), 0));
    join_threads(threads);
    cr_expect(statgate_flush(&sg));
    cr_expect(eq(u64, statgate_lost(&sg), (uint64_t)THREADS * ADDS));
    (void)statgate_shared_counter_add(&hits, 1);
    statgate_shared_counter_close(&hits);
    cr_expect(eq(u64, statgate_lost(&sg), (uint64_t)THREADS * ADDS + 1), "its close looks, too");
    cr_expect(not(statgate_shared_counter_add(&hits, 1)), "of no handle any more");

    cr_assert(statgate_shared_counter_open(&hits, &sg, "hits_total", NULL));
    (void)statgate_shared_counter_add(&hits, -1);
    (void)statgate_shared_counter_add(&hits, 0.0 / 0.0);
    (void)statgate_shared_counter_add(&hits, 2);
    statgate_close(&sg);
    cr_expect(eq(u64, statgate_lost(&sg), (uint64_t)THREADS * ADDS + 3));
    cr_expect(not(statgate_shared_counter_add(&hits, 1)));
}

static int lose_in_child(void *arg) {
    (void)arg;
    for (int i = 0; i < 3; i++)
        (void)statgate_shared_counter_add(&hits, 1);
    (void)statgate_flush(&sg);
    return (int)statgate_lost(&sg);
}

Test(client_shared, a_child_loses_its_own) {
    cr_expect(not(statgate_shared_counter_open(&hits, &sg, "hits:total", NULL)));
    (void)statgate_shared_counter_add(&hits, 1);
    cr_expect(eq(int, in_child(lose_in_child, NULL), 3));
    (void)statgate_flush(&sg);
    cr_expect(eq(u64, statgate_lost(&sg), 1));
}

static atomic_int adding;
static atomic_bool forked;

/* Adds in a thread that neither starts nor ends while its process forks. Otherwise it could hold a
 * lock, of the thread library or of a sanitizer, that nobody releases in the child. */
static void *add_beside_fork(void *arg) {
    (void)statgate_shared_counter_add(&hits, 1);
    (void)atomic_fetch_add(&adding, 1);
    for (int i = 1; i < ADDS; i++)
        (void)statgate_shared_counter_add(&hits, i % 2 == 0 ? 1 : 0.5);
    while (!atomic_load(&forked))
        (void)sched_yield();
    return arg;
}

static pid_t fork_amid_adds(pthread_t *threads) {
    atomic_store(&adding, 0);
    atomic_store(&forked, false);
    for (int i = 0; i < THREADS; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, add_beside_fork, NULL), 0));
    while (atomic_load(&adding) < THREADS)
        (void)sched_yield();
    const pid_t pid = fork();
    if (pid != 0)
        atomic_store(&forked, true);
    return pid;
}

/* The first uses in the child race with each other, and must not add to the parent's sum. */
static int race_in_child(void) {
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, add_many, NULL) != 0)
            return 1;
    join_threads(threads);
    return statgate_flush(&sg) ? 0 : 1;
}

Test(client_shared, a_child_s_threads_start_with_nothing) {
    pthread_t threads[THREADS];
    cr_assert(statgate_shared_counter_open(&hits, &sg, "hits_total", NULL));
    for (int round = 0; round < 10; round++) {
        const pid_t pid = fork_amid_adds(threads);
        if (pid == 0)
            _exit(race_in_child());
        int status = -1;
        cr_assert(eq(int, waitpid(pid, &status, 0), pid));
        cr_assert(eq(int, status, 0));
        join_threads(threads);
        cr_assert(eq(dbl, take_sum(), THREADS * ADDS * 0.75), "the child's own");
        cr_expect(statgate_flush(&sg));
        cr_assert(eq(dbl, take_sum(), THREADS * ADDS * 0.75), "the parent's own");
    }
}

static int fork_in_child(void *arg) {
    (void)arg;
    (void)statgate_shared_counter_add(&hits, 20);
    const pid_t pid = fork();
    if (pid == 0) {
        (void)statgate_shared_counter_add(&hits, 300);
        _exit(statgate_flush(&sg) ? 0 : 1);
    }
    int status = -1;
    return waitpid(pid, &status, 0) == pid && status == 0 && statgate_flush(&sg) ? 0 : 1;
}

Test(client_shared, a_child_of_a_child_starts_with_nothing) {
    cr_assert(statgate_shared_counter_open(&hits, &sg, "hits_total", NULL));
    (void)statgate_shared_counter_add(&hits, 1);
    cr_assert(eq(int, in_child(fork_in_child, NULL), 0));
    cr_expect(statgate_flush(&sg));
    cr_expect(eq(dbl, take_sum(), 321));
}

static int close_in_child(void *arg) {
    (void)arg;
    (void)statgate_shared_counter_add(&hits, 20);
    statgate_shared_counter_close(&hits);
    return statgate_flush(&sg) && statgate_lost(&sg) == 0 ? 0 : 1;
}

Test(client_shared, a_child_that_closes_a_counter_keeps_what_it_added) {
    cr_assert(statgate_shared_counter_open(&hits, &sg, "hits_total", NULL));
    (void)statgate_shared_counter_add(&hits, 1);
    cr_assert(eq(int, in_child(close_in_child, NULL), 0));
    cr_expect(eq(dbl, take_sum(), 20));
}

/* Without a page that fork wipes, each add compares the pid. */
Test(client_shared, children_start_with_nothing_without_the_mark) {
    munmap((void *)(uintptr_t)sg.mark, (size_t)sysconf(_SC_PAGESIZE));
    sg.mark = NULL;
    statgate_watch_fork_(&sg);
    cr_assert(statgate_shared_counter_open(&hits, &sg, "hits_total", NULL));
    (void)statgate_shared_counter_add(&hits, 1);
    cr_assert(eq(int, in_child(fork_in_child, NULL), 0));
    cr_expect(eq(dbl, take_sum(), 320));
    const pid_t pid = fork();
    if (pid == 0)
        _exit(race_in_child());
    int status = -1;
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    cr_expect(eq(int, status, 0));
    cr_expect(eq(dbl, take_sum(), THREADS * ADDS * 0.75));
    cr_expect(statgate_flush(&sg));
    cr_expect(eq(dbl, take_sum(), 1));
}

Test(client_shared, one_that_is_opened_twice_loses_nothing) {
    cr_assert(statgate_shared_counter_open(&hits, &sg, "hits_total", NULL));
    (void)statgate_shared_counter_add(&hits, 100);
    cr_assert(statgate_shared_counter_open(&hits, &sg, "hits_total", NULL));
    (void)statgate_shared_counter_add(&hits, 5);
    cr_expect(statgate_flush(&sg));
    cr_expect(eq(dbl, take_sum(), 105));
    (void)statgate_shared_counter_add(&hits, 1);
    cr_expect(statgate_flush(&sg));
    cr_expect(eq(dbl, take_sum(), 1));
    cr_expect(eq(u64, statgate_lost(&sg), 0));
}

/* -std=c11 hides what a flusher needs. */
#if STATGATE_HAS_FLUSHER
/* ---- the flusher ---- */

static struct statgate_flusher flusher;

static double wait_for_sum(double most) {
    double sum = 0;
    const struct timeval ten = {.tv_sec = 10};
    char text[2048];
    (void)setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, &ten, sizeof ten);
    while (sum < most) {
        const ssize_t len = recv(receiver, text, sizeof text - 1, 0);
        cr_assert(len > 0, "%g of %g came", sum, most);
        text[len] = '\0';
        sum += strtod(text + strlen("hits_total:"), NULL);
    }
    return sum;
}

Test(client_shared, a_flusher_sends_what_threads_add) {
    pthread_t threads[THREADS];
    cr_assert(statgate_flusher_start(&flusher, fixture_path("s")));
    cr_expect(statgate_flusher_start(&flusher, NULL), "it runs already");
    cr_assert(statgate_shared_counter_open(&hits, &flusher.sg, "hits_total", NULL));
    start_threads(threads);
    cr_expect(eq(dbl, wait_for_sum(THREADS * ADDS * 0.75), THREADS * ADDS * 0.75));
    join_threads(threads);
    (void)statgate_shared_counter_add(&hits, 5);
    statgate_flusher_stop(&flusher);
    cr_expect(eq(dbl, take_sum(), 5), "what was left");
    cr_expect(not(statgate_shared_counter_add(&hits, 1)));
    statgate_flusher_stop(&flusher);
}

static struct statgate_shared_counter other;

static void open_other(void) {
    const struct statgate_label pair = {"tenant", "other"};
    cr_expect(statgate_shared_counter_open_with(&other, &flusher.sg, "hits_total", &pair, 1));
}

Test(client_shared, pairs_of_one_counter_are_not_another_s) {
    const struct statgate_label pair = {"tenant", "first"};
    no_threads = true; /* the thread would release the lock, too */
    (void)statgate_flusher_start(&flusher, fixture_path("s"));
    without_lock = open_other;
    cr_expect(statgate_shared_counter_open_with(&hits, &flusher.sg, "hits_total", &pair, 1));
    (void)statgate_shared_counter_add(&hits, 1);
    (void)statgate_shared_counter_add(&other, 2);
    statgate_flusher_stop(&flusher);
    const char *text = receiver_take_plain(receiver);
    cr_expect(eq(str, (char *)text, "hits_total:2|c|#tenant:other\nhits_total:1|c|#tenant:first"));
}

Test(client_shared, a_flusher_without_a_thread_keeps_its_lock_until_it_starts) {
    no_threads = true;
    cr_expect(not(statgate_flusher_start(&flusher, fixture_path("s"))));
    cr_assert(statgate_shared_counter_open(&hits, &flusher.sg, "hits_total", NULL));
    (void)statgate_shared_counter_add(&hits, 4);
    (void)pthread_mutex_lock(&flusher.lock); /* as a thread that opens a counter */
    cr_expect(not(statgate_flusher_start(&flusher, NULL)));
    cr_expect(eq(int, pthread_mutex_trylock(&flusher.lock), EBUSY));
    (void)pthread_mutex_unlock(&flusher.lock);
    no_threads = false;
    cr_expect(statgate_flusher_start(&flusher, NULL));
    statgate_flusher_stop(&flusher);
    cr_expect(eq(dbl, take_sum(), 4));
}

/* Starts the flusher, and waits until its thread has sent. A thread that is starting may hold a
 * lock, of the library or of a sanitizer, that nobody releases in a child. */
static void start_flusher(void) {
    static struct statgate_shared_counter first;
    cr_assert(statgate_flusher_start(&flusher, fixture_path("s")));
    cr_assert(statgate_shared_counter_open(&first, &flusher.sg, "hits_total", NULL));
    (void)statgate_shared_counter_add(&first, 1);
    cr_assert(eq(dbl, wait_for_sum(1), 1));
    statgate_shared_counter_close(&first);
}

static int flush_in_child(void *arg) {
    (void)arg;
    (void)statgate_shared_counter_add(&hits, 7);
    if (!statgate_flusher_start(&flusher, NULL))
        return 1;
    (void)statgate_shared_counter_add(&hits, 8);
    statgate_flusher_stop(&flusher);
    return 0;
}

Test(client_shared, a_child_may_start_its_own_flusher) {
    start_flusher();
    cr_assert(statgate_shared_counter_open(&hits, &flusher.sg, "hits_total", NULL));
    cr_assert(eq(int, in_child(flush_in_child, NULL), 0));
    cr_expect(eq(dbl, wait_for_sum(15), 15));
    statgate_flusher_stop(&flusher);
}

/* A child may begin while the flusher works, with a lock that nobody releases in the child. */
static int open_in_child(void) {
    static struct statgate_shared_counter own;
    (void)alarm(60);
    if (!statgate_shared_counter_open(&own, &flusher.sg, "hits_total", NULL))
        return 1;
    (void)statgate_shared_counter_add(&own, 9);
    if (!statgate_flusher_start(&flusher, NULL) || flusher.sg.lock == NULL)
        return 1;
    statgate_flusher_stop(&flusher);
    return 0;
}

Test(client_shared, a_child_s_counters_do_not_wait_for_the_parent_s_flusher) {
    start_flusher();
    (void)pthread_mutex_lock(&flusher.lock);
    const pid_t pid = fork();
    if (pid == 0)
        _exit(open_in_child());
    (void)pthread_mutex_unlock(&flusher.lock);
    int status = -1;
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    cr_assert(eq(int, status, 0));
    cr_expect(eq(dbl, wait_for_sum(9), 9));
    statgate_flusher_stop(&flusher);
}

static void *add_until_closed(void *arg) {
    while (statgate_shared_counter_add(&hits, 1))
        continue;
    return arg;
}

Test(client_shared, threads_may_add_while_a_flusher_stops_and_starts_again) {
    pthread_t threads[THREADS];
    for (int round = 0; round < 20; round++) {
        cr_assert(statgate_flusher_start(&flusher, fixture_path("s")));
        cr_assert(statgate_shared_counter_open(&hits, &flusher.sg, "hits_total", NULL));
        for (int i = 0; i < THREADS; i++)
            cr_assert(eq(int, pthread_create(&threads[i], NULL, add_until_closed, NULL), 0));
        const volatile uint32_t *here = hits.here; /* as a thread that is about to add */
        statgate_flusher_stop(&flusher);
        cr_expect(ne(u32, *here, 0));
        join_threads(threads);
    }
}

/* Calls `use` in a child in which the program closed the descriptor: errno must not change. */
static int use_without_descriptor(bool (*use)(void)) {
    const pid_t pid = fork();
    if (pid == 0) {
        close(flusher.sg.fd);
        errno = ERANGE;
        (void)use();
        _exit(errno == ERANGE ? 0 : 1);
    }
    int status = -1;
    return waitpid(pid, &status, 0) == pid ? status : -1;
}

static bool open_refused(void) {
    return statgate_shared_counter_open(&hits, &flusher.sg, "", NULL);
}

static struct statgate_counter refused;
static struct statgate_attempts words;

static bool add_to_refused(void) {
    return statgate_counter_add(&refused, 1);
}

static bool report_word(void) {
    return statgate_attempts_report(&words, "worked");
}

Test(client_shared, a_child_s_first_use_leaves_errno_as_it_is) {
    cr_assert(statgate_flusher_start(&flusher, fixture_path("s")));
    cr_expect(not(statgate_counter_open(&refused, &flusher.sg, "", NULL)));
    cr_assert(statgate_attempts_open(&words, &flusher.sg, "words", NULL));
    cr_expect(eq(int, use_without_descriptor(open_refused), 0));
    cr_expect(eq(int, use_without_descriptor(add_to_refused), 0));
    cr_expect(eq(int, use_without_descriptor(report_word), 0));
    statgate_flusher_stop(&flusher);
}
#endif
