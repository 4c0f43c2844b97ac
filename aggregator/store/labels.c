/* Values of pattern labels: interned while a series bears them. */
#include <stdlib.h>

#include "base/heap.h"
#include "store/store_private.h"

static uint32_t table_capacity(uint32_t items) {
    uint32_t capacity = 16;
    while (capacity / 2 < items && capacity < (1u << 31))
        capacity *= 2;
    return capacity;
}

/* Each value is borne by a series, and one more may wait for its series to be made. */
static uint32_t most_values(const struct catalog_label *label, uint64_t series_bound) {
    return label->max <= series_bound ? label->max : (uint32_t)series_bound + 1;
}

uint64_t pool_bytes(const struct catalog_label *label, uint64_t series_bound) {
    const uint64_t max = most_values(label, series_bound);
    return heap_bytes(max * sizeof(struct pool_value)) + max * heap_bytes(CATALOG_VALUE_MAX + 1) +
           heap_bytes((uint64_t)table_capacity((uint32_t)max) * sizeof(struct pool_slot));
}

bool pool_init(struct label_pool *pool, const struct catalog_label *label, uint64_t series_bound,
               unsigned turn, uint64_t *bytes) {
    const uint32_t max = most_values(label, series_bound);
    const uint32_t capacity = table_capacity(max);
    struct pool_value *values = calloc(max, sizeof *values);
    struct pool_slot *slots = calloc(capacity, sizeof *slots);
    if (!values || !slots) {
        free(values);
        free(slots);
        return false;
    }
    *pool = (struct label_pool){.label = label,
                                .first_id = label->value_count + turn * max,
                                .values = values,
                                .slots = slots,
                                .mask = capacity - 1};
    *bytes += (uint64_t)max * sizeof *values + (uint64_t)capacity * sizeof *slots;
    return true;
}

void pool_done(struct label_pool *pool) {
    for (uint32_t i = 0; i < pool->used; i++)
        free((char *)(uintptr_t)pool->values[i].value.text);
    free(pool->values);
    free(pool->slots);
}

static uint32_t text_hash(const char *text, size_t len, uint64_t seed) {
    return (uint32_t)hash_bytes(text, len, seed);
}

int64_t pool_find(const struct label_pool *pool, const char *text, size_t len, uint64_t seed) {
    const uint32_t hash = text_hash(text, len, seed);
    for (uint32_t i = hash & pool->mask; pool->slots[i].place != 0; i = (i + 1) & pool->mask) {
        if (pool->slots[i].hash != hash)
            continue;
        const uint32_t position = pool->slots[i].place - 1;
        const struct catalog_value *value = &pool->values[position].value;
        if (value->len == len && memcmp(value->text, text, len) == 0)
            return (int64_t)pool->first_id + position;
    }
    return -1;
}

static bool text_is_plain(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (text[i] == '\\' || text[i] == '"' || text[i] == '\n')
            return false;
    return true;
}

int64_t pool_make(struct label_pool *pool, const char *text, size_t len, uint64_t seed,
                  uint64_t *bytes) {
    char *copy = malloc(len + 1);
    if (!copy)
        return -1;
    memcpy(copy, text, len);
    copy[len] = '\0';
    uint32_t position;
    if (pool->free_head != 0) {
        position = pool->free_head - 1;
        pool->free_head = pool->values[position].next_free;
    } else {
        position = pool->used++;
    }
    const uint32_t hash = text_hash(text, len, seed);
    pool->values[position] = (struct pool_value){
        .value = {.text = copy, .len = (uint32_t)len, .plain = text_is_plain(text, len)},
        .hash = hash};
    uint32_t i = hash & pool->mask;
    while (pool->slots[i].place != 0)
        i = (i + 1) & pool->mask;
    pool->slots[i] = (struct pool_slot){.hash = hash, .place = position + 1};
    pool->live++;
    *bytes += len + 1;
    return (int64_t)pool->first_id + position;
}

void pool_retain(struct label_pool *pool, uint32_t id) {
    pool->values[id - pool->first_id].refs++;
}

/* Close the gap at table place `hole` by moving later members of the run back (no tombstones). */
static void table_close_gap(struct label_pool *pool, uint32_t hole) {
    uint32_t i = hole;
    for (;;) {
        i = (i + 1) & pool->mask;
        if (pool->slots[i].place == 0)
            break;
        const uint32_t home = pool->slots[i].hash & pool->mask;
        if (((i - home) & pool->mask) >= ((i - hole) & pool->mask)) {
            pool->slots[hole] = pool->slots[i];
            hole = i;
        }
    }
    pool->slots[hole] = (struct pool_slot){0};
}

void pool_drop_unused(struct label_pool *pool, uint32_t id, uint64_t *bytes) {
    const uint32_t position = id - pool->first_id;
    struct pool_value *value = &pool->values[position];
    if (value->refs > 0)
        return;
    uint32_t i = value->hash & pool->mask;
    while (pool->slots[i].place != position + 1)
        i = (i + 1) & pool->mask;
    table_close_gap(pool, i);
    *bytes -= value->value.len + 1;
    free((char *)(uintptr_t)value->value.text);
    *value = (struct pool_value){.next_free = pool->free_head};
    pool->free_head = position + 1;
    pool->live--;
}

void pool_release(struct label_pool *pool, uint32_t id, uint64_t *bytes) {
    pool->values[id - pool->first_id].refs--;
    pool_drop_unused(pool, id, bytes);
}
