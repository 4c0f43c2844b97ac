/* SPDX-License-Identifier: MIT */
/*
 * bench_render - the cost of an exposition of 100,000 series in slices, as a ratio to copying the
 * same bytes when they are already formatted; and the memory that a series needs.
 *
 * usage: bench_render [series [rounds]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bare.h"
#include "clock.h"
#include "figure.h"
#include "gate/gate.h"
#include "view/view.h"
#include "workload.h"

/* One endpoint with all services and groups, which adds no labels to the series. */
static const struct endpoint_options all_services = {
    .place = "", .name = "", .include = "all", .exclude = "none"};

struct bench {
    struct catalog_set set;
    struct endpoints endpoints;
    struct view_source source;
    struct store *store;
    struct ledger *ledger;
    struct breakers_jobs *breakers_jobs;
    struct gate *gate;
};

/* An exposition that is rendered again and again. */
struct subject {
    const struct bench *bench;
    struct exposition_options options;
};

/* The cost of rendering once. */
struct rendering {
    uint64_t ns; /* of CPU time */
    uint64_t slowest_slice_ns;
    size_t bytes;
};

static uint64_t wall_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Makes a slice as the server does in a turn. */
static enum view_state make_slice(struct view *view, struct strbuf *out) {
    enum { TURN_NS = 250000 };
    const size_t end = out->len + VIEW_SLICE_BYTES;
    const uint64_t end_ns = wall_ns() + TURN_NS;
    enum view_state state;
    do {
        view_limit(view, VIEW_STEP_BYTES);
        state = view_step(view, out, VIEW_STEP_UNITS, (struct store_time){1, 1});
    } while (state == VIEW_MORE && out->len < end && wall_ns() < end_ns);
    return state;
}

/* Renders all slices into `out`, which keeps only the last slice if `keep` is 0. */
static struct rendering render(const struct subject *subject, int keep, struct strbuf *out) {
    struct view *view = view_exposition(&subject->bench->source, &subject->options);
    struct rendering rendering = {0};
    const uint64_t start = bench_cpu_ns();
    enum view_state state;
    do {
        const uint64_t slice = bench_cpu_ns();
        const size_t before = out->len;
        state = make_slice(view, out);
        rendering.bytes += out->len - before;
        if (!keep)
            strbuf_clear(out);
        const uint64_t took = bench_cpu_ns() - slice;
        if (took > rendering.slowest_slice_ns)
            rendering.slowest_slice_ns = took;
    } while (state == VIEW_MORE);
    rendering.ns = bench_cpu_ns() - start;
    view_free(view);
    return rendering;
}

/* Copies all bytes in slices of the same size: the least that writing them can cost. */
static uint64_t copy(const struct strbuf *whole, struct strbuf *out) {
    const uint64_t start = bench_cpu_ns();
    size_t done = 0;
    while (done < whole->len) {
        const size_t part = whole->len - done < (1u << 20) ? whole->len - done : 1u << 20;
        strbuf_put(out, whole->data + done, part);
        strbuf_clear(out);
        done += part;
    }
    return bench_cpu_ns() - start;
}

static void send_all(const struct bench *bench, const struct workload *all) {
    for (size_t i = 0; i < all->datagrams; i++) {
        const struct gate_datagram datagram = {.data = all->bytes + all->starts[i],
                                               .len = all->starts[i + 1] - all->starts[i]};
        (void)gate_batch(bench->gate, &datagram, 1, SIZE_MAX, (struct store_time){0, 0});
    }
}

