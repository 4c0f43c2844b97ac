/* A ring of hashes in the order of their ends, and a table to find them. */
#include "machines/finished.h"

#include <string.h>

static uint32_t ring_size(uint32_t max_live) {
    uint32_t size = FINISHED_LEAST;
    while (size < max_live && size < FINISHED_MOST)
        size *= 2;
    return size;
}

bool finished_init(struct finished *finished, const struct memory *memory, uint32_t max_live) {
    memset(finished, 0, sizeof *finished);
    finished->size = ring_size(max_live);
    finished->ring = memory_array(memory, finished->size, sizeof *finished->ring);
    return bare_slots_init(&finished->places, memory, finished->size) && finished->ring != NULL;
}

void finished_done(struct finished *finished, const struct memory *memory) {
    memory_release(memory, finished->ring);
    bare_slots_done(&finished->places, memory);
}

uint64_t finished_bytes(uint32_t max_live) {
    const uint32_t size = ring_size(max_live);
    return (uint64_t)size * sizeof(struct finished_item) +
           (uint64_t)bare_slots_cells(size) * BARE_SLOTS_CELL_BYTES;
}

/* Where the hash is in the ring, or SLOTS_NONE. */
static uint32_t place_of(const struct finished *finished, uint64_t hash) {
    uint32_t at = (uint32_t)hash;
    uint32_t place;
    do
        place = bare_slots_next(&finished->places, &at);
    while (place != SLOTS_NONE && finished->ring[place].hash != hash);
    return place;
}

static uint32_t place_hash(const void *arg, uint32_t place) {
    const struct finished *finished = arg;
    return (uint32_t)finished->ring[place].hash;
}

bool finished_find(const struct finished *finished, uint64_t hash, enum job_outcome *ret_outcome) {
    const uint32_t place = place_of(finished, hash);
    if (place == SLOTS_NONE)
        return false;
    *ret_outcome = finished->ring[place].outcome;
    return true;
}

void finished_forget(struct finished *finished, uint64_t hash) {
    const uint32_t place = place_of(finished, hash);
    if (place == SLOTS_NONE)
        return;
    finished->ring[place].known = false;
    bare_slots_remove(&finished->places, place, place_hash, finished);
}

void finished_add(struct finished *finished, uint64_t hash, enum job_outcome outcome) {
    finished_forget(finished, hash);
    struct finished_item *item = &finished->ring[finished->next];
    if (item->known)
        finished_forget(finished, item->hash);
    *item = (struct finished_item){.hash = hash, .outcome = outcome, .known = true};
    bare_slots_add(&finished->places, (uint32_t)hash, finished->next);
    finished->next = (finished->next + 1) & (finished->size - 1);
}
