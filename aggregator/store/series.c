/* SPDX-License-Identifier: MIT */
/* series.c - what a series is: reading it, and walking all of them in order. */
#include "store/store_private.h"

#include "base/heap.h"

/* ---- order ----
 * A family's series in order of their label values: chunks of slots that split when full.
 */

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

/* Find the position of a sorted series. */
static void order_locate(const struct store_family *sf, const struct series *series,
                         size_t *ret_chunk, size_t *ret_item) {
    lower_bound(sf, series, ret_chunk, ret_item);
}

enum { ORDER_LEAST = 4 /* initial capacity of the list of chunks */ };

uint64_t store_order_bytes(uint64_t series_bound) {
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
        order->chunks = chunks;
        order->capacity = capacity;
    }
    struct order_chunk *chunk = held_array(held, 1, sizeof *chunk);
    memmove(&order->chunks[at + 1], &order->chunks[at],
            (order->count - at) * sizeof(struct order_chunk *));
    order->chunks[at] = chunk;
    order->count++;
    return chunk;
}

void store_order_insert(struct store_family *sf, uint32_t slot, struct held *held) {
    struct order *order = &sf->order;
    size_t at;
    size_t item;
    lower_bound(sf, slab_series(sf, slot), &at, &item);
    if (order->count == 0)
        (void)insert_chunk(order, 0, held);
    struct order_chunk *chunk = order->chunks[at];
    if (chunk->count == ORDER_CHUNK) {
        struct order_chunk *right = insert_chunk(order, at + 1, held);
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

void store_order_remove(struct store_family *sf, uint32_t slot, struct held *held) {
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

uint32_t store_order_last(const struct store_family *sf) {
    const struct order_chunk *chunk = last_chunk(&sf->order);
    return chunk->slots[chunk->count - 1];
}

void store_order_pop(struct store_family *sf, struct held *held) {
    if (--last_chunk(&sf->order)->count == 0)
        drop_chunk(&sf->order, sf->order.count - 1, held);
}

void store_order_done(struct store_family *sf) {
    for (size_t i = 0; i < sf->order.count; i++)
        free(sf->order.chunks[i]);
    free(sf->order.chunks);
}

/* ---- series ----
 * How a sample changes the numbers of a series whose values belong to the host.
 */

#ifdef __SSE2__
#include <emmintrin.h>
#include <stdlib.h>
#endif

/* ---- series ---- */

void series_begin_written(struct store *store, const struct catalog_family *family,
                          struct series *series, struct store_time now) {
    (void)family;
    (void)store;
    series->updated_ms = now.mono_ms;
}

void series_begin_states(struct store *store, const struct catalog_family *family,
                         struct series *series, struct store_time now) {
    series->value = -1;
    series_begin_written(store, family, series, now);
}

/* ---- sums ---- */

static bool add(struct store *store, const struct catalog_family *family, struct series *series,
                double delta) {
    double value = series->value + delta;
    if (!isfinite(value))
        return false;
    if (family->has_floor && value < family->floor)
        value = family->floor;
    undo_word(store->undo, &series->value);
    series->value = value;
    return true;
}

static enum store_number take_delta(struct store *store, const struct catalog_family *family,
                                    struct series *series, double delta, struct store_time now) {
    if (!add(store, family, series, delta))
        return NUMBER_BEYOND;
    series->updated_ms = now.mono_ms;
    return NUMBER_TAKEN;
}

bool series_add(struct store *store, const struct catalog_family *family,
                const struct series *series, double delta, struct store_time now) {
    if (delta < 0 && family->kind->only_grows)
        return false;
    return take_delta(store, family, series_writable(series), delta, now) == NUMBER_TAKEN;
}

/* A value that represents 1 / rate samples. */
static double scaled_up(double value, double rate) {
    return rate == 1 ? value : value / rate;
}

enum store_number series_take_increment(struct store *store, const struct catalog_family *family,
                                        struct series *series, double value, double rate,
                                        uint32_t item, struct store_time now) {
    (void)item;
    if (value < 0)
        return NUMBER_BAD; /* a counter never falls: OpenMetrics 1.0, "Counter" */
    return take_delta(store, family, series, scaled_up(value, rate), now);
}

enum store_number series_take_change(struct store *store, const struct catalog_family *family,
                                     struct series *series, double value, double rate,
                                     uint32_t item, struct store_time now) {
    (void)item;
    return take_delta(store, family, series, scaled_up(value, rate), now);
}

/* ---- when it was written ---- */

static int64_t written_ms(uint32_t word) {
    return (int64_t)word << WRITTEN_SHIFT;
}

int64_t store_written(const struct catalog_family *family, const struct series *series) {
    const unsigned state = family_state(family);
    if ((state & STATE_CARRY) == 0)
        return series->updated_ms;
    if ((state & STATE_WINDOW) != 0)
        return written_ms(series_summary(series)->written);
    return written_ms(*written_behind(family, series_writable(series)));
}

/* ---- gauges ---- */

void series_touch(struct store *store, struct series *series, struct store_time now) {
    if (series->updated_ms == now.mono_ms)
        return;
    undo_word(store->undo, &series->updated_ms);
    series->updated_ms = now.mono_ms;
}

bool series_write(struct store *store, const struct series *series, double value,
                  struct store_time now) {
    if (!isfinite(value))
        return false;
    struct series *own = series_writable(series);
    undo_word(store->undo, &own->value);
    own->value = value;
    series_touch(store, own, now);
    return true;
}

enum store_number series_take_value(struct store *store, const struct catalog_family *family,
                                    struct series *series, double value, double rate, uint32_t item,
                                    struct store_time now) {
    (void)family;
    (void)rate;
    (void)item;
    return series_write(store, series, value, now) ? NUMBER_TAKEN : NUMBER_BEYOND;
}

/* ---- observations ---- */

/* How many of the bounds are below `value`. */
static uint32_t count_below(const double *bounds, uint32_t count, double value) {
    uint32_t below = 0;
    uint32_t at = 0;
#ifdef __SSE2__
    const __m128d values = _mm_set1_pd(value);
    __m128i pairs = _mm_setzero_si128(); /* true is -1 */
    for (; at + 2 <= count; at += 2)
        pairs =
            _mm_add_epi64(pairs, _mm_castpd_si128(_mm_cmplt_pd(_mm_loadu_pd(bounds + at), values)));
    pairs = _mm_add_epi64(pairs, _mm_unpackhi_epi64(pairs, pairs));
    below -= (uint32_t)_mm_cvtsi128_si32(pairs);
#endif
    for (; at < count; at++)
        below += value > bounds[at];
    return below;
}

/* The first bucket whose upper bound is not below `value` (`le` is inclusive), or bucket_count. */
static uint32_t bucket_of(const struct catalog_family *family, double value) {
    const double *bounds = family->buckets;
    const uint32_t count = family->bucket_count;
    if (count <= 24) /* no branch to mispredict; such arrays are two or three cache lines */
        return count_below(bounds, count, value);
    uint32_t low = 0;
    uint32_t high = count;
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (value > bounds[middle])
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool series_weigh(const struct catalog_family *family, const struct series *series, double value,
                  double weight, struct observed *ret_observed) {
    const double weight_max = 9007199254740992.0; /* 2^53: counts stay exact integers */
    if (value < 0 && !family->allow_negative)
        return false;
    if (!isfinite(value) || !(weight <= weight_max))
        return false;
    uint64_t count = 1;
    double carry = series->carry;
    if (weight != 1) {
        /* A rate of 0.3 weighs 3.33: count 3, 3, 4, ... by carrying the fraction. */
        const double exact = weight + carry;
        const double rounded = nearbyint(exact);
        count = (uint64_t)rounded;
        carry = exact - rounded;
    }
    const double sum = series->value + value * (double)count;
    if (!isfinite(sum))
        return false;
    *ret_observed = (struct observed){.count = count, .sum = sum, .carry = carry};
    return true;
}

void series_take_observed(struct store *store, struct series *series,
                          const struct observed *observed) {
    undo_word(store->undo, &series->value);
    series->value = observed->sum;
    if (observed->carry != series->carry) {
        undo_word(store->undo, &series->carry);
        series->carry = observed->carry;
    }
}

bool series_observe(struct store *store, const struct catalog_family *family,
                    const struct series *series, double value, double weight,
                    struct store_time now) {
    struct observed observed;
    if (!series_weigh(family, series, value, weight, &observed))
        return false;
    struct series *own = series_writable(series);
    uint64_t *bucket = &series_body_of(own)[bucket_of(family, value)];
    undo_word(store->undo, bucket);
    *bucket += observed.count;
    series_take_observed(store, own, &observed);
    *written_behind(family, own) = written_word(now);
    return true;
}

enum store_number series_take_observation(struct store *store, const struct catalog_family *family,
                                          struct series *series, double value, double rate,
                                          uint32_t item, struct store_time now) {
    (void)item;
    if (series_observe(store, family, series, value, series_weight(rate), now))
        return NUMBER_TAKEN;
    return value < 0 && !family->allow_negative ? NUMBER_BAD : NUMBER_BEYOND;
}

/* ---- states ---- */

enum store_number series_take_state(struct store *store, const struct catalog_family *family,
                                    struct series *series, double value, double rate, uint32_t item,
                                    struct store_time now) {
    (void)family;
    (void)rate;
    if (value != 0 && value != 1)
        return NUMBER_BAD;
    undo_word(store->undo, &series->value);
    if (value == 1)
        series->value = item;
    else if (series->value == item)
        series->value = -1;
    series_touch(store, series, now);
    return NUMBER_TAKEN;
}

/* ---- numbers that were counted elsewhere ---- */

void series_put(const struct series *series, double value) {
    series_writable(series)->value = value;
}

void series_put_histogram(const struct catalog_family *family, const struct series *series,
                          const uint64_t *buckets, double sum) {
    struct series *own = series_writable(series);
    memcpy(series_body_of(own), buckets, (family->bucket_count + 1) * sizeof *buckets);
    own->value = sum;
}

void series_put_created(const struct series *series, int64_t real_ms) {
    series_writable(series)->created_ms = real_ms;
}

void series_put_machine(const struct series *series, uint64_t number) {
    *series_body_of(series_writable(series)) = number;
}

/* ---- cursor: Walks over a family's sorted order that continue across loop turns. ---- */

enum { PREFETCH_AHEAD = 6 };

void store_cursor_open(struct store *store, struct store_cursor *cursor,
                       const struct catalog_family *family) {
    struct store_family *sf = store_family(store, family);
    *cursor = (struct store_cursor){
        .family = family, .set = sf, .version = sf->order.version, .link = sf->cursors};
    if (sf->order.count > 0)
        cursor->next = slab_series(sf, sf->order.chunks[0]->slots[0]);
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
        cursor->next = NULL;
        return;
    }
    const struct order_chunk *chunk = order->chunks[cursor->chunk];
    cursor->next = slab_series(sf, chunk->slots[cursor->item]);
    /* Neighbours in the order are scattered in memory: without this, a walk waits for each
     * series. */
    if (cursor->item + PREFETCH_AHEAD < chunk->count)
        fetch(sf, chunk->slots[cursor->item + PREFETCH_AHEAD]);
}

void store_cursor_step_past(struct store_family *sf, const struct series *series) {
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
        cursor->next = NULL;
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
    cursor->next = slab_series(sf, chunk->slots[first]);
}
