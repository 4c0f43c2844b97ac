/*
 * ring.h - slots of counts, one for each step of time, in a table of the object; a new slot
 * replaces the oldest. Private to history/.
 *
 * Each slot records its own step, so slots that were skipped, or not written for long, need no
 * clearing. Counts are stored plus 1; a stored 0 means that the count is unknown.
 */
#ifndef STATGATE_HISTORY_RING_H
#define STATGATE_HISTORY_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "object/object.h"

struct ring_shape {
    const char *name; /* of the table */
    uint32_t step_ms;
    uint32_t points; /* slots that can be read; one more is being written */
    uint32_t words;  /* counts in a slot */
};

struct ring {
    struct object_table table;
    struct ring_shape shape;
    int64_t base;   /* the step of the table's first slot */
    int64_t copied; /* the last step copied from another process; RING_NEVER: none */
    bool begun;
};

#define RING_NEVER INT64_MIN

/* Make an empty ring. False when out of memory or space; ring_done is safe then and on a zeroed
 * struct. */
bool ring_init(struct ring *ring, const struct memory *memory, struct object *object,
               const struct ring_shape *shape);
void ring_done(struct ring *ring, const struct memory *memory);
/* Bytes of the table, in an object or on the heap. */
uint64_t ring_bytes(const struct ring_shape *shape);

/* The step that contains a time. */
int64_t ring_step(const struct ring *ring, int64_t mono_ms);
/* The stored counts of a step, to be increased by ring_more; a new step starts with counts of 0.
 * NULL: there is no memory. */
uint32_t *ring_write(struct ring *ring, int64_t step);
/* The stored counts of a step; NULL: unknown. */
const uint32_t *ring_read(const struct ring *ring, int64_t step);

/* Increase a stored count without wrapping. */
static inline uint32_t ring_more(uint32_t written, uint32_t more) {
    const uint32_t most = UINT32_MAX - 1;
    return more < most - written ? written + more : most;
}

#endif
