/* SPDX-License-Identifier: MIT */
/*
 * bench_client - the cost of prepared metrics of statgate.h to the program that uses them: of an
 * add, over 64 counters in turn; of an observation that is stored; of an observation with its share
 * of formatting, packing and sending, as a ratio to formatting the same numbers and sending as many
 * ready bytes in the same run; of an add to a counter that threads share. Another thread receives,
 * writes the beat, and adds up: all that was added must arrive.
 *
 * usage: bench_client [rounds]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "figure.h"
#include "host/clock.h"
#include "sg_breaker_page.h"
#include "sg_proto.h"

#include <statgate.h>

enum {
    COUNTERS = 64,
    ADDS = 40000000,
    STORED = 10000000,
    CHUNK = 1280, /* observations; the socket has room for as many */
    CHUNKS = 1000,
    NUMBERS = 4096,
    ROUNDS_MAX = 99,
    SHARED = 10000000,
    MODES = 7
};

static const char *const modes[MODES] = {"empty loop",
                                         "add to 64 counters in turn",
                                         "observation, stored",
                                         "observation, sent",
                                         "number and ready bytes",
                                         "shared counter",
                                         "shared counter, 2 threads"};

static struct statgate sg;
static struct statgate_counter counters[COUNTERS];
static struct statgate_histogram histogram;
static struct statgate_shared_counter shared;
static double numbers[NUMBERS];
static char folder[] = "/tmp/statgate-bench-XXXXXX";
static int receiver;
static struct sg_breaker_page *page;
static atomic_bool ended;
static double counted;
static double extra; /* added by the second thread */
static uint64_t observed;
static struct {
    size_t bytes; /* of a datagram with `numbers` observations */
    size_t numbers;
    size_t datagrams; /* of a chunk */
} ready;

/* ---- the other side ---- */

static void take_line(const struct sg_line *line) {
    struct sg_values values;
    double value;
    enum sg_reject reason;
    sg_values_init(&values, line);
    while (sg_values_next(&values, &value, &reason, NULL)) {
        if (line->letter == SG_LETTER_C)
            counted += value;
        else
            observed++;
    }
}

static void take_datagram(const char *text, size_t len) {
    struct sg_lines lines;
    struct sg_span span;
    struct sg_line line;
    struct sg_fault fault;
    sg_lines_init(&lines, text, len);
    while (sg_lines_next(&lines, &span, NULL))
        if (sg_line_parse(span, &line, &fault) == SG_REJECT_NONE)
            take_line(&line);
}

static void *receive(void *arg) {
    static char text[SG_DATAGRAM_MAX];
    const struct timeval most = {.tv_usec = 100000};
    (void)setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    uint64_t beat_ms = 0;
    for (;;) {
        const ssize_t len = recv(receiver, text, sizeof text, 0);
        if (len > 0)
            take_datagram(text, (size_t)len);
        else if (atomic_load(&ended))
            return arg;
        const uint64_t now_ms = (uint64_t)clock_now().mono_ms;
        if (now_ms - beat_ms >= 500)
            __atomic_store_n(&page->head.beat_mono_ms, beat_ms = now_ms, __ATOMIC_RELEASE);
    }
}

static bool open_page(void) {
    char path[64];
    (void)snprintf(path, sizeof path, "%s/s.breakers", folder);
    const int fd = open(path, O_RDWR | O_CREAT, 0600);
    if (fd < 0 || ftruncate(fd, sizeof *page) != 0)
        return false;
    page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (page == MAP_FAILED)
        return false;
    memcpy(page->head.magic, SG_BREAKER_PAGE_MAGIC, SG_BREAKER_PAGE_MAGIC_BYTES);
    page->head.version = SG_BREAKER_PAGE_VERSION;
    page->head.bytes = sizeof *page;
    page->head.beat_mono_ms = (uint64_t)clock_now().mono_ms;
    return true;
}

