/* SPDX-License-Identifier: MIT */
/*
 * bench_ingest - CPU per sample from socket to store, as a ratio to the bare limit of the same run.
 *
 * One thread: senders fill the socket's queue, then the receiver empties it, and only the emptying
 * is timed (CPU time of the thread). Three receivers take turns, so that a noisy neighbour affects
 * all of them alike:
 *
 *   discard   recvmmsg(64) with SO_PASSCRED, nothing else
 *   bare      recvmmsg(64), then bare.c: the least parse, hash, look-up and addition
 *   statgate  the daemon's path: libuv loop, ingress, gate, ledger, store
 *
 * usage: bench_ingest [rounds]
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bare.h"
#include "clock.h"
#include "figure.h"
#include "ingress/ingress_private.h"
#include "stack.h"

enum { ROUNDS_MAX = 1000 };
enum kind { DISCARD, BARE, STATGATE, KINDS };

struct bench {
    struct bench_socket sockets[KINDS];
    struct batch *batch;
    struct ledger_traffic traffic;
    struct bare *bare;
    struct bench_stack stack;
    struct workload load;
    size_t next; /* datagram to send next */
};

static size_t drain_plain(struct bench *bench, enum kind kind) {
    size_t got = 0;
    for (;;) {
        const int count = ingress_batch_receive(bench->batch, bench->sockets[kind].listener.fd, 0,
                                                &bench->traffic);
        if (count <= 0)
            return got;
        got += (size_t)count;
        for (int i = 0; kind == BARE && i < count; i++)
            bare_datagram(bench->bare, bench->batch->datagrams[i].data,
                          bench->batch->datagrams[i].len);
    }
}

static void open_bench(struct bench *bench, size_t series, const char *folder) {
    static const char *const names[KINDS] = {"discard", "bare", "statgate"};
    struct catalog_set set;
    bench->batch = calloc(1, sizeof *bench->batch);
    bench->bare = bare_new(series);
    if (!bench->batch)
        bench_die("memory");
    ingress_batch_init(bench->batch, NULL);
    for (int kind = 0; kind < KINDS; kind++)
        bench_socket_open(&bench->sockets[kind], folder, names[kind]);
    workload_catalog(series, &set);
    bench_stack_open(&bench->stack, &set, &bench->sockets[STATGATE]);
    /* Both tables have every series before anything is timed. */
    struct workload all = workload_all(series);
    bench_stack_meet(&bench->stack, &all);
    for (size_t i = 0; i < all.datagrams; i++)
        bare_datagram(bench->bare, all.bytes + all.starts[i], all.starts[i + 1] - all.starts[i]);
    workload_free(&all);
}

static void close_bench(struct bench *bench) {
    bench_stack_close(&bench->stack);
    for (int kind = 0; kind < KINDS; kind++)
        bench_socket_close(&bench->sockets[kind], kind != STATGATE);
    bare_free(bench->bare);
    ingress_batch_done(bench->batch);
    free(bench->batch);
}

static void run(size_t series, size_t packet, size_t rounds, const char *folder) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (!bench)
        bench_die("memory");
    open_bench(bench, series, folder);
    bench->load = workload_new(series, packet == 0 ? 100000 : 1000000, packet);
    static double ns[KINDS][ROUNDS_MAX];
    size_t total_lines = 0;
    for (size_t round = 0; round < rounds + 2; round++) {
        for (int kind = 0; kind < KINDS; kind++) {
            size_t lines;
            const size_t sent =
                bench_fill(&bench->sockets[kind], &bench->load, bench->next, &lines);
            const uint64_t start = bench_cpu_ns();
            const size_t got = kind == STATGATE ? bench_stack_drain(&bench->stack, sent)
                                                : drain_plain(bench, (enum kind)kind);
            const uint64_t used = bench_cpu_ns() - start;
            if (got != sent)
                (void)fprintf(stderr, "bench_ingest: sent %zu, got %zu\n", sent, got);
            if (round >= 2)
                ns[kind][round - 2] = (double)used / (double)lines;
            if (kind == STATGATE) {
                bench->next = (bench->next + sent) % bench->load.datagrams;
                total_lines += lines;
            }
        }
    }
    const struct tally *tally = ledger_total(bench->stack.ledger);
    if (tally->by_verdict[VERDICT_ACCEPTED] != total_lines + series)
        (void)fprintf(stderr, "bench_ingest: not every sample was accepted\n");
    const double discard = bench_median(ns[DISCARD], rounds);
    const double bare = bench_median(ns[BARE], rounds);
    const double statgate = bench_median(ns[STATGATE], rounds);
    (void)printf("%7zu  %-14s %9.0f %9.0f %9.0f   %8.2f   %8.2f\n", series,
                 packet == 0 ? "one line" : "1432 bytes", discard, bare, statgate,
                 statgate / discard, statgate / bare);
    const char *how = packet == 0 ? "line" : "packed";
    bench_figure(statgate / discard, "ratio", "ingest.%zu.%s.discard", series, how);
    bench_figure(statgate / bare, "ratio", "ingest.%zu.%s.bare", series, how);
    (void)fflush(stdout);
    workload_free(&bench->load);
    close_bench(bench);
    free(bench);
}

int main(int argc, char **argv) {
    const size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 60;
    if (rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: bench_ingest [rounds, 1 to %d]\n", ROUNDS_MAX);
        return 2;
    }
    char folder[] = "/tmp/statgate-bench-XXXXXX";
    if (!mkdtemp(folder))
        bench_die("mkdtemp");
    (void)printf("CPU ns per sample, medians of %zu rounds; judge by the ratios\n"
                 " series  datagram         discard      bare  statgate  /discard      /bare\n",
                 rounds);
    static const size_t series[] = {100, 10000, 100000};
    for (size_t i = 0; i < sizeof series / sizeof *series; i++) {
        run(series[i], 0, rounds, folder);
        run(series[i], 1432, rounds, folder);
    }
    (void)rmdir(folder);
    return 0;
}
