/* SPDX-License-Identifier: MIT */
/*
 * stress - clients that do everything at the same time: eight threads with a handle each, counters
 * that they share, a flusher that starts and stops, one client of the library for all, and forks in
 * the middle of their calls, while the daemon ends, starts, and is replaced. It is built with
 * sanitizers. It checks that each sample which no call refused has arrived exactly once.
 *
 * usage: client_stress [MILLISECONDS [SEED]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "books.h"
#include "children.h"
#include "daemon.h"
#include "threads.h"

enum { USUAL_MS = 3000, CHILD_MS = 30 };

/* Lets the child of a program with threads start threads of its own. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) {
    return "die_after_fork=0";
}

static char folder[] = "/tmp/statgate-stress-XXXXXX";

static const char *in_folder(const char *name) {
    static char path[64];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static uint64_t now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void sweep(void) {
    static const char *const names[] = {"s.sock", "s.sock.new", "s.breakers", "s.breakers.new"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)unlink(in_folder(names[i]));
    (void)rmdir(folder);
}

int main(int argc, char **argv) {
    const unsigned most_ms = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : USUAL_MS;
    const unsigned seed = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : (unsigned)getpid();
    if (!books_open() || mkdtemp(folder) == NULL)
        return 1;
    const pid_t pid = daemon_start(in_folder("s.sock"), seed);
    bool good = pid > 0 && threads_open(in_folder("s.sock"));
    /* Before any thread starts, so that the racing first uses are the first calls in the child. */
    good = good && children_bury(children_fork());
    threads_start();
    for (const uint64_t end = now_ms() + most_ms; good && now_ms() < end;) {
        good = threads_turn(CHILD_MS / 2);
        const pid_t child = children_fork();
        good = threads_turn(CHILD_MS / 2) && good;
        good = children_bury(child) && good;
    }
    threads_end();
    daemon_calm();
    good = threads_close() && good;
    good = daemon_end(pid) && good;
    good = books_close() && good;
    sweep();
    if (!good)
        (void)fprintf(stderr, "seed %u\n", seed);
    return good ? 0 : 1;
}