static bool open_receiver(void) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s/s.sock", folder);
    receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return receiver >= 0 && bind(receiver, (const struct sockaddr *)&at, sizeof at) == 0 &&
           open_page() && statgate_open(&sg, at.sun_path);
}

/* ---- what is measured ---- */

/* Keeps the compiler from moving work out of the loop and from keeping values in registers. */
static inline void fence(void) {
    __asm__ volatile("" : : : "memory");
}

static double run_empty(void) {
    for (int i = 0; i < ADDS; i++)
        fence();
    return ADDS;
}

static double run_adds(void) {
    for (int i = 0; i < ADDS; i++) {
        (void)statgate_counter_add(&counters[i % COUNTERS], 1);
        fence();
    }
    return ADDS;
}

/* Empties the metric before it is full, so that nothing is sent. */
static double run_stored(void) {
    struct statgate_metric_ *metric = &histogram.observed.metric;
    for (int i = 0; i < STORED; i++) {
        (void)statgate_histogram_observe(&histogram, numbers[i % NUMBERS]);
        metric->calls = metric->calls > 100 ? 1 : metric->calls;
        fence();
    }
    return STORED;
}

static double run_sent(void) {
    for (int i = 0; i < CHUNK; i++)
        (void)statgate_histogram_observe(&histogram, numbers[i % NUMBERS]);
    (void)statgate_flush(&sg);
    return CHUNK;
}

