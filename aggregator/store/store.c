/* SPDX-License-Identifier: MIT */
/* store.c - the store as a whole: its families, and the memory of their series. */
#include "store/store_private.h"

#include <assert.h>
#include <stdlib.h>

#include "base/heap.h"

/* ---- texts: Texts in cells, and lists of cells by their free room. ---- */

/* Bytes before the first text of a cell. */
enum { HEAD = offsetof(struct text_cell, bytes) };

static const struct object_field text_fields[] = {
    OBJECT_FIELDS(struct text_cell, bytes, "bytes", OBJECT_TEXT, TEXT_UNITS *TEXT_UNIT),
};

/* The table for the texts of a family's label, at most `most` at a time. */
static struct object_spec texts_spec(uint32_t family, uint32_t label, uint64_t most) {
    return (struct object_spec){.name = "text",
                                .family = family,
                                .label = label,
                                .item_bytes = sizeof(struct text_cell),
                                .max_items = most,
                                .fields = text_fields,
                                .field_count = sizeof text_fields / sizeof *text_fields};
}

static void texts_init(struct texts *texts, struct object *object, const struct object_spec *spec) {
    *texts = (struct texts){0};
    object_table(object, spec, &texts->cells);
}

static void texts_done(struct texts *texts) {
    object_table_done(&texts->cells);
}

static uint32_t units_for(size_t len) {
    assert(len <= CATALOG_VALUE_MAX);
    return (uint32_t)(len / TEXT_UNIT) + 1;
}

/* ---- cells ---- */

static struct text_cell *cell_at(const struct texts *texts, uint32_t number) {
    return object_at(&texts->cells, number - 1);
}

static uint32_t mask_of(uint32_t units, uint32_t first) {
    return ((1u << units) - 1) << first;
}

/* The first unit of a run of `units` free ones, or TEXT_UNITS. */
static uint32_t find_room(const struct text_cell *cell, uint32_t units) {
    for (uint32_t first = 0; first + units <= TEXT_UNITS; first++)
        if ((cell->used & mask_of(units, first)) == 0)
            return first;
    return TEXT_UNITS;
}

static uint32_t room_of(const struct text_cell *cell) {
    uint32_t units = TEXT_UNITS;
    while (units > 0 && find_room(cell, units) == TEXT_UNITS)
        units--;
    return units;
}

static void list_cell(struct texts *texts, uint32_t number) {
    struct text_cell *cell = cell_at(texts, number);
    const uint32_t room = room_of(cell);
    if (room == 0)
        return;
    cell->previous = 0;
    cell->next = texts->lists[room];
    if (cell->next != 0)
        cell_at(texts, cell->next)->previous = number;
    texts->lists[room] = number;
}

static void unlist_cell(struct texts *texts, uint32_t number) {
    const struct text_cell *cell = cell_at(texts, number);
    const uint32_t room = room_of(cell);
    if (room == 0)
        return;
    if (cell->previous != 0)
        cell_at(texts, cell->previous)->next = cell->next;
    else
        texts->lists[room] = cell->next;
    if (cell->next != 0)
        cell_at(texts, cell->next)->previous = cell->previous;
}

/* Take a cell from its list: the one with the least sufficient room, else a new one. */
static uint32_t take_cell(struct texts *texts, struct held *held, uint32_t units) {
    for (uint32_t room = units; room <= TEXT_UNITS; room++) {
        const uint32_t number = texts->lists[room];
        if (number == 0)
            continue;
        unlist_cell(texts, number);
        return number;
    }
    held_need(held, &texts->cells, (uint64_t)texts->used + 1);
    return ++texts->used;
}

/* ---- texts ---- */
_Static_assert(HEAD % sizeof(uint32_t) == 0 && TEXT_UNIT % sizeof(uint32_t) == 0 &&
                   sizeof(struct text_cell) % sizeof(uint32_t) == 0,
               "each text begins at a word of the table");

static uint32_t position_of(uint32_t number, uint32_t unit) {
    const size_t cell = (size_t)(number - 1) * sizeof(struct text_cell);
    return (uint32_t)((cell + HEAD + (size_t)unit * TEXT_UNIT) / sizeof(uint32_t));
}

