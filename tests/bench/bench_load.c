/* SPDX-License-Identifier: MIT */
/*
 * bench_load - sends the same samples as the clients of several receivers do, for
 * tests/bench/peers: counts of 1 over series with two labels, from a few processes, at a given
 * rate.
 *
 *   unix PATH, udp PORT   a datagram for each line, or packed to 1432 bytes
 *   client PATH           statgate.h: statgate_count
 *   prepared PATH         statgate.h: statgate_counter_add
 *
 * Lines are `bench_requests_total:1|c|#route:r12,code:200`, or with `flat`, for receivers without
 * labels, `bench.requests.r12.200:1|c`.
 *
 * It reads one order per line: "SAMPLES RATE" (of each process, per second), or "all RATE" for each
 * series once. It answers each with "GIVEN LOST CPU_NS": the samples given, those which the sender
 * knows to be lost, and the CPU time of all processes for giving them.
 *
 * usage: bench_load WAY TO PROCESSES SERIES [flat] [packed]
 */
#include "statgate.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "stack.h"

enum { PROCESSES_MAX = 64, BATCH = 64, PACKET = 1432, TEXT = 64 };
enum way { UNIX, UDP, CLIENT, PREPARED, WAYS };

static struct {
    enum way way;
    const char *to;
    size_t processes;
    size_t series;
    bool flat;
    bool packed;
} plan;

/* The connection of a process: a handle for the last two ways, a socket for the others. */
static struct {
    size_t number;
    uint64_t state;
    int fd;
    char packet[PACKET];
    size_t len;
    size_t lines; /* in `packet` */
    struct statgate sg;
    struct statgate_counter *counters;
} me;

struct order {
    bool all;
    size_t samples;
    size_t rate;
};

struct result {
    uint64_t given;
    uint64_t lost;
    uint64_t cpu_ns;
};

static char (*texts)[TEXT]; /* a series' line, or its labels where a client makes the line */

static void make_texts(void) {
    static const char *const codes[] = {"200", "301", "404", "500"};
    texts = calloc(plan.series, sizeof *texts);
    if (texts == NULL)
        bench_die("memory");
    for (size_t i = 0; i < plan.series; i++) {
        const size_t route = i / 4;
        const char *code = codes[i % 4];
        if (plan.way >= CLIENT)
            (void)snprintf(texts[i], TEXT, "route:r%zu,code:%s", route, code);
        else if (plan.flat)
            (void)snprintf(texts[i], TEXT, "bench.requests.r%zu.%s:1|c", route, code);
        else
            (void)snprintf(texts[i], TEXT, "bench_requests_total:1|c|#route:r%zu,code:%s", route,
                           code);
    }
}

/* ---- the ways ---- */

