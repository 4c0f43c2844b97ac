/* SPDX-License-Identifier: MIT */
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

/* The datagrams follow one another in `bytes`; datagram i is at starts[i] .. starts[i + 1]. */
struct workload {
    char *bytes;
    size_t *starts;
    size_t datagrams;
    size_t lines;
};

/* Makes `lines` lines that are spread evenly over `series` series, the same in each run. They are
 * packed into datagrams of at most `packet` bytes (0: one line each). */
struct workload workload_new(size_t series, size_t lines, size_t packet);
void workload_free(struct workload *load);

/* A series as a client needs it: name, letter (c, g or h) and labels as a text. */
enum { WORKLOAD_LABELS_MAX = 64 };
struct workload_series {
    const char *name;
    char letter;
    char labels[WORKLOAD_LABELS_MAX];
};
struct workload_series workload_series_at(size_t series);

/* Appends the text of a catalog that admits `series` series. */
void workload_catalog_text(size_t series, struct strbuf *out);

/* Makes a finished set with that catalog. */
void workload_catalog(size_t series, struct catalog_set *ret_set);
/* Makes a finished set from any catalog text. Ends the program if the text is invalid. */
void workload_load(const struct strbuf *text, struct catalog_set *ret_set);

/* A workload with each series once. */
struct workload workload_all(size_t series);

/* The same with gauges only, bench_queue_depth with the labels above, and a catalog for them.
 * `keys` are further keys of the family ("" or ",\"merge\":\"sum\""). */
struct workload workload_gauges(size_t series, size_t lines, size_t packet);
struct workload workload_all_gauges(size_t series);
void workload_gauges_catalog(size_t series, const char *keys, struct catalog_set *ret_set);

#endif