/* The number of a text's cell, and the unit at which the text begins. */
static uint32_t cell_of(uint32_t position, uint32_t *ret_unit) {
    const size_t offset = (size_t)position * sizeof(uint32_t);
    *ret_unit = (uint32_t)((offset % sizeof(struct text_cell) - HEAD) / TEXT_UNIT);
    return (uint32_t)(offset / sizeof(struct text_cell)) + 1;
}

/* Add a terminated copy. Returns its position. */
static uint32_t texts_add(struct texts *texts, struct held *held, struct undo *undo,
                          const char *text, size_t len) {
    const uint32_t units = units_for(len);
    const uint32_t number = take_cell(texts, held, units);
    struct text_cell *cell = cell_at(texts, number);
    const uint32_t first = find_room(cell, units);
    cell->used |= mask_of(units, first);
    char *copy = cell->bytes + (size_t)first * TEXT_UNIT;
    undo_range(undo, copy, len); /* undo may bring back the text that was here */
    memcpy(copy, text, len);
    copy[len] = '\0';
    list_cell(texts, number);
    return position_of(number, first);
}

static void texts_remove(struct texts *texts, uint32_t position, size_t len) {
    uint32_t first;
    const uint32_t number = cell_of(position, &first);
    unlist_cell(texts, number);
    cell_at(texts, number)->used &= ~mask_of(units_for(len), first);
    list_cell(texts, number);
}

/* ---- pool: Values of pattern labels, interned while a series has them. ---- */

/* The most values at a time: a series has each of them, and one more may wait for its series. */
static uint32_t most_values(const struct catalog_family *family, uint32_t label) {
    const uint32_t max = family->labels[label].max;
    return max <= family->bound ? max : (uint32_t)family->bound + 1;
}

