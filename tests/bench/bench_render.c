/*
 * bench_render - an exposition of 100,000 series in slices, as a ratio to copying the same bytes
 * when they are already formatted; and the memory that a series needs.
 *
 * usage: bench_render [series [rounds]]
 */
#include <stdio.h>
#include <stdlib.h>

#include "bare.h"
#include "clock.h"
#include "figure.h"
#include "gate/gate.h"
#include "view/view.h"
#include "workload.h"

/* One endpoint of all services and groups, with nothing on the series. */
static const struct endpoint_options all_services = {
    .place = "", .name = "", .include = "all", .exclude = "none"};

struct bench {
    struct catalog_set set;
    struct endpoints endpoints;
    struct view_source source;
    struct store *store;
    struct ledger *ledger;
    struct machines *machines;
    struct gate *gate;
};

/* Render all slices into `out`, which keeps only the last slice when `keep` is 0. Returns CPU ns;
 * the slowest slice in *ret_slice. */
static uint64_t render(const struct bench *bench, enum exposition_format format, int keep,
                       struct strbuf *out, uint64_t *ret_slice, size_t *ret_bytes) {
    const struct exposition_options options = {.format = format,
                                               .page = &bench->endpoints.items[0].all};
    struct view *view = view_exposition(&bench->source, &options);
    const uint64_t start = bench_cpu_ns();
    uint64_t slowest = 0;
    size_t bytes = 0;
    enum view_state state;
    do {
        const uint64_t slice = bench_cpu_ns();
        const size_t before = out->len;
        state = view_step(view, out, VIEW_SLICE_UNITS, (struct store_time){1, 1});
        bytes += out->len - before;
        if (!keep)
            strbuf_clear(out);
        const uint64_t took = bench_cpu_ns() - slice;
        slowest = took > slowest ? took : slowest;
    } while (state == VIEW_MORE);
    const uint64_t used = bench_cpu_ns() - start;
    view_free(view);
    *ret_slice = slowest;
    *ret_bytes = bytes;
    return used;
}

/* Copy `bytes` bytes in slices of the same size: what writing them costs at least. */
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

int main(int argc, char **argv) {
    const size_t series = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    const size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 15;
    if (series == 0 || rounds == 0 || rounds > 100) {
        (void)fprintf(stderr, "usage: bench_render [series [rounds]]\n");
        return 2;
    }
    struct workload all = workload_all(series);
    const uint64_t before = bench_resident_bytes();
    struct bench bench = {0};
    struct error error;
    workload_catalog(series, &bench.set);
    if (!endpoints_build(&bench.endpoints, &bench.set, &all_services, 1, &error)) {
        (void)fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    bench.store = store_new(memory_heap(), NULL, &bench.set, 1, (struct store_time){0, 0});
    bench.ledger = ledger_new(memory_heap(), NULL, &bench.set, 1);
    bench.machines =
        machines_new(memory_heap(), NULL, &bench.set, bench.store, 1, (struct store_time){0, 0});
    bench.gate =
        gate_new(memory_heap(), NULL, &bench.set, bench.store, bench.ledger, bench.machines, 1);
    for (size_t i = 0; i < all.datagrams; i++) {
        const struct gate_datagram datagram = {.data = all.bytes + all.starts[i],
                                               .len = all.starts[i + 1] - all.starts[i]};
        (void)gate_batch(bench.gate, &datagram, 1, SIZE_MAX, (struct store_time){0, 0});
    }
    bench.source = (struct view_source){
        .memory = memory_heap(), .set = &bench.set, .store = bench.store, .ledger = bench.ledger};
    struct store_figures figures;
    store_figures(bench.store, &figures);

    struct strbuf whole;
    struct strbuf out;
    strbuf_init(&whole);
    strbuf_init(&out);
    uint64_t slice;
    size_t bytes;
    const uint64_t first = render(&bench, EXPOSITION_TEXT, 0, &out, &slice, &bytes);
    (void)printf(
        "series %llu, first exposition (sorts what is new): %.1f ms, slowest slice %.2f ms\n",
        (unsigned long long)figures.series, (double)first / 1e6, (double)slice / 1e6);
    const uint64_t resident = bench_resident_bytes() - before;
    (void)printf("memory: %.1f MB resident for all, %.0f bytes a series\n", (double)resident / 1e6,
                 (double)resident / (double)figures.series);
    bench_figure((double)resident, "bytes", "render.memory");
    bench_figure((double)resident / (double)figures.series, "bytes", "render.memory.series");

    static const char *const names[] = {"openmetrics", "text"};
    for (int format = 0; format < 2; format++) {
        double rendered[100];
        double copied[100];
        uint64_t slowest = 0;
        strbuf_clear(&whole);
        (void)render(&bench, (enum exposition_format)format, 1, &whole, &slice, &bytes);
        size_t lines = 0;
        for (size_t i = 0; i < whole.len; i++)
            lines += whole.data[i] == '\n';
        for (size_t i = 0; i < rounds; i++) {
            rendered[i] =
                (double)render(&bench, (enum exposition_format)format, 0, &out, &slice, &bytes);
            slowest = slice > slowest ? slice : slowest;
            copied[i] = (double)copy(&whole, &out);
        }
        const double mine = bench_median(rendered, rounds);
        const double theirs = bench_median(copied, rounds);
        (void)printf("%-11s %zu lines, %.1f MB: %.1f ms (%.0f ns a line), slowest slice %.2f ms; "
                     "%.1f x copying the bytes\n",
                     names[format], lines, (double)whole.len / 1e6, mine / 1e6,
                     mine / (double)lines, (double)slowest / 1e6, mine / theirs);
        bench_figure((double)whole.len, "bytes", "render.%s.page", names[format]);
        bench_figure(mine / (double)lines, "ns", "render.%s.line", names[format]);
        bench_figure(mine / theirs, "ratio", "render.%s.copy", names[format]);
    }
    strbuf_done(&whole);
    strbuf_done(&out);
    workload_free(&all);
    gate_free(bench.gate);
    machines_free(bench.machines);
    ledger_free(bench.ledger);
    store_free(bench.store);
    endpoints_done(&bench.endpoints);
    catalog_set_done(&bench.set);
    return 0;
}
