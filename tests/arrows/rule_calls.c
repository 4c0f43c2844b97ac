#include <string.h>

#include "rules.h"

static const struct symbol *definition(const struct symbols *symbols, const char *name) {
    for (size_t i = 0; i < symbols->count; i++)
        if (symbols->items[i].defined && strcmp(symbols->items[i].name, name) == 0)
            return &symbols->items[i];
    return NULL;
}

void rules_calls(struct report *report, const struct tree *tree) {
    for (size_t i = 0; i < tree->symbols.count; i++) {
        const struct symbol *use = &tree->symbols.items[i];
        const struct symbol *there = use->defined ? NULL : definition(&tree->symbols, use->name);
        if (there != NULL && there->unit != use->unit &&
            !words_has(&use->unit->deps, there->unit->name)) {
            report_wrong(report, "%s/%s: uses %s of %s, but the DEPS of %s do not name it",
                         use->unit->folder, use->file, use->name, there->unit->name,
                         use->unit->name);
        }
    }
}
