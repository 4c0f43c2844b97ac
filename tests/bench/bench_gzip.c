/* SPDX-License-Identifier: MIT */
/*
 * bench_gzip - the cost of compressing the exposition of 100,000 series in pieces, as the daemon
 * does, as a ratio to zlib's level 1 on the same text; and the time of the longest piece.
 *
 * usage: bench_gzip [series [rounds]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "clock.h"
#include "figure.h"
#include "gate/gate.h"
#include "gzip/gzip.h"
#include "view/view.h"
#include "workload.h"

/* One endpoint with all services and groups, which adds no labels to the series. */
static const struct endpoint_options all_services = {
    .place = "", .name = "", .include = "all", .exclude = "none"};

static _Noreturn void die(const char *what) {
    (void)fprintf(stderr, "bench_gzip: %s\n", what);
    exit(1);
}

static void render(const struct view_source *source, const struct endpoint_page *page,
                   struct strbuf *out) {
    const struct exposition_options options = {.format = EXPOSITION_OPENMETRICS, .page = page};
    struct view *view = view_exposition(source, &options);
    while (view_step(view, out, SIZE_MAX, (struct store_time){1, 1}) == VIEW_MORE)
        continue;
    view_free(view);
}

static void apply(struct gate *gate, struct workload load) {
    for (size_t i = 0; i < load.datagrams; i++) {
        const struct gate_datagram datagram = {.data = load.bytes + load.starts[i],
                                               .len = load.starts[i + 1] - load.starts[i]};
        (void)gate_batch(gate, &datagram, 1, SIZE_MAX, (struct store_time){0, 0});
    }
    workload_free(&load);
}

/* Writes an exposition after several samples for each series. */
static void make_text(size_t series, struct strbuf *out) {
    struct catalog_set set = {0};
    struct endpoints endpoints = {0};
    struct error error;
    const struct store_time start = {0, 0};
    workload_catalog(series, &set);
    if (!endpoints_build(&endpoints, &set, &all_services, 1, &error))
        die(error.text);
    struct store *store = store_new(NULL, &set, 1, start);
    struct ledger *ledger = ledger_new(NULL, &set, 1);
    struct breakers_jobs *breakers_jobs = breakers_jobs_new(NULL, &set, store, 1, start);
    struct gate *gate = gate_new(NULL, &set, store, ledger, breakers_jobs, 1);
    apply(gate, workload_all(series));
    apply(gate, workload_new(series, 5 * series, 1400));
    const struct view_source source = {.set = &set, .store = store, .ledger = ledger};
    render(&source, &endpoints.items[0].all, out);
    gate_free(gate);
    breakers_jobs_free(breakers_jobs);
    ledger_free(ledger);
    store_free(store);
    endpoints_done(&endpoints);
    catalog_set_done(&set);
}

/* The time and the size of a compression. */
struct taken {
    uint64_t cpu_ns;
    uint64_t longest_ns; /* of a piece */
    size_t bytes;
};

static void note_piece(struct taken *taken, uint64_t since_ns, size_t bytes) {
    const uint64_t took = bench_cpu_ns() - since_ns;
    taken->longest_ns = took > taken->longest_ns ? took : taken->longest_ns;
    taken->bytes += bytes;
}

static char out[GZIP_PIECE_BYTES];

static struct taken by_gzip(const struct strbuf *text) {
    struct taken taken = {0};
    const uint64_t start = bench_cpu_ns();
    struct gzip *gzip = gzip_new();
    struct gzip_piece piece = {.in = text->data, .in_left = text->len, .last = true};
    enum gzip_state state;
    do {
        const uint64_t since = bench_cpu_ns();
        piece.out = out;
        piece.out_left = sizeof out;
        state = gzip_step(gzip, &piece);
        note_piece(&taken, since, sizeof out - piece.out_left);
    } while (state == GZIP_MORE);
    gzip_free(gzip);
    taken.cpu_ns = bench_cpu_ns() - start;
    if (state != GZIP_ENDED)
        die("gzip failed");
    return taken;
}

static struct taken by_zlib(const struct strbuf *text) {
    struct taken taken = {0};
    z_stream stream = {0};
    size_t left = text->len;
    int result;
    const uint64_t start = bench_cpu_ns();
    if (deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        die("no memory");
    stream.next_in = (Bytef *)text->data;
    do {
        const uint64_t since = bench_cpu_ns();
        const size_t piece = left < GZIP_PIECE_BYTES ? left : GZIP_PIECE_BYTES;
        stream.avail_in = (uInt)piece;
        stream.next_out = (Bytef *)out;
        stream.avail_out = sizeof out;
        result = deflate(&stream, piece == left ? Z_FINISH : Z_NO_FLUSH);
        left -= piece - stream.avail_in;
        note_piece(&taken, since, sizeof out - stream.avail_out);
    } while (result == Z_OK);
    deflateEnd(&stream);
    taken.cpu_ns = bench_cpu_ns() - start;
    if (result != Z_STREAM_END)
        die("zlib failed");
    return taken;
}

enum { ROUNDS_MAX = 100 };

/* Medians of a row of rounds. */
struct row {
    double ms[ROUNDS_MAX];
    double longest_ms[ROUNDS_MAX];
    size_t bytes;
};

static void keep(struct row *row, size_t round, const struct taken *taken) {
    row->ms[round] = (double)taken->cpu_ns / 1e6;
    row->longest_ms[round] = (double)taken->longest_ns / 1e6;
    row->bytes = taken->bytes;
}

static void print_row(const char *name, struct row *row, size_t rounds, size_t text_bytes) {
    (void)printf("%-13s %6.1f ms of CPU, to 1/%.1f; longest piece %.3f ms\n", name,
                 bench_median(row->ms, rounds), (double)text_bytes / (double)row->bytes,
                 bench_median(row->longest_ms, rounds));
}

int main(int argc, char **argv) {
    const size_t series = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
    const size_t rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 15;
    static struct row mine;
    static struct row theirs;
    static double ratio[ROUNDS_MAX];
    struct strbuf text;
    if (series == 0 || rounds == 0 || rounds > ROUNDS_MAX) {
        (void)fprintf(stderr, "usage: bench_gzip [series [rounds]]\n");
        return 2;
    }
    strbuf_init(&text);
    make_text(series, &text);
    for (size_t i = 0; i < rounds; i++) {
        const struct taken one = by_gzip(&text);
        const struct taken other = by_zlib(&text);
        keep(&mine, i, &one);
        keep(&theirs, i, &other);
        ratio[i] = (double)one.cpu_ns / (double)other.cpu_ns;
    }
    (void)printf("%zu series, %.1f MB of OpenMetrics, medians of %zu\n", series,
                 (double)text.len / 1e6, rounds);
    print_row(gzip_library(), &mine, rounds, text.len);
    print_row("zlib, level 1", &theirs, rounds, text.len);
    const double median = bench_median(ratio, rounds); /* which sorts them */
    (void)printf("ratio %.2f (%.2f to %.2f)\n", median, ratio[0], ratio[rounds - 1]);
    bench_figure(median, "ratio", "gzip.to-zlib");
    bench_figure((double)text.len / (double)mine.bytes, "ratio", "gzip.smaller");
    bench_figure(bench_median(mine.longest_ms, rounds) * 1e6, "ns", "gzip.longest-piece");
    strbuf_done(&text);
    return 0;
}
