#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "includes.h"
#include "memory.h"
#include "rules.h"

/* ---- targets ---- */

static void judge_deps(struct report *report, const struct facts *facts) {
    struct graph graph = {0};
    for (size_t i = 0; i < facts->unit_count; i++)
        for (size_t j = 0; j < facts->units[i].deps.count; j++)
            graph_connect(&graph, facts->units[i].name, facts->units[i].deps.items[j]);
    graph_judge(&graph, report, "the DEPS");
    graph_free(&graph);
}

/* ---- files of a target ---- */

static const struct symbol *definition(const struct symbols *symbols, const struct symbol *use) {
    for (size_t i = 0; i < symbols->count; i++)
        if (symbols->items[i].defined && symbols->items[i].unit == use->unit &&
            strcmp(symbols->items[i].name, use->name) == 0)
            return &symbols->items[i];
    return NULL;
}

static void add_call(struct graph *graph, const struct symbol *use, const struct symbol *there) {
    char *from = memory_text("%s/%s", use->unit->folder, use->file);
    char *to = memory_text("%s/%s", there->unit->folder, there->file);
    if (strcmp(from, to) != 0)
        graph_connect(graph, from, to);
    free(from);
    free(to);
}

static void judge_calls(struct report *report, const struct symbols *symbols) {
    struct graph graph = {0};
    for (size_t i = 0; i < symbols->count; i++) {
        const struct symbol *use = &symbols->items[i];
        const struct symbol *there = use->defined ? NULL : definition(symbols, use);
        if (there != NULL)
            add_call(&graph, use, there);
    }
    graph_judge(&graph, report, "the calls of files");
    graph_free(&graph);
}

/* ---- headers ---- */

static bool is_header(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot != NULL && strcmp(dot, ".h") == 0;
}

static void seen(void *context, const struct include *include) {
    if (include->header != NULL && is_header(include->header))
        graph_connect(context, include->file, include->header);
}

static void add_headers(struct graph *graph, const struct tree *tree, const struct unit *unit) {
    struct paths paths = {0};
    paths_of(&paths, tree->root, &tree->facts, unit);
    for (size_t i = 0; i < paths.count; i++)
        if (is_header(paths.items[i]))
            includes_read(tree->root, paths.items[i], &tree->facts.includes, seen, graph);
    paths_free(&paths);
}

static void judge_headers(struct report *report, const struct tree *tree) {
    struct graph graph = {0};
    for (size_t i = 0; i < tree->facts.unit_count; i++)
        if (unit_has_folder(&tree->facts.units[i]))
            add_headers(&graph, tree, &tree->facts.units[i]);
    graph_judge(&graph, report, "the includes of headers");
    graph_free(&graph);
}

void rules_circles(struct report *report, const struct tree *tree) {
    judge_deps(report, &tree->facts);
    judge_calls(report, &tree->symbols);
    judge_headers(report, tree);
}