static const struct object_field value_fields[] = {
    OBJECT_FIELD(struct pool_value, text, "text", OBJECT_U32),
    OBJECT_FIELD(struct pool_value, len, "len", OBJECT_U32),
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

/* Bytes of a full pool whose texts have the greatest length. */
static uint64_t pool_bytes(const struct catalog_family *family, uint32_t label) {
    const struct object_spec values = values_spec(family, label);
    const struct object_spec cells = cells_spec(family, label);
    return held_table_bytes(&values) + held_table_bytes(&cells) + slots_bytes(values.max_items);
}

/* How many of these bytes are in the object. */
static uint64_t pool_object_bytes(const struct catalog_family *family, uint32_t label) {
    const struct object_spec values = values_spec(family, label);
    const struct object_spec cells = cells_spec(family, label);
    return held_object_bytes(&values) + held_object_bytes(&cells);
}

/* Ids begin after those of declared values; the ids of a pool of turn 1 begin after all of turn
 * 0. */
static void pool_init(struct label_pool *pool, const struct catalog_family *family, uint32_t label,
                      unsigned turn, struct object *object, struct undo *undo, struct held *held) {
    const struct catalog_label *declared = &family->labels[label];
    const struct object_spec values = values_spec(family, label);
    const struct object_spec cells = cells_spec(family, label);
    const uint32_t max = (uint32_t)values.max_items;
    *pool = (struct label_pool){
        .label = declared, .undo = undo, .first_id = declared->value_count + turn * max};
    object_table(object, &values, &pool->table);
    texts_init(&pool->texts, object, &cells);
    held_slots(held, &pool->slots, max);
}

static void pool_done(struct label_pool *pool) {
    object_table_done(&pool->table);
    texts_done(&pool->texts);
    slots_done(&pool->slots);
}

static uint32_t text_hash(const char *text, size_t len, uint64_t seed) {
    return (uint32_t)hash_bytes(text, len, seed);
}

int64_t store_pool_find(const struct label_pool *pool, const char *text, size_t len,
                        uint64_t seed) {
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

uint32_t store_pool_make(struct label_pool *pool, const char *text, size_t len, uint64_t seed,
                         struct held *held) {
    const uint32_t copy = texts_add(&pool->texts, held, pool->undo, text, len);
    uint32_t position;
    if (pool->free_head != 0) {
        position = pool->free_head - 1;
        pool->free_head = pool_value(pool, position)->next_free;
    } else {
        held_need(held, &pool->table, (uint64_t)pool->used + 1);
        position = pool->used++;
    }
    const uint32_t hash = text_hash(text, len, seed);
    *pool_value(pool, position) = (struct pool_value){
        .text = copy, .len = (uint32_t)len, .hash = hash, .plain = text_is_plain(text, len)};
    slots_add(&pool->slots, hash, position);
    pool->live++;
    return pool->first_id + position;
}

void store_pool_retain(struct label_pool *pool, uint32_t id) {
    pool_value(pool, id - pool->first_id)->refs++;
}

void store_pool_drop_unused(struct label_pool *pool, uint32_t id) {
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

void store_pool_release(struct label_pool *pool, uint32_t id) {
    pool_value(pool, id - pool->first_id)->refs--;
    store_pool_drop_unused(pool, id);
}

/* ---- slab: A family's slab of series and the index from label ids to them. ---- */

static uint32_t series_bytes(const struct catalog_family *family) {
    size_t bytes = sizeof(struct series) + (size_t)family->body_words * sizeof(uint64_t);
    bytes += (size_t)family->label_count * sizeof(uint32_t);
    bytes += written_is_behind(family) ? sizeof(uint32_t) : 0;
    /* No writer crosses a cache line. */
    const size_t unit = family_has_writers(family) ? sizeof(struct series_writer) : 8;
    return (uint32_t)((bytes + unit - 1) / unit * unit);
}

/* A table of series, and the fields that the next process reads: those that hold the state of the
 * family's kind. */
struct series_spec {
    struct object_spec table;
    struct object_field fields[16];
};

static void add_field(struct series_spec *spec, const char *name, enum object_type type,
                      size_t offset, uint32_t count) {
    if (count > 0)
        spec->fields[spec->table.field_count++] = (struct object_field){
            .name = name, .type = type, .offset = (uint32_t)offset, .count = count};
}

static void add_owned_fields(struct series_spec *spec, const struct catalog_family *family) {
    enum { BODY = sizeof(struct series), WRITER_WORDS = 2 };
    add_field(spec, "base", OBJECT_F64, BODY + offsetof(struct series_owned, base), 1);
    if (family_has_writers(family))
        add_field(spec, "writers", OBJECT_U64, BODY + offsetof(struct series_numbers, writers),
                  SERIES_WRITERS * WRITER_WORDS);
    if (!family->kind->is_relayed)
        return;
    add_field(spec, "present", OBJECT_U64, BODY + offsetof(struct series_relayed, present), 1);
    add_field(spec, "items", OBJECT_F64, BODY + offsetof(struct series_relayed, items),
              RELAYED_QUANTILES + family->quantile_count);
}

static void add_body_fields(struct series_spec *spec, const struct catalog_family *family) {
    enum { BODY = sizeof(struct series) };
    const unsigned state = family_state(family);
    if (state & STATE_PARTS) {
        add_owned_fields(spec, family);
    } else if (state & STATE_WINDOW) {
        add_field(spec, "count", OBJECT_U64, BODY + offsetof(struct series_summary, count), 1);
        add_field(spec, "window", OBJECT_U32, BODY + offsetof(struct series_summary, window), 1);
        add_field(spec, "written", OBJECT_U32, BODY + offsetof(struct series_summary, written), 1);
    } else if (state & STATE_BODY) {
        add_field(spec, "buckets", OBJECT_U64, BODY, family->bucket_count + 1);
        add_field(spec, "written", OBJECT_U32, written_offset(family), 1);
    }
}

static void describe_series(const struct catalog_family *family, struct series_spec *ret_spec) {
    const unsigned state = family_state(family);
    ret_spec->table = (struct object_spec){.name = "series",
                                           .family = family->index,
                                           .label = OBJECT_NONE,
                                           .item_bytes = series_bytes(family),
                                           .max_items = family->bound,
                                           .fields = ret_spec->fields};
    add_field(ret_spec, "generation", OBJECT_U32, offsetof(struct series, generation), 1);
    add_field(ret_spec, "flags", OBJECT_U8, offsetof(struct series, flags), 1);
    add_field(ret_spec, "value", OBJECT_F64, offsetof(struct series, value), 1);
    add_field(ret_spec, "created_ms", OBJECT_I64, offsetof(struct series, created_ms), 1);
    add_field(ret_spec, "carry", OBJECT_F64, offsetof(struct series, carry),
              (state & STATE_CARRY) != 0);
    add_field(ret_spec, "updated_ms", OBJECT_MONO_MS, offsetof(struct series, updated_ms),
              (state & STATE_CARRY) == 0);
    add_body_fields(ret_spec, family);
    add_field(ret_spec, "ids", OBJECT_U32,
              sizeof(struct series) + family->body_words * sizeof(uint64_t), family->label_count);
}

/* The table without fields, to compute its size. */
static struct object_spec slab_spec(const struct catalog_family *family) {
    return (struct object_spec){.item_bytes = series_bytes(family), .max_items = family->bound};
}

/* Bytes of one full table of the family's series. */
static uint64_t content_bytes(const struct catalog_family *family) {
    const uint64_t bound = family->bound;
    const struct object_spec spec = slab_spec(family);
    uint64_t bytes = held_table_bytes(&spec) + bare_slots_bytes(bound) + store_order_bytes(bound) +
                     store_fresh_bytes(bound);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind == LABEL_PATTERN)
            bytes += pool_bytes(family, i);
    if (family_has_window(family))
        bytes += bound * window_bytes();
    return bytes;
}

uint64_t store_family_bytes(const struct catalog_family *family) {
    enum { OF_ITS_SERVICE = sizeof(uint64_t) }; /* its count, if the service has only this family */
    const uint64_t content = content_bytes(family) + OF_ITS_SERVICE;
    if (family->source == SOURCE_QUERY)
        return sizeof(struct store_family *) + sizeof(struct family_sets) + 2 * content;
    return sizeof(struct store_family *) + sizeof(struct store_family) + content;
}

static uint64_t family_object_bytes(const struct catalog_family *family) {
    const struct object_spec spec = slab_spec(family);
    uint64_t bytes = held_object_bytes(&spec);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind == LABEL_PATTERN)
            bytes += pool_object_bytes(family, i);
    return bytes;
}

/* Bytes that the tables of all families of a set take in an object. */
static uint64_t slabs_object_bytes(const struct catalog_set *set) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < set->family_count; i++)
        if (set->families[i]->source != SOURCE_QUERY)
            bytes += family_object_bytes(set->families[i]);
    return bytes;
}

