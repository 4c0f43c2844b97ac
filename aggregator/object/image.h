/*
 * image.h - reads the object of another process, and trusts nothing in it.
 *
 * image_open checks the front of the object, takes back changes that were under way when the
 * process ended (undo.h), and then gives access to the tables. image_open_live opens the object of
 * a process that still writes: until that process has stopped and image_settle was called, whatever
 * is read may change and may be half written. A record is read field by field by the fields' names,
 * so a reader takes the fields that it knows. Values are as they were written: the caller checks
 * whether a number fits its family, an index its table and a text its catalog.
 */
#ifndef STATGATE_OBJECT_IMAGE_H
#define STATGATE_OBJECT_IMAGE_H

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "object/object.h"

struct image {
    unsigned char *bytes; /**< the caller's own copy or private mapping; must outlive the image */
    uint64_t size;
    struct object_marks marks;
    struct undo_position position; /**< how far the inbox was applied */
    uint64_t undone;               /**< words that were put back */
    int64_t mono_shift_ms; /**< added to each time of the monotonic clock; see image_arrive */
    bool strangers;        /**< process ids in it may be other processes' here: all its processes
                                have ended */
    /* private */
    uint64_t directory;
    uint32_t table_count;
    uint64_t fields;
    uint32_t field_count;
    uint64_t families;
    uint64_t families_bytes;
    struct image_entry *entries; /* live object: the sorted tables; NULL: the directory itself is
                                    sorted */
    unsigned char *description;  /* live object: a copy of the families' part */
    const struct memory *memory;
    bool other_boot;
};

/**
 * Open an object. Writes to `bytes`: words that were under way get their earlier values. `boot` is
 * the host's present boot id; an object of another boot is refused unless it is clean. Returns
 * false with the reason if the object cannot be read.
 */
bool image_open(struct image *image, unsigned char *bytes, uint64_t size,
                const unsigned char boot[OBJECT_BOOT_BYTES], struct error *ret_error);

/** The clocks and processes of the host that reads an object. */
struct image_host {
    int64_t mono_ms; /**< both clocks, now */
    int64_t real_ms;
    uint64_t processes; /**< as in the marks: names the processes whose ids are valid */
};
/**
 * Adapt a clean object to the time at which it is read, perhaps in another boot. Call before
 * reading any table. Its monotonic times are shifted by way of Unix time, and its processes count
 * as strangers if their ids may belong to other processes here. Has no effect on an object that is
 * not clean.
 */
void image_arrive(struct image *image, const struct image_host *here);

/**
 * Open an object whose process still writes, without writing to it. `bytes` is a mapping of the
 * object itself that shows its changes; in a private mapping, no page may have been written.
 * `memory` is borrowed; free with image_done. Look up the tables again after image_settle, since
 * they may have grown.
 */
bool image_open_live(struct image *image, const struct memory *memory, unsigned char *bytes,
                     uint64_t size, const unsigned char boot[OBJECT_BOOT_BYTES],
                     struct error *ret_error);
/** Call once, when the process has stopped writing: reads marks and position, and puts back words
 * that were under way, as image_open does. Returns false with the reason if the object can no
 * longer be read. */
bool image_settle(struct image *image, struct error *ret_error);
/** Free the memory of image_open_live. Safe on a zeroed struct and after image_open. */
void image_done(struct image *image);

/** The description of the object's families, families_bytes long: for match.h. */
static inline const unsigned char *image_families(const struct image *image) {
    return image->description != NULL ? image->description : image->bytes + image->families;
}

/** Read the marks of an object that is not open, and their offset, for a caller that writes them
 * into the object's file. Returns false if the object cannot be read. */
bool image_marks(const unsigned char *bytes, uint64_t size, struct object_marks *ret_marks,
                 uint64_t *ret_at);

/** A table of the image: all of it lies within the image, each field within its record. */
struct image_table {
    const struct image *image;
    uint32_t family; /**< index in the writer's set: see match.h. OBJECT_NONE: none */
    uint32_t label;
    uint64_t items; /**< records that may be in use */
    uint32_t item_bytes;
    const unsigned char *at;
    uint32_t first_field;
    uint32_t field_count;
};

