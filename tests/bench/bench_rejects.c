/*
 * bench_rejects - CPU per sample of lines that are not simply accepted: names, labels and values that
 * no catalog has, a new one in each line, which is the worst case for tables of the most frequent ones.
 *
 * One thread, without sockets: datagrams of 1432 bytes go to the gate as they are. The kinds take turns,
 * and each is judged by its ratio to accepted samples of the same run.
 *
 * usage: bench_rejects [rounds [kind]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "clock.h"
#include "figure.h"
#include "loader/loader.h"
#include "stack.h"

enum { ROUNDS_MAX = 1000, PACKET = 1432, LINES = 100000, BATCH = 64 };

static const char catalog[] =
    "{\"statgate\":1,\"service\":\"shop\",\"families\":{"
    "\"shop_orders_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
    "\"kind\":{\"values\":[\"a\",\"b\"],\"otherwise\":\"other\"},\"outcome\":[\"ok\",\"failed\"]}}}"
    "}";

/* Each line; %d is its number. */
static const struct {
    const char *name;
    const char *line;
} kinds[] = {
    {"accepted", "shop_orders_total:1|c|#kind:a,outcome:ok\n"},
    {"malformed", "shop_orders_total 1 c kind:a,outcome:%d\n"},
    {"unknown name", "shop_orders_%d_total:1|c|#kind:a,outcome:ok\n"},
    {"unknown label", "shop_orders_total:1|c|#kind:a,label_%d:ok\n"},
    {"refused value", "shop_orders_total:1|c|#kind:a,outcome:%d\n"},
    {"folded value", "shop_orders_total:1|c|#kind:value_%d,outcome:ok\n"},
    {"folded, known", "shop_orders_total:1|c|#kind:value,outcome:ok\n"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct load {
    struct strbuf bytes;
    struct gate_datagram datagrams[LINES];
    size_t count;
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void put_line(struct strbuf *out, int kind, int number) {
    strbuf_printf(out, kinds[kind].line, number);
}
#pragma GCC diagnostic pop

static void make_load(struct load *load, int kind) {
    size_t *starts = calloc(LINES + 1, sizeof *starts);
    if (starts == NULL)
        bench_die("memory");
    strbuf_init(&load->bytes);
    for (int i = 0; i < LINES; i++) {
        if (i == 0 || load->bytes.len - starts[load->count - 1] > PACKET - 60)
            starts[load->count++] = load->bytes.len;
        put_line(&load->bytes, kind, i);
    }
    starts[load->count] = load->bytes.len;
    if (load->bytes.failed)
        bench_die("memory");
    for (size_t i = 0; i < load->count; i++)
        load->datagrams[i] = (struct gate_datagram){.data = load->bytes.data + starts[i],
                                                    .len = starts[i + 1] - starts[i],
                                                    .origin = {.pid = getpid()}};
    free(starts);
}

static void open_stack(struct bench_stack *stack, struct bench_socket *sock, const char *folder) {
    struct catalog_set set;
    struct error error;
    catalog_set_init(&set);
    struct catalog *one = loader_text("bench.json", catalog, strlen(catalog), false, &error);
    if (one == NULL || !catalog_set_add(&set, one) || !catalog_set_finish(&set, &error))
        bench_die(error.text);
    bench_socket_open(sock, folder, "rejects");
    bench_stack_open(stack, &set, sock);
}

/* `now` rises by a millisecond a batch. */
static uint64_t apply(struct bench_stack *stack, const struct load *load, struct store_time *now) {
    const uint64_t start = bench_cpu_ns();
    for (size_t at = 0; at < load->count; at += BATCH) {
        const size_t rest = load->count - at;
        (void)gate_batch(stack->gate, &load->datagrams[at], rest < BATCH ? rest : BATCH, SIZE_MAX,
                         *now);
        now->mono_ms++;
        now->real_ms++;
    }
    return bench_cpu_ns() - start;
}

static void run(int rounds, int only, const char *folder) {
    static struct load loads[KINDS];
    static double ns[KINDS][ROUNDS_MAX];
    static struct bench_stack stack;
    struct bench_socket sock;
    struct store_time now = {.mono_ms = 1000, .real_ms = 1700000000000};
    open_stack(&stack, &sock, folder);
    for (int kind = 0; kind < KINDS; kind++)
        make_load(&loads[kind], kind);
    for (int round = 0; round < rounds + 1; round++)
        for (int kind = 0; kind < KINDS; kind++)
            if (only < 0 || kind == only) {
                const uint64_t used = apply(&stack, &loads[kind], &now);
                if (round > 0)
                    ns[kind][round - 1] = (double)used / LINES;
            }
    for (int kind = 0; kind < KINDS; kind++)
        if (only < 0 || kind == only) {
            const double median = bench_median(ns[kind], (size_t)rounds);
            const double accepted = only < 0 ? bench_median(ns[0], (size_t)rounds) : median;
            (void)printf("%-14s %8.1f %8.2f\n", kinds[kind].name, median, median / accepted);
            if (only < 0)
                bench_figure(median / accepted, "ratio", "rejects.%s", kinds[kind].name);
        }
    bench_stack_close(&stack);
    bench_socket_close(&sock, false);
    for (int kind = 0; kind < KINDS; kind++)
        strbuf_done(&loads[kind].bytes);
}

int main(int argc, char **argv) {
    const long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 30;
    const long only = argc > 2 ? strtol(argv[2], NULL, 10) : -1;
    if (rounds < 1 || rounds > ROUNDS_MAX || only >= KINDS) {
        (void)fprintf(stderr, "usage: bench_rejects [rounds, 1 to %d [kind]]\n", ROUNDS_MAX);
        return 2;
    }
    char folder[] = "/tmp/statgate-bench-XXXXXX";
    if (!mkdtemp(folder))
        bench_die("mkdtemp");
    (void)printf("%-14s %8s %8s\n", "CPU per sample", "ns", "ratio");
    run((int)rounds, (int)only, folder);
    (void)rmdir(folder);
    return 0;
}
