/* Slots of counts, by time. */
#include "history/ring.h"

/* Start of a slot; the counts follow. */
struct ring_slot {
    int64_t begin_ms; /* start of its step */
    uint32_t made;    /* 0: the slot is not valid */
    uint32_t unused;
};

static uint32_t slot_bytes(const struct ring_shape *shape) {
    const uint64_t bytes = sizeof(struct ring_slot) + shape->words * (uint64_t)sizeof(uint32_t);
    return (uint32_t)((bytes + 7) & ~(uint64_t)7);
}

/* Number of slots: those that can be read, and the one that is being written. */
static uint64_t slot_count(const struct ring_shape *shape) {
    return (uint64_t)shape->points + 1;
}

bool ring_init(struct ring *ring, const struct memory *memory, struct object *object,
               const struct ring_shape *shape) {
    const struct object_field fields[] = {
        {"begin_ms", OBJECT_MONO_MS, offsetof(struct ring_slot, begin_ms), 1},
        {"made", OBJECT_U32, offsetof(struct ring_slot, made), 1},
        {"counts", OBJECT_U32, sizeof(struct ring_slot), shape->words},
    };
    const struct object_spec spec = {.name = shape->name,
                                     .family = OBJECT_NONE,
                                     .label = OBJECT_NONE,
                                     .item_bytes = slot_bytes(shape),
                                     .max_items = slot_count(shape),
                                     .fields = fields,
                                     .field_count = sizeof fields / sizeof *fields};
    ring->shape = *shape;
    ring->copied = RING_NEVER;
    return object_table(object, memory, &spec, &ring->table);
}

void ring_done(struct ring *ring, const struct memory *memory) {
    object_table_done(&ring->table, memory);
}

uint64_t ring_bytes(const struct ring_shape *shape) {
    return object_table_bytes(slot_count(shape), slot_bytes(shape));
}

static int64_t floor_divide(int64_t number, int64_t by) {
    return number / by - (number % by < 0);
}

int64_t ring_step(const struct ring *ring, int64_t mono_ms) {
    return floor_divide(mono_ms, ring->shape.step_ms);
}

static uint64_t index_of(const struct ring *ring, int64_t step) {
    const int64_t slots = (int64_t)slot_count(&ring->shape);
    const int64_t index = (step - ring->base) % slots;
    return (uint64_t)(index < 0 ? index + slots : index);
}

static uint32_t *counts_of(struct ring_slot *slot) {
    return (uint32_t *)(void *)(slot + 1);
}

/* Start a slot. A process killed in between leaves an invalid slot. */
static void begin(struct ring_slot *slot, uint32_t words, int64_t begin_ms) {
    slot->made = 0;
    undo_barrier();
    slot->begin_ms = begin_ms;
    for (uint32_t i = 0; i < words; i++)
        counts_of(slot)[i] = 1;
    undo_barrier();
    slot->made = 1;
}

uint32_t *ring_write(struct ring *ring, int64_t step) {
    const int64_t begin_ms = step * ring->shape.step_ms;
    if (!ring->begun)
        ring->base = step;
    ring->begun = true;
    const uint64_t index = index_of(ring, step);
    if (!object_reach(&ring->table, index + 1))
        return NULL;
    struct ring_slot *slot = object_at(&ring->table, index);
    if (slot->made == 0 || slot->begin_ms != begin_ms)
        begin(slot, ring->shape.words, begin_ms);
    return counts_of(slot);
}

const uint32_t *ring_read(const struct ring *ring, int64_t step) {
    const uint64_t index = index_of(ring, step);
    if (!ring->begun || index >= ring->table.reached)
        return NULL;
    struct ring_slot *slot = object_at(&ring->table, index);
    const bool is_of_it = slot->made != 0 && slot->begin_ms == step * ring->shape.step_ms;
    return is_of_it ? counts_of(slot) : NULL;
}