static void make(struct bench *bench, const struct workload *all, size_t series) {
    struct error error;
    workload_catalog(series, &bench->set);
    if (!endpoints_build(&bench->endpoints, &bench->set, &all_services, 1, &error)) {
        (void)fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    const struct store_time start = {0, 0};
    bench->store = store_new(NULL, &bench->set, 1, start);
    bench->ledger = ledger_new(NULL, &bench->set, 1);
    bench->breakers_jobs = breakers_jobs_new(NULL, &bench->set, bench->store, 1, start);
    bench->gate = gate_new(NULL, &bench->set, bench->store, bench->ledger, bench->breakers_jobs, 1);
    send_all(bench, all);
    bench->source =
        (struct view_source){.set = &bench->set, .store = bench->store, .ledger = bench->ledger};
}

static void done(struct bench *bench) {
    gate_free(bench->gate);
    breakers_jobs_free(bench->breakers_jobs);
    ledger_free(bench->ledger);
    store_free(bench->store);
    endpoints_done(&bench->endpoints);
    catalog_set_done(&bench->set);
}

enum { ROUNDS_MAX = 100 };

/* Measures rendering, and a copy of the same bytes, in turns. */
static void measure(const struct bench *bench, enum exposition_format format, size_t rounds) {
    static const char *const names[] = {"openmetrics", "text"};
    const char *name = names[format];
    struct strbuf whole;
    struct strbuf out;
    strbuf_init(&whole);
    strbuf_init(&out);
    const struct subject subject = {
        .bench = bench, .options = {.format = format, .page = &bench->endpoints.items[0].all}};
    (void)render(&subject, 1, &whole);
    size_t lines = 0;
    for (size_t i = 0; i < whole.len; i++)
        lines += whole.data[i] == '\n';
    double rendered[ROUNDS_MAX];
    double copied[ROUNDS_MAX];
    uint64_t slowest = 0;
    for (size_t i = 0; i < rounds; i++) {
        const struct rendering rendering = render(&subject, 0, &out);
        rendered[i] = (double)rendering.ns;
        if (rendering.slowest_slice_ns > slowest)
            slowest = rendering.slowest_slice_ns;
        copied[i] = (double)copy(&whole, &out);
    }
    const double ns = bench_median(rendered, rounds);
    const double line_ns = ns / (double)lines;
    const double ratio = ns / bench_median(copied, rounds);
    (void)printf("%-11s %zu lines of %.0f bytes: %.1f ms (%.1f ns a line), slowest slice %.2f ms; "
                 "%.2f x copying the bytes\n",
                 name, lines, (double)whole.len / (double)lines, ns / 1e6, line_ns,
                 (double)slowest / 1e6, ratio);
    bench_figure((double)whole.len, "bytes", "render.%s.page", name);
    bench_figure(line_ns, "ns", "render.%s.line", name);
    bench_figure(ratio, "ratio", "render.%s.copy", name);
    strbuf_done(&whole);
    strbuf_done(&out);
}

int main(int argc, char **argv) {
    const size_t series = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    const size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 7;
    if (series == 0 || rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: bench_render [series [rounds]]\n");
        return 2;
    }
    struct workload all = workload_all(series);
    const uint64_t before = bench_resident_bytes();
    struct bench bench = {0};
    make(&bench, &all, series);
    struct store_figures figures;
    store_figures(bench.store, &figures);

    const struct subject first = {
        .bench = &bench,
        .options = {.format = EXPOSITION_TEXT, .page = &bench.endpoints.items[0].all}};
    struct strbuf out;
    strbuf_init(&out);
    const struct rendering sorting = render(&first, 0, &out);
    (void)printf(
        "series %llu, first exposition (sorts what is new): %.1f ms, slowest slice %.2f ms\n",
        (unsigned long long)figures.series, (double)sorting.ns / 1e6,
        (double)sorting.slowest_slice_ns / 1e6);
    const uint64_t resident = bench_resident_bytes() - before;
    (void)printf("memory: %.1f MB resident for all, %.0f bytes a series\n", (double)resident / 1e6,
                 (double)resident / (double)figures.series);
    bench_figure((double)resident, "bytes", "render.memory");
    bench_figure((double)resident / (double)figures.series, "bytes", "render.memory.series");

    for (int format = 0; format < 2; format++)
        measure(&bench, (enum exposition_format)format, rounds);
    strbuf_done(&out);
    workload_free(&all);
    done(&bench);
    return 0;
}
