/*
 * bench_owned - the cost of values that belong to processes: CPU per sample from socket to store
 * for the same packed lines of gauges, once with "merge": "last" and once with "merge": "sum".
 *
 * One thread; the two receivers take turns. Only the emptying of the queue is timed. All series are
 * written by one process, and then by eight that take turns, which is the worst case: each sample
 * goes to another part than the one before. (The eight need root, to send with their ids.)
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

enum { ROUNDS_MAX = 1000, PACKET = 1432, PROCESSES = 8 };
enum kind { LAST, SUM, KINDS };

static void run(size_t series, const int32_t *pids, size_t processes, size_t rounds,
                const char *folder) {
    static const char *const names[KINDS] = {"last", "sum"};
    static const char *const keys[KINDS] = {"", ",\"merge\":\"sum\""};
    static double ns[KINDS][ROUNDS_MAX];
    static struct bench_socket sockets[KINDS];
    static struct bench_stack stacks[KINDS];
    struct workload all = workload_all_gauges(series);
    struct workload load = workload_gauges(series, 1000000, PACKET);
    for (int kind = 0; kind < KINDS; kind++) {
        struct catalog_set set;
        workload_gauges_catalog(series, keys[kind], &set);
        bench_socket_open(&sockets[kind], folder, names[kind]);
        bench_stack_open(&stacks[kind], &set, &sockets[kind]);
        bench_stack_meet(&stacks[kind], &all);
        if (processes > 1 && !bench_send_as(&sockets[kind], pids, processes))
            bench_die("sending as other processes");
    }
    size_t next = 0;
    for (size_t round = 0; round < rounds + 2; round++) {
        size_t sent = 0;
        for (int kind = 0; kind < KINDS; kind++) {
            size_t lines;
            sent = bench_fill(&sockets[kind], &load, next, &lines);
            const uint64_t start = bench_cpu_ns();
            (void)bench_stack_drain(&stacks[kind], sent);
            const uint64_t used = bench_cpu_ns() - start;
            if (round >= 2)
                ns[kind][round - 2] = (double)used / (double)lines;
        }
        next = (next + sent) % load.datagrams;
    }
    const double last = bench_median(ns[LAST], rounds);
    const double sum = bench_median(ns[SUM], rounds);
    (void)printf("%7zu %9zu %9.1f %9.1f %9.2f\n", series, processes, last, sum, sum / last);
    bench_figure(sum / last, "ratio", "owned.%zu.%zu", series, processes);
    (void)fflush(stdout);
    for (int kind = 0; kind < KINDS; kind++) {
        const struct tally *tally = ledger_total(stacks[kind].ledger);
        if (tally->by_verdict[VERDICT_ACCEPTED] != tally_total(tally))
            (void)fprintf(stderr, "bench_owned: not every sample was accepted\n");
        bench_stack_close(&stacks[kind]);
        bench_socket_close(&sockets[kind], false);
    }
    workload_free(&all);
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
    const size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 60;
    if (rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: bench_owned [rounds, 1 to %d]\n", ROUNDS_MAX);
        return 2;
    }
    char folder[] = "/tmp/statgate-bench-XXXXXX";
    if (!mkdtemp(folder))
        bench_die("mkdtemp");
    (void)printf("CPU ns per sample in datagrams of %d bytes, medians of %zu rounds\n"
                 " series processes      last       sum  sum/last\n",
                 PACKET, rounds);
    static const size_t series[] = {100, 10000, 100000};
    for (size_t i = 0; i < sizeof series / sizeof *series; i++)
        run(series[i], NULL, 1, rounds, folder);
    int32_t pids[PROCESSES];
    for (size_t i = 0; i < PROCESSES; i++)
        pids[i] = start_idle();
    for (size_t i = 0; geteuid() == 0 && i < 2; i++)
        run(series[i], pids, PROCESSES, rounds, folder);
    for (size_t i = 0; i < PROCESSES; i++)
        (void)kill(pids[i], SIGKILL);
    (void)rmdir(folder);
    return 0;
}
