/*
 * layout.h - the front of an object, byte by byte. Private to object/.
 *
 * Offsets count from the object's first byte. A reader of another process's object trusts none of
 * this before image.c has checked it.
 *
 * This front is the same in all versions, except that later ones may have more marks at the end of
 * the header, more words of undo and more types of fields. Everything else is in tables, which a
 * reader finds by name. An incompatible layout would have another magic.
 */
#ifndef STATGATE_OBJECT_LAYOUT_H
#define STATGATE_OBJECT_LAYOUT_H

#include "object/object.h"

#define OBJECT_MAGIC "statgate"

enum {
    OBJECT_ALIGN = 64,       /* of tables */
    OBJECT_BLOCK = 65536,    /* memory is provided in blocks of this size */
    OBJECT_FIELDS_EACH = 40, /* fields of a table, at most */
    OBJECT_HEADER_MIN = 136  /* bytes of the first version's header, up to marks.alive_ms */
};

/* All fields but `marks` are written before the first table is made. */
struct object_header {
    char magic[8];   /* written last */
    uint32_t layout; /* OBJECT_LAYOUT of its writer */
    uint32_t header_bytes;
    uint64_t size; /* of the object */
    /* Subtracted from `at` of an undo entry, gives an offset. Earlier versions noted addresses, and
     * had the address of the object here. */
    uint64_t undo_base;
    unsigned char boot[OBJECT_BOOT_BYTES];
    uint64_t undo; /* offsets */
    uint64_t directory;
    uint64_t fields;
    uint64_t families;
    uint64_t families_bytes;
    uint32_t undo_max;
    uint32_t directory_max;
    uint32_t fields_max;
    volatile uint32_t table_count; /* complete entries of the directory */
    volatile uint32_t field_count;
    uint32_t sum; /* of the front, see sums.h; 0: none */
    volatile struct object_marks marks;
};

struct layout_field {
    char name[OBJECT_NAME_MAX];
    uint32_t type;
    uint32_t offset;
    uint32_t count;
    uint32_t unused; /* 0 */
};

struct layout_table {
    char name[OBJECT_NAME_MAX];
    uint32_t family;
    uint32_t label;
    uint32_t item_bytes;
    uint32_t first_field;
    uint32_t field_count;
    uint32_t sum; /* of its bytes, as in the header */
    uint64_t offset;
    uint64_t max_items;
    volatile uint64_t items; /* items reached; later ones were never touched */
};

#endif
