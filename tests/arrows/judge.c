#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "memory.h"
#include "rules.h"

/* Fills report->known with the lines of `text`. */
static void read_known(struct report *report, char *text) {
    while (text != NULL && *text != '\0') {
        const char *line = strsep(&text, "\n");
        if (*line != '\0')
            words_add(&report->known, line);
    }
}

static void judge_tree(struct report *report, const struct tree *tree) {
    rules_includes(report, tree);
    rules_circles(report, tree);
    rules_twice(report, tree);
    rules_calls(report, tree);
    rules_names(report, tree);
    rules_tags(report, tree);
}

size_t judge(FILE *out, const char *facts, const char *symbols, const char *root,
             const char *known) {
    struct report report = {.out = out};
    struct tree tree = {.root = root};
    char *text = known != NULL ? memory_read(known) : NULL;
    read_known(&report, text);
    if (!facts_read(&tree.facts, facts))
        report.count++;
    else if (!symbols_read(&tree.symbols, &tree.facts, symbols))
        report.count++;
    else
        judge_tree(&report, &tree);
    symbols_free(&tree.symbols);
    facts_free(&tree.facts);
    words_free(&report.known);
    free(text);
    return report.count;
}
