#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "rules.h"

static int by_name(const void *left, const void *right) {
    const struct symbol *a = left;
    const struct symbol *b = right;
    const int names = strcmp(a->name, b->name);
    return names != 0 ? names : strcmp(a->unit->name, b->unit->name);
}

void rules_twice(struct report *report, const struct tree *tree) {
    struct symbol *exported = NULL;
    size_t count = 0;
    for (size_t i = 0; i < tree->symbols.count; i++) {
        if (tree->symbols.items[i].defined) {
            exported = memory_grow(exported, count, sizeof *exported);
            exported[count++] = tree->symbols.items[i];
        }
    }
    if (count > 0)
        qsort(exported, count, sizeof *exported, by_name);
    for (size_t i = 1; i < count; i++) {
        const struct symbol *a = &exported[i - 1];
        const struct symbol *b = &exported[i];
        if (strcmp(a->name, b->name) == 0 && a->unit != b->unit) {
            report_wrong(report, "%s/%s: exports %s, and so does %s/%s", b->unit->folder, b->file,
                         b->name, a->unit->folder, a->file);
        }
    }
    free(exported);
}
