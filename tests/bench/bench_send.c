/* SPDX-License-Identifier: MIT */
/*
 * bench_send - the cost of an unprepared call of statgate.h besides the system call that it makes.
 * It times, in turns, sending the ready bytes of a line, and statgate_count, which checks and
 * writes the same line; then a send that the kernel refuses because the buffer is full, and a
 * connect that fails. It also counts how many series can wait in a handle without a daemon, and how
 * many datagrams in a sender's buffer.
 *
 * The queue is emptied between the turns, which is not timed.
 *
 * usage: bench_send [rounds]
 */
#include "statgate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "figure.h"
#include "stack.h"

enum { CALLS = 64, TURNS = 2000, ROUNDS_MAX = 100, MODES = 4, WAITING_LINE = 90 };

static const char name[] = "shop_requests_total";
static const char labels[] = "route:/cart/checkout,code:200";
static struct statgate sg;
static char line[128];
static size_t line_len;

static void send_ready(void) {
    for (int i = 0; i < CALLS; i++)
        (void)send(sg.fd, line, line_len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void count(void) {
    for (int i = 0; i < CALLS; i++)
        (void)statgate_count(&sg, name, 1, labels);
}

/* Empties the queue. Returns how many datagrams it had, and keeps the text of the last one. */
static int empty(const struct bench_socket *sock) {
    int got = 0;
    ssize_t len;
    while ((len = recv(sock->listener.fd, line, sizeof line, MSG_DONTWAIT)) > 0) {
        line_len = (size_t)len;
        got++;
    }
    return got;
}

static double ns_of_call(void (*run)(void), const struct bench_socket *sock) {
    uint64_t used = 0;
    for (int i = 0; i < TURNS; i++) {
        const uint64_t start = bench_cpu_ns();
        run();
        used += bench_cpu_ns() - start;
        if (empty(sock) != CALLS)
            bench_die("a datagram is missing");
    }
    return (double)used / CALLS / TURNS;
}

/* Sends until the buffer is full. Returns the number of datagrams. */
static int fill(int fd) {
    int sent = 0;
    while (send(fd, line, line_len, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        sent++;
    return sent;
}

/* The time of a connect to a path without a receiver. */
static double ns_of_connect(const char *folder) {
    struct sockaddr_un nobody = {.sun_family = AF_UNIX};
    (void)snprintf(nobody.sun_path, sizeof nobody.sun_path, "%s/nobody", folder);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const uint64_t start = bench_cpu_ns();
    for (int i = 0; i < CALLS * TURNS; i++)
        if (connect(fd, (const struct sockaddr *)&nobody, sizeof nobody) == 0)
            bench_die("connect");
    const uint64_t used = bench_cpu_ns() - start;
    (void)close(fd);
    return (double)used / CALLS / TURNS;
}

/* The time of a send while datagrams of other senders fill the queue. */
static double ns_of_refused(const struct bench_socket *sock) {
    for (int i = 0; i < BENCH_SENDERS; i++)
        (void)fill(sock->senders[i]);
    const uint64_t start = bench_cpu_ns();
    for (int i = 0; i < TURNS; i++)
        send_ready();
    const uint64_t used = bench_cpu_ns() - start;
    (void)empty(sock);
    return (double)used / CALLS / TURNS;
}

/* How many series, with lines of WAITING_LINE bytes, can wait without a daemon before one is
 * lost. */
static int waiting(const char *folder) {
    char path[64];
    char text[WAITING_LINE];
    int series = 0;
    (void)snprintf(path, sizeof path, "%s/nobody", folder);
    (void)statgate_open(&sg, path);
    for (; statgate_lost(&sg) == 0 && series < 100000; series++) {
        const int len = snprintf(text, sizeof text, "user:u%d,path:", series);
        memset(text + len, 'x', sizeof text - (size_t)len);
        text[WAITING_LINE - sizeof "shop_requests_total:1|c|#" + 1] = '\0';
        (void)statgate_count(&sg, name, 1, text);
    }
    statgate_close(&sg);
    return series - 1;
}

int main(int argc, char **argv) {
    static double ns[MODES][ROUNDS_MAX];
    static struct bench_socket sock;
    int datagrams = 0;
    char folder[] = "/tmp/statgate-bench-XXXXXX";
    char path[64];
    const size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 7;
    if (rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: bench_send [rounds, 1 to %d]\n", ROUNDS_MAX);
        return 2;
    }
    if (mkdtemp(folder) == NULL)
        bench_die("mkdtemp");
    bench_socket_open(&sock, folder, "send");
    (void)snprintf(path, sizeof path, "%s/send", folder);
    (void)statgate_open(&sg, path);
    (void)statgate_count(&sg, name, 1, labels);
    if (empty(&sock) != 1)
        bench_die("no daemon");
    for (size_t i = 0; i < rounds; i++) {
        ns[0][i] = ns_of_call(send_ready, &sock);
        ns[1][i] = ns_of_call(count, &sock);
        datagrams = fill(sg.fd);
        (void)empty(&sock);
        ns[2][i] = ns_of_refused(&sock);
        ns[3][i] = ns_of_connect(folder);
    }
    statgate_close(&sg);
    bench_socket_close(&sock, true);
    const double ready = bench_median(ns[0], rounds);
    const double counted = bench_median(ns[1], rounds);
    const double refused = bench_median(ns[2], rounds);
    const double failed = bench_median(ns[3], rounds);
    const int wait = waiting(folder);
    (void)printf("ready bytes %.0f ns, statgate_count %.0f ns: its own work is %.0f ns\n", ready,
                 counted, counted - ready);
    (void)printf(
        "a refused send %.0f ns, a failing connect %.0f ns; a buffer takes %d datagrams of %zu "
        "bytes\n",
        refused, failed, datagrams, line_len);
    (void)printf("a handle has %zu bytes, in which %d series of %d bytes wait\n", sizeof sg, wait,
                 WAITING_LINE);
    bench_figure(ready, "ns", "send.ready");
    bench_figure(counted - ready, "ns", "send.own");
    bench_figure(counted / ready, "ratio", "send.count");
    bench_figure(refused / ready, "ratio", "send.refused");
    bench_figure(failed, "ns", "send.connect");
    bench_figure(datagrams, "count", "send.buffer");
    bench_figure((double)sizeof sg, "bytes", "send.handle");
    bench_figure(wait, "count", "send.waiting");
    (void)rmdir(folder);
    return 0;
}