/** The next table of this name, in order of family and label; *at belongs to the caller and starts
 * as 0. Returns false if there are no more. */
bool image_next(const struct image *image, const char *name, uint32_t *at,
                struct image_table *ret_table);
/** Find the table of this name, family and label by binary search. Returns false if there is
 * none. */
bool image_find(const struct image *image, const char *name, uint32_t family, uint32_t label,
                struct image_table *ret_table);

/** The position of a field in a table's records. */
struct image_field {
    uint32_t offset;
    uint32_t count; /**< 0: the records lack this field, and reading it gives 0 */
    enum object_type type;
};
/** Find a field by name. Zeroed if the table has none of this name, or one of another type. */
struct image_field image_field(const struct image_table *table, const char *name,
                               enum object_type type);

/** Address of number `item` of a record's field. NULL if the record or the number does not
 * exist. */
static inline const unsigned char *image_at(const struct image_table *table, uint64_t record,
                                            struct image_field field, uint32_t item,
                                            uint32_t width) {
    if (record >= table->items || item >= field.count)
        return NULL;
    return table->at + record * table->item_bytes + field.offset + (uint64_t)item * width;
}

/** Private: read a number of this type, 0 if there is none. */
#define IMAGE_READ(type)                                                                           \
    type number = 0;                                                                               \
    const unsigned char *at = image_at(table, record, field, item, sizeof number);                 \
    if (at != NULL)                                                                                \
    memcpy(&number, at, sizeof number)

/** The least valid monotonic time; times may be before the boot. */
#define IMAGE_MONO_LEAST (-(INT64_C(1) << 53))

/** Convert a monotonic time to this host's clock, for a field whose type is not OBJECT_MONO_MS. An
 * impossible time becomes INT64_MAX, later than any other. */
static inline int64_t image_mono(const struct image *image, int64_t mono_ms) {
    int64_t moved;
    if (__builtin_add_overflow(mono_ms, image->mono_shift_ms, &moved) || moved < IMAGE_MONO_LEAST)
        return INT64_MAX;
    return moved;
}

/** Number `item` of a record's field; 0 if the record or the number does not exist. For all integer
 * types; signed ones are sign-extended. OBJECT_MONO_MS is converted by image_mono. */
static inline uint64_t image_integer(const struct image_table *table, uint64_t record,
                                     struct image_field field, uint32_t item) {
    switch (field.type) {
    case OBJECT_U8: {
        IMAGE_READ(uint8_t);
        return number;
    }
    case OBJECT_U16: {
        IMAGE_READ(uint16_t);
        return number;
    }
    case OBJECT_U32: {
        IMAGE_READ(uint32_t);
        return number;
    }
    case OBJECT_U64: {
        IMAGE_READ(uint64_t);
        return number;
    }
    case OBJECT_I32: {
        IMAGE_READ(int32_t);
        return (uint64_t)(int64_t)number;
    }
    case OBJECT_I64: {
        IMAGE_READ(int64_t);
        return (uint64_t)number;
    }
    case OBJECT_MONO_MS: {
        IMAGE_READ(int64_t);
        return (uint64_t)image_mono(table->image, number);
    }
    default:
        return 0;
    }
}

static inline double image_double(const struct image_table *table, uint64_t record,
                                  struct image_field field, uint32_t item) {
    if (field.type != OBJECT_F64)
        return 0;
    IMAGE_READ(double);
    return number;
}

/** Copy up to `size` bytes of a text field. Returns the number of bytes copied. */
static inline size_t image_text(const struct image_table *table, uint64_t record,
                                struct image_field field, char *ret_text, size_t size) {
    const unsigned char *at =
        field.type == OBJECT_TEXT ? image_at(table, record, field, 0, 1) : NULL;
    const size_t len = size < field.count ? size : field.count;
    if (at == NULL)
        return 0;
    memcpy(ret_text, at, len);
    return len;
}

#endif
