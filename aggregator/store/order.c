/* A family's series in order of their label values: chunks of slots that split when full. */
#include "store/order.h"
#include "base/heap.h"

/* Compare two series by the bytes of their label values, labels in the family's order. */
static int compare(const struct store_family *sf, const struct series *a, const struct series *b) {
    const struct catalog_family *family = sf->family;
    const uint32_t *left = series_ids(family, a);
    const uint32_t *right = series_ids(family, b);
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (left[i] == right[i])
            continue;
        const uint32_t declared = family->labels[i].value_count;
        if (left[i] < declared && right[i] < declared)
            return left[i] < right[i]
                       ? -1
                       : 1; /* ids of declared values are in the order of their texts */
        const struct catalog_value x = slab_label_value(sf, i, left[i]);
        const struct catalog_value y = slab_label_value(sf, i, right[i]);
        return text_compare(x.text, x.len, y.text, y.len);
    }
    return 0;
}

/* The first position whose series is not before `series`; the end of the last chunk if there is
 * none. */
static void lower_bound(const struct store_family *sf, const struct series *series,
                        size_t *ret_chunk, size_t *ret_item) {
    const struct order *order = &sf->order;
    size_t low = 0;
    size_t high = order->count;
    while (low < high) { /* the first chunk whose last series is not before */
        const size_t middle = (low + high) / 2;
        const struct order_chunk *chunk = order->chunks[middle];
        if (compare(sf, slab_series(sf, chunk->slots[chunk->count - 1]), series) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == order->count) {
        *ret_chunk = low == 0 ? 0 : low - 1;
        *ret_item = low == 0 ? 0 : order->chunks[low - 1]->count;
        return;
    }
    const struct order_chunk *chunk = order->chunks[low];
    size_t first = 0;
    size_t last = chunk->count;
    while (first < last) {
        const size_t middle = (first + last) / 2;
        if (compare(sf, slab_series(sf, chunk->slots[middle]), series) < 0)
            first = middle + 1;
        else
            last = middle;
    }
    *ret_chunk = low;
    *ret_item = first;
}

void order_locate(const struct store_family *sf, const struct series *series, size_t *ret_chunk,
                  size_t *ret_item) {
    lower_bound(sf, series, ret_chunk, ret_item);
}

enum { ORDER_LEAST = 4 /* initial capacity of the list of chunks */ };

uint64_t order_bytes(uint64_t series_bound) {
    /* Splits leave chunks half full; merges keep two neighbours at least three eighths full. */
    const uint64_t chunks = series_bound / (ORDER_CHUNK / 4) + 1;
    uint64_t capacity = ORDER_LEAST;
    while (capacity < chunks)
        capacity *= 2;
    return chunks * heap_bytes(sizeof(struct order_chunk)) +
           heap_bytes(capacity * sizeof(struct order_chunk *));
}

static struct order_chunk *insert_chunk(struct order *order, size_t at, struct held *held) {
    if (order->count == order->capacity) {
        const size_t capacity = order->capacity == 0 ? ORDER_LEAST : order->capacity * 2;
        struct order_chunk **chunks =
            held_resize(held, order->chunks, order->capacity, capacity, sizeof(*chunks));
        if (chunks == NULL)
            return NULL;
        order->chunks = chunks;
        order->capacity = capacity;
    }
    struct order_chunk *chunk = held_array(held, 1, sizeof *chunk);
    if (chunk == NULL)
        return NULL;
    memmove(&order->chunks[at + 1], &order->chunks[at],
            (order->count - at) * sizeof(struct order_chunk *));
    order->chunks[at] = chunk;
    order->count++;
    return chunk;
}

bool order_insert(struct store_family *sf, uint32_t slot, struct held *held) {
    struct order *order = &sf->order;
    size_t at;
    size_t item;
    lower_bound(sf, slab_series(sf, slot), &at, &item);
    if (order->count == 0 && insert_chunk(order, 0, held) == NULL)
        return false;
    struct order_chunk *chunk = order->chunks[at];
    if (chunk->count == ORDER_CHUNK) {
        struct order_chunk *right = insert_chunk(order, at + 1, held);
        if (right == NULL)
            return false;
        /* Appending at the end leaves the left chunk full, so series made in order fill chunks. */
        const uint32_t keep =
            item == ORDER_CHUNK && at + 2 == order->count ? ORDER_CHUNK : ORDER_CHUNK / 2;
        right->count = ORDER_CHUNK - keep;
        memcpy(right->slots, &chunk->slots[keep], right->count * sizeof right->slots[0]);
        chunk->count = keep;
        if (item > keep || keep == ORDER_CHUNK) {
            chunk = right;
            item -= keep;
        }
    }
    memmove(&chunk->slots[item + 1], &chunk->slots[item],
            (chunk->count - item) * sizeof chunk->slots[0]);
    chunk->slots[item] = slot;
    chunk->count++;
    order->version++;
    return true;
}

static void drop_chunk(struct order *order, size_t at, struct held *held) {
    held_release(held, order->chunks[at], sizeof(struct order_chunk));
    memmove(&order->chunks[at], &order->chunks[at + 1],
            (order->count - at - 1) * sizeof(struct order_chunk *));
    order->count--;
}

/* Move the next chunk's slots into this one, if there is room for both with some to spare. So two
 * neighbours are never both nearly empty, in whatever order series are made and end. */
static bool merge_next(struct order *order, size_t at) {
    struct order_chunk *left = order->chunks[at];
    const struct order_chunk *right = order->chunks[at + 1];
    if (left->count + right->count > ORDER_MERGED)
        return false;
    memcpy(&left->slots[left->count], right->slots, right->count * sizeof right->slots[0]);
    left->count += right->count;
    return true;
}

void order_remove(struct store_family *sf, uint32_t slot, struct held *held) {
    struct order *order = &sf->order;
    size_t at;
    size_t item;
    lower_bound(sf, slab_series(sf, slot), &at, &item);
    struct order_chunk *chunk = order->chunks[at];
    memmove(&chunk->slots[item], &chunk->slots[item + 1],
            (chunk->count - item - 1) * sizeof chunk->slots[0]);
    chunk->count--;
    order->version++;
    if (chunk->count == 0)
        drop_chunk(order, at, held);
    else if (at + 1 < order->count && merge_next(order, at))
        drop_chunk(order, at + 1, held);
    else if (at > 0 && merge_next(order, at - 1))
        drop_chunk(order, at, held);
}

static struct order_chunk *last_chunk(const struct order *order) {
    return order->chunks[order->count - 1];
}

uint32_t order_last(const struct store_family *sf) {
    const struct order_chunk *chunk = last_chunk(&sf->order);
    return chunk->slots[chunk->count - 1];
}

void order_pop(struct store_family *sf, struct held *held) {
    if (--last_chunk(&sf->order)->count == 0)
        drop_chunk(&sf->order, sf->order.count - 1, held);
}

void order_done(struct store_family *sf, const struct memory *memory) {
    for (size_t i = 0; i < sf->order.count; i++)
        memory_release(memory, sf->order.chunks[i]);
    memory_release(memory, sf->order.chunks);
}
