/*
 * image.h - reads the object of another process, believing nothing in it.
 *
 * image_open checks the front of the object, takes back what was under way when the process ended
 * (undo.h), and then hands out tables. The object of a process that still writes is opened by
 * image_open_live: what is read may change, and be half of what is being written, until the process
 * has stopped and image_settle was called. A record is read field by field by the fields' names, so that
 * a reader takes those it knows. Values are as they were written: whether a number fits its family,
 * an index its table and a text its catalog is the caller's to check.
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
    struct undo_position position; /**< how far its inbox was applied */
    uint64_t undone;               /**< words that were put back */
    int64_t mono_shift_ms; /**< added to each time of the monotonic clock; see image_arrive */
    bool strangers;        /**< numbers of processes are those of others here: all have ended */
    /* private */
    uint64_t directory;
    uint32_t table_count;
    uint64_t fields;
    uint32_t field_count;
    uint64_t families;
    uint64_t families_bytes;
    struct image_entry *entries; /* of a live one: the tables in order. NULL: the directory is */
    unsigned char *description;  /* of a live one: a copy of the families' part */
    const struct memory *memory;
    bool other_boot;
};

/**
 * Open an object. `bytes` is written to: words that were under way get their values from before. `boot` is
 * the host's boot id now; an object of another boot is refused unless it is clean. False, with the
 * reason: this is no object that can be read.
 */
bool image_open(struct image *image, unsigned char *bytes, uint64_t size,
                const unsigned char boot[OBJECT_BOOT_BYTES], struct error *ret_error);

/** Where an object is read. */
struct image_host {
    int64_t mono_ms; /**< both clocks, now */
    int64_t real_ms;
    uint64_t processes; /**< as in the marks */
};
/**
 * Read a clean object at another time than it was written, maybe in another boot: before anything of
 * it is read. Its times of the monotonic clock are moved by way of Unix time, and its processes are
 * strangers if their numbers may be others' here. Harmless to an object that is not clean.
 */
void image_arrive(struct image *image, const struct image_host *here);

/**
 * Open an object whose process still writes; nothing of it is written to. `bytes` is a mapping of the
 * object itself, in which its changes show: of a private one no page may have been written. `memory`
 * is borrowed; free with image_done. Tables are to be asked for again after image_settle, since they
 * may have grown.
 */
bool image_open_live(struct image *image, const struct memory *memory, unsigned char *bytes,
                     uint64_t size, const unsigned char boot[OBJECT_BOOT_BYTES],
                     struct error *ret_error);
/** Its process has stopped writing: read marks and position, and put words that were under way back, as
 * image_open does. False, with the reason: it cannot be read any more. Once. */
bool image_settle(struct image *image, struct error *ret_error);
/** Frees what image_open_live took. Safe on a zeroed struct and after image_open. */
void image_done(struct image *image);

/** The description of its families, of families_bytes: for match.h. */
static inline const unsigned char *image_families(const struct image *image) {
    return image->description != NULL ? image->description : image->bytes + image->families;
}

/** The marks in the front of an object that is not open, and where they are, for whoever writes them into its file.
 * False: it is no object that can be read. */
bool image_marks(const unsigned char *bytes, uint64_t size, struct object_marks *ret_marks,
                 uint64_t *ret_at);

/** A table of the image: all of it lies within the image, each field within its record. */
struct image_table {
    const struct image *image;
    uint32_t family; /**< as the writer numbered them: see match.h. OBJECT_NONE: none */
    uint32_t label;
    uint64_t items; /**< records that may be in use */
    uint32_t item_bytes;
    const unsigned char *at;
    uint32_t first_field;
    uint32_t field_count;
};

/** The next table of this name, in order of family and label; *at is the caller's and starts as 0.
 * False: there is none. */
bool image_next(const struct image *image, const char *name, uint32_t *at,
                struct image_table *ret_table);
/** The table of this name, family and label, by a search that halves. */
bool image_find(const struct image *image, const char *name, uint32_t family, uint32_t label,
                struct image_table *ret_table);

/** A field of a table, where its records have it. */
struct image_field {
    uint32_t offset;
    uint32_t count; /**< 0: the records have no such field; reading it gives 0 */
    enum object_type type;
};
/** The field of this name. A zeroed one if the table has none, or another type. */
struct image_field image_field(const struct image_table *table, const char *name,
                               enum object_type type);

/** Where number `item` of a field of a record is, or NULL: there is no such record, or no such number. */
static inline const unsigned char *image_at(const struct image_table *table, uint64_t record,
                                            struct image_field field, uint32_t item,
                                            uint32_t width) {
    if (record >= table->items || item >= field.count)
        return NULL;
    return table->at + record * table->item_bytes + field.offset + (uint64_t)item * width;
}

/** Private: a number of one type, 0 when there is none. */
#define IMAGE_READ(type)                                                                           \
    type number = 0;                                                                               \
    const unsigned char *at = image_at(table, record, field, item, sizeof number);                 \
    if (at != NULL)                                                                                \
    memcpy(&number, at, sizeof number)

/** No monotonic time is before it; some were before the boot. */
#define IMAGE_MONO_LEAST (-(INT64_C(1) << 53))

/** A time of the monotonic clock as this host has it, of a field that has no type for it. One that cannot be is INT64_MAX, later than any. */
static inline int64_t image_mono(const struct image *image, int64_t mono_ms) {
    int64_t moved;
    if (__builtin_add_overflow(mono_ms, image->mono_shift_ms, &moved) || moved < IMAGE_MONO_LEAST)
        return INT64_MAX;
    return moved;
}

/** Number `item` of a field of a record. 0 when the record, or the field's number, does not exist. For all
 * types of integers; signed ones are extended. Of times see image_mono. */
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

/** Copy up to `size` bytes of a text field. Returns how many. */
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
