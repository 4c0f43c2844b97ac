/* Look-ups in a catalog: families, labels that the service ignores, senders that it admits. */
#include <string.h>

#include "base/text.h"
#include "catalog/catalog.h"

const struct catalog_family *catalog_family_find(const struct catalog *catalog, const char *name,
                                                 size_t len) {
    size_t low = 0;
    size_t high = catalog->family_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const char *other = catalog->families[middle].name;
        const int order = text_compare(name, len, other, strlen(other));
        if (order == 0)
            return &catalog->families[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct catalog_family *catalog_family_origin(const struct catalog_family *family) {
    return family->source == SOURCE_DERIVED
               ? catalog_family_find(family->catalog, family->key, strlen(family->key))
               : NULL;
}

bool catalog_ignores(const struct catalog *catalog, const char *label, size_t len) {
    size_t low = 0;
    size_t high = catalog->ignore_label_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const char *other = catalog->ignore_labels[middle];
        const int order = text_compare(label, len, other, strlen(other));
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
