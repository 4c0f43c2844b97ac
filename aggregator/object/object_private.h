/* SPDX-License-Identifier: MIT */
/* object_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_OBJECT_OBJECT_PRIVATE_H
#define STATGATE_OBJECT_OBJECT_PRIVATE_H

#include "object/object.h"

/* ---- layout ----
 * the front of an object, byte by byte. Private to object/.
 *
 * Offsets count from the object's first byte. A reader of another process's object trusts none of
 * this before image.c has checked it.
 *
 * This front is the same in all versions, except that later ones may have more marks at the end of
 * the header, more words of undo and more types of fields. Everything else is in tables, which a
 * reader finds by name. An incompatible layout would have another magic.
 */

#define OBJECT_MAGIC "statgate"

enum {
    OBJECT_ALIGN = 64,      /* of tables */
    OBJECT_BLOCK = 65536,   /* memory is provided in blocks of this size */
    OBJECT_HEADER_MIN = 136 /* bytes of the first version's header, up to marks.alive_ms */
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
    uint32_t sum; /* of all of it, in a file (object_sum_offset); 0 in memory */
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
    uint32_t unused; /* 0 */
    uint64_t offset;
    uint64_t max_items;
    volatile uint64_t items; /* items reached; later ones were never touched */
};

/* ---- directory ----
 * the tables of another process's object, and the fields of their records. Private to
 * object/.
 */

/* Check that every table lies within the object, and every field of a known type within its
 * record. Notes whether there are tables that are not understood. */
bool object_directory_check(struct image *image, struct error *ret_error);
/* Sort the directory's tables in place, so that object_directory_find can search it. */
void object_directory_sort(struct image *image);
/* The same in a list beside the object, without a write to it: a private page that was written no
 * longer shows what the object's process writes there. */
void object_directory_list(struct image *image);

/* The same as image_next and image_find. Each entry of a live object is checked again. */
bool object_directory_next(const struct image *image, const char *name, uint32_t *at,
                           struct layout_table *ret_table);
bool object_directory_find(const struct image *image, const char *name, uint32_t family,
                           uint32_t label, struct layout_table *ret_table);
struct layout_field object_directory_field(const struct image *image, uint32_t index);
/* Bytes of one value of a known type. */
uint32_t object_type_bytes(enum object_type type);
/* Whether the field is of a known type and lies within a record of item_bytes. */
bool object_directory_is_field(const struct layout_field *field, uint32_t item_bytes);

/* ---- families ----
 * the description of a set's families inside an object: everything by which a reader
 * recognises them. Private to object/.
 *
 * Numbers (host order) and texts (length, bytes) follow each other without alignment:
 *
 *   the total numbers of catalogs, lists of values, families and labels
 *   for each catalog: its service; how many lists; for each list: number, count, where each text
 *     ends, texts
 *   for each family: catalog, name, type, unit, source, merge, window, labels (name, list), the
 *     list of a stateset's states, buckets, quantiles
 */

/* Bytes of the description, and the description itself. */
uint64_t object_families_bytes(const struct catalog_set *set);

/* ---- reading: every pointer is into the copy ---- */

struct families_text {
    const char *at; /* not terminated */
    uint32_t len;
};

struct families_list {
    const unsigned char *ends; /* where each text ends, counted from the first */
    const char *texts;
    uint32_t count;
};

struct families_catalog {
    struct families_text service;
    uint32_t first_list;
    uint32_t list_count;
};

struct families_label {
    struct families_text name;
    uint32_t list; /* index among all lists, or OBJECT_NONE */
};

struct families_family {
    uint32_t catalog;
    struct families_text name;
    struct families_text type;
    struct families_text unit;
    uint32_t source; /* enum family_source; another version may have written any number */
    uint32_t merge;  /* enum family_merge, in the same way */
    int64_t window_ms;
    uint32_t first_label;
    uint32_t label_count;
    uint32_t states; /* the list of a stateset's states, or OBJECT_NONE */
    const unsigned char *buckets;
    uint32_t bucket_count;
    const unsigned char *quantiles;
    uint32_t quantile_count;
};

struct families_read {
    unsigned char *bytes; /* the copy */
    uint32_t catalog_count;
    uint32_t list_count;
    uint32_t family_count;
    uint32_t label_count;
    struct families_catalog *catalogs;
    struct families_list *lists;
    struct families_family *items;
    struct families_label *labels;
};

/* Read a description. Returns false with the reason on failure; object_families_read_done is safe
 * then. */
bool object_families_read(const unsigned char *bytes, uint64_t size,
                          struct families_read *ret_families, struct error *ret_error);
void object_families_read_done(struct families_read *families);

/* ---- front ----
 * the front of another process's object, which is checked before use, and the changes
 * that were under way in it. Private to object/.
 */

/* Read the header as far as the version that wrote it had one; the rest is 0. */
bool object_front_read(const unsigned char *bytes, uint64_t size, struct object_header *ret_header,
                       struct error *ret_error);
/* Compare layout and boot id. An object of another layout is refused; one of another boot is
 * refused unless it is clean: when a host goes down without warning, changes that were under way
 * are in no object that could be read. */
bool object_front_take_boot(struct image *image, const struct object_header *header,
                            const unsigned char boot[OBJECT_BOOT_BYTES], struct error *ret_error);
/* Read the marks and the offsets of the parts. */
bool object_front_take(struct image *image, const struct object_header *header,
                       struct error *ret_error);
struct object_marks object_front_marks(const struct object_header *header);
/* Put back the words that were under way, and read the position. Call after object_front_take. */
bool object_front_take_back(struct image *image, const struct object_header *header,
                            struct error *ret_error);

/* ---- within ----
 * whether a piece lies within a whole, by numbers that are not trusted. Private to
 * object/.
 */

static inline bool within_is(uint64_t at, uint64_t bytes, uint64_t size) {
    return at <= size && bytes <= size - at;
}

#endif
