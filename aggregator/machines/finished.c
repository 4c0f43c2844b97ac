/* A ring of jobs in the order in which they ended, and an index to find them. */
#include "machines/finished.h"

#include <stddef.h>
#include <string.h>

#include "base/hash.h"

const struct object_field finished_fields[] = {
    {"job", OBJECT_U64, offsetof(struct finished_item, job), 1},
    {"lap", OBJECT_U32, offsetof(struct finished_item, lap), 1},
    {"family", OBJECT_U16, offsetof(struct finished_item, family), 1},
    {"outcome", OBJECT_U8, offsetof(struct finished_item, outcome), 1},
    {"known", OBJECT_U8, offsetof(struct finished_item, known), 1}};
const size_t finished_field_count = sizeof finished_fields / sizeof *finished_fields;

bool finished_table(struct object *object, const struct memory *memory, uint64_t items,
                    struct object_table *ret_table) {
    const struct object_spec spec = {.name = "finished",
                                     .family = OBJECT_NONE,
                                     .label = OBJECT_NONE,
                                     .item_bytes = sizeof(struct finished_item),
                                     .max_items = items,
                                     .fields = finished_fields,
                                     .field_count = finished_field_count};
    return object_table(object, memory, &spec, ret_table) && object_reach(ret_table, items);
}

uint32_t finished_items(const struct catalog_family *family) {
    uint32_t size = FINISHED_LEAST;
    while (size < family->jobs->max_live && size < FINISHED_MOST)
        size *= 2;
    return size;
}

uint64_t finished_bytes(const struct catalog_family *family) {
    const uint32_t size = finished_items(family);
    return (uint64_t)size * sizeof(struct finished_item) +
           (uint64_t)bare_slots_cells(size) * BARE_SLOTS_CELL_BYTES;
}

bool finished_init(struct finished *finished, const struct memory *memory,
                   const struct object_table *table, uint64_t first,
                   const struct catalog_family *family, uint64_t seed) {
    *finished = (struct finished){.ring = object_at(table, first),
                                  .undo = object_undo(table->object),
                                  .seed = seed,
                                  .size = finished_items(family),
                                  .lap = 1,
                                  .family = (uint16_t)family->index};
    return bare_slots_init(&finished->places, memory, finished->size);
}

void finished_done(struct finished *finished, const struct memory *memory) {
    bare_slots_done(&finished->places, memory);
}

uint64_t finished_job(struct sg_span id) {
    return hash_bytes(id.at, id.len, 0);
}

/* Hash with a secret multiplier, so that nobody can prepare jobs that collide in the index
 * (Dietzfelbinger et al. 1997, "A reliable randomized algorithm for the closest-pair problem"). */
static uint32_t index_hash(const struct finished *finished, uint64_t job) {
    _Static_assert((int)FINISHED_MOST * 2 <= 1 << 16, "16 bits find every cell");
    return (uint32_t)(job * (finished->seed | 1) >> 48);
}

/* The job's place in the ring, or SLOTS_NONE. */
static uint32_t place_of(const struct finished *finished, uint64_t job) {
    uint32_t at = index_hash(finished, job);
    uint32_t place;
    do
        place = bare_slots_next(&finished->places, &at);
    while (place != SLOTS_NONE && finished->ring[place].job != job);
    return place;
}

static uint32_t place_hash(const void *arg, uint32_t place) {
    const struct finished *finished = arg;
    return index_hash(finished, finished->ring[place].job);
}

bool finished_find(const struct finished *finished, uint64_t job, enum job_outcome *ret_outcome) {
    const uint32_t place = place_of(finished, job);
    if (place == SLOTS_NONE)
        return false;
    *ret_outcome = (enum job_outcome)finished->ring[place].outcome;
    return true;
}

void finished_forget(struct finished *finished, uint64_t job) {
    const uint32_t place = place_of(finished, job);
    if (place == SLOTS_NONE)
        return;
    undo_word(finished->undo, &finished->ring[place].known);
    finished->ring[place].known = 0;
    bare_slots_remove(&finished->places, place, place_hash, finished);
}

void finished_add(struct finished *finished, uint64_t job, enum job_outcome outcome) {
    finished_forget(finished, job);
    struct finished_item *item = &finished->ring[finished->next];
    if (item->known)
        finished_forget(finished, item->job);
    undo_range(finished->undo, item, sizeof *item);
    *item = (struct finished_item){.job = job,
                                   .lap = finished->lap,
                                   .family = finished->family,
                                   .outcome = (uint8_t)outcome,
                                   .known = 1};
    bare_slots_add(&finished->places, index_hash(finished, job), finished->next);
    finished->next = (finished->next + 1) & (finished->size - 1);
    if (finished->next == 0)
        finished->lap++;
}
