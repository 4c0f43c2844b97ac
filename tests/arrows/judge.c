#include "judge.h"
#include "rules.h"

static void judge_tree(struct report *report, const struct tree *tree) {
    rules_includes(report, tree);
    rules_circles(report, tree);
    rules_twice(report, tree);
    rules_calls(report, tree);
    rules_names(report, tree);
    rules_tags(report, tree);
}

size_t judge(FILE *out, const char *facts, const char *symbols, const char *root) {
    struct report report = {.out = out};
    struct tree tree = {.root = root};
    if (facts_read(&tree.facts, facts) && symbols_read(&tree.symbols, &tree.facts, symbols))
        judge_tree(&report, &tree);
    else
        report.count++;
    symbols_free(&tree.symbols);
    facts_free(&tree.facts);
    return report.count;
}
