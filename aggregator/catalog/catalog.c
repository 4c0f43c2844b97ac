#include "catalog/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "catalog/pattern_private.h"
#include "catalog/values.h"

struct catalog *catalog_new(void) {
    struct catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog)
        arena_init(&catalog->arena);
    return catalog;
}

void catalog_free(struct catalog *catalog) {
    if (!catalog)
        return;
    while (catalog->patterns) {
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
    for (const struct pattern *pattern = catalog->patterns; pattern; pattern = pattern->next)
        bytes += pattern_bytes(pattern);
    return bytes;
}

const struct pattern *catalog_pattern(struct catalog *catalog, const char *source, char *ret_error,
                                      size_t error_size) {
    for (struct pattern *known = catalog->patterns; known; known = known->next)
        if (strcmp(known->source, source) == 0)
            return known;
    struct pattern *pattern = pattern_new(source, ret_error, error_size);
    if (!pattern)
        return NULL;
    pattern->next = catalog->patterns;
    catalog->patterns = pattern;
    return pattern;
}

const struct catalog_family *catalog_family_find(const struct catalog *catalog, const char *name,
                                                 size_t len) {
    size_t low = 0;
    size_t high = catalog->family_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const char *other = catalog->families[middle].name;
        const int order = compare_text(name, len, other, strlen(other));
        if (order == 0)
            return &catalog->families[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool catalog_ignores(const struct catalog *catalog, const char *label, size_t len) {
    size_t low = 0;
    size_t high = catalog->ignore_label_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const char *other = catalog->ignore_labels[middle];
        const int order = compare_text(label, len, other, strlen(other));
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

bool catalog_admits(const struct catalog *catalog, uint32_t uid, uint32_t gid) {
    if (!catalog->senders_restricted)
        return true;
    for (size_t i = 0; i < catalog->uid_count; i++)
        if (catalog->uids[i] == uid)
            return true;
    for (size_t i = 0; i < catalog->gid_count; i++)
        if (catalog->gids[i] == gid)
            return true;
    return false;
}

static bool is_label_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

void catalog_attribute_label(const char *key, char ret_label[CATALOG_NAME_MAX + 1]) {
    size_t len = 0;
    for (; *key && len < CATALOG_NAME_MAX; key++) {
        if (is_label_byte(*key))
            ret_label[len++] = *key;
        else if (len == 0 || ret_label[len - 1] != '_')
            ret_label[len++] = '_';
    }
    ret_label[len] = '\0';
}
