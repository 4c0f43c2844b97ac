/* Making and freeing a catalog: its memory, and the patterns that its labels share. */
#include <stdlib.h>
#include <string.h>

#include "catalog/pattern.h"
#include "catalog/pattern_private.h"
#include "catalog/values.h"

struct catalog *catalog_new(void) {
    struct catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog != NULL)
        arena_init(&catalog->arena);
    return catalog;
}

void catalog_free(struct catalog *catalog) {
    if (catalog == NULL)
        return;
    while (catalog->patterns != NULL) {
        struct pattern *pattern = catalog->patterns;
        catalog->patterns = pattern->next;
        pattern_free(pattern);
    }
    values_done(&catalog->values);
    arena_done(&catalog->arena);
    free(catalog);
}

uint64_t catalog_bytes(const struct catalog *catalog) {
    uint64_t bytes = sizeof *catalog + catalog->arena.bytes + values_bytes(&catalog->values);
    for (const struct pattern *pattern = catalog->patterns; pattern != NULL;
         pattern = pattern->next)
        bytes += pattern_bytes(pattern);
    return bytes;
}

const struct pattern *catalog_pattern(struct catalog *catalog, const char *source,
                                      struct error *ret_error) {
    for (struct pattern *known = catalog->patterns; known != NULL; known = known->next)
        if (strcmp(known->source, source) == 0)
            return known;
    struct pattern *pattern = pattern_new(source, ret_error);
    if (pattern == NULL)
        return NULL;
    pattern->next = catalog->patterns;
    catalog->patterns = pattern;
    return pattern;
}
