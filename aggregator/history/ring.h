/*
 * ring.h - slots of counts, one for each step of time, in a table of the object: the oldest makes way.
 * Private to history/.
 *
 * A slot says itself which step it is of, so one that was left out, or not written for long, needs no
 * clearing. A count of 0 is written as 1: a slot's zero means that the count is not known.
 */
#ifndef STATGATE_HISTORY_RING_H
#define STATGATE_HISTORY_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "object/object.h"

struct ring_shape {
    const char *name; /* of the table */
    uint32_t step_ms;
    uint32_t points; /* that can be read; one more is being written */
    uint32_t words;  /* of a slot */
};

struct ring {
    struct object_table table;
    struct ring_shape shape;
    int64_t base;   /* the step of the table's first slot */
    int64_t copied; /* the last step that was another process'; RING_NEVER: none was */
    bool begun;
};

#define RING_NEVER INT64_MIN

/* False when out of memory or space; ring_done is safe then and on a zeroed struct. */
bool ring_init(struct ring *ring, const struct memory *memory, struct object *object,
               const struct ring_shape *shape);
void ring_done(struct ring *ring, const struct memory *memory);
/* Bytes of the table, in an object or anywhere. */
uint64_t ring_bytes(const struct ring_shape *shape);

/* The step of a time. */
int64_t ring_step(const struct ring *ring, int64_t mono_ms);
/* The counts of a step, to be added to; all are 0 if it is new. NULL: there is no memory. */
uint32_t *ring_write(struct ring *ring, int64_t step);
/* The counts of a step; NULL: not known. */
const uint32_t *ring_read(const struct ring *ring, int64_t step);

/* A written count, more. */
static inline uint32_t ring_more(uint32_t written, uint32_t more) {
    const uint32_t most = UINT32_MAX - 1;
    return more < most - written ? written + more : most;
}

#endif
