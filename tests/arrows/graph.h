/*
 * graph.h - a directed graph of names, and its circles.
 */
#ifndef ARROWS_GRAPH_H
#define ARROWS_GRAPH_H

#include "paths.h"
#include "report.h"

struct edge {
    size_t from;
    size_t to;
};

/** Zeroed: empty. */
struct graph {
    struct paths names;
    struct edge *edges;
    size_t edge_count;
};

/** Copies the names. */
void graph_connect(struct graph *graph, const char *from, const char *to);
/** Reports each circle as `WHAT form a circle: a -> b -> a`. */
void graph_judge(const struct graph *graph, struct report *report, const char *what);
void graph_free(struct graph *graph);

#endif
