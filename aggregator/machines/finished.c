/* A ring of hashes in the order of their ends, and a table to find them. */
#include "machines/finished.h"

#include <stdlib.h>
#include <string.h>

static uint32_t ring_size(uint32_t max_live) {
    uint32_t size = FINISHED_LEAST;
    while (size < max_live && size < FINISHED_MOST)
        size *= 2;
    return size;
}

bool finished_init(struct finished *finished, uint32_t max_live) {
    memset(finished, 0, sizeof *finished);
    finished->size = ring_size(max_live);
    finished->ring = calloc(finished->size, sizeof *finished->ring);
    finished->table = calloc((size_t)finished->size * 2, sizeof *finished->table);
    return finished->ring && finished->table;
}

void finished_done(struct finished *finished) {
    free(finished->ring);
    free(finished->table);
}

uint64_t finished_bytes(uint32_t max_live) {
    return (uint64_t)ring_size(max_live) * (sizeof(struct finished_item) + 2 * sizeof(uint32_t));
}

static uint32_t mask_of(const struct finished *finished) {
    return finished->size * 2 - 1;
}

/* Where the hash stands in the table, or the empty slot where it would. */
static uint32_t slot_of(const struct finished *finished, uint64_t hash) {
    uint32_t slot = (uint32_t)hash & mask_of(finished);
    while (finished->table[slot] != 0 && finished->ring[finished->table[slot] - 1].hash != hash)
        slot = (slot + 1) & mask_of(finished);
    return slot;
}

bool finished_find(const struct finished *finished, uint64_t hash, enum job_outcome *ret_outcome) {
    const uint32_t place = finished->table[slot_of(finished, hash)];
    if (place == 0)
        return false;
    *ret_outcome = finished->ring[place - 1].outcome;
    return true;
}

void finished_forget(struct finished *finished, uint64_t hash) {
    const uint32_t mask = mask_of(finished);
    uint32_t hole = slot_of(finished, hash);
    if (finished->table[hole] == 0)
        return;
    finished->ring[finished->table[hole] - 1].known = false;
    for (uint32_t i = (hole + 1) & mask; finished->table[i] != 0; i = (i + 1) & mask) {
        const uint32_t home = (uint32_t)finished->ring[finished->table[i] - 1].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            finished->table[hole] = finished->table[i];
            hole = i;
        }
    }
    finished->table[hole] = 0;
}

void finished_add(struct finished *finished, uint64_t hash, enum job_outcome outcome) {
    finished_forget(finished, hash);
    struct finished_item *item = &finished->ring[finished->next];
    if (item->known)
        finished_forget(finished, item->hash);
    *item = (struct finished_item){.hash = hash, .outcome = outcome, .known = true};
    finished->table[slot_of(finished, hash)] = finished->next + 1;
    finished->next = (finished->next + 1) & (finished->size - 1);
}