void store_slab_init(struct store_family *sf, const struct catalog_family *family, unsigned turn,
                     struct object *object, struct held *held) {
    memset(sf, 0, sizeof *sf);
    sf->family = family;
    sf->undo = object_undo(object);
    struct series_spec spec;
    describe_series(family, &spec);
    object_table(object, &spec.table, &sf->slab);
    held_bare_slots(held, &sf->index, family->bound);

    bool patterns = false;
    for (uint32_t i = 0; i < family->label_count; i++)
        patterns |= family->labels[i].kind == LABEL_PATTERN;
    if (!patterns)
        return;
    sf->pools = held_array(held, (size_t)family->label_count + 1, sizeof *sf->pools);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind == LABEL_PATTERN)
            pool_init(&sf->pools[i], family, i, turn, object, sf->undo, held);
}

void store_slab_done(struct store_family *sf) {
    if (sf->family == NULL)
        return;
    store_order_done(sf);
    object_table_done(&sf->slab);
    bare_slots_done(&sf->index);
    free(sf->fresh);
    if (sf->pools != NULL)
        for (uint32_t i = 0; i < sf->family->label_count; i++)
            pool_done(&sf->pools[i]);
    free(sf->pools);
}

static uint32_t ids_hash(const struct store_family *sf, const uint32_t *ids, uint64_t seed) {
    return (uint32_t)hash_bytes(ids, (size_t)sf->family->label_count * sizeof *ids, seed);
}

uint32_t store_slab_find(const struct store_family *sf, const uint32_t *ids, uint64_t seed) {
    const size_t len = (size_t)sf->family->label_count * sizeof *ids;
    uint32_t at = ids_hash(sf, ids, seed);
    uint32_t slot;
    do
        slot = bare_slots_next(&sf->index, &at);
    while (slot != SLOTS_NONE &&
           memcmp(series_ids(sf->family, slab_series(sf, slot)), ids, len) != 0);
    return slot;
}

void store_slab_index_add(struct store_family *sf, uint32_t slot, uint64_t seed) {
    const uint32_t *ids = series_ids(sf->family, slab_series(sf, slot));
    bare_slots_add(&sf->index, ids_hash(sf, ids, seed), slot);
}

struct seeded {
    const struct store_family *sf;
    uint64_t seed;
};

