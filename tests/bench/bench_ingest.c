/*
 * bench_ingest - CPU per sample from socket to store, as a ratio to the bare limit of the same run.
 *
 * One thread: senders fill the socket's queue, then the receiver empties it, and only the emptying
 * is timed (CPU time of the thread). Three receivers take turns, so that a noisy neighbour meets
 * all of them:
 *
 *   discard   recvmmsg(64) with SO_PASSCRED, nothing else
 *   bare      recvmmsg(64), then bare.c: the least parse, hash, look-up and addition
 *   statgate  the daemon's path: libuv loop, ingress, gate, books, store
 *
 * usage: bench_ingest [rounds]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "bare.h"
#include "clock.h"
#include "ingress/batch.h"
#include "ingress/ingress.h"
#include "ingress/listen.h"
#include "workload.h"

enum { QUEUE = 4096, SENDERS = 48, ROUNDS_MAX = 1000, KINDS = 3 };

struct bench {
    struct ingress_listener listeners[KINDS];
    int senders[KINDS][SENDERS];
    struct batch *batch;
    struct ledger_traffic traffic;
    struct bare *bare;
    uv_loop_t loop;
    struct ingress *ingress;
    struct catalog_set set;
    struct store *store;
    struct ledger *ledger;
    struct gate *gate;
    struct workload load;
    size_t next; /* datagram to send next */
};

