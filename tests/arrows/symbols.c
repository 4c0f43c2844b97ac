#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "symbols.h"

/* The place of an object, …/TARGET.dir/FILE.o, as a unit and its source. Cuts the text. */
static bool read_place(struct symbol *symbol, const struct facts *facts, char *place) {
    char *end = strstr(place, ".dir/");
    char *object = strrchr(place, '.');
    if (end == NULL || object <= end)
        return false;
    *end = '\0';
    *object = '\0';
    const char *slash = strrchr(place, '/');
    symbol->unit = facts_unit(facts, slash != NULL ? slash + 1 : place);
    symbol->file = end + strlen(".dir/");
    if (strncmp(symbol->file, "./", 2) == 0) /* as CMake 3.25 writes it */
        symbol->file += strlen("./");
    return symbol->unit != NULL;
}

static bool of_compiler(const char *name) {
    return strncmp(name, "__", 2) == 0 || strchr(name, '.') != NULL || strcmp(name, "main") == 0;
}

/* "PLACE: ADDRESS T NAME", or "PLACE: U NAME". */
static bool read_symbol(struct symbol *symbol, const struct facts *facts, char *line) {
    char *name = strrchr(line, ' ');
    char *colon = strrchr(line, ':');
    if (name == NULL || colon == NULL || name - colon < 2)
        return false;
    *colon = '\0';
    symbol->name = name + 1;
    symbol->defined = name[-1] != 'U';
    const bool weak = strchr("wv", name[-1]) != NULL;
    return !weak && !of_compiler(symbol->name) && read_place(symbol, facts, line);
}

bool symbols_read(struct symbols *symbols, const struct facts *facts, const char *path) {
    *symbols = (struct symbols){.text = memory_read(path)};
    if (symbols->text == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    for (char *rest = symbols->text; rest != NULL;) {
        struct symbol symbol;
        if (read_symbol(&symbol, facts, strsep(&rest, "\n"))) {
            symbols->items = memory_grow(symbols->items, symbols->count, sizeof *symbols->items);
            symbols->items[symbols->count++] = symbol;
        }
    }
    return true;
}

void symbols_free(struct symbols *symbols) {
    free(symbols->items);
    free(symbols->text);
    *symbols = (struct symbols){0};
}