static uint32_t slot_hash(const void *arg, uint32_t slot) {
    const struct seeded *seeded = arg;
    const struct store_family *sf = seeded->sf;
    return ids_hash(sf, series_ids(sf->family, slab_series(sf, slot)), seeded->seed);
}

void store_slab_index_remove(struct store_family *sf, uint32_t slot, uint64_t seed) {
    const struct seeded seeded = {sf, seed};
    bare_slots_remove(&sf->index, slot, slot_hash, &seeded);
}

uint32_t store_slab_take(struct store_family *sf, struct held *held) {
    const bool again = sf->free_head != 0;
    uint32_t slot;
    if (again) {
        slot = sf->free_head - 1;
        sf->free_head = (uint32_t)slab_series(sf, slot)->created_ms;
    } else {
        held_need(held, &sf->slab, (uint64_t)sf->used + 1);
        slot = sf->used++;
    }
    struct series *series = slab_series(sf, slot);
    /* Undo may bring back the slot's former series; without one, the first word marks it as
     * free. */
    undo_range(sf->undo, series, again ? sf->slab.item_bytes : sizeof(uint64_t));
    const uint32_t generation = series->generation;
    const uint8_t in_fresh = series->flags & SERIES_IN_FRESH;
    memset(series, 0, sf->slab.item_bytes);
    series->generation = generation;
    series->flags = in_fresh;
    return slot;
}

void store_slab_give(struct store_family *sf, uint32_t slot) {
    struct series *series = slab_series(sf, slot);
    undo_word(sf->undo, &series->created_ms); /* the flags were noted earlier */
    series->generation++;
    series->flags &= SERIES_IN_FRESH;
    series->created_ms = sf->free_head;
    sf->free_head = slot + 1;
}

/* ---- kinds: The store's functions for each kind of family. ---- */

const struct store_kind store_kinds[KIND_COUNT] = {
    [KIND_COUNTER] = {.number = series_take_increment},
    [KIND_READING] = {.own = owned_take_reading, .leave = owned_leave_reading},
    [KIND_GAUGE] = {.begin = series_begin_written,
                    .number = series_take_value,
                    .own = owned_take_value,
                    .leave = owned_leave},
    [KIND_UPDOWNCOUNTER] = {.number = series_take_change,
                            .own = owned_take_change,
                            .leave = owned_leave},
    [KIND_HISTOGRAM] = {.number = series_take_observation},
    [KIND_SUMMARY] = {.begin = window_begin, .number = window_take_observation, .end = window_end},
    [KIND_RELAYED] = {.own = owned_take_item, .leave = owned_leave_relayed},
    [KIND_INFO] = {.begin = owned_begin_info,
                   .own = owned_take_info,
                   .leave = owned_leave_info,
                   .end = owned_end_info},
    [KIND_STATESET] =
        {
            .begin = series_begin_states,
            .number = series_take_state,
        },
    /* Words of attempts and jobs go to breakers_jobs/, which also writes the body. */
    [KIND_ATTEMPTS] = {0},
    [KIND_JOBS] = {0},
};

enum store_number store_number(struct store *store, const struct catalog_family *family,
                               const struct series *series, double value, double rate,
                               uint32_t item, struct store_time now) {
    return store_kinds[series->kind].number(store, family, series_writable(series), value, rate,
                                            item, now);
}

enum store_own store_own(struct store *store, const struct catalog_family *family,
                         const struct series *series, owner_id owner, uint32_t item, double value,
                         struct store_time now) {
    return store_kinds[series->kind].own(store, family, series_writable(series), owner, item, value,
                                         now);
}

/* ---- lifecycle ----
 * Making and freeing a store: tables for every family, series that exist from the start.
 */

/* Reverse the fresh list of series that were made in order: settling takes series from its end, and
 * inserting is cheapest at the end of the order. */
static void settle_in_order(struct store *store, const struct catalog_family *family) {
    struct store_family *sf = store_family(store, family);
    for (uint32_t i = 0; i < sf->fresh_count / 2; i++) {
        const uint32_t other = sf->fresh_count - 1 - i;
        const uint32_t slot = sf->fresh[i];
        sf->fresh[i] = sf->fresh[other];
        sf->fresh[other] = slot;
    }
    size_t budget = SIZE_MAX;
    (void)store_settle(store, family, &budget);
}

