/* One row for each kind and name that was reported within the last minute. */
#include "events/quiet.h"

#include <string.h>

#include "base/heap.h"

struct quiet_row {
    bool used;
    int64_t told_ms;
    uint64_t held;           /* events held back since then; `item` is the latest */
    struct events_item item; /* identifies the row, too */
};

struct quiet {
    const struct memory *memory;
    uint64_t left_out;
    struct quiet_row rows[QUIET_MAX];
};

struct quiet *quiet_new(const struct memory *memory) {
    struct quiet *quiet = memory_alloc(memory, sizeof *quiet);
    if (quiet != NULL)
        quiet->memory = memory;
    return quiet;
}

void quiet_free(struct quiet *quiet) {
    if (quiet != NULL)
        memory_release(quiet->memory, quiet);
}

uint64_t quiet_bytes(void) {
    return heap_bytes(sizeof(struct quiet));
}

uint64_t quiet_left_out(const struct quiet *quiet) {
    return quiet->left_out;
}

static bool is_same(const struct events_item *a, const struct events_item *b) {
    return a->kind == b->kind && a->over == b->over && strcmp(a->service, b->service) == 0 &&
           strcmp(a->name, b->name) == 0 && strcmp(a->labels, b->labels) == 0;
}

static bool is_over(const struct quiet_row *row, int64_t mono_ms) {
    return mono_ms - row->told_ms >= QUIET_MS;
}

/* Find the row of an event, or a free one. A row is also free if its minute is over and no event
 * waits in it. */
static struct quiet_row *find(struct quiet *quiet, const struct events_item *item, int64_t mono_ms,
                              bool *ret_found) {
    struct quiet_row *place = NULL;
    *ret_found = true;
    for (size_t i = 0; i < QUIET_MAX; i++) {
        struct quiet_row *row = &quiet->rows[i];
        if (row->used && is_same(&row->item, item))
            return row;
        if (place == NULL && (!row->used || (row->held == 0 && is_over(row, mono_ms))))
            place = row;
    }
    *ret_found = false;
    return place;
}

bool quiet_admit(struct quiet *quiet, const struct events_item *item, int64_t mono_ms) {
    bool found;
    struct quiet_row *row = find(quiet, item, mono_ms, &found);
    if (row == NULL) {
        quiet->left_out++;
        return false;
    }
    if (found && (row->held > 0 || !is_over(row, mono_ms))) {
        row->held++;
        row->item = *item;
        return false;
    }
    *row = (struct quiet_row){.used = true, .told_ms = mono_ms, .item = *item};
    return true;
}

bool quiet_due(struct quiet *quiet, int64_t mono_ms, struct events_item *ret_item) {
    for (size_t i = 0; i < QUIET_MAX; i++) {
        struct quiet_row *row = &quiet->rows[i];
        if (!row->used || row->held == 0 || !is_over(row, mono_ms))
            continue;
        *ret_item = row->item;
        ret_item->held = row->held - 1;
        row->held = 0;
        row->told_ms = mono_ms;
        return true;
    }
    return false;
}
