#include "status/needs.h"

#include <stdlib.h>

static const char *const kinds[STATUS_KIND_COUNT] = {
#define KIND(name, text) [STATUS_##name] = (text),
#include "status/kinds.def"
#undef KIND
};

const char *status_kind_text(enum status_kind kind) {
    return kinds[kind];
}

static void put(struct status_needs *needs, size_t at, const struct status_need *need) {
    needs->items[at] = *need;
    needs->of_kind[need->kind]++;
}

static enum status_kind most_frequent(const struct status_needs *needs) {
    int most = 0;
    for (int i = 1; i < STATUS_KIND_COUNT; i++)
        if (needs->of_kind[i] > needs->of_kind[most])
            most = i;
    return (enum status_kind)most;
}

static struct status_need *least_of(struct status_needs *needs, enum status_kind kind) {
    struct status_need *least = NULL;
    for (size_t i = 0; i < needs->count; i++) {
        struct status_need *item = &needs->items[i];
        if (item->kind == kind && (least == NULL || item->count < least->count))
            least = item;
    }
    return least;
}

/* Choose the need that gives way to a new one. NULL: the new one itself has no place. */
static struct status_need *leaver_for(struct status_needs *needs, const struct status_need *need) {
    if (needs->of_kind[need->kind] < STATUS_NEEDS_RESERVED)
        return least_of(needs, most_frequent(needs));
    struct status_need *least = least_of(needs, need->kind);
    return least->count < need->count ? least : NULL;
}

void needs_add(struct status_needs *needs, const struct status_need *need) {
    if (needs->count < STATUS_NEEDS_MAX) {
        put(needs, needs->count++, need);
        return;
    }
    struct status_need *leaver = leaver_for(needs, need);
    needs->left_out++;
    if (leaver == NULL)
        return;
    needs->of_kind[leaver->kind]--;
    put(needs, (size_t)(leaver - needs->items), need);
}

void needs_remove(struct status_needs *needs, size_t at) {
    needs->of_kind[needs->items[at].kind]--;
    needs->items[at] = needs->items[--needs->count];
}

struct status_need *needs_find(struct status_needs *needs, enum status_kind kind, uint64_t key) {
    for (size_t i = 0; i < needs->count; i++)
        if (needs->items[i].kind == kind && needs->items[i].key == key)
            return &needs->items[i];
    return NULL;
}

static int compare(const void *left, const void *right) {
    const struct status_need *a = left;
    const struct status_need *b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->count < b->count) - (a->count > b->count);
}

void needs_sort(struct status_needs *needs) {
    qsort(needs->items, needs->count, sizeof *needs->items, compare);
}
