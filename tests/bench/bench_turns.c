/* SPDX-License-Identifier: MIT */
/*
 * bench_turns - tests the promise "no callback over a millisecond" with the most expensive inputs:
 * how many turns of the loop took longer, in CPU time of the thread and in wall time.
 *
 * Datagrams pass through a socket and the daemon's ingress; its cleaner removes what has expired;
 * pages are rendered in its slices. A turn is all that the loop does at once, so no callback in it
 * took longer. A turn that is slow in wall time only had to wait for the machine. The first turn
 * after the start, which touches cold memory, is not counted.
 *
 * Each input runs in a stack of its own. The last row is for the machine itself: turns of plain
 * arithmetic, as many as those of all inputs together and as long on average. If some of them take
 * over 1 ms, no program could avoid it (a host that steals processor time from the thread,
 * interrupts). The exit code judges nothing.
 *
 * usage: bench_turns [runs [input]]
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "endpoint/endpoint.h"
#include "figure.h"
#include "ingress/ingress.h"
#include "stack.h"
#include "view/view.h"

/* One endpoint with all services and groups, which adds no labels to the series. */
static const struct endpoint_options all_services = {
    .place = "", .name = "", .include = "all", .exclude = "none"};

enum { RUNS_MAX = 100, PACKET = 1432, LARGE = 60000, SLOW_NS = 1000000, TTL_MS = 1000 };

static const char catalog[] =
    "{\"statgate\":1,\"service\":\"turns\",\"max_series\":1000000,\"families\":{"
    "\"t_quantiles\":{\"type\":\"summary\",\"help\":\"\",\"quantiles\":[0.5,0.99],"
    "\"window_s\":300,\"labels\":{\"id\":{\"pattern\":\"integer\",\"max\":100000}}},"
    "\"t_level\":{\"type\":\"gauge\",\"help\":\"\",\"merge\":\"sum\","
    "\"labels\":{\"id\":{\"pattern\":\"integer\",\"max\":200000}}},"
    "\"t_flight\":{\"type\":\"updowncounter\",\"help\":\"\",\"owner\":\"process\"},"
    "\"t_folds_total\":{\"type\":\"counter\",\"help\":\"\","
    "\"labels\":{\"id\":{\"pattern\":\"integer\",\"max\":1000,\"otherwise\":\"other\"}}},"
    "\"t_wide\":{\"type\":\"histogram\",\"help\":\"\",\"buckets\":[%s]},"
    "\"t_brief\":{\"type\":\"gauge\",\"help\":\"\",\"ttl_s\":1,"
    "\"labels\":{\"id\":{\"pattern\":\"integer\",\"max\":100000}}},"
    "\"t_plain_total\":{\"type\":\"counter\",\"help\":\"\","
    "\"labels\":{\"id\":{\"pattern\":\"integer\",\"max\":100000}}}},"
    "\"jobs\":{\"t_job\":{\"buckets\":[1],\"max_live\":262144}}}";

/* The turns of one input in one run. */
struct turns {
    size_t count;
    size_t slow_cpu;
    size_t slow_wall;
    uint64_t cpu_ns;
    uint64_t longest_cpu_ns;
    uint64_t longest_wall_ns;
};

struct bench {
    struct bench_socket sock;
    struct bench_stack stack;
    struct cleaner cleaner;
    struct turns turns;
    size_t sender; /* the one that sends next */
};

static uint64_t wall_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* ---- turns ---- */

struct moment {
    uint64_t cpu_ns;
    uint64_t wall_ns;
};

static struct moment moment_now(void) {
    return (struct moment){.wall_ns = wall_ns(), .cpu_ns = bench_cpu_ns()};
}

static void turn_end(struct turns *turns, struct moment start) {
    const uint64_t cpu_ns = bench_cpu_ns() - start.cpu_ns;
    const uint64_t took_ns = wall_ns() - start.wall_ns;
    turns->count++;
    turns->cpu_ns += cpu_ns;
    turns->slow_cpu += cpu_ns > SLOW_NS;
    turns->slow_wall += took_ns > SLOW_NS;
    if (cpu_ns > turns->longest_cpu_ns)
        turns->longest_cpu_ns = cpu_ns;
    if (took_ns > turns->longest_wall_ns)
        turns->longest_wall_ns = took_ns;
}

static void turn(struct bench *bench) {
    const struct moment start = moment_now();
    (void)uv_run(&bench->stack.loop, UV_RUN_NOWAIT);
    turn_end(&bench->turns, start);
}

/* Makes turns until all that was sent is applied: until then, each turn has a callback. */
static void settle(struct bench *bench) {
    struct ingress_work before;
    struct ingress_work after;
    do {
        ingress_work(bench->stack.ingress, &before);
        turn(bench);
        ingress_work(bench->stack.ingress, &after);
    } while (after.watch.callbacks != before.watch.callbacks);
}

