#include "graph.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "words.h"

static size_t number_of(struct graph *graph, const char *name) {
    paths_add(&graph->names, name);
    size_t i = 0;
    while (strcmp(graph->names.items[i], name) != 0)
        i++;
    return i;
}

void graph_connect(struct graph *graph, const char *from, const char *to) {
    const struct edge edge = {number_of(graph, from), number_of(graph, to)};
    graph->edges = memory_grow(graph->edges, graph->edge_count, sizeof *graph->edges);
    graph->edges[graph->edge_count++] = edge;
}

void graph_free(struct graph *graph) {
    paths_free(&graph->names);
    free(graph->edges);
    *graph = (struct graph){0};
}

/* A depth-first search: the names on the current path, and those known to reach no circle. */
struct walk {
    const struct graph *graph;
    struct report *report;
    const char *what;
    struct words way;
    struct words done;
};

static void report_circle(const struct walk *walk, const char *name) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    bool within = false;
    for (size_t i = 0; i < walk->way.count; i++) {
        within = within || strcmp(walk->way.items[i], name) == 0;
        if (within)
            fprintf(out, "%s -> ", walk->way.items[i]);
    }
    fclose(out);
    report_wrong(walk->report, "%s form a circle: %s%s", walk->what, text, name);
    free(text);
}

static void go(struct walk *walk, size_t number) {
    const char *name = walk->graph->names.items[number];
    if (words_has(&walk->done, name))
        return;
    if (words_has(&walk->way, name)) {
        report_circle(walk, name);
        return;
    }
    words_add(&walk->way, name);
    for (size_t i = 0; i < walk->graph->edge_count; i++)
        if (walk->graph->edges[i].from == number)
            go(walk, walk->graph->edges[i].to);
    walk->way.count--;
    words_add(&walk->done, name);
}

void graph_judge(const struct graph *graph, struct report *report, const char *what) {
    struct walk walk = {.graph = graph, .report = report, .what = what};
    for (size_t i = 0; i < graph->names.count; i++)
        go(&walk, i);
    words_free(&walk.way);
    words_free(&walk.done);
}
