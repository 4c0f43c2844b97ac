/* SPDX-License-Identifier: MIT */
/*
 * Counts with statgate.h faster than a daemon reads, or while no daemon is there, and prints: the
 * samples given, lost and merged; how long after the last flush the daemon had read all; when, in
 * Unix time, the last connection was made; how often threads waited in the kernel, except for their
 * own naps; and, with `timed`, how many calls took more than 100 us of CPU time of their thread.
 * Since interrupts count as well, `timed` also makes a bare send beside every fourth call, and
 * prints four times the number of those that took as long.
 *
 * usage: statgate-burst SOCKET THREADS COUNTS SERIES RATE [timed] [plain|prepared|shared|observed]
 *
 * Each thread has a handle and gives COUNTS / THREADS counts over SERIES series of burst_total, or
 * fewer if SIGTERM comes, at RATE per second (0: as fast as it can). Then it flushes until nothing
 * waits, for at most 30 s. A line has 87 bytes. With `prepared` it adds to prepared counters; with
 * `shared` to counters that all threads share and the main thread sends; with `observed` it
 * observes, in burst_seconds.
 */
#include "statgate.h"

#include <inttypes.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

enum { THREADS_MAX = 64, SERIES_MAX = 500, READY_TIMEOUT_S = 120, SENDS_EVERY = 4 };
enum way { PLAIN, PREPARED, SHARED, OBSERVED, WAYS };
static const char *const ways[WAYS] = {"plain", "prepared", "shared", "observed"};

struct plan {
    const char *path;
    unsigned long threads;
    unsigned long counts;
    unsigned long series;
    unsigned long rate;
    bool timed;
    enum way way;
};

struct worker {
    const struct plan *plan;
    struct statgate sg;
    struct statgate_counter counters[SERIES_MAX];
    uint64_t given;
    uint64_t long_calls;
    uint64_t long_sends; /* among the bare sends */
    uint64_t naps;
    uint64_t waits;
    int pair[2];
    uint64_t flushed_ns;
    uint64_t read_ns;
    double connected_s;
};

static char labels[SERIES_MAX][80];
static struct statgate common; /* for the shared counters */
static struct statgate_shared_counter shared[SERIES_MAX];
static uint64_t left; /* threads that still give */
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

static void nap(struct worker *worker) {
    const struct timespec pause = {.tv_nsec = 1000000};
    (void)nanosleep(&pause, NULL);
    worker->naps++;
}

/* How often this thread gave up its processor by itself: it waited. */
static uint64_t waits(void) {
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? (uint64_t)usage.ru_nvcsw : 0;
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
    worker->long_sends += SENDS_EVERY * is_long(worker, started_ns);
    (void)recv(worker->pair[1], line, sizeof line, MSG_DONTWAIT);
}

static void call(struct worker *worker, size_t series) {
    switch (worker->plan->way) {
    case PREPARED:
        (void)statgate_counter_add(&worker->counters[series], 1);
        break;
    case SHARED:
        (void)statgate_shared_counter_add(&shared[series], 1);
        break;
    case OBSERVED:
        (void)statgate_observe(&worker->sg, "burst_seconds", 0.123456, labels[series]);
        break;
    default:
        (void)statgate_count(&worker->sg, "burst_total", 1, labels[series]);
    }
}

static void give(struct worker *worker) {
    const bool was_connected = worker->sg.connected;
    const size_t series = worker->given % worker->plan->series;
    const uint64_t started_ns = cpu_ns(worker);
    call(worker, series);
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

static bool open_worker(struct worker *worker) {
    const struct plan *plan = worker->plan;
    (void)statgate_open(&worker->sg, plan->path);
    for (size_t i = 0; plan->way == PREPARED && i < plan->series; i++)
        if (!statgate_counter_open(&worker->counters[i], &worker->sg, "burst_total", labels[i]))
            return false;
    return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, worker->pair) == 0;
}

static void give_all(struct worker *worker) {
    const struct plan *plan = worker->plan;
    const uint64_t start_ns = clock_ns(CLOCK_MONOTONIC);
    const uint64_t waited = waits();
    while (!ended && worker->given < plan->counts / plan->threads) {
        give(worker);
        if (plan->timed && worker->given % SENDS_EVERY == 0)
            send_bare(worker);
        while (!ended && plan->rate != 0 &&
               clock_ns(CLOCK_MONOTONIC) - start_ns < worker->given * 1000000000u / plan->rate)
            nap(worker);
    }
    const uint64_t in_all = waits() - waited;
    worker->waits = in_all > worker->naps ? in_all - worker->naps : 0;
}