static void clean(struct bench *bench) {
    while (bench->cleaner.releasing || bench->cleaner.sweeping)
        turn(bench);
}

/* ---- sending ---- */

static void send_datagram(struct bench *bench, const struct strbuf *datagram) {
    for (size_t refused = 0;;) {
        const int fd = bench->sock.senders[bench->sender++ % BENCH_SENDERS];
        if (send(fd, datagram->data, datagram->len, MSG_DONTWAIT) >= 0)
            return;
        if (errno != EAGAIN)
            bench_die("send");
        if (++refused % BENCH_SENDERS == 0)
            turn(bench);
    }
}

/* Sends `count` lines, which `write` makes from their numbers, in datagrams of up to `packet`
 * bytes, and makes turns until all are applied. */
static void send_lines(struct bench *bench, size_t count, size_t packet,
                       void (*write)(struct strbuf *out, size_t number)) {
    struct strbuf datagram;
    struct strbuf line;
    strbuf_init(&datagram);
    strbuf_init(&line);
    for (size_t i = 0; i < count; i++) {
        strbuf_clear(&line);
        write(&line, i);
        if (datagram.len > 0 && datagram.len + 1 + line.len > packet) {
            send_datagram(bench, &datagram);
            strbuf_clear(&datagram);
        }
        if (datagram.len > 0)
            strbuf_putc(&datagram, '\n');
        strbuf_put(&datagram, line.data, line.len);
    }
    send_datagram(bench, &datagram);
    settle(bench);
    strbuf_done(&datagram);
    strbuf_done(&line);
}

static void write_quantiles(struct strbuf *out, size_t i) {
    strbuf_printf(out, "t_quantiles:0.%zu|d|#id:%zu", i % 1000 + 1, i);
}
static void write_level(struct strbuf *out, size_t i) {
    strbuf_printf(out, "t_level:1|g|#id:%zu", i);
}
static void write_job(struct strbuf *out, size_t i) {
    strbuf_printf(out, "t_job:started|j|i:%zx", i);
}
static void write_fold(struct strbuf *out, size_t i) {
    strbuf_printf(out, "t_folds_total:1|c|#id:%zu", i);
}
static void write_brief(struct strbuf *out, size_t i) {
    strbuf_printf(out, "t_brief:1|g|#id:%zu", i);
}
static void write_plain(struct strbuf *out, size_t i) {
    strbuf_printf(out, "t_plain_total:1|c|#id:%zu", i);
}
static void write_again(struct strbuf *out, size_t i) {
    write_plain(out, i % 50000);
}
static void write_random(struct strbuf *out, size_t i) {
    strbuf_printf(out, "t_%zx_total:1|c|#id:%zu", i * 0x9E3779B97F4A7C15u, i);
}
static void write_wide(struct strbuf *out, size_t i) {
    strbuf_puts(out, "t_wide");
    for (size_t value = 0; value < 500; value++)
        strbuf_printf(out, ":%zu", (i + value) * 7919 % 200);
    strbuf_puts(out, "|h");
}
static void write_empty_items(struct strbuf *out, size_t i) {
    (void)i;
    strbuf_puts(out, "t_plain_total");
    for (size_t item = 0; item < 8000; item++)
        strbuf_putc(out, ':');
    strbuf_puts(out, "|c|#id:1");
}

/* ---- inputs ---- */

static void new_summaries(struct bench *bench) {
    send_lines(bench, 100000, PACKET, write_quantiles);
}

static void end_this_process(struct bench *bench) {
    struct owners *owners = store_owners(bench->stack.store);
    owners_end(owners, owners_find(owners, getpid()));
    const struct moment start = moment_now();
    ingress_cleaner_release(&bench->cleaner);
    turn_end(&bench->turns, start);
    clean(bench);
}

static void parts_of_a_process(struct bench *bench) {
    send_lines(bench, 200000, PACKET, write_level);
    end_this_process(bench);
}

static void jobs_of_a_process(struct bench *bench) {
    send_lines(bench, 262144, PACKET, write_job);
    end_this_process(bench);
}

/* One up-down counter with parts of as many owners as there may be, which all end at once. */
static void parts_of_a_series(struct bench *bench) {
    static const char line[] = "t_flight:+1|g";
    enum { PROCESSES = 16384, FIRST_PID = 5000000 };
    struct owners *owners = store_owners(bench->stack.store);
    for (int32_t i = 0; i < PROCESSES; i++) {
        const struct gate_datagram datagram = {
            .data = line, .len = sizeof line - 1, .origin = {.pid = FIRST_PID + i}};
        (void)gate_batch(bench->stack.gate, &datagram, 1, SIZE_MAX, (struct store_time){1, 1});
    }
    for (int32_t i = 0; i < PROCESSES; i++)
        owners_end(owners, owners_find(owners, FIRST_PID + i));
    const struct moment start = moment_now();
    ingress_cleaner_release(&bench->cleaner);
    turn_end(&bench->turns, start);
    clean(bench);
}

