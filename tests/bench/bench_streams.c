/* SPDX-License-Identifier: MIT */
/*
 * bench_streams - CPU per sample of the daemon's path, by ways in: Unix datagrams, UDP, a Unix
 * stream of lines, and one of Datadog's frames. As in bench_ingest, senders fill what the kernel
 * takes, and only the emptying is timed; the ways take turns. The lines of a datagram, a frame or a
 * write are the same: one, or as many as 1,432 bytes hold.
 *
 * usage: bench_streams [rounds]
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "figure.h"
#include "stack.h"

enum { SERIES = 100, LINES = 20000, PACKET = 1432, ROUNDS_MAX = 1000, STREAMS = 8 };
enum way { DATAGRAMS, UDP, STREAM_OF_LINES, STREAM_OF_FRAMES, WAYS };

static const char *const names[WAYS] = {"datagrams", "udp", "lines", "frames"};

struct bench {
    struct bench_socket sock;
    struct bench_stack stack;
    struct workload load;
    int senders[WAYS][STREAMS];
    size_t next;
};

static void add_input(struct bench *bench, const char *listen, struct sockaddr_in *ret_address) {
    struct ingress_listener listener;
    struct error error;
    socklen_t len = sizeof *ret_address;
    const struct ingress_input_options options = {
        .listen = listen, .place = "bench", .mode = 0600, .group = INGRESS_GROUP_KEEP};
    if (!ingress_input_open(&options, &listener, &error))
        bench_die(error.text);
    if (ingress_add(bench->stack.ingress, &listener, 0) != 0 ||
        (ret_address != NULL &&
         getsockname(listener.fd, (struct sockaddr *)ret_address, &len) != 0))
        bench_die("input");
}

static void connect_all(struct bench *bench, const char *path, const struct sockaddr_in *udp) {
    for (size_t i = 0; i < STREAMS; i++) {
        bench->senders[DATAGRAMS][i] = bench->sock.senders[i];
        bench->senders[UDP][i] = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (connect(bench->senders[UDP][i], (const struct sockaddr *)udp, sizeof *udp) != 0)
            bench_die("udp");
        for (int way = STREAM_OF_LINES; way < WAYS; way++)
            if ((bench->senders[way][i] = unix_socket_connect(path, SOCK_STREAM)) < 0)
                bench_die("stream");
    }
}

/* Writes datagram number `at` of the load, in the way's form. False: the kernel takes no more. */
static bool put(const struct bench *bench, enum way way, int fd, size_t at) {
    static char bytes[65536 + 5];
    const char *from = bench->load.bytes + bench->load.starts[at];
    size_t len = bench->load.starts[at + 1] - bench->load.starts[at];
    size_t before = 0;
    if (way == STREAM_OF_FRAMES) {
        const uint32_t length = (uint32_t)len;
        memcpy(bytes, &length, sizeof length);
        before = sizeof length;
    }
    memcpy(bytes + before, from, len);
    if (way == STREAM_OF_LINES)
        bytes[len++] = '\n';
    const ssize_t sent = send(fd, bytes, before + len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0 && (size_t)sent != before + len)
        bench_die("a write was cut");
    return sent > 0;
}

static uint64_t accepted(const struct bench *bench) {
    return ledger_total(bench->stack.ledger)->by_verdict[VERDICT_ACCEPTED];
}

static size_t lines_of(const struct workload *load, size_t at) {
    size_t lines = 1;
    for (size_t i = load->starts[at]; i + 1 < load->starts[at + 1]; i++)
        lines += load->bytes[i] == '\n';
    return lines;
}

/* Fills, and empties. Returns the CPU time per line. */
static double ns_of(struct bench *bench, enum way way) {
    enum { WRITES = STREAMS * 100 }; /* less than the senders' buffers hold */
    size_t lines = 0;
    for (size_t i = 0; i < WRITES; i++) {
        if (!put(bench, way, bench->senders[way][i % STREAMS], bench->next))
            break;
        lines += lines_of(&bench->load, bench->next);
        bench->next = (bench->next + 1) % bench->load.datagrams;
    }
    const uint64_t wanted = accepted(bench) + lines;
    const uint64_t start = bench_cpu_ns();
    while (accepted(bench) < wanted)
        (void)uv_run(&bench->stack.loop, UV_RUN_NOWAIT);
    return (double)(bench_cpu_ns() - start) / (double)lines;
}

static void run(const char *folder, size_t packet, size_t rounds) {
    static double ns[WAYS][ROUNDS_MAX];
    struct bench bench = {.load = workload_new(SERIES, LINES, packet)};
    struct workload all = workload_all(SERIES);
    struct catalog_set set;
    struct sockaddr_in udp;
    char listen[200];
    const char *how = packet == 0 ? "line" : "packed";
    bench_socket_open(&bench.sock, folder, how);
    workload_catalog(SERIES, &set);
    bench_stack_open(&bench.stack, &set, &bench.sock);
    bench_stack_meet(&bench.stack, &all);
    (void)snprintf(listen, sizeof listen, "unix-stream:%s/%s.stream", folder, how);
    add_input(&bench, listen, NULL);
    add_input(&bench, "udp:127.0.0.1:0", &udp);
    connect_all(&bench, strchr(listen, ':') + 1, &udp);
    for (size_t round = 0; round < rounds; round++)
        for (int way = 0; way < WAYS; way++)
            ns[way][round] = ns_of(&bench, (enum way)way);
    const double base = bench_median(ns[DATAGRAMS], rounds);
    for (int way = 0; way < WAYS; way++) {
        const double median = bench_median(ns[way], rounds);
        (void)printf("%-8s %-10s %7.1f ns, %.2f of datagrams\n", how, names[way], median,
                     median / base);
        if (way != DATAGRAMS)
            bench_figure(median / base, "ratio", "streams.%s.%s", how, names[way]);
        for (size_t i = 0; way != DATAGRAMS && i < STREAMS; i++)
            (void)close(bench.senders[way][i]);
    }
    bench_stack_close(&bench.stack);
    bench_socket_close(&bench.sock, false);
    workload_free(&bench.load);
    workload_free(&all);
}

int main(int argc, char **argv) {
    char folder[] = "/tmp/statgate-bench-XXXXXX";
    const size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 200;
    if (rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: bench_streams [rounds, 1 to %d]\n", ROUNDS_MAX);
        return 2;
    }
    if (mkdtemp(folder) == NULL)
        bench_die("mkdtemp");
    run(folder, 0, rounds);
    run(folder, PACKET, rounds);
    (void)rmdir(folder);
    return 0;
}