static void connect_to(void) {
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    struct sockaddr_in net = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    net.sin_port = htons((uint16_t)strtoul(plan.to, NULL, 10));
    (void)snprintf(local.sun_path, sizeof local.sun_path, "%s", plan.to);
    me.fd = socket(plan.way == UDP ? AF_INET : AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const struct sockaddr *to =
        plan.way == UDP ? (const struct sockaddr *)&net : (const struct sockaddr *)&local;
    if (me.fd < 0 || connect(me.fd, to, plan.way == UDP ? sizeof net : sizeof local) != 0)
        bench_die(plan.to);
}

static void open_counters(void) {
    me.counters = calloc(plan.series, sizeof *me.counters);
    if (me.counters == NULL)
        bench_die("memory");
    for (size_t i = 0; i < plan.series; i++)
        if (!statgate_counter_open(&me.counters[i], &me.sg, "bench_requests_total", texts[i]))
            bench_die("a counter");
}

static void open_way(void) {
    if (plan.way < CLIENT)
        connect_to();
    else
        (void)statgate_open(&me.sg, plan.to);
    if (plan.way == PREPARED)
        open_counters();
}

/* Sends as DogStatsD clients do: what the kernel does not accept at once is lost. */
static void send_packet(const char *text, size_t len, size_t lines, struct result *result) {
    if (send(me.fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        result->lost += lines;
}

static void flush_packet(struct result *result) {
    if (me.lines > 0)
        send_packet(me.packet, me.len, me.lines, result);
    me.len = 0;
    me.lines = 0;
}

static void pack(const char *text, struct result *result) {
    const size_t len = strlen(text);
    if (me.len + 1 + len > sizeof me.packet)
        flush_packet(result);
    if (me.lines > 0)
        me.packet[me.len++] = '\n';
    memcpy(me.packet + me.len, text, len);
    me.len += len;
    me.lines++;
}

static void give(size_t series, struct result *result) {
    if (plan.way == PREPARED)
        (void)statgate_counter_add(&me.counters[series], 1);
    else if (plan.way == CLIENT)
        (void)statgate_count(&me.sg, "bench_requests_total", 1, texts[series]);
    else if (plan.packed)
        pack(texts[series], result);
    else
        send_packet(texts[series], strlen(texts[series]), 1, result);
}

static void flush(struct result *result) {
    if (plan.way < CLIENT)
        flush_packet(result);
    else
        (void)statgate_flush(&me.sg);
}

/* ---- a process ---- */

static uint64_t mono_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void sleep_until(uint64_t due_ns) {
    const struct timespec until = {.tv_sec = (time_t)(due_ns / 1000000000u),
                                   .tv_nsec = (long)(due_ns % 1000000000u)};
    if (due_ns > mono_ns())
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static size_t next_series(void) {
    me.state = me.state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(me.state >> 33) % plan.series;
}

/* The time that reading the clock around each batch adds. */
static uint64_t clock_cost_ns(void) {
    const uint64_t start = bench_cpu_ns();
    for (int i = 0; i < 1000; i++)
        (void)bench_cpu_ns();
    return (bench_cpu_ns() - start) / 1000;
}

static void give_batch(const struct order *order, size_t samples, struct result *result) {
    static size_t series[BATCH];
    const size_t batch = samples < BATCH ? samples : BATCH;
    for (size_t i = 0; i < batch; i++)
        series[i] = order->all ? (result->given + i) * plan.processes + me.number : next_series();
    const uint64_t start = bench_cpu_ns();
    for (size_t i = 0; i < batch; i++)
        give(series[i], result);
    result->cpu_ns += bench_cpu_ns() - start;
    result->given += batch;
}

static struct result follow(const struct order *order) {
    struct result result = {0};
    const uint64_t lost = plan.way >= CLIENT ? statgate_lost(&me.sg) : 0;
    const size_t share = (plan.series + plan.processes - 1 - me.number) / plan.processes;
    const size_t samples = order->all ? share : order->samples;
    const uint64_t start_ns = mono_ns();
    const uint64_t clock = clock_cost_ns();
    size_t batches = 0;
    for (; result.given < samples; batches++) {
        sleep_until(start_ns + result.given * 1000000000u / order->rate);
        give_batch(order, samples - result.given, &result);
    }
    const uint64_t start = bench_cpu_ns();
    flush(&result);
    result.cpu_ns += bench_cpu_ns() - start;
    result.cpu_ns -= result.cpu_ns > batches * clock ? batches * clock : 0;
    if (plan.way >= CLIENT) {
        (void)statgate_flush_wait(&me.sg, 2000);
        result.lost = statgate_lost(&me.sg) - lost;
    }
    return result;
}

static _Noreturn void run_process(size_t number, int orders, int results) {
    struct order order;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    me.number = number;
    me.state = (number + 1) * 0x9E3779B97F4A7C15u;
    open_way();
    while (read(orders, &order, sizeof order) == (ssize_t)sizeof order) {
        const struct result result = follow(&order);
        if (write(results, &result, sizeof result) != (ssize_t)sizeof result)
            break;
    }
    _exit(0);
}

/* ---- all of them ---- */

static bool read_order(struct order *ret_order) {
    char line[128];
    if (fgets(line, sizeof line, stdin) == NULL)
        return false;
    char *rest = line;
    *ret_order = (struct order){.all = strncmp(line, "all ", 4) == 0};
    if (ret_order->all)
        rest += 4;
    else
        ret_order->samples = strtoul(rest, &rest, 10);
    ret_order->rate = strtoul(rest, NULL, 10);
    return ret_order->rate > 0;
}

static void serve(const int *orders, int results) {
    struct order order;
    while (read_order(&order)) {
        struct result sum = {0};
        struct result one;
        for (size_t i = 0; i < plan.processes; i++)
            if (write(orders[i], &order, sizeof order) != (ssize_t)sizeof order)
                bench_die("a process");
        for (size_t i = 0; i < plan.processes; i++) {
            if (read(results, &one, sizeof one) != (ssize_t)sizeof one)
                bench_die("a process");
            sum.given += one.given;
            sum.lost += one.lost;
            sum.cpu_ns += one.cpu_ns;
        }
        (void)printf("%llu %llu %llu\n", (unsigned long long)sum.given,
                     (unsigned long long)sum.lost, (unsigned long long)sum.cpu_ns);
        (void)fflush(stdout);
    }
}

static bool read_plan(int argc, char **argv) {
    static const char *const ways[WAYS] = {"unix", "udp", "client", "prepared"};
    if (argc < 5)
        return false;
    plan.way = WAYS;
    for (int way = 0; way < WAYS; way++)
        if (strcmp(argv[1], ways[way]) == 0)
            plan.way = (enum way)way;
    plan.to = argv[2];
    plan.processes = strtoul(argv[3], NULL, 10);
    plan.series = strtoul(argv[4], NULL, 10);
    for (int i = 5; i < argc; i++) {
        plan.flat |= strcmp(argv[i], "flat") == 0;
        plan.packed |= strcmp(argv[i], "packed") == 0;
    }
    return plan.way < WAYS && plan.processes > 0 && plan.processes <= PROCESSES_MAX &&
           plan.series >= plan.processes;
}

int main(int argc, char **argv) {
    int results[2];
    int orders[PROCESSES_MAX];
    if (!read_plan(argc, argv)) {
        (void)fprintf(stderr, "usage: bench_load unix|udp|client|prepared TO PROCESSES SERIES "
                              "[flat] [packed]\n");
        return 2;
    }
    make_texts();
    if (pipe(results) != 0)
        bench_die("pipe");
    for (size_t i = 0; i < plan.processes; i++) {
        int order[2];
        if (pipe(order) != 0)
            bench_die("pipe");
        orders[i] = order[1];
        const pid_t pid = fork();
        if (pid < 0)
            bench_die("fork");
        if (pid == 0)
            run_process(i, order[0], results[1]);
        (void)close(order[0]);
    }
    (void)close(results[1]);
    serve(orders, results[0]);
    return 0;
}
