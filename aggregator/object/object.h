/*
 * object.h - the memory that outlives the process: tables of records in one object that describes
 * itself, so that the next process can read it without knowing which version wrote it.
 *
 *   [header | undo | families | directory | fields | table | table | ...        ]
 *
 * Store, machines, ledger and inbox keep in its tables whatever has to survive, and work there:
 * nothing is copied when the process ends. A table has its full size from the start in addresses;
 * object_reach provides the memory. Pure: the maker of the object (host/) passes in its mapping and
 * the function that provides memory for a part of it. image.h reads the object of another process.
 *
 * It must not contain any seed or password.
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
    /** Raised by a change that a reader cannot follow: fields are found by name, unknown ones are
     * skipped and missing ones read as 0, so a new field does not need it; another meaning of a
     * field does. An object of another layout is not read, and all values start again. */
    OBJECT_LAYOUT = 1,
    OBJECT_NAME_MAX = 24, /**< name of a table or field, with the terminator */
    OBJECT_BOOT_BYTES = 16
};

/** No family, no label. */
#define OBJECT_NONE UINT32_MAX

/* ---- making ---- */

/** The memory of an object. */
struct object_place {
    unsigned char *at; /**< mapped as a whole, all zero, aligned to a page; borrowed */
    uint64_t size;
    /** Provide memory for these bytes, whole pages. Written bytes stay. Returns false if there is
     * none. */
    bool (*reach)(void *arg, uint64_t offset, uint64_t bytes);
    void *arg;
};

/** Bytes of an object for this set, without its tables. */
uint64_t object_bytes(const struct catalog_set *set);
/** Bytes of a table, alignment included. */
uint64_t object_table_bytes(uint64_t max_items, uint32_t item_bytes);

/** Make an object without tables for a finished set (borrowed) at `place` (copied). `boot` is the
 * host's boot id. Returns NULL when out of memory. */
struct object *object_new(const struct memory *memory, const struct object_place *place,
                          const struct catalog_set *set,
                          const unsigned char boot[OBJECT_BOOT_BYTES]);
/** Forget the object; the bytes at its place stay. */
void object_free(struct object *object);
/** The object's undo record. For a NULL object, a record that nobody reads. */
struct undo *object_undo(struct object *object);

/** The words of the header that change. Each is written with one store. */
struct object_marks {
    uint32_t clean;   /**< 1: the process that wrote it ended in order */
    uint32_t begun;   /**< processes that began to take it over and have not reported that they are
                           ready */
    uint32_t suspect; /**< datagram under way when the previous process ended: index in the inbox */
    uint32_t ends;    /**< processes that ended with that datagram under way; 0: none */
    int64_t alive_ms; /**< monotonic: the process was alive then */
    /* of a clean object; see image_arrive */
    int64_t ended_mono_ms; /**< when its process ended, on the monotonic clock */
    int64_t ended_real_ms; /**< ... and in Unix time */
    uint64_t processes;    /**< names the processes whose ids it holds; 0: nobody else's */
    /** Not 0: another process still writes the values that this object is to receive. */
    uint32_t waiting;
    uint32_t unused;
};
volatile struct object_marks *object_marks(struct object *object);

/** Bytes of the object that have memory. */
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
    OBJECT_MONO_MS /**< i64: a time of the monotonic clock, which starts again with each boot */
};

/** A field of a table's records that a reader needs. Words that the next process does not need have
 * no field: links, hints, positions in indexes. */
struct object_field {
    const char *name;
    enum object_type type;
    uint32_t offset; /**< in the record */
    uint32_t count;  /**< number of consecutive values; at least 1 */
};

struct object_spec {
    const char *name; /**< name of the table; (name, family, label) is unique */
    uint32_t family;  /**< index in the set, or OBJECT_NONE */
    uint32_t label;   /**< index in the family, or OBJECT_NONE */
    uint32_t item_bytes;
    uint64_t max_items;
    const struct object_field *fields; /**< copied into the object */
    size_t field_count;
};

/** A table, held by the library that made it. Items are zero before their first use; the first one
 * starts a cache line. */
struct object_table {
    unsigned char *items;
    uint64_t reached;      /**< items that have memory (on the heap: that may be in use) */
    struct object *object; /**< NULL: on the heap */
    uint64_t max_items;
    uint32_t item_bytes;
    uint32_t index; /**< private: index in the directory */
    void *piece;    /**< private: the allocation that holds the items, on the heap */
};

/**
 * Make a table of max_items items, none of them reached yet: in `object`, or, if that is NULL, on
 * the heap (`memory`), where it ends with the process. Returns false when out of memory or space;
 * object_table_done is safe then and on a zeroed struct.
 */
bool object_table(struct object *object, const struct memory *memory,
                  const struct object_spec *spec, struct object_table *ret_table);
/** Free a table on the heap. A table in an object lasts as long as the object. */
void object_table_done(struct object_table *table, const struct memory *memory);

/** Private: see object_reach. */
bool object_grow(struct object_table *table, uint64_t items);
/** Make sure that the first `items` items have memory. Returns false if there is none, or the table
 * is not that large. */
static inline bool object_reach(struct object_table *table, uint64_t items) {
    return items <= table->reached || object_grow(table, items);
}

/** Make sure that a part of an item has memory, whether or not earlier items have it. `reached`
 * stays the same: in the memory of a process that has ended, the rest of the item, and items not
 * reached, are zero. */
bool object_reach_part(struct object_table *table, uint64_t index, uint32_t offset, uint32_t bytes);

/** The address of an item, which must have been reached. It never changes. */
static inline void *object_at(const struct object_table *table, uint64_t index) {
    return table->items + index * table->item_bytes;
}

#endif
