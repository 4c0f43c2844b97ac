/* Values of pattern labels: interned while a series bears them. */
#include "store/pool.h"
#include "base/heap.h"

/* Each value is borne by a series, and one more may wait for its series to be made. */
static uint32_t most_values(const struct catalog_label *label, uint64_t series_bound) {
    return label->max <= series_bound ? label->max : (uint32_t)series_bound + 1;
}

uint64_t pool_bytes(const struct catalog_label *label, uint64_t series_bound) {
    const uint64_t max = most_values(label, series_bound);
    return heap_bytes(max * sizeof(struct pool_value)) + texts_bytes(max) + slots_bytes(max);
}

bool pool_init(struct label_pool *pool, const struct catalog_label *label, uint64_t series_bound,
               unsigned turn, struct held *held) {
    const uint32_t max = most_values(label, series_bound);
    *pool = (struct label_pool){.label = label, .first_id = label->value_count + turn * max};
    pool->values = held_array(held, max, sizeof *pool->values);
    return pool->values != NULL && texts_init(&pool->texts, held, max) &&
           held_slots(held, &pool->slots, max);
}

void pool_done(struct label_pool *pool, const struct memory *memory) {
    memory_release(memory, pool->values);
    texts_done(&pool->texts, memory);
    slots_done(&pool->slots, memory);
}

static uint32_t text_hash(const char *text, size_t len, uint64_t seed) {
    return (uint32_t)hash_bytes(text, len, seed);
}

int64_t pool_find(const struct label_pool *pool, const char *text, size_t len, uint64_t seed) {
    const uint32_t hash = text_hash(text, len, seed);
    uint32_t at = hash;
    uint32_t position;
    while ((position = slots_next(&pool->slots, hash, &at)) != SLOTS_NONE) {
        const struct catalog_value value = pool_value_at(pool, position);
        if (value.len == len && memcmp(value.text, text, len) == 0)
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
                  struct held *held) {
    const uint32_t copy = texts_add(&pool->texts, held, text, len);
    if (copy == TEXTS_NONE)
        return -1;
    uint32_t position;
    if (pool->free_head != 0) {
        position = pool->free_head - 1;
        pool->free_head = pool->values[position].next_free;
    } else {
        position = pool->used++;
    }
    const uint32_t hash = text_hash(text, len, seed);
    pool->values[position] = (struct pool_value){
        .text = copy, .len = (uint32_t)len, .hash = hash, .plain = text_is_plain(text, len)};
    slots_add(&pool->slots, hash, position);
    pool->live++;
    return (int64_t)pool->first_id + position;
}

void pool_retain(struct label_pool *pool, uint32_t id) {
    pool->values[id - pool->first_id].refs++;
}

void pool_drop_unused(struct label_pool *pool, uint32_t id) {
    const uint32_t position = id - pool->first_id;
    struct pool_value *value = &pool->values[position];
    if (value->refs > 0)
        return;
    slots_remove(&pool->slots, value->hash, position);
    texts_remove(&pool->texts, value->text, value->len);
    *value = (struct pool_value){.next_free = pool->free_head};
    pool->free_head = position + 1;
    pool->live--;
}

void pool_release(struct label_pool *pool, uint32_t id) {
    pool->values[id - pool->first_id].refs--;
    pool_drop_unused(pool, id);
}