/* Make the series of every combination of declared values in sorted order: the last label changes
 * fastest. */
static void create_all(struct store *store, const struct catalog_family *family,
                       struct store_time now) {
    struct store_label labels[LABELS_MAX] = {{0}};
    const uint32_t count = family->label_count;
    for (;;) {
        bool wanted = true;
        for (uint32_t i = 0; i < count; i++)
            wanted &= presence_has_value(family, i, (uint32_t)labels[i].id);
        const struct series *series;
        int label;
        if (wanted) {
            (void)store_series(store, family, labels, now, &series, &label);
            if (family_is_owned(family))
                series_writable(series)->flags |= SERIES_STAYS;
            undo_commit(store->undo);
        }
        uint32_t i = count;
        while (i > 0) {
            i--;
            if (++labels[i].id < (int32_t)family->labels[i].value_count)
                break;
            labels[i].id = 0;
            if (i == 0)
                return;
        }
        if (count == 0)
            return;
    }
}

/* Make tables for all families. */
static void make_tables(struct store *store, struct object *object) {
    const struct catalog_set *set = store->set;
    struct held *held = &store->held;
    size_t queried = 0;
    for (size_t i = 0; i < set->family_count; i++)
        queried += set->families[i]->source == SOURCE_QUERY;
    const size_t plain = set->family_count - queried;
    store->families = held_array(held, set->family_count + 1, sizeof(*store->families));
    store->tables = held_array(held, plain + 1, sizeof *store->tables);
    store->sets = held_array(held, queried + 1, sizeof *store->sets);
    store->services = held_array(held, set->count + 1, sizeof *store->services);
    struct store_family *table = store->tables;
    struct family_sets *sets = store->sets;
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if (family->source == SOURCE_QUERY) {
            store->families[i] = &sets->nothing;
            store_sets_init(sets++, family, held);
        } else {
            store->families[i] = table;
            store_slab_init(table, family, 0, object, held);
            expire_enlist(store, table++);
        }
    }
}

struct store *store_new(struct object *object, const struct catalog_set *set, uint64_t seed,
                        struct store_time now) {
    struct store *store = memory_alloc(sizeof *store);
    store->held = (struct held){.bytes = sizeof *store};
    store->undo = object_undo(object);
    store->set = set;
    store->kinds = store_kinds;
    store->seed = seed;
    make_tables(store, object);
    store_parts_init(store, object);
    windows_init(store, object);
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if (!presence_from_start(family))
            continue;
        create_all(store, family, now);
        settle_in_order(store, family);
    }
    return store;
}

static void close_family(struct store_family *sf) {
    if (sf->sets != NULL) {
        store_sets_done(sf->sets);
        return;
    }
    store_slab_done(sf);
}

void store_free(struct store *store) {
    if (store == NULL)
        return;
    for (size_t i = 0; i < store->set->family_count; i++)
        close_family(store->families[i]);
    free(store->families);
    free(store->tables);
    free(store->sets);
    free(store->services);
    windows_done(store);
    store_parts_done(store);
    free(store);
}

void store_figures(const struct store *store, struct store_figures *ret_figures) {
    *ret_figures = store->figures;
    ret_figures->bytes = store->held.bytes;
}

struct catalog_value store_label_value(const struct store *store,
                                       const struct catalog_family *family, uint32_t label,
                                       uint32_t id) {
    const struct store_family *sf = store_family(store, family);
    if (sf->sets != NULL && id >= family->labels[label].value_count) {
        const struct store_family *tables = sf->sets->tables;
        sf = id < tables[1].pools[label].first_id ? &tables[0] : &tables[1];
    }
    return slab_label_value(sf, label, id);
}

uint64_t store_shared_bytes(const struct catalog_set *set) {
    return store_parts_bytes(set) + windows_bytes(set);
}

uint64_t store_object_bytes(const struct catalog_set *set) {
    return slabs_object_bytes(set) + store_parts_object_bytes(set) + windows_object_bytes(set) +
           owners_object_bytes(OWNERS_MAX);
}

uint64_t store_service_count(const struct store *store, const struct catalog *catalog) {
    return store->services[catalog->index];
}

uint64_t store_family_count(const struct store *store, const struct catalog_family *family) {
    return store_family(store, family)->live;
}
