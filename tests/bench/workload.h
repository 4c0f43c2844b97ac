/*
 * workload.h - lines of a made-up service: counters, gauges and histograms in equal parts, three
 * labels each, and a catalog that admits exactly them.
 */
#ifndef STATGATE_BENCH_WORKLOAD_H
#define STATGATE_BENCH_WORKLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "catalog/catalog.h"

/* Datagrams one after another in `bytes`; datagram i is at starts[i] .. starts[i + 1]. */
struct workload {
    char *bytes;
    size_t *starts;
    size_t datagrams;
    size_t lines;
};

/* `lines` lines over `series` series, uniform and repeatable; packed to at most `packet` bytes a
 * datagram (0: one line each). */
struct workload workload_new(size_t series, size_t lines, size_t packet);
void workload_free(struct workload *load);

/* A series' parts as a client wants them: name, labels, letter (c, g or h). `labels` takes
 * WORKLOAD_LABELS_MAX bytes. */
enum { WORKLOAD_LABELS_MAX = 64 };
struct workload_series {
    const char *name;
    char letter;
    char labels[WORKLOAD_LABELS_MAX];
};
struct workload_series workload_series_at(size_t series);

/* The catalog of that many series, as text. */
void workload_catalog_text(size_t series, struct strbuf *out);

/* The set with the catalog of that many series, finished. */
void workload_catalog(size_t series, struct catalog_set *ret_set);
/* A finished set from any catalog text; ends the program when it is wrong. */
void workload_load(const struct strbuf *text, struct catalog_set *ret_set);

/* Every series once. */
struct workload workload_all(size_t series);

/* Gauges only, bench_queue_depth with the labels above, and a catalog for them with these further
 * keys of the family ("" or ",\"merge\":\"sum\""). */
struct workload workload_gauges(size_t series, size_t lines, size_t packet);
struct workload workload_all_gauges(size_t series);
void workload_gauges_catalog(size_t series, const char *keys, struct catalog_set *ret_set);

#endif
