/*
 * finished.h - remembers the jobs that ended last, to recognise an event that comes twice or too
 * late. Bounded: the oldest job is forgotten. Private to machines/.
 *
 * The memory outlives the process, so it identifies a job by a hash of the instance id that depends
 * on no seed. A sender can make up ids with equal hashes: if one such job has ended, events of the
 * other may count as repeated. Nobody gains by that: whoever may send these events can send the end
 * of any job as well. The index over the memory is seeded, so made-up ids do not make it slow.
 */
#ifndef STATGATE_MACHINES_FINISHED_H
#define STATGATE_MACHINES_FINISHED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slots.h"
#include "catalog/catalog.h"
#include "object/object.h"
#include "sg_proto.h"

enum { FINISHED_LEAST = 256, FINISHED_MOST = 4096 };

/* The whole item outlives the process. Items are ordered by lap, then by place in the ring. */
struct finished_item {
    uint64_t job; /* hash from finished_job() */
    uint32_t lap; /* lap of the ring, from 1 */
    uint16_t family;
    uint8_t outcome; /* enum job_outcome */
    uint8_t known;   /* 0: forgotten, or never used */
};

struct finished {
    struct finished_item *ring; /* items within the shared table */
    struct undo *undo;
    struct bare_slots places; /* index over the ring */
    uint64_t seed;
    uint32_t size; /* a power of two */
    uint32_t next; /* place that the next job takes */
    uint32_t lap;
    uint16_t family; /* index in the set */
};

/** The fields of an item. */
extern const struct object_field finished_fields[];
extern const size_t finished_field_count;
/** Create one table for the memories of all families, `items` in all. False when out of memory. */
bool finished_table(struct object *object, const struct memory *memory, uint64_t items,
                    struct object_table *ret_table);
/** How many items a family's memory has. */
uint32_t finished_items(const struct catalog_family *family);
uint64_t finished_bytes(const struct catalog_family *family);

/** Set up a family's memory, in the table from item `first` on. False when out of memory. */
bool finished_init(struct finished *finished, const struct memory *memory,
                   const struct object_table *table, uint64_t first,
                   const struct catalog_family *family, uint64_t seed);
void finished_done(struct finished *finished, const struct memory *memory);

/** The hash that identifies a job. */
uint64_t finished_job(struct sg_span id);
/** Find how a job ended. False if it is not remembered. */
bool finished_find(const struct finished *finished, uint64_t job, enum job_outcome *ret_outcome);
/** Remember that a job ended; it is now the latest. */
void finished_add(struct finished *finished, uint64_t job, enum job_outcome outcome);
/** Forget a job because it lives again. Harmless if it is not remembered. */
void finished_forget(struct finished *finished, uint64_t job);

#endif
