/* SPDX-License-Identifier: MIT */
/*
 * bench_rejects - CPU per sample of lines that are not simply accepted: folded, because a value is
 * not listed or a table is full, and refused. Each kind is measured once with lines that repeat and
 * once with a new line each time, which is the worst case for the tables that remember lines.
 *
 * One thread, without sockets: datagrams of 1432 bytes go directly to the gate. The kinds take
 * turns, and each is judged by its ratio to accepted samples of the same run with as many
 * spellings. The ratio is printed as the median of seven, and the least and the greatest.
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

enum { ROUNDS_MAX = 140, PACKET = 1432, LINES = 100000, BATCH = 64, MANY = 64 };

static const char catalog[] =
    "{\"statgate\":1,\"service\":\"shop\",\"max_series\":5000,\"families\":{"
    "\"shop_orders_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
    "\"kind\":{\"values\":[\"a\",\"b\"],\"otherwise\":\"other\"},\"outcome\":[\"ok\",\"failed\"]}},"
    "\"shop_visits_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
    "\"page\":{\"pattern\":\"slug\",\"max\":200},\"outcome\":[\"ok\",\"failed\"]}},"
    "\"shop_labels_total\":{\"type\":\"counter\",\"help\":\"\",\"labels\":{"
    "\"page\":{\"pattern\":\"slug\",\"max\":2,\"otherwise\":\"other\"},"
    "\"outcome\":[\"ok\",\"failed\"]}},"
    "\"shop_series_total\":{\"type\":\"counter\",\"help\":\"\",\"max_series\":4,\"labels\":{"
    "\"page\":{\"pattern\":\"slug\",\"max\":400,\"otherwise\":\"other\"},"
    "\"outcome\":[\"ok\",\"failed\"]}}}}";

/* The kinds of lines; %d is the number of the line. */
static const struct {
    const char *name;
    const char *line;
    int spellings; /* 0: each line has its own */
    int to;        /* index of the kind that it is compared with */
} kinds[] = {
    {"accepted", "shop_orders_total:1|c|#kind:a,outcome:ok\n", 1, 0},
    {"folded", "shop_orders_total:1|c|#kind:value,outcome:ok\n", 1, 0},
    {"accepted", "shop_visits_total:1|c|#page:value-%d,outcome:ok\n", MANY, 2},
    {"folded", "shop_orders_total:1|c|#kind:value-%d,outcome:ok\n", MANY, 2},
    {"folded, label full", "shop_labels_total:1|c|#page:value-%d,outcome:ok\n", MANY, 2},
    {"folded, family full", "shop_series_total:1|c|#page:value-%d,outcome:ok\n", MANY, 2},
    {"malformed", "shop_orders_total 1 c page:value-%d,outcome:ok\n", MANY, 2},
    {"unknown name", "shop_orders_%d_total:1|c|#kind:a,outcome:ok\n", MANY, 2},
    {"unknown label", "shop_orders_total:1|c|#kind:a,label_%d:ok\n", MANY, 2},
    {"refused value", "shop_orders_total:1|c|#kind:a,outcome:%d\n", MANY, 2},
    {"folded", "shop_orders_total:1|c|#kind:value-%d,outcome:ok\n", 0, 2},
    {"folded, label full", "shop_labels_total:1|c|#page:value-%d,outcome:ok\n", 0, 2},
    {"malformed", "shop_orders_total 1 c page:value-%d,outcome:ok\n", 0, 2},
    {"unknown name", "shop_orders_%d_total:1|c|#kind:a,outcome:ok\n", 0, 2},
    {"unknown label", "shop_orders_total:1|c|#kind:a,label_%d:ok\n", 0, 2},
    {"refused value", "shop_orders_total:1|c|#kind:a,outcome:%d\n", 0, 2},
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
    const int spellings = kinds[kind].spellings;
    strbuf_printf(out, kinds[kind].line, spellings > 0 ? number % spellings : number);
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

static void send_text(struct bench_stack *stack, const char *text, struct store_time now) {
    const struct gate_datagram datagram = {
        .data = text, .len = strlen(text), .origin = {.pid = getpid()}};
    (void)gate_batch(stack->gate, &datagram, 1, SIZE_MAX, now);
}

/* Opens a stack, and fills its tables. */
static void open_stack(struct bench_stack *stack, struct bench_socket *sock, const char *folder,
                       struct store_time now) {
    struct catalog_set set;
    struct error error;
    catalog_set_init(&set);
    struct catalog *one = loader_text("bench.json", catalog, strlen(catalog), false, &error);
    if (one != NULL)
        catalog_set_add(&set, one);
    if (one == NULL || !catalog_set_finish(&set, &error))
        bench_die(error.text);
    bench_socket_open(sock, folder, "rejects");
    bench_stack_open(stack, &set, sock);
    send_text(
        stack,
        "shop_labels_total:1|c|#page:a,outcome:ok\nshop_labels_total:1|c|#page:b,outcome:ok\n"
        "shop_series_total:1|c|#page:a,outcome:ok\nshop_series_total:1|c|#page:b,outcome:ok\n",
        now);
}

/* Applies the load. `now` rises by a millisecond per batch. */
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

static double ns[KINDS][BENCH_PARTS]; /* the median of each part's rounds */

static void measure(struct bench_stack *stack, const struct load *loads, int rounds, int only,
                    struct store_time now) {
    static double used[KINDS][ROUNDS_MAX];
    for (int part = -1; part < BENCH_PARTS; part++) {
        const int count = part < 0 ? 1 : rounds;
        for (int round = 0; round < count; round++)
            for (int kind = 0; kind < KINDS; kind++)
                if (only < 0 || kind == only)
                    used[kind][round] = (double)apply(stack, &loads[kind], &now) / LINES;
        for (int kind = 0; part >= 0 && kind < KINDS; kind++)
            ns[kind][part] = bench_median(used[kind], (size_t)rounds);
    }
}

static void print(int kind, int to) {
    double own[BENCH_PARTS];
    double ratios[BENCH_PARTS];
    char spellings[32] = "new";
    memcpy(own, ns[kind], sizeof own);
    for (int part = 0; part < BENCH_PARTS; part++)
        ratios[part] = own[part] / ns[to][part];
    const struct bench_spread spread = bench_spread_of(ratios);
    if (kinds[kind].spellings > 0)
        (void)snprintf(spellings, sizeof spellings, "%d", kinds[kind].spellings);
    (void)printf("%-20s %9s %8.1f %8.2f   (%.2f to %.2f)\n", kinds[kind].name, spellings,
                 bench_median(own, BENCH_PARTS), spread.median, spread.least, spread.most);
    if (kind != to)
        bench_figure(spread.median, "ratio", "rejects.%s.%s", kinds[kind].name, spellings);
}

static void run(int rounds, int only, const char *folder) {
    static struct load loads[KINDS];
    static struct bench_stack stack;
    struct bench_socket sock;
    const struct store_time now = {.mono_ms = 1000, .real_ms = 1700000000000};
    open_stack(&stack, &sock, folder, now);
    for (int kind = 0; kind < KINDS; kind++)
        make_load(&loads[kind], kind);
    measure(&stack, loads, rounds, only, now);
    for (int kind = 0; kind < KINDS; kind++)
        if (only < 0 || kind == only)
            print(kind, only < 0 ? kinds[kind].to : kind);
    bench_stack_close(&stack);
    bench_socket_close(&sock, false);
    for (int kind = 0; kind < KINDS; kind++)
        strbuf_done(&loads[kind].bytes);
}

int main(int argc, char **argv) {
    const long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 5;
    const long only = argc > 2 ? strtol(argv[2], NULL, 10) : -1;
    if (rounds < 1 || rounds > ROUNDS_MAX || only >= KINDS) {
        (void)fprintf(stderr, "usage: bench_rejects [rounds, 1 to %d [kind]]\n", ROUNDS_MAX);
        return 2;
    }
    char folder[] = "/tmp/statgate-bench-XXXXXX";
    if (!mkdtemp(folder))
        bench_die("mkdtemp");
    (void)printf("%-20s %9s %8s %8s\n", "CPU per sample", "spellings", "ns", "ratio");
    run((int)rounds, (int)only, folder);
    (void)rmdir(folder);
    return 0;
}