static void *run(void *arg) {
    struct worker *worker = arg;
    if (open_worker(worker))
        give_all(worker);
    (void)__atomic_sub_fetch(&left, 1, __ATOMIC_RELEASE);
    const uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + READY_TIMEOUT_S * UINT64_C(1000000000);
    while (!flush(worker) && clock_ns(CLOCK_MONOTONIC) < end_ns)
        nap(worker);
    worker->flushed_ns = clock_ns(CLOCK_MONOTONIC);
    while (unread(worker) > 0 && clock_ns(CLOCK_MONOTONIC) < end_ns)
        nap(worker);
    worker->read_ns = clock_ns(CLOCK_MONOTONIC);
    statgate_close(&worker->sg);
    return NULL;
}

/* Sends the shared counters as long as threads add to them, and once more after that. */
static void send_shared(const struct plan *plan) {
    const struct timespec pause = {.tv_nsec = 1000000};
    while (__atomic_load_n(&left, __ATOMIC_ACQUIRE) > 0) {
        statgate_tick(&common);
        (void)nanosleep(&pause, NULL);
    }
    if (plan->way == SHARED)
        (void)statgate_flush_wait(&common, READY_TIMEOUT_S * 1000);
    statgate_close(&common);
}

static void report(const struct worker *workers, size_t count) {
    struct worker sum = {.given = 0};
    uint64_t lost = statgate_lost(&common);
    uint64_t merged = statgate_merged(&common);
    for (size_t i = 0; i < count; i++) {
        const struct worker *one = &workers[i];
        sum.given += one->given;
        sum.long_calls += one->long_calls;
        sum.long_sends += one->long_sends;
        sum.waits += one->waits;
        sum.flushed_ns = one->flushed_ns > sum.flushed_ns ? one->flushed_ns : sum.flushed_ns;
        sum.read_ns = one->read_ns > sum.read_ns ? one->read_ns : sum.read_ns;
        sum.connected_s = one->connected_s > sum.connected_s ? one->connected_s : sum.connected_s;
        lost += statgate_lost(&one->sg);
        merged += statgate_merged(&one->sg);
    }
    (void)printf("{\"given\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"merged\":%" PRIu64
                 ",\"long_calls\":%" PRIu64 ",\"long_sends\":%" PRIu64 ",\"waits\":%" PRIu64
                 ",\"read_after_ms\":%" PRIu64 ",\"connected\":%.3f}\n",
                 sum.given, lost, merged, sum.long_calls, sum.long_sends, sum.waits,
                 (sum.read_ns - sum.flushed_ns) / 1000000, sum.connected_s);
}

static bool parse_way(const char *word, enum way *ret_way) {
    for (int way = 0; way < WAYS; way++) {
        if (strcmp(word, ways[way]) == 0) {
            *ret_way = (enum way)way;
            return true;
        }
    }
    return false;
}

static bool parse(int argc, char **argv, struct plan *plan) {
    unsigned long *const numbers[] = {&plan->threads, &plan->counts, &plan->series, &plan->rate};
    if (argc < 6)
        return false;
    plan->timed = argc > 6 && strcmp(argv[6], "timed") == 0;
    const bool named = argc > (plan->timed ? 7 : 6) && parse_way(argv[argc - 1], &plan->way);
    if (argc != 6 + (plan->timed ? 1 : 0) + (named ? 1 : 0))
        return false;
    plan->path = argv[1];
    for (int i = 0; i < 4; i++)
        *numbers[i] = strtoul(argv[2 + i], NULL, 10);
    return plan->threads > 0 && plan->threads <= THREADS_MAX && plan->series > 0 &&
           plan->series <= SERIES_MAX;
}

static bool open_shared(const struct plan *plan) {
    (void)statgate_open(&common, plan->path);
    for (size_t i = 0; plan->way == SHARED && i < plan->series; i++)
        if (!statgate_shared_counter_open(&shared[i], &common, "burst_total", labels[i]))
            return false;
    return true;
}

int main(int argc, char **argv) {
    static struct worker workers[THREADS_MAX];
    pthread_t threads[THREADS_MAX];
    struct plan plan;
    if (!parse(argc, argv, &plan)) {
        (void)fprintf(stderr, "usage: statgate-burst SOCKET THREADS COUNTS SERIES RATE [timed] "
                              "[plain|prepared|shared|observed]\n");
        return 2;
    }
    (void)signal(SIGTERM, end);
    for (size_t i = 0; i < SERIES_MAX; i++)
        (void)snprintf(labels[i], sizeof labels[i], "series:s%03zu,%s", i,
                       "where:a-label-that-makes-a-line-of-eighty-seven-bytes_____");
    if (!open_shared(&plan))
        return 1;
    left = plan.threads;
    for (size_t i = 0; i < plan.threads; i++) {
        workers[i].plan = &plan;
        if (pthread_create(&threads[i], NULL, run, &workers[i]) != 0)
            return 1;
    }
    send_shared(&plan);
    for (size_t i = 0; i < plan.threads; i++)
        (void)pthread_join(threads[i], NULL);
    report(workers, plan.threads);
    return 0;
}
