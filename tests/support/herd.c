/* SPDX-License-Identifier: MIT */
/*
 * Many processes with many threads that all ask a breaker, and a server that hangs. Who is allowed
 * an attempt connects, waits some milliseconds for an answer that never comes, and reports an error
 * or gives the attempt up. The server counts how many are connected at once. Processes are killed
 * and forked anew all the time.
 *
 * Prints: ASKED ALLOWED MOST-AT-ONCE KILLED.
 *
 * usage: statgate-herd SOCKET NAME LABELS SERVER PROCESSES THREADS SECONDS
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "statgate.h"

enum { PROCESSES_MAX = 200, THREADS_MAX = 50, HELD_MAX = 4096, KILL_MS = 25 };

static char **arguments;
static struct sockaddr_un server;
static struct counts {
    unsigned long asked;
    unsigned long allowed;
} * counts; /* of all processes */

static void nap(unsigned us) {
    const struct timespec time = {.tv_sec = 0, .tv_nsec = (long)us * 1000};
    (void)nanosleep(&time, NULL);
}

/* ---- an asker ---- */

static void try_it(struct statgate_breaker *breaker, unsigned *dice) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (const struct sockaddr *)&server, sizeof server) != 0)
        perror("connect");
    nap(1000 + (unsigned)rand_r(dice) % 9000);
    (void)close(fd);
    if (rand_r(dice) % 4 == 0)
        statgate_breaker_drop(breaker);
    else
        (void)statgate_breaker_report(breaker, "error", 0.005);
}

static void *ask(void *arg) {
    static const unsigned ask_us = 50000;
    struct statgate *sg = calloc(1, sizeof *sg);
    struct statgate_breaker breaker;
    unsigned dice = (unsigned)(uintptr_t)arg ^ (unsigned)getpid();
    if (sg == NULL)
        return NULL;
    (void)statgate_open(sg, arguments[1]);
    (void)statgate_breaker_open(&breaker, sg, arguments[2], arguments[3]);
    for (;;) {
        const bool yes = statgate_breaker_allow(&breaker);
        (void)__atomic_fetch_add(&counts->asked, 1, __ATOMIC_RELAXED);
        (void)__atomic_fetch_add(&counts->allowed, yes, __ATOMIC_RELAXED);
        if (yes)
            try_it(&breaker, &dice);
        nap((unsigned)rand_r(&dice) % ask_us);
    }
    return NULL;
}

static pid_t start_process(unsigned long threads) {
    const pid_t child = fork();
    if (child != 0)
        return child;
    for (unsigned long i = 0; i < threads; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, ask, (void *)(uintptr_t)(i + 1)) != 0)
            _exit(1);
    }
    for (;;)
        (void)pause();
}

/* ---- the server ---- */

static unsigned long most;

static void *serve(void *arg) {
    static struct pollfd held[HELD_MAX];
    nfds_t count = 1;
    held[0] = (struct pollfd){.fd = *(int *)arg, .events = POLLIN};
    for (;;) {
        (void)poll(held, count, -1);
        const int fd = (held[0].revents & POLLIN) != 0 ? accept(held[0].fd, NULL, NULL) : -1;
        /* Whoever ended before this one connected is seen to be gone. */
        (void)poll(held, count, 0);
        for (nfds_t i = count; i-- > 1;)
            if (held[i].revents != 0) {
                (void)close(held[i].fd);
                held[i] = held[--count];
            }
        if (fd >= 0 && count < HELD_MAX)
            held[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
        if (count - 1 > most)
            most = count - 1;
    }
    return NULL;
}

int main(int argc, char **argv) {
    static pid_t children[PROCESSES_MAX];
    static int listener;
    pthread_t thread;
    unsigned dice = 1;
    unsigned long killed = 0;
    if (argc != 8) {
        (void)fprintf(stderr,
                      "usage: statgate-herd SOCKET NAME LABELS SERVER PROCESSES THREADS SECONDS\n");
        return 2;
    }
    arguments = argv;
    const unsigned long asked = strtoul(argv[5], NULL, 10);
    const unsigned long processes = asked == 0 || asked > PROCESSES_MAX ? PROCESSES_MAX : asked;
    const unsigned long threads = strtoul(argv[6], NULL, 10) % (THREADS_MAX + 1);
    const time_t end = time(NULL) + (time_t)strtoul(argv[7], NULL, 10);
    counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    server.sun_family = AF_UNIX;
    (void)snprintf(server.sun_path, sizeof server.sun_path, "%s", argv[4]);
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (counts == MAP_FAILED ||
        bind(listener, (const struct sockaddr *)&server, sizeof server) != 0 ||
        listen(listener, HELD_MAX) != 0) {
        perror(argv[4]);
        return 1;
    }
    for (unsigned long i = 0; i < processes; i++)
        children[i] = start_process(threads);
    if (pthread_create(&thread, NULL, serve, &listener) != 0)
        return 1;
    while (time(NULL) < end) {
        nap(KILL_MS * 1000);
        const unsigned long one = (unsigned long)rand_r(&dice) % processes;
        (void)kill(children[one], SIGKILL);
        (void)waitpid(children[one], NULL, 0);
        children[one] = start_process(threads);
        killed++;
    }
    for (unsigned long i = 0; i < processes; i++) {
        (void)kill(children[i], SIGKILL);
        (void)waitpid(children[i], NULL, 0);
    }
    (void)printf("%lu %lu %lu %lu\n", counts->asked, counts->allowed, most, killed);
    return 0;
}
