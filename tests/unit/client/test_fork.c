/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "child.h"
#include "pair.h"

#include <fcntl.h>
#include <sys/wait.h>

TestSuite(client_fork, .init = pair_open, .fini = pair_close);

/* The child needs its own socket; otherwise it would share the send buffer with the parent. */
static ino_t parents_socket;

static void run_child(int (*child)(void *arg)) {
    parents_socket = sg.fd_ino;
    cr_assert(eq(int, in_child(child, NULL), 0));
}

static int child_sends(void *arg) {
    (void)arg;
    statgate_observe(&sg, "n", 1, NULL);
    statgate_observe(&sg, "n", 2, NULL);
    return sg.delivered == 2 && sg.fd_ino != parents_socket ? 0 : 1;
}

static void check_own_numbering(void) {
    struct tallies tallies = {.count = 0};
    statgate_observe(&sg, "n", 1, NULL);
    run_child(child_sends);
    statgate_observe(&sg, "n", 2, NULL);
    tallies_take(&tallies, receiver, SIZE_MAX);
    cr_expect(eq(sz, tallies.count, 2), "parent and child have a handle each");
    cr_expect(eq(u64, tallies.of[0].received, 2));
    cr_expect(eq(u64, tallies.of[1].received, 2));
}

Test(client_fork, gives_the_child_a_numbering_of_its_own) {
    cr_assert(sg.mark != NULL, "this kernel should have MADV_WIPEONFORK");
    check_own_numbering();
}

/* If the kernel offers no page that is wiped by fork, getpid() must be enough. */
Test(client_fork, is_noticed_without_the_mark_too) {
    munmap((void *)(uintptr_t)sg.mark, (size_t)sysconf(_SC_PAGESIZE));
    sg.mark = NULL;
    statgate_watch_fork_(&sg);
    check_own_numbering();
}

static struct statgate_histogram seconds;
static struct statgate_counter hits;

static int child_counts(void *arg) {
    (void)arg;
    for (unsigned i = 0; i < 100; i++)
        statgate_counter_add(&hits, 1);
    return statgate_flush(&sg) && statgate_lost(&sg) == 0 ? 0 : 1;
}

static double take_hits(void) {
    double sum = 0;
    for (const char *text; (text = receiver_take_plain(receiver)) != NULL;)
        sum += strtod(text + sizeof "hits_total:" - 1, NULL);
    return sum;
}

/* Each child adds as much as the parent, amid the parent's adds. */
static void check_children_count(void) {
    cr_assert(statgate_counter_open(&hits, &sg, "hits_total", NULL));
    for (unsigned i = 0; i < 10; i++) {
        for (unsigned j = 0; j < 100; j++)
            statgate_counter_add(&hits, 1);
        run_child(child_counts);
    }
    cr_expect(statgate_flush(&sg));
    cr_expect(eq(dbl, take_hits(), 2000));
    cr_expect(eq(u64, statgate_lost(&sg), 0));
    statgate_counter_close(&hits);
}

Test(client_fork, children_count_all_of_their_own) {
    check_children_count();
}

Test(client_fork, children_count_all_of_their_own_without_the_mark) {
    munmap((void *)(uintptr_t)sg.mark, (size_t)sysconf(_SC_PAGESIZE));
    sg.mark = NULL;
    statgate_watch_fork_(&sg);
    check_children_count();
}

/* Adds more than the parent has left room for. */
static int child_fills(void *arg) {
    (void)arg;
    statgate_histogram_observe(&seconds, 7);
    statgate_counter_add(&hits, 9007199254740991.0);
    return statgate_flush(&sg) && statgate_lost(&sg) == 0 ? 0 : 1;
}

Test(client_fork, sends_nothing_of_full_metrics_without_the_mark) {
    munmap((void *)(uintptr_t)sg.mark, (size_t)sysconf(_SC_PAGESIZE));
    sg.mark = NULL;
    statgate_watch_fork_(&sg);
    cr_assert(statgate_histogram_open(&seconds, &sg, "seconds", NULL));
    cr_assert(statgate_counter_open(&hits, &sg, "hits_total", NULL));
    fake.beat_now_ms++;
    for (unsigned i = 0; i < STATGATE_VALUES_; i++)
        statgate_histogram_observe(&seconds, 1);
    statgate_counter_add(&hits, 1);
    cr_assert(receiver_take(receiver) == NULL);
    run_child(child_fills);
    for (const char *text; (text = receiver_take(receiver)) != NULL;)
        cr_expect(strstr(text, "seconds:1") == NULL, "%s", text);
    cr_expect(statgate_flush(&sg));
    const char *text = receiver_take(receiver);
    cr_expect(text != NULL && strstr(text, "seconds:1:1") != NULL);
    statgate_histogram_close(&seconds);
    statgate_counter_close(&hits);
}

static int child_flushes(void *arg) {
    (void)arg;
    if (!statgate_flush(&sg) || statgate_lost(&sg) != 0) {
        return 1;
    }
    statgate_close(&sg);
    return statgate_lost(&sg) == 0 ? 0 : 2;
}

/* Waiting samples belong to the parent: the child neither sends them nor counts them as lost. */
Test(client_fork, duplicates_nothing) {
    struct tallies tallies = {.count = 0};
    double next = fill_queue(&sg, 1);
    statgate_observe(&sg, "n", next++, NULL);
    tallies_take(&tallies, receiver, SIZE_MAX);
    run_child(child_flushes);
    cr_expect(receiver_take(receiver) == NULL);
    tallies_settle(&tallies, receiver, &sg);
    cr_expect(eq(sz, tallies.count, 1));
    cr_expect(eq(u64, tallies.of[0].received, (uint64_t)next - 1));
    cr_expect(eq(u64, statgate_lost(&sg), 0));
}

static int grandchild_sends(void *arg) {
    (void)arg;
    statgate_observe(&sg, "n", 1, NULL);
    pid_t pid = fork();
    if (pid == 0) {
        _exit(child_sends(NULL));
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return status == 0 ? 0 : 1;
}

Test(client_fork, is_noticed_in_the_grandchild) {
    struct tallies tallies = {.count = 0};
    statgate_observe(&sg, "n", 1, NULL);
    run_child(grandchild_sends);
    tallies_take(&tallies, receiver, SIZE_MAX);
    cr_expect(eq(sz, tallies.count, 3));
}

/* A daemon closes all descriptors and opens sockets of its own under the same numbers. */
static int child_reuses_descriptor(void *arg) {
    (void)arg;
    int number = sg.fd;
    close(number);
    int own = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (own != number && dup2(own, number) != number) {
        return 1;
    }
    statgate_observe(&sg, "n", 1, NULL);
    statgate_close(&sg);
    return fcntl(number, F_GETFD) >= 0 ? 0 : 2;
}

Test(client_fork, does_not_close_what_took_the_number_of_its_socket) {
    run_child(child_reuses_descriptor);
    cr_expect(receiver_take(receiver) != NULL);
}

static int child_closes(void *arg) {
    (void)arg;
    statgate_close(&sg);
    return 0;
}

Test(client_fork, leaves_the_parent_connected_when_the_child_closes) {
    run_child(child_closes);
    statgate_observe(&sg, "n", 1, NULL);
    cr_expect(receiver_take(receiver) != NULL);
    cr_expect(eq(u64, fake.sends, 1));
}
