#include "self/published.h"

#include <stdlib.h>

static const uint64_t never = UINT64_MAX; /* more than any count */

bool published_init(struct published *published, size_t rows, size_t slots) {
    published->counts = calloc(rows * slots, sizeof *published->counts);
    if (published->counts == NULL)
        return false;
    published->rows = rows;
    published->slots = slots;
    published_reset(published);
    return true;
}

void published_done(struct published *published) {
    free(published->counts);
    *published = (struct published){0};
}

void published_reset(struct published *published) {
    for (size_t i = 0; i < published->rows * published->slots; i++)
        published->counts[i] = never;
}

bool published_changes(struct published *published, size_t row, size_t slot, uint64_t count) {
    uint64_t *last = &published->counts[row * published->slots + slot];
    const bool changes = *last != count;
    *last = count;
    return changes;
}
