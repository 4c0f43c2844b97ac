/* SPDX-License-Identifier: MIT */
/*
 * bench_owned - the cost of values that belong to processes: CPU per sample from socket to store
 * for the same packed lines of gauges, with "merge": "last" and with "merge": "sum", from one
 * process and from eight that take turns. The latter is the worst case: each sample goes to another
 * part than the one before. (The eight need root, to send with the ids of other processes.)
 *
 * One thread; the receivers take turns. Only the emptying of the queue is timed. Ratios compare
 * receivers of the same run: the median of seven, and the least and the greatest.
 *
 * usage: bench_owned [rounds]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "clock.h"
#include "figure.h"
#include "stack.h"

enum { ROUNDS_MAX = 140, PACKET = 1432, PROCESSES = 8 };
/* The receivers: the merge of their families, and from how many processes they receive. */
enum kind { LAST_ONE, SUM_ONE, LAST_EIGHT, SUM_EIGHT, KINDS };
static const struct {
    const char *name;
    const char *keys;
    size_t processes;
} kinds[KINDS] = {[LAST_ONE] = {"last-one", "", 1},
                  [SUM_ONE] = {"sum-one", ",\"merge\":\"sum\"", 1},
                  [LAST_EIGHT] = {"last-eight", "", PROCESSES},
                  [SUM_EIGHT] = {"sum-eight", ",\"merge\":\"sum\"", PROCESSES}};

static struct bench_socket sockets[KINDS];
static struct bench_stack stacks[KINDS];
static double ns[KINDS][BENCH_PARTS]; /* the median of each part's rounds */

static void open_kind(enum kind kind, size_t series, const int32_t *pids, const char *folder) {
    struct catalog_set set;
    struct workload all = workload_all_gauges(series);
    workload_gauges_catalog(series, kinds[kind].keys, &set);
    bench_socket_open(&sockets[kind], folder, kinds[kind].name);
    bench_stack_open(&stacks[kind], &set, &sockets[kind]);
    bench_stack_meet(&stacks[kind], &all);
    if (kinds[kind].processes > 1)
        (void)bench_send_as(&sockets[kind], pids, PROCESSES);
    workload_free(&all);
}

static void close_kind(enum kind kind) {
    const struct tally *tally = ledger_total(stacks[kind].ledger);
    if (tally->by_verdict[VERDICT_ACCEPTED] != tally_total(tally))
        (void)fprintf(stderr, "bench_owned: not every sample was accepted\n");
    bench_stack_close(&stacks[kind]);
    bench_socket_close(&sockets[kind], false);
}

static double drain(enum kind kind, const struct workload *load, size_t next, size_t *ret_sent) {
    size_t lines;
    *ret_sent = bench_fill(&sockets[kind], load, next, &lines);
    const uint64_t start = bench_cpu_ns();
    (void)bench_stack_drain(&stacks[kind], *ret_sent);
    return (double)(bench_cpu_ns() - start) / (double)lines;
}

/* Measures all parts. Part -1 only warms up. */
static void measure(const struct workload *load, size_t count, size_t rounds) {
    static double used[KINDS][ROUNDS_MAX];
    size_t next = 0;
    for (int part = -1; part < BENCH_PARTS; part++) {
        for (size_t round = 0; round < rounds; round++) {
            size_t sent = 0;
            for (size_t kind = 0; kind < count; kind++)
                used[kind][round] = drain((enum kind)kind, load, next, &sent);
            next = (next + sent) % load->datagrams;
        }
        for (size_t kind = 0; part >= 0 && kind < count; kind++)
            ns[kind][part] = bench_median(used[kind], rounds);
    }
}

static void print(size_t series, enum kind kind, enum kind to, const char *name) {
    double ratios[BENCH_PARTS];
    for (int part = 0; part < BENCH_PARTS; part++)
        ratios[part] = ns[kind][part] / ns[to][part];
    const struct bench_spread spread = bench_spread_of(ratios);
    (void)printf("%7zu %10s %7.1f / %-10s %7.1f = %5.2f   (%.2f to %.2f)\n", series,
                 kinds[kind].name, ns[kind][0], kinds[to].name, ns[to][0], spread.median,
                 spread.least, spread.most);
    bench_figure(spread.median, "ratio", "owned.%zu.%s", series, name);
    (void)fflush(stdout);
}

static void run(size_t series, const int32_t *pids, size_t rounds, const char *folder) {
    const bool shared = geteuid() == 0 && series * PROCESSES <= PARTS_MAX;
    const size_t count = shared ? KINDS : LAST_EIGHT;
    struct workload load = workload_gauges(series, 1000000, PACKET);
    for (size_t kind = 0; kind < count; kind++)
        open_kind((enum kind)kind, series, pids, folder);
    measure(&load, count, rounds);
    print(series, SUM_ONE, LAST_ONE, "1");
    if (shared) {
        print(series, LAST_EIGHT, LAST_ONE, "turns");
        print(series, SUM_EIGHT, LAST_EIGHT, "8");
        print(series, SUM_EIGHT, SUM_ONE, "8-to-1");
    }
    for (size_t kind = 0; kind < count; kind++)
        close_kind((enum kind)kind);
    workload_free(&load);
}

/* A process that only lends its id. */
static pid_t start_idle(void) {
    const pid_t pid = fork();
    if (pid < 0)
        bench_die("fork");
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            (void)pause();
    }
    return pid;
}

int main(int argc, char **argv) {
    static const size_t series[] = {100, 10000, 100000};
    const size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 9;
    if (rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: bench_owned [rounds of each of %d parts, 1 to %d]\n",
                      BENCH_PARTS, ROUNDS_MAX);
        return 2;
    }
    char folder[] = "/tmp/statgate-bench-XXXXXX";
    if (!mkdtemp(folder))
        bench_die("mkdtemp");
    int32_t pids[PROCESSES];
    for (size_t i = 0; i < PROCESSES; i++)
        pids[i] = start_idle();
    (void)printf("CPU ns per sample in datagrams of %d bytes\n", PACKET);
    for (size_t i = 0; i < sizeof series / sizeof *series; i++)
        run(series[i], pids, rounds, folder);
    for (size_t i = 0; i < PROCESSES; i++)
        (void)kill(pids[i], SIGKILL);
    (void)rmdir(folder);
    return 0;
}