static void folds(struct bench *bench) {
    send_lines(bench, 300000, PACKET, write_fold);
}

static void many_values(struct bench *bench) {
    send_lines(bench, 20000, PACKET, write_wide);
    send_lines(bench, 5000, LARGE, write_wide);
}

static void empty_items(struct bench *bench) {
    send_lines(bench, (size_t)7 * 400, LARGE, write_empty_items);
}

static void random_names(struct bench *bench) {
    send_lines(bench, 500000, PACKET, write_random);
}

static void new_in_large_datagrams(struct bench *bench) {
    send_lines(bench, 100000, LARGE, write_plain);
}

static void known_in_large_datagrams(struct bench *bench) {
    send_lines(bench, 1000000, LARGE, write_again);
}

static void expired_series(struct bench *bench) {
    send_lines(bench, 100000, PACKET, write_brief);
    struct timespec pause = {.tv_sec = TTL_MS / 1000, .tv_nsec = 100000000};
    (void)nanosleep(&pause, NULL);
    while (store_family_count(bench->stack.store, bench->stack.set.families[0]) > 0 ||
           bench->cleaner.sweeping)
        turn(bench);
}

/* As long a slice as HTTP has time for in a turn. */
static enum view_state make_slice(struct view *view, struct strbuf *out, uint64_t begun_ns) {
    enum { TURN_NS = 250000 };
    enum view_state state;
    strbuf_clear(out);
    do {
        view_limit(view, VIEW_STEP_BYTES);
        state = view_step(view, out, VIEW_STEP_UNITS, (struct store_time){1, 1});
    } while (state == VIEW_MORE && out->len < VIEW_SLICE_BYTES && wall_ns() - begun_ns < TURN_NS);
    return state;
}

/* Sorts and then renders a page of 100,000 new series, slice by slice. */
static void first_page(struct bench *bench) {
    struct endpoints endpoints;
    struct error error;
    send_lines(bench, 100000, PACKET, write_plain);
    if (!endpoints_build(&endpoints, &bench->stack.set, &all_services, 1, &error))
        bench_die(error.text);
    const struct view_source source = {.set = &bench->stack.set,
                                       .store = bench->stack.store,
                                       .ledger = bench->stack.ledger,
                                       .breakers_jobs = bench->stack.breakers_jobs};
    const struct exposition_options options = {.format = EXPOSITION_OPENMETRICS,
                                               .page = &endpoints.items[0].all};
    struct view *view = view_exposition(&source, &options);
    struct strbuf out;
    enum view_state state;
    strbuf_init(&out);
    do {
        const struct moment start = moment_now();
        state = make_slice(view, &out, start.wall_ns);
        turn_end(&bench->turns, start);
    } while (state == VIEW_MORE);
    view_free(view);
    strbuf_done(&out);
    endpoints_done(&endpoints);
}

static const struct input {
    const char *name;
    void (*run)(struct bench *bench);
} inputs[] = {
    {"100,000 new summaries", new_summaries},
    {"a process with 200,000 parts ends", parts_of_a_process},
    {"a process with 262,144 jobs ends", jobs_of_a_process},
    {"16,384 processes of a series end", parts_of_a_series},
    {"300,000 folds into a full label", folds},
    {"500 values a line, 200 buckets", many_values},
    {"60 kB datagrams of empty items", empty_items},
    {"500,000 random names", random_names},
    {"60 kB datagrams of new series", new_in_large_datagrams},
    {"60 kB datagrams of known lines", known_in_large_datagrams},
    {"100,000 series expire", expired_series},
    {"a page of 100,000 new series", first_page},
};
enum { INPUTS = sizeof inputs / sizeof inputs[0] };

/* ---- all of it ---- */

static void load(struct catalog_set *ret_set) {
    struct strbuf text;
    struct strbuf buckets;
    strbuf_init(&text);
    strbuf_init(&buckets);
    for (int i = 1; i <= CATALOG_BUCKETS_MAX; i++)
        strbuf_printf(&buckets, "%s%d", i > 1 ? "," : "", i);
    strbuf_printf(&text, catalog, strbuf_cstr(&buckets));
    workload_load(&text, ret_set);
    strbuf_done(&buckets);
    strbuf_done(&text);
}