/* Formats the same numbers, and sends as many datagrams of the same size. */
static double run_ready(void) {
    static char datagram[SG_DATAGRAM_MAX];
    int at = 0;
    for (size_t i = 0; i < ready.datagrams; i++) {
        char *end = datagram;
        for (size_t n = 0; n < ready.numbers; n++, at++) {
            end += statgate_put_number_(end, numbers[at % NUMBERS]);
            fence();
        }
        (void)send(sg.fd, datagram, ready.bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    return at;
}

static double run_shared(void) {
    for (int i = 0; i < SHARED; i++)
        (void)statgate_shared_counter_add(&shared, 1);
    return SHARED;
}

/* The second thread, which adds from before the first measured add until after the last one. */
static struct {
    atomic_bool begun;
    atomic_bool enough;
    uint64_t added;
} beside;

static void *run_beside(void *arg) {
    for (; !atomic_load_explicit(&beside.enough, memory_order_relaxed); beside.added++) {
        (void)statgate_shared_counter_add(&shared, 1);
        if (beside.added == 0)
            atomic_store(&beside.begun, true);
    }
    return arg;
}

static double run_contended(void) {
    pthread_t thread;
    atomic_store(&beside.begun, false);
    atomic_store(&beside.enough, false);
    beside.added = 0;
    if (pthread_create(&thread, NULL, run_beside, NULL) != 0)
        return 1;
    while (!atomic_load(&beside.begun))
        continue;
    const double units = run_shared();
    atomic_store(&beside.enough, true);
    (void)pthread_join(thread, NULL);
    extra += (double)beside.added;
    return units;
}

/* Waits until the receiver has read all. The wait is not measured. */
static void wait_for_receiver(void) {
    const struct timespec moment = {.tv_nsec = 200000};
    int left = 1;
    while (ioctl(sg.fd, TIOCOUTQ, &left) == 0 && left > 0)
        (void)nanosleep(&moment, NULL);
}

static double ns_of(double (*run)(void), int times) {
    double units = 0;
    uint64_t used = 0;
    for (int i = 0; i < times; i++) {
        wait_for_receiver();
        const uint64_t start = bench_cpu_ns();
        units += run();
        used += bench_cpu_ns() - start;
    }
    return (double)used / units;
}

/* Measures a full datagram of observations, for run_ready. */
static void measure_datagram(void) {
    struct statgate_batch_ batch;
    sg.pause_ns = UINT64_C(1000000000); /* makes observations wait */
    sg.pause_from_ns = statgate_now_ns_();
    for (int i = 0; i < 200; i++)
        (void)statgate_observe(&sg, "bench_seconds", numbers[i], "path:a");
    statgate_pack_(&sg, &batch);
    ready.bytes = batch.len;
    ready.numbers = batch.samples;
    ready.datagrams = CHUNK / batch.samples;
    sg.pause_ns = 0;
    (void)statgate_flush(&sg);
}

/* Six random digits each, the same in each run (splitmix64). */
static void draw_numbers(void) {
    uint64_t state = 1;
    for (int i = 0; i < NUMBERS; i++) {
        uint64_t z = (state += 0x9E3779B97F4A7C15u);
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
        z = (z ^ z >> 27) * 0x94D049BB133111EBu;
        numbers[i] = (double)((z ^ z >> 31) % 1000000) / 1e6;
    }
}

static bool open_metrics(void) {
    char labels[32];
    draw_numbers();
    for (int i = 0; i < COUNTERS; i++) {
        (void)snprintf(labels, sizeof labels, "path:p%d", i);
        if (!statgate_counter_open(&counters[i], &sg, "bench_total", labels))
            return false;
    }
    return statgate_histogram_open(&histogram, &sg, "bench_seconds", "path:a") &&
           statgate_shared_counter_open(&shared, &sg, "bench_total", "path:shared");
}

static void print(double ns[MODES][ROUNDS_MAX], size_t rounds) {
    double median[MODES];
    for (size_t mode = 0; mode < MODES; mode++) {
        median[mode] = bench_median(ns[mode], rounds);
        printf("%-28s %7.2f ns  (%.2f to %.2f)\n", modes[mode], median[mode], ns[mode][0],
               ns[mode][rounds - 1]);
    }
    printf("an add: %.2f ns; an observation: %.2f ns stored, %.2f x its number and ready bytes\n",
           median[1] - median[0], median[2] - median[0], median[3] / median[4]);
    printf("a shared counter: %.2f ns, with a second thread %.2f ns of a core\n",
           median[5] - median[0], median[6] - median[0]);
    bench_figure(median[1] - median[0], "ns", "client.add");
    bench_figure(median[2] - median[0], "ns", "client.observation");
    bench_figure(median[3] / median[4], "ratio", "client.observation.sent");
    bench_figure(median[5] - median[0], "ns", "client.shared");
    bench_figure(median[6] - median[0], "ns", "client.shared.two");
}

int main(int argc, char **argv) {
    static double (*const runs[MODES])(void) = {run_empty, run_adds,   run_stored,   run_sent,
                                                run_ready, run_shared, run_contended};
    static double ns[MODES][ROUNDS_MAX];
    const size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 7;
    pthread_t thread;
    if (rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: bench_client [rounds]\n");
        return 2;
    }
    if (mkdtemp(folder) == NULL || !open_receiver() || !open_metrics() ||
        pthread_create(&thread, NULL, receive, NULL) != 0) {
        perror(folder);
        return 1;
    }
    measure_datagram();
    for (size_t i = 0; i < rounds; i++)
        for (size_t mode = 0; mode < MODES; mode++)
            ns[mode][i] = ns_of(runs[mode], mode == 3 || mode == 4 ? CHUNKS : 1);
    while (!statgate_flush_wait(&sg, 1000))
        ;
    atomic_store(&ended, true);
    (void)pthread_join(thread, NULL);
    print(ns, rounds);
    const double added = (double)rounds * ((double)ADDS + 2.0 * SHARED) + extra;
    printf("%.0f of %.0f adds arrived, %llu samples lost\n", counted, added,
           (unsigned long long)statgate_lost(&sg));
    char path[64];
    (void)snprintf(path, sizeof path, "%s/s.breakers", folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/s.sock", folder);
    (void)unlink(path);
    (void)rmdir(folder);
    return counted == added && statgate_lost(&sg) == 0 ? 0 : 1;
}
