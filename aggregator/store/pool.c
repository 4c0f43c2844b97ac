/* Values of pattern labels, interned while a series has them. */
#include "store/pool.h"
#include "base/heap.h"

/* The most values at a time: a series has each of them, and one more may wait for its series. */
static uint32_t most_values(const struct catalog_family *family, uint32_t label) {
    const uint32_t max = family->labels[label].max;
    return max <= family->bound ? max : (uint32_t)family->bound + 1;
}

static const struct object_field value_fields[] = {
    {"text", OBJECT_U32, offsetof(struct pool_value, text), 1},
    {"len", OBJECT_U32, offsetof(struct pool_value, len), 1},
};

static struct object_spec values_spec(const struct catalog_family *family, uint32_t label) {
    return (struct object_spec){.name = "value",
                                .family = family->index,
                                .label = label,
                                .item_bytes = sizeof(struct pool_value),
                                .max_items = most_values(family, label),
                                .fields = value_fields,
                                .field_count = sizeof value_fields / sizeof *value_fields};
}

static struct object_spec cells_spec(const struct catalog_family *family, uint32_t label) {
    return texts_spec(family->index, label, most_values(family, label));
}

uint64_t pool_bytes(const struct catalog_family *family, uint32_t label) {
    const struct object_spec values = values_spec(family, label);
    const struct object_spec cells = cells_spec(family, label);
    return held_table_bytes(&values) + held_table_bytes(&cells) + slots_bytes(values.max_items);
}

uint64_t pool_object_bytes(const struct catalog_family *family, uint32_t label) {
    const struct object_spec values = values_spec(family, label);
    const struct object_spec cells = cells_spec(family, label);
    return held_object_bytes(&values) + held_object_bytes(&cells);
}

bool pool_init(struct label_pool *pool, const struct catalog_family *family, uint32_t label,
               unsigned turn, struct object *object, struct undo *undo, struct held *held) {
    const struct catalog_label *declared = &family->labels[label];
    const struct object_spec values = values_spec(family, label);
    const struct object_spec cells = cells_spec(family, label);
    const uint32_t max = (uint32_t)values.max_items;
    *pool = (struct label_pool){
        .label = declared, .undo = undo, .first_id = declared->value_count + turn * max};
    return held_table(held, object, &values, &pool->table) &&
           texts_init(&pool->texts, held, object, &cells) && held_slots(held, &pool->slots, max);
}

void pool_done(struct label_pool *pool, const struct memory *memory) {
    object_table_done(&pool->table, memory);
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
    if (pool->free_head == 0 && !held_reach(held, &pool->table, (uint64_t)pool->used + 1))
        return -1;
    const uint32_t copy = texts_add(&pool->texts, held, pool->undo, text, len);
    if (copy == TEXTS_NONE)
        return -1;
    uint32_t position;
    if (pool->free_head != 0) {
        position = pool->free_head - 1;
        pool->free_head = pool_value(pool, position)->next_free;
    } else {
        position = pool->used++;
    }
    const uint32_t hash = text_hash(text, len, seed);
    *pool_value(pool, position) = (struct pool_value){
        .text = copy, .len = (uint32_t)len, .hash = hash, .plain = text_is_plain(text, len)};
    slots_add(&pool->slots, hash, position);
    pool->live++;
    return (int64_t)pool->first_id + position;
}

void pool_retain(struct label_pool *pool, uint32_t id) {
    pool_value(pool, id - pool->first_id)->refs++;
}

void pool_drop_unused(struct label_pool *pool, uint32_t id) {
    const uint32_t position = id - pool->first_id;
    struct pool_value *value = pool_value(pool, position);
    if (value->refs > 0)
        return;
    slots_remove(&pool->slots, value->hash, position);
    texts_remove(&pool->texts, value->text, value->len);
    undo_word(pool->undo, &value->text); /* undo may bring back a series that had it */
    *value = (struct pool_value){.next_free = pool->free_head};
    pool->free_head = position + 1;
    pool->live--;
}

void pool_release(struct label_pool *pool, uint32_t id) {
    pool_value(pool, id - pool->first_id)->refs--;
    pool_drop_unused(pool, id);
}
