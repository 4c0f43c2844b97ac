/* Walks over a family's sorted order that continue across loop turns. */
#include "store/cursor_private.h"
#include "store/order.h"

enum { PREFETCH_AHEAD = 6 };

static void meet(const struct store_family *sf, struct store_cursor *cursor, uint32_t slot) {
    cursor->next = slab_series(sf, slot);
    cursor->next_place = slot + 1;
}

static void meet_none(struct store_cursor *cursor) {
    cursor->next = NULL;
    cursor->next_place = 0;
}

void store_cursor_open(struct store *store, struct store_cursor *cursor,
                       const struct catalog_family *family) {
    struct store_family *sf = store_family(store, family);
    *cursor = (struct store_cursor){
        .family = family, .set = sf, .version = sf->order.version, .link = sf->cursors};
    if (sf->order.count > 0)
        meet(sf, cursor, sf->order.chunks[0]->slots[0]);
    sf->cursors = cursor;
}

void store_cursor_close(struct store *store, struct store_cursor *cursor) {
    if (cursor->family == NULL)
        return;
    (void)store;
    struct store_cursor **link = &cursor->set->cursors;
    while (*link != NULL && *link != cursor)
        link = &(*link)->link;
    if (*link != NULL)
        *link = cursor->link;
    *cursor = (struct store_cursor){0};
}

/* Set chunk and item to the present position of `next`. */
static void refresh(const struct store_family *sf, struct store_cursor *cursor) {
    if (cursor->version == sf->order.version || cursor->next == NULL)
        return;
    order_locate(sf, cursor->next, &cursor->chunk, &cursor->item);
    cursor->version = sf->order.version;
}

/* Prefetch the whole series, or the first MOST_BYTES of a very large one. */
static void fetch(const struct store_family *sf, uint32_t slot) {
    enum { LINE_BYTES = 64, MOST_BYTES = 512 };
    const char *series = (const char *)slab_series(sf, slot);
    const size_t bytes = sf->slab.item_bytes < MOST_BYTES ? sf->slab.item_bytes : MOST_BYTES;
    for (size_t at = 0; at < bytes; at += LINE_BYTES)
        __builtin_prefetch(series + at);
    __builtin_prefetch(series + bytes - 1);
}

static void advance(const struct store_family *sf, struct store_cursor *cursor) {
    refresh(sf, cursor);
    const struct order *order = &sf->order;
    if (++cursor->item >= order->chunks[cursor->chunk]->count) {
        cursor->chunk++;
        cursor->item = 0;
    }
    if (cursor->chunk == order->count) {
        meet_none(cursor);
        return;
    }
    const struct order_chunk *chunk = order->chunks[cursor->chunk];
    meet(sf, cursor, chunk->slots[cursor->item]);
    /* Neighbours in the order are scattered in memory: without this, a walk waits for each
     * series. */
    if (cursor->item + PREFETCH_AHEAD < chunk->count)
        fetch(sf, chunk->slots[cursor->item + PREFETCH_AHEAD]);
}

void cursor_step_past(struct store_family *sf, const struct series *series) {
    for (struct store_cursor *cursor = sf->cursors; cursor != NULL; cursor = cursor->link)
        if (cursor->next == series)
            advance(sf, cursor);
}

const struct series *store_cursor_next(struct store *store, struct store_cursor *cursor,
                                       struct store_time now) {
    enum { SKIPPED_A_UNIT = 4 };
    const struct store_family *sf = cursor->set;
    size_t skipped = 0;
    cursor->units = 0;
    while (cursor->next != NULL) {
        const struct series *series = cursor->next;
        cursor->place = cursor->next_place;
        advance(sf, cursor);
        if ((series->flags & SERIES_HIDDEN) || series_expired(cursor->family, series, now)) {
            skipped++;
            continue;
        }
        cursor->units = skipped / SKIPPED_A_UNIT + store_merge(store, cursor->family, series);
        return series;
    }
    cursor->units = skipped / SKIPPED_A_UNIT;
    return NULL;
}

static int compare_keys(const struct store_family *sf, const struct series *series,
                        const struct store_key *keys) {
    const uint32_t *ids = series_ids(sf->family, series);
    for (uint32_t i = 0; i < sf->family->label_count; i++) {
        const struct catalog_value value = slab_label_value(sf, i, ids[i]);
        const int order = text_compare(value.text, value.len, keys[i].text, keys[i].len);
        if (order != 0)
            return order;
    }
    return 0;
}

void store_cursor_seek(struct store *store, struct store_cursor *cursor,
                       const struct store_key *keys) {
    (void)store;
    const struct store_family *sf = cursor->set;
    const struct order *order = &sf->order;
    size_t low = 0;
    size_t high = order->count;
    while (low < high) { /* the first chunk whose last series is after the keys */
        const size_t middle = (low + high) / 2;
        const struct order_chunk *chunk = order->chunks[middle];
        const struct series *last = slab_series(sf, chunk->slots[chunk->count - 1]);
        if (compare_keys(sf, last, keys) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    cursor->version = order->version;
    cursor->chunk = low;
    cursor->item = 0;
    if (low == order->count) {
        meet_none(cursor);
        return;
    }
    const struct order_chunk *chunk = order->chunks[low];
    size_t first = 0;
    size_t last = chunk->count;
    while (first < last) {
        const size_t middle = (first + last) / 2;
        if (compare_keys(sf, slab_series(sf, chunk->slots[middle]), keys) <= 0)
            first = middle + 1;
        else
            last = middle;
    }
    cursor->item = first;
    meet(sf, cursor, chunk->slots[first]);
}