static struct turns run(const struct input *input, const char *folder) {
    static struct bench bench;
    struct catalog_set set;
    struct strbuf first;
    memset(&bench, 0, sizeof bench);
    load(&set);
    bench_socket_open(&bench.sock, folder, "turns");
    bench_stack_open(&bench.stack, &set, &bench.sock);
    ingress_cleaner_start(&bench.cleaner, &bench.stack.loop, bench.stack.breakers_jobs,
                          bench.stack.store);
    strbuf_init(&first);
    strbuf_puts(&first, "t_wide:1|h");
    send_datagram(&bench, &first);
    settle(&bench);
    bench.turns = (struct turns){0};
    input->run(&bench);
    strbuf_done(&first);
    ingress_cleaner_close(&bench.cleaner);
    bench_stack_close(&bench.stack);
    bench_socket_close(&bench.sock, false);
    return bench.turns;
}

/* ---- the machine's own ---- */

/* Makes `steps` steps of arithmetic that no compiler can leave out. */
static void compute(size_t steps) {
    static volatile uint64_t state = 1;
    for (size_t i = 0; i < steps; i++)
        state = state * 6364136223846793005u + 1442695040888963407u;
}

static double step_ns(void) {
    enum { STEPS = 2000000 };
    const uint64_t begun_ns = bench_cpu_ns();
    compute(STEPS);
    return (double)(bench_cpu_ns() - begun_ns) / STEPS;
}

/* Makes as many turns of arithmetic, as long on average. */
static struct turns run_machine(const struct turns *like) {
    struct turns turns = {0};
    const double each_ns = like->count > 0 ? (double)like->cpu_ns / (double)like->count : 0;
    const size_t steps = (size_t)(each_ns / step_ns());
    while (turns.count < like->count) {
        const struct moment start = moment_now();
        compute(steps);
        turn_end(&turns, start);
    }
    return turns;
}

/* ---- rows ---- */

static void add(struct turns *sum, const struct turns *turns) {
    sum->count += turns->count;
    sum->cpu_ns += turns->cpu_ns;
    sum->slow_cpu += turns->slow_cpu;
    sum->slow_wall += turns->slow_wall;
    if (turns->longest_cpu_ns > sum->longest_cpu_ns)
        sum->longest_cpu_ns = turns->longest_cpu_ns;
    if (turns->longest_wall_ns > sum->longest_wall_ns)
        sum->longest_wall_ns = turns->longest_wall_ns;
}

/* Prints the results of all runs together. */
static void report(const char *name, const struct turns *turns, size_t runs) {
    struct turns sum = {0};
    for (size_t i = 0; i < runs; i++)
        add(&sum, &turns[i]);
    (void)printf("%-34s %8zu %10zu %7.2f %10zu %7.2f\n", name, sum.count, sum.slow_cpu,
                 (double)sum.longest_cpu_ns / 1e6, sum.slow_wall,
                 (double)sum.longest_wall_ns / 1e6);
    (void)fflush(stdout);
}

int main(int argc, char **argv) {
    static struct turns turns[RUNS_MAX];   /* of one input */
    static struct turns all[RUNS_MAX];     /* of all inputs */
    static struct turns machine[RUNS_MAX]; /* of plain arithmetic */
    const size_t runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 5;
    const char *only = argc > 2 ? argv[2] : "";
    if (runs == 0 || runs > RUNS_MAX) {
        (void)fprintf(stderr, "usage: bench_turns [runs, 1 to %d [input]]\n", RUNS_MAX);
        return 2;
    }
    char folder[] = "/tmp/statgate-turns-XXXXXX";
    if (!mkdtemp(folder))
        bench_die("mkdtemp");
    (void)printf("%-34s %8s %10s %7s %10s %7s\n", "", "", "CPU time", "longest", "by the",
                 "longest");
    (void)printf("%-34s %8s %10s %7s %10s %7s\n", "input", "turns", "over 1 ms", "ms", "wall",
                 "ms");
    for (size_t i = 0; i < INPUTS; i++) {
        if (!strstr(inputs[i].name, only))
            continue;
        for (size_t j = 0; j < runs; j++) {
            turns[j] = run(&inputs[i], folder);
            add(&all[j], &turns[j]);
        }
        report(inputs[i].name, turns, runs);
    }
    (void)rmdir(folder);
    size_t slow_runs = 0;
    for (size_t i = 0; i < runs; i++) {
        machine[i] = run_machine(&all[i]);
        slow_runs += all[i].slow_cpu > machine[i].slow_cpu;
    }
    report("(the machine: plain arithmetic)", machine, runs);
    (void)printf("%zu of %zu runs had more turns over 1 ms of CPU time than the machine's own\n",
                 slow_runs, runs);
    bench_figure((double)slow_runs / (double)runs, "ratio", "turns.slow_runs");
    return 0;
}
