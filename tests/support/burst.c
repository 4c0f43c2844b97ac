/*
 * Counts with statgate.h faster than a daemon reads, or through a daemon's absence, and prints what
 * it took: samples given, lost and merged; how long after the last flush the daemon had read all;
 * when, in Unix time, the last connection was made; and, if asked to time them, how many calls took
 * more than 100 us of CPU time of their thread, and how many of as many bare sends beside them, as
 * interrupts count, too.
 *
 * usage: statgate-burst SOCKET THREADS COUNTS SERIES RATE [timed]
 *
 * Each thread has a handle and gives COUNTS / THREADS counts over SERIES series of burst_total, or until SIGTERM,
 * RATE of them a second (0: as fast as it can), then flushes until nothing waits, for at most 30 s.
 * A line has 87 bytes.
 */
#include "statgate.h"

#include <inttypes.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>

enum { THREADS_MAX = 64, SERIES_MAX = 500, PATIENCE_S = 30 };

struct plan {
    const char *path;
    unsigned long threads;
    unsigned long counts;
    unsigned long series;
    unsigned long rate;
    bool timed;
};

struct worker {
    const struct plan *plan;
    struct statgate sg;
    uint64_t given;
    uint64_t long_calls;
    uint64_t long_sends; /* of those that show what the machine does */
    int pair[2];
    uint64_t flushed_ns;
    uint64_t read_ns;
    double connected_s;
};

static char labels[SERIES_MAX][80];
static volatile sig_atomic_t ended;

static void end(int number) {
    (void)number;
    ended = 1;
}

static uint64_t clock_ns(clockid_t clock) {
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void nap(void) {
    const struct timespec pause = {.tv_nsec = 1000000};
    (void)nanosleep(&pause, NULL);
}

static uint64_t cpu_ns(const struct worker *worker) {
    return worker->plan->timed ? clock_ns(CLOCK_THREAD_CPUTIME_ID) : 0;
}

static uint64_t is_long(const struct worker *worker, uint64_t started_ns) {
    return cpu_ns(worker) - started_ns > 100000 ? 1 : 0;
}

static void send_bare(struct worker *worker) {
    char line[87] = "";
    const uint64_t started_ns = cpu_ns(worker);
    (void)send(worker->pair[0], line, sizeof line, MSG_DONTWAIT);
    worker->long_sends += is_long(worker, started_ns);
    (void)recv(worker->pair[1], line, sizeof line, MSG_DONTWAIT);
}

static void give(struct worker *worker) {
    const bool was_connected = worker->sg.connected;
    const char *series = labels[worker->given % worker->plan->series];
    const uint64_t started_ns = cpu_ns(worker);
    (void)statgate_count(&worker->sg, "burst_total", 1, series);
    worker->long_calls += is_long(worker, started_ns);
    worker->given++;
    if (worker->sg.connected && !was_connected)
        worker->connected_s = (double)clock_ns(CLOCK_REALTIME) / 1e9;
}

static bool flush(struct worker *worker) {
    const uint64_t started_ns = cpu_ns(worker);
    const bool done = statgate_flush(&worker->sg);
    worker->long_calls += is_long(worker, started_ns);
    return done;
}

/* Bytes of the handle's datagrams that the daemon has not read. */
static int unread(const struct worker *worker) {
    int bytes = 0;
    return ioctl(worker->sg.fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

static void *run(void *arg) {
    struct worker *worker = arg;
    const struct plan *plan = worker->plan;
    (void)statgate_open(&worker->sg, plan->path);
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, worker->pair) != 0)
        return NULL;
    const uint64_t start_ns = clock_ns(CLOCK_MONOTONIC);
    while (!ended && worker->given < plan->counts / plan->threads) {
        give(worker);
        if (plan->timed)
            send_bare(worker);
        while (!ended && plan->rate != 0 &&
               clock_ns(CLOCK_MONOTONIC) - start_ns < worker->given * 1000000000u / plan->rate)
            nap();
    }
    const uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + PATIENCE_S * UINT64_C(1000000000);
    while (!flush(worker) && clock_ns(CLOCK_MONOTONIC) < end_ns)
        nap();
    worker->flushed_ns = clock_ns(CLOCK_MONOTONIC);
    while (unread(worker) > 0 && clock_ns(CLOCK_MONOTONIC) < end_ns)
        nap();
    worker->read_ns = clock_ns(CLOCK_MONOTONIC);
    statgate_close(&worker->sg);
    return NULL;
}

static void report(const struct worker *workers, size_t count) {
    struct worker sum = {.given = 0};
    uint64_t lost = 0;
    uint64_t merged = 0;
    for (size_t i = 0; i < count; i++) {
        const struct worker *one = &workers[i];
        sum.given += one->given;
        sum.long_calls += one->long_calls;
        sum.long_sends += one->long_sends;
        sum.flushed_ns = one->flushed_ns > sum.flushed_ns ? one->flushed_ns : sum.flushed_ns;
        sum.read_ns = one->read_ns > sum.read_ns ? one->read_ns : sum.read_ns;
        sum.connected_s = one->connected_s > sum.connected_s ? one->connected_s : sum.connected_s;
        lost += statgate_lost(&one->sg);
        merged += statgate_merged(&one->sg);
    }
    (void)printf("{\"given\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"merged\":%" PRIu64
                 ",\"long_calls\":%" PRIu64 ",\"long_sends\":%" PRIu64 ",\"read_after_ms\":%" PRIu64
                 ",\"connected\":%.3f}\n",
                 sum.given, lost, merged, sum.long_calls, sum.long_sends,
                 (sum.read_ns - sum.flushed_ns) / 1000000, sum.connected_s);
}

static bool parse(int argc, char **argv, struct plan *plan) {
    unsigned long *const numbers[] = {&plan->threads, &plan->counts, &plan->series, &plan->rate};
    if (argc < 6 || argc > 7 || (argc == 7 && strcmp(argv[6], "timed") != 0))
        return false;
    plan->timed = argc == 7;
    plan->path = argv[1];
    for (int i = 0; i < 4; i++)
        *numbers[i] = strtoul(argv[2 + i], NULL, 10);
    return plan->threads > 0 && plan->threads <= THREADS_MAX && plan->series > 0 &&
           plan->series <= SERIES_MAX;
}

int main(int argc, char **argv) {
    static struct worker workers[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    struct plan plan;
    if (!parse(argc, argv, &plan)) {
        (void)fprintf(stderr, "usage: statgate-burst SOCKET THREADS COUNTS SERIES RATE [timed]\n");
        return 2;
    }
    (void)signal(SIGTERM, end);
    for (size_t i = 0; i < SERIES_MAX; i++)
        (void)snprintf(labels[i], sizeof labels[i], "series:s%03zu,%s", i,
                       "where:a-label-that-makes-a-line-of-eighty-seven-bytes_____");
    for (size_t i = 0; i < plan.threads; i++) {
        workers[i].plan = &plan;
        if (pthread_create(&threads[i], NULL, run, &workers[i]) != 0)
            return 1;
    }
    for (size_t i = 0; i < plan.threads; i++)
        (void)pthread_join(threads[i], NULL);
    report(workers, plan.threads);
    return 0;
}
