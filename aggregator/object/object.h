/*
 * object.h - the memory that outlives the process: tables of records in one object that describes
 * itself, so that the next process finds out what is in it without knowing who wrote it.
 *
 *   [header | undo | families | directory | fields | table | table | ...        ]
 *
 * Store, machines, ledger and inbox keep in its tables what has to survive, and work there: nothing
 * is copied anywhere when the process ends. A table has its full size from the start, as addresses;
 * memory comes with object_reach. Pure: who makes the object (host/) passes in its mapping and the
 * function that finds memory for a part of it. image.h reads the object of another process.
 *
 * No seed, token, password or conninfo may lie in it.
 */
#ifndef STATGATE_OBJECT_OBJECT_H
#define STATGATE_OBJECT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "catalog/catalog.h"
#include "object/undo.h"

struct object;

enum {
    OBJECT_VERSION = 1,
    OBJECT_NAME_MAX = 24, /**< of a table or field, with its end */
    OBJECT_BOOT_BYTES = 16
};

/** No family, no label. */
#define OBJECT_NONE UINT32_MAX

/* ---- making ---- */

/** Where an object lies. */
struct object_place {
    unsigned char *at; /**< mapped as a whole, all zero, aligned to a page; borrowed */
    uint64_t size;
    /** Find memory for these bytes, whole pages; false: there is none. What was written stays. */
    bool (*reach)(void *arg, uint64_t offset, uint64_t bytes);
    void *arg;
};

/** Bytes of an object for a set, without its tables. */
uint64_t object_bytes(const struct catalog_set *set);
/** Bytes of a table, wherever it comes to lie. */
uint64_t object_table_bytes(uint64_t max_items, uint32_t item_bytes);

/** An object for a finished set (borrowed), without tables, at `place` (copied). `boot` is the host's boot id.
 * NULL when out of memory. */
struct object *object_new(const struct memory *memory, const struct object_place *place,
                          const struct catalog_set *set,
                          const unsigned char boot[OBJECT_BOOT_BYTES]);
/** Forgets the object; what is at its place stays. */
void object_free(struct object *object);
/** The object's undo record. Of a NULL object one that nobody reads. */
struct undo *object_undo(struct object *object);

/** The header's words that are not fixed. Each is written with one store. */
struct object_marks {
    uint32_t clean; /**< 1: the process that wrote it ended in order */
    uint32_t
        begun; /**< so many processes began to take it over and have not told that they are ready */
    uint32_t
        suspect; /**< index in the inbox of the datagram that was under way when the process before */
    uint32_t ends;    /**< ... ended, and how many have ended with it under way; 0: none */
    int64_t alive_ms; /**< monotonic: it lived then */
    /* of one that is clean; see image_arrive */
    int64_t ended_mono_ms; /**< when its process ended, of the monotonic clock */
    int64_t ended_real_ms; /**< ... and in Unix time */
    uint64_t processes;    /**< names the processes whose numbers it holds; 0: nobody else's */
    /** Not 0: another process still writes the values that this object is to have. */
    uint32_t waiting;
    uint32_t unused;
};
volatile struct object_marks *object_marks(struct object *object);

/** Bytes that the object has memory for. */
uint64_t object_reached(const struct object *object);

/* ---- tables ---- */

/** Types of fields; numbers are in host order. */
enum object_type {
    OBJECT_U8 = 1,
    OBJECT_U16,
    OBJECT_U32,
    OBJECT_U64,
    OBJECT_I32,
    OBJECT_I64,
    OBJECT_F64,
    OBJECT_TEXT,   /**< `count` bytes */
    OBJECT_MONO_MS /**< i64: a time of the monotonic clock, which another boot begins again */
};

/** A field of a table's records that a reader needs. What is left out of the fields is not for the
 * next process: links, hints, places in indexes. */
struct object_field {
    const char *name;
    enum object_type type;
    uint32_t offset; /**< in the record */
    uint32_t count;  /**< how many, one behind the other; at least 1 */
};

struct object_spec {
    const char *name; /**< of the table; one for each (name, family, label) */
    uint32_t family;  /**< index in the set, or OBJECT_NONE */
    uint32_t label;   /**< index in the family, or OBJECT_NONE */
    uint32_t item_bytes;
    uint64_t max_items;
    const struct object_field *fields; /**< copied into the object */
    size_t field_count;
};

/** A table, kept by the library that made it. Items are zero before their first use, the first one
 * begins a cache line. */
struct object_table {
    unsigned char *items;
    uint64_t reached;      /**< so many of the items have memory (on the heap: may be in use) */
    struct object *object; /**< NULL: on the heap */
    uint64_t max_items;
    uint32_t item_bytes;
    uint32_t index; /**< private: in the directory */
    void *piece;    /**< private: of the heap, in which the items are */
};

/**
 * A table of max_items items, none of them reached yet. In `object`; or, if that is NULL, on the heap
 * by way of `memory`: then it ends with the process. False when out of memory or space; object_table_done is
 * safe then and on a zeroed struct.
 */
bool object_table(struct object *object, const struct memory *memory,
                  const struct object_spec *spec, struct object_table *ret_table);
/** Frees a table on the heap. One in an object goes with the object. */
void object_table_done(struct object_table *table, const struct memory *memory);

/** Private: see object_reach. */
bool object_grow(struct object_table *table, uint64_t items);
/** See that the first `items` items have memory. False: there is none, or the table is not that large. */
static inline bool object_reach(struct object_table *table, uint64_t items) {
    return items <= table->reached || object_grow(table, items);
}

/** See that a part of an item has memory, whatever those before it have. Nothing more is reached by it: in memory
 * of a process that has ended the rest of the item, and items that were not reached, are zero. */
bool object_reach_part(struct object_table *table, uint64_t index, uint32_t offset, uint32_t bytes);

/** An item, which must have been reached. Its address stays. */
static inline void *object_at(const struct object_table *table, uint64_t index) {
    return table->items + index * table->item_bytes;
}

#endif
