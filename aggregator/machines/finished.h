/*
 * finished.h - a memory of the jobs that ended last, so that an event which comes twice or too late
 * is known. Bounded: the oldest goes. Private to machines/.
 */
#ifndef STATGATE_MACHINES_FINISHED_H
#define STATGATE_MACHINES_FINISHED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slots.h"
#include "catalog/catalog.h"

enum { FINISHED_LEAST = 256, FINISHED_MOST = 4096 };

struct finished_item {
    uint64_t hash; /* of the instance id, seeded */
    enum job_outcome outcome;
    bool known; /* false: forgotten, or never used */
};

struct finished {
    struct finished_item *ring;
    struct bare_slots places; /* in the ring */
    uint32_t size;            /* a power of two */
    uint32_t next;            /* place of the next one */
};

/** A memory for a family with so many live jobs at a time. False when out of memory. */
bool finished_init(struct finished *finished, const struct memory *memory, uint32_t max_live);
void finished_done(struct finished *finished, const struct memory *memory);
uint64_t finished_bytes(uint32_t max_live);

/** How the job of this hash ended; false when it is not remembered. */
bool finished_find(const struct finished *finished, uint64_t hash, enum job_outcome *ret_outcome);
/** It ended (now the latest). */
void finished_add(struct finished *finished, uint64_t hash, enum job_outcome outcome);
/** It lives again. Harmless when it is not remembered. */
void finished_forget(struct finished *finished, uint64_t hash);

#endif
