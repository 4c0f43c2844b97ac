/* A family's slab of series and the index from label ids to them. */
#include "store/slab.h"
#include "base/heap.h"
#include "store/fresh.h"
#include "store/order.h"
#include "store/pool.h"
#include "store/window.h"

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
    uint64_t bytes =
        held_table_bytes(&spec) + bare_slots_bytes(bound) + order_bytes(bound) + fresh_bytes(bound);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind == LABEL_PATTERN)
            bytes += pool_bytes(family, i);
    if (family->kind->has_window)
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

uint64_t slabs_object_bytes(const struct catalog_set *set) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < set->family_count; i++)
        if (set->families[i]->source != SOURCE_QUERY)
            bytes += family_object_bytes(set->families[i]);
    return bytes;
}

bool slab_init(struct store_family *sf, const struct catalog_family *family, unsigned turn,
               struct object *object, struct held *held) {
    memset(sf, 0, sizeof *sf);
    sf->family = family;
    sf->undo = object_undo(object);
    struct series_spec spec;
    describe_series(family, &spec);
    if (!held_table(held, object, &spec.table, &sf->slab) ||
        !held_bare_slots(held, &sf->index, family->bound))
        return false;

    bool patterns = false;
    for (uint32_t i = 0; i < family->label_count; i++)
        patterns |= family->labels[i].kind == LABEL_PATTERN;
    if (!patterns)
        return true;
    sf->pools = held_array(held, (size_t)family->label_count + 1, sizeof *sf->pools);
    if (sf->pools == NULL)
        return false;
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind == LABEL_PATTERN &&
            !pool_init(&sf->pools[i], family, i, turn, object, sf->undo, held))
            return false;
    return true;
}

void slab_done(struct store_family *sf, const struct memory *memory) {
    if (sf->family == NULL)
        return;
    order_done(sf, memory);
    object_table_done(&sf->slab, memory);
    bare_slots_done(&sf->index, memory);
    memory_release(memory, sf->fresh);
    if (sf->pools != NULL)
        for (uint32_t i = 0; i < sf->family->label_count; i++)
            pool_done(&sf->pools[i], memory);
    memory_release(memory, sf->pools);
}

static uint32_t ids_hash(const struct store_family *sf, const uint32_t *ids, uint64_t seed) {
    return (uint32_t)hash_bytes(ids, (size_t)sf->family->label_count * sizeof *ids, seed);
}

uint32_t slab_find(const struct store_family *sf, const uint32_t *ids, uint64_t seed) {
    const size_t len = (size_t)sf->family->label_count * sizeof *ids;
    uint32_t at = ids_hash(sf, ids, seed);
    uint32_t slot;
    do
        slot = bare_slots_next(&sf->index, &at);
    while (slot != SLOTS_NONE &&
           memcmp(series_ids(sf->family, slab_series(sf, slot)), ids, len) != 0);
    return slot;
}

void slab_index_add(struct store_family *sf, uint32_t slot, uint64_t seed) {
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

void slab_index_remove(struct store_family *sf, uint32_t slot, uint64_t seed) {
    const struct seeded seeded = {sf, seed};
    bare_slots_remove(&sf->index, slot, slot_hash, &seeded);
}

uint32_t slab_take(struct store_family *sf, struct held *held) {
    const bool again = sf->free_head != 0;
    uint32_t slot;
    if (again) {
        slot = sf->free_head - 1;
        sf->free_head = (uint32_t)slab_series(sf, slot)->created_ms;
    } else {
        if (!held_reach(held, &sf->slab, (uint64_t)sf->used + 1))
            return UINT32_MAX;
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

void slab_give(struct store_family *sf, uint32_t slot) {
    struct series *series = slab_series(sf, slot);
    undo_word(sf->undo, &series->created_ms); /* the flags were noted earlier */
    series->generation++;
    series->flags &= SERIES_IN_FRESH;
    series->created_ms = sf->free_head;
    sf->free_head = slot + 1;
}
