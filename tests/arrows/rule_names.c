#include <string.h>

#include "rules.h"

/* True if a symbol is `word` or begins with it and an underscore. */
static bool begins(const char *symbol, const char *word, size_t length) {
    return length > 0 && strncmp(symbol, word, length) == 0 &&
           (symbol[length] == '\0' || symbol[length] == '_');
}

static bool ends(const char *word, size_t length, const char *end) {
    const size_t size = strlen(end);
    return length > size && memcmp(word + length - size, end, size) == 0;
}

/* Singular or plural: owner_find in owners.c, windows_init in window.c. */
static bool begins_one(const char *symbol, const char *word, size_t length) {
    const size_t y = length - strlen("ies");
    return begins(symbol, word, length) ||
           (ends(word, length, "s") && begins(symbol, word, length - strlen("s"))) ||
           (ends(word, length, "ies") && strncmp(symbol, word, y) == 0 &&
            begins(symbol + y, "y", 1)) ||
           (strncmp(symbol, word, length) == 0 && begins(symbol + length, "s", 1));
}

/* A leading sg_ of a file's name is optional in the symbol. */
static bool bears(const char *symbol, const char *word, size_t length) {
    static const char ours[] = "sg_";
    const size_t size = sizeof ours - 1;
    return begins_one(symbol, word, length) || (length > size && strncmp(word, ours, size) == 0 &&
                                                begins_one(symbol, word + size, length - size));
}

/* Each folder's name on a path and, at its end, that of the file. */
static bool bears_part(const char *symbol, const char *path) {
    for (;;) {
        const size_t length = strcspn(path, "/");
        const bool last = path[length] == '\0';
        if (bears(symbol, path, last ? strcspn(path, ".") : length))
            return true;
        if (last)
            return false;
        path += length + 1;
    }
}

static const char *last_folder(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* All of proto has one prefix, for other programs may link it. */
static bool is_named_well(const struct symbol *symbol) {
    const char *folder = last_folder(symbol->unit->folder);
    if (strcmp(folder, "proto") == 0)
        return begins(symbol->name, "sg", strlen("sg"));
    return bears(symbol->name, folder, strlen(folder)) || bears_part(symbol->name, symbol->file);
}

void rules_names(struct report *report, const struct tree *tree) {
    for (size_t i = 0; i < tree->symbols.count; i++) {
        const struct symbol *symbol = &tree->symbols.items[i];
        if (symbol->defined && !is_named_well(symbol)) {
            report_wrong(report,
                         "%s/%s: exports %s, which begins with the name of neither folder nor file",
                         symbol->unit->folder, symbol->file, symbol->name);
        }
    }
}