static void die(const char *what) {
    (void)fprintf(stderr, "bench_ingest: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void open_socket(struct bench *bench, int kind, const char *folder) {
    char path[100];
    char error[INGRESS_ERROR_MAX];
    (void)snprintf(path, sizeof path, "%s/%d", folder, kind);
    const struct ingress_listen_options options = {.path = path,
                                                   .setting = "path",
                                                   .name = "bench",
                                                   .mode = 0600,
                                                   .group = INGRESS_GROUP_KEEP,
                                                   .depth = QUEUE,
                                                   .deep_queue = true};
    if (!ingress_listen_open(&options, &bench->listeners[kind], error)) {
        (void)fprintf(stderr, "bench_ingest: %s\n", error);
        exit(1);
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    for (int i = 0; i < SENDERS; i++) {
        bench->senders[kind][i] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (connect(bench->senders[kind][i], (struct sockaddr *)&address, sizeof address) != 0)
            die("connect");
    }
}

/* Fill the queue. Returns datagrams sent; *ret_lines their lines. */
static size_t fill(struct bench *bench, int kind, size_t first, size_t *ret_lines) {
    size_t sent = 0;
    size_t lines = 0;
    for (int i = 0; i < SENDERS; i++)
        for (int j = 0; j < 80; j++) {
            const size_t at = (first + sent) % bench->load.datagrams;
            const char *data = bench->load.bytes + bench->load.starts[at];
            const size_t len = bench->load.starts[at + 1] - bench->load.starts[at];
            if (send(bench->senders[kind][i], data, len, MSG_DONTWAIT) != (ssize_t)len)
                break;
            lines++;
            for (const char *c = data; (c = memchr(c, '\n', (size_t)(data + len - c))); c++)
                lines++;
            sent++;
        }
    *ret_lines = lines;
    return sent;
}

static size_t drain_plain(struct bench *bench, int kind, int parse) {
    size_t got = 0;
    for (;;) {
        const int count =
            batch_receive(bench->batch, bench->listeners[kind].fd, 0, &bench->traffic);
        if (count <= 0)
            return got;
        got += (size_t)count;
        for (int i = 0; parse && i < count; i++)
            bare_datagram(bench->bare, bench->batch->datagrams[i].data,
                          bench->batch->datagrams[i].len);
    }
}

static size_t drain_statgate(struct bench *bench, size_t expected) {
    struct ingress_figures before;
    struct ingress_figures after;
    ingress_figures(bench->ingress, &before);
    do {
        (void)uv_run(&bench->loop, UV_RUN_NOWAIT);
        ingress_figures(bench->ingress, &after);
    } while (after.datagrams - before.datagrams < expected);
    return after.datagrams - before.datagrams;
}

static void open_bench(struct bench *bench, size_t series, const char *folder) {
    bench->batch = calloc(1, sizeof *bench->batch);
    bench->bare = bare_new(series);
    workload_catalog(series, &bench->set);
    bench->store = store_new(&bench->set, 1, (struct store_time){0, 0});
    bench->ledger = ledger_new(&bench->set, 1);
    bench->gate = gate_new(&bench->set, bench->store, bench->ledger, 1);
    if (!bench->batch || batch_init(bench->batch) != 0 || !bench->store || !bench->ledger ||
        !bench->gate)
        die("memory");
    for (int kind = 0; kind < KINDS; kind++)
        open_socket(bench, kind, folder);
    (void)uv_loop_init(&bench->loop);
    const struct ingress_options options = {.loop = &bench->loop,
                                            .sink = ingress_gate_sink(bench->gate),
                                            .traffic = ledger_traffic(bench->ledger),
                                            .never_tick = true};
    if (ingress_new(&options, &bench->ingress) != 0 ||
        ingress_add(bench->ingress, &bench->listeners[2], 0) != 0)
        die("ingress");
    /* Both tables know every series before anything is timed. */
    struct workload all = workload_all(series);
    for (size_t i = 0; i < all.datagrams; i++) {
        const struct gate_datagram datagram = {.data = all.bytes + all.starts[i],
                                               .len = all.starts[i + 1] - all.starts[i],
                                               .origin = {.pid = getpid()}};
        (void)gate_batch(bench->gate, &datagram, 1, SIZE_MAX, (struct store_time){0, 0});
        bare_datagram(bench->bare, datagram.data, datagram.len);
    }
    workload_free(&all);
}

static void close_bench(struct bench *bench) {
    ingress_close(bench->ingress, NULL, NULL);
    (void)uv_run(&bench->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&bench->loop);
    for (int kind = 0; kind < KINDS; kind++) {
        for (int i = 0; i < SENDERS; i++)
            (void)close(bench->senders[kind][i]);
        if (kind != 2)
            ingress_listen_close(&bench->listeners[kind]);
    }
    gate_free(bench->gate);
    ledger_free(bench->ledger);
    store_free(bench->store);
    catalog_set_done(&bench->set);
    bare_free(bench->bare);
    batch_done(bench->batch);
    free(bench->batch);
}

static void run(size_t series, size_t packet, size_t rounds, const char *folder) {
    struct bench *bench = calloc(1, sizeof *bench);
    if (!bench)
        die("memory");
    open_bench(bench, series, folder);
    bench->load = workload_new(series, packet == 0 ? 100000 : 1000000, packet);
    static double ns[KINDS][ROUNDS_MAX];
    size_t total_lines = 0;
    for (size_t round = 0; round < rounds + 2; round++) {
        for (int kind = 0; kind < KINDS; kind++) {
            size_t lines;
            const size_t sent = fill(bench, kind, bench->next, &lines);
            const uint64_t start = bench_cpu_ns();
            const size_t got =
                kind == 2 ? drain_statgate(bench, sent) : drain_plain(bench, kind, kind == 1);
            const uint64_t used = bench_cpu_ns() - start;
            if (got != sent)
                (void)fprintf(stderr, "bench_ingest: sent %zu, got %zu\n", sent, got);
            if (round >= 2)
                ns[kind][round - 2] = (double)used / (double)lines;
            if (kind == 2) {
                bench->next = (bench->next + sent) % bench->load.datagrams;
                total_lines += lines;
            }
        }
    }
    const struct tally *tally = ledger_total(bench->ledger);
    if (tally->by_verdict[VERDICT_ACCEPTED] != total_lines + series)
        (void)fprintf(stderr, "bench_ingest: not every sample was accepted\n");
    const double discard = bench_median(ns[0], rounds);
    const double bare = bench_median(ns[1], rounds);
    const double statgate = bench_median(ns[2], rounds);
    (void)printf("%7zu  %-14s %9.0f %9.0f %9.0f   %8.2f   %8.2f\n", series,
                 packet == 0 ? "one line" : "1432 bytes", discard, bare, statgate,
                 statgate / discard, statgate / bare);
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
        die("mkdtemp");
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
