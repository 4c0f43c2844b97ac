/* SPDX-License-Identifier: MIT */
#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "loader/loader.h"

static const char *const methods[] = {"get", "put", "post", "delete"};
static const char *const codes[] = {"200", "204", "404", "500"};

static uint64_t random_next(uint64_t *state) { /* splitmix64: repeatable */
    uint64_t z = (*state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

struct workload_series workload_series_at(size_t series) {
    static const char *const names[] = {"bench_requests_total", "bench_queue_depth",
                                        "bench_request_duration_seconds"};
    const size_t key = series / 3;
    struct workload_series parts = {.name = names[series % 3], .letter = "cgh"[series % 3]};
    (void)snprintf(parts.labels, sizeof parts.labels, "method:%s,route:%zu,code:%s",
                   methods[key % 4], key / 16, codes[key / 4 % 4]);
    return parts;
}

static void write_line(struct strbuf *out, size_t series, uint64_t random) {
    const struct workload_series parts = workload_series_at(series);
    strbuf_puts(out, parts.name);
    if (parts.letter == 'c')
        strbuf_puts(out, ":1");
    else if (parts.letter == 'g')
        strbuf_printf(out, ":%u", (unsigned)(random % 1000));
    else
        strbuf_printf(out, ":0.%04u", (unsigned)(random % 10000));
    strbuf_printf(out, "|%c|#%s", parts.letter, parts.labels);
}

/* Makes a workload. Every third series, from 1 on, is a gauge. */
static struct workload build(size_t series, size_t lines, size_t packet, int each_once,
                             int only_gauges) {
    struct workload load = {0};
    struct strbuf bytes;
    struct strbuf line;
    strbuf_init(&bytes);
    strbuf_init(&line);
    load.starts = malloc((lines + 1) * sizeof *load.starts);
    uint64_t state = 1;
    for (size_t i = 0; i < lines; i++) {
        const uint64_t random = random_next(&state);
        strbuf_clear(&line);
        const size_t which = each_once ? i : random % series;
        write_line(&line, only_gauges ? which * 3 + 1 : which, random >> 32);
        const size_t used = load.datagrams == 0 ? 0 : bytes.len - load.starts[load.datagrams - 1];
        if (load.datagrams > 0 && packet > 0 && used + 1 + line.len <= packet)
            strbuf_putc(&bytes, '\n');
        else
            load.starts[load.datagrams++] = bytes.len;
        strbuf_put(&bytes, line.data, line.len);
        load.lines++;
    }
    load.starts[load.datagrams] = bytes.len;
    load.bytes = bytes.data;
    strbuf_done(&line);
    return load;
}

struct workload workload_new(size_t series, size_t lines, size_t packet) {
    return build(series, lines, packet, 0, 0);
}

struct workload workload_all(size_t series) {
    return build(series, series, 1432, 1, 0);
}

struct workload workload_gauges(size_t series, size_t lines, size_t packet) {
    return build(series, lines, packet, 0, 1);
}

struct workload workload_all_gauges(size_t series) {
    return build(series, series, 1432, 1, 1);
}

void workload_free(struct workload *load) {
    free(load->bytes);
    free(load->starts);
    *load = (struct workload){0};
}

void workload_catalog_text(size_t series, struct strbuf *out) {
    const char *labels = "\"labels\":{\"method\":[\"get\",\"put\",\"post\",\"delete\"],"
                         "\"code\":[\"200\",\"204\",\"404\",\"500\"],"
                         "\"route\":{\"pattern\":\"integer\",\"max\":%zu}}}";
    const size_t routes = series / 48 + 1;
    strbuf_printf(out, "{\"statgate\":1,\"service\":\"bench\",\"max_series\":%zu,\"families\":{",
                  routes * 48);
    strbuf_puts(out, "\"bench_requests_total\":{\"type\":\"counter\",\"help\":\"Requests.\",");
    strbuf_printf(out, labels, routes);
    strbuf_puts(out, ",\"bench_queue_depth\":{\"type\":\"gauge\",\"help\":\"Depth.\",");
    strbuf_printf(out, labels, routes);
    strbuf_puts(out, ",\"bench_request_duration_seconds\":{\"type\":\"histogram\","
                     "\"unit\":\"seconds\",\"help\":\"Latency.\","
                     "\"buckets\":[0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5,10],");
    strbuf_printf(out, labels, routes);
    strbuf_puts(out, "}}");
}

void workload_load(const struct strbuf *text, struct catalog_set *ret_set) {
    struct error error = {0};
    struct catalog *catalog = loader_text("bench.json", text->data, text->len, false, &error);
    catalog_set_init(ret_set);
    if (catalog)
        catalog_set_add(ret_set, catalog);
    if (!catalog || !catalog_set_finish(ret_set, &error)) {
        (void)fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
}

void workload_catalog(size_t series, struct catalog_set *ret_set) {
    struct strbuf text;
    strbuf_init(&text);
    workload_catalog_text(series, &text);
    workload_load(&text, ret_set);
    strbuf_done(&text);
}

void workload_gauges_catalog(size_t series, const char *keys, struct catalog_set *ret_set) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text,
                  "{\"statgate\":1,\"service\":\"bench\",\"max_series\":%zu,\"families\":{"
                  "\"bench_queue_depth\":{\"type\":\"gauge\",\"help\":\"Depth.\"%s,"
                  "\"labels\":{\"method\":[\"get\",\"put\",\"post\",\"delete\"],"
                  "\"code\":[\"200\",\"204\",\"404\",\"500\"],"
                  "\"route\":{\"pattern\":\"integer\",\"max\":%zu}}}}}",
                  (series / 16 + 1) * 16, keys, series / 16 + 1);
    workload_load(&text, ret_set);
    strbuf_done(&text);
}
