/*
 * restore_private.h - restoring the series of another process from its object. Private to store/.
 *
 * Nothing in the image is trusted. Series are restored first (restore_series.c), with their labels
 * (restore_labels.c), numbers (restore_numbers.c) and windows (restore_windows.c), then the parts
 * that belong to them (restore_parts.c).
 *
 * Each step goes through all of this, and remembers for each record what became of it. While the
 * other process still writes, a step copies which series exist, and windows, which are large. The
 * last step recognises unchanged series by the generations of their records, and copies only their
 * numbers; a series that has changed ends and is made again. The other process marks a series as
 * live after it has written everything else of the series, and as ended before it changes anything
 * else.
 */
#ifndef STATGATE_STORE_RESTORE_PRIVATE_H
#define STATGATE_STORE_RESTORE_PRIVATE_H

#include "store/restore.h"
#include "store/store_private.h"

/* Where the labels of a family's series are in the image. */
struct restore_labels {
    const struct match *match;
    const struct catalog_family *family;
    struct image_table series;
    struct image_field ids;
    struct {
        uint32_t former;   /* index in the image, or OBJECT_NONE: a new label, with its default */
        uint32_t declared; /* ids from this one on are positions in `values` */
        struct image_table values;
        struct image_field text;
        struct image_field len;
        struct image_table cells;
        struct image_field bytes;
    } labels[LABELS_MAX];
};

/* False: the present catalogs have no such family. */
bool restore_labels_init(struct restore_labels *labels, const struct match *match,
                         const struct image_table *series);
/* Copies of label texts of the image. */
struct restore_texts {
    char bytes[LABELS_MAX][CATALOG_VALUE_MAX];
};
/* Same as store_read_labels, but copies the texts before it examines them. */
bool restore_labels_read(const struct restore_labels *labels, uint64_t record,
                         struct restore_texts *texts, struct store_label *ret_labels);

/* The fields of a family's series. Fields that its kind does not have are zeroed. */
struct restore_fields {
    struct image_field generation;
    struct image_field flags;
    struct image_field value;
    struct image_field created_ms;
    struct image_field carry;
    struct image_field updated_ms;
    struct image_field written; /* of kinds with `carry` */
    struct image_field buckets;
    struct image_field count;
    struct image_field window;
    struct image_field base;
    struct image_field present;
    struct image_field items;
    struct image_field writers;
    struct image_field writer_part; /* of a version that kept one writer's value in a series */
    struct image_field writer_value;
};

/* What became of a record. */
struct restore_seen {
    uint32_t place;      /* of the series here; 0: none */
    uint32_t generation; /* of the record */
};

/* The series of a family in the image, and here. */
struct restore_source {
    const struct catalog_family *family; /* NULL: not visited yet, in any step */
    bool met;                            /* visited in this step */
    bool known;                          /* ... and in an earlier one */
    struct image_table table;
    struct restore_fields fields;
    struct store_family *sf;
    struct restore_seen *seen; /* by record */
    uint64_t seen_max;
    uint64_t *whole; /* summaries, bit set: the record's window was copied completely */
    /* By slot here, bit set: */
    uint64_t *claimed; /* the series belongs to a record */
    uint64_t *found;   /* ... and existed before that record was read */
    struct store_restored count;
};

/* Where the windows of summaries are in the image. */
struct restore_windows {
    struct image_table subs;
    struct image_field turn;
    struct image_field zeros;
    struct image_field astray;
    struct image_field min;
    struct image_field max;
    struct image_field links;
    struct image_table pages;
    struct image_field number;
    struct image_field bins;
    uint64_t *taken; /* bit set: this page belongs to a window. NULL: there are no windows */
    uint64_t taken_words;
    bool again; /* some step did not have room for all pages */
};

/* What became of a record of a part. */
struct restore_part {
    uint64_t sequence; /* of the record */
    owner_id owner;
    uint32_t link; /* of the part here; 0: none */
};

struct restore_parts {
    struct image_table table;
    struct image_field family;
    struct image_field place;
    struct image_field value;
    struct image_field base;
    struct image_field owner;
    struct image_field sequence;
    struct restore_part *seen; /* by record */
    uint64_t seen_max;
    uint64_t until;    /* this step takes parts up to this sequence */
    uint64_t last;     /* the highest sequence that was taken */
    bool out_of_order; /* a part was taken after a later one, or there was no room for it */
};

struct store_restoring {
    struct store *store;
    const struct image *image;
    const struct match *match;
    struct store_time now;
    bool settled;                   /* this is the last step */
    bool ahead;                     /* there was an earlier step */
    bool distrusted;                /* earlier copies may contain words that were undone since */
    struct restore_source *sources; /* by the family's present index */
    struct restore_windows windows;
    struct restore_parts parts;
    struct store_restored restored;
};

static inline bool restore_bit(const uint64_t *bits, uint64_t number) {
    return (bits[number / 64] >> number % 64 & 1) != 0;
}

static inline void restore_bit_set(uint64_t *bits, uint64_t number, bool value) {
    const uint64_t bit = UINT64_C(1) << number % 64;
    bits[number / 64] = value ? bits[number / 64] | bit : bits[number / 64] & ~bit;
}

/* Give an array at least `count` items, new ones zeroed. False when out of memory. */
static inline bool restore_room(const struct memory *memory, void *array, uint64_t *max,
                                uint64_t count, size_t item_bytes) {
    void **items = array;
    if (*items != NULL && count <= *max)
        return true;
    void *grown = *items == NULL ? memory_array(memory, count + 1, item_bytes)
                                 : memory_resize(memory, *items, count + 1, item_bytes);
    if (grown == NULL)
        return false;
    if (*items != NULL)
        memset((char *)grown + *max * item_bytes, 0, (count + 1 - *max) * item_bytes);
    *items = grown;
    *max = count;
    return true;
}

/* ---- numbers ---- */

void restore_numbers_fields(const struct image_table *table, struct restore_fields *ret_fields);
/* Whether the series of a record is past its time to live. */
bool restore_numbers_expired(const struct store_restoring *restore,
                             const struct restore_source *source, uint64_t record);
/* Whether the numbers of a record are possible for a series of its family. */
bool restore_numbers_check(const struct store_restoring *restore,
                           const struct restore_source *source, uint64_t record);
/* Copy all numbers of a checked record, except its window, to the series. */
void restore_numbers_take(const struct store_restoring *restore,
                          const struct restore_source *source, uint64_t record,
                          struct series *series);
/* The record's `base`: what ended processes left. */
double restore_numbers_base(const struct restore_source *source, uint64_t record);

/* ---- windows ---- */

/* Begin a step. False when out of memory. */
bool restore_windows_begin(struct store_restoring *restore);
/* Make the window of a series equal to the record's; `made`: nothing was copied to it so far. */
void restore_window(struct store_restoring *restore, const struct restore_source *source,
                    uint64_t record, struct series *series, bool made);
/* Empty the window of a series. */
void restore_window_empty(struct store *store, struct series *series);
/* There was not enough room for all pages: copy all windows again, in the order of one step. */
void restore_windows_again(struct store_restoring *restore);

/* ---- series, parts ---- */

/* Do one step for the series of all families. False when out of memory. */
bool restore_series(struct store_restoring *restore);
/* Called before the series of a step: decide which parts it takes. False when out of memory. */
bool restore_parts_begin(struct store_restoring *restore);
/* Do one step for all parts, and update what depends on them. False when out of memory. */
bool restore_parts(struct store_restoring *restore);

/* Bytes that the steps above need for parts, when the table of parts is full. */
uint64_t restore_parts_bytes(const struct catalog_set *set);

#endif
