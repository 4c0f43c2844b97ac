/* SPDX-License-Identifier: MIT */
/*
 * object.h - the memory that outlives the process: tables of records in one object that describes
 * itself, so that the next process can read it without knowing which version wrote it.
 *
 *   [header | undo | families | directory | fields | table | table | ...        ]
 *
 * Store, machines, ledger and inbox keep in its tables whatever has to survive, and work there:
 * nothing is copied when the process ends. A table has its full size from the start in addresses;
 * object_reach provides the memory. Pure: the maker of the object (host/) passes in its mapping and
 * the function that provides memory for a part of it. image.c reads the object of another process.
 *
 * It must not contain any seed or password.
 */
#ifndef STATGATE_OBJECT_OBJECT_H
#define STATGATE_OBJECT_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "catalog/catalog.h"

/* ---- undo ----
 * takes back changes of the object if the process ends in the middle of them.
 *
 * Before a word of the object changes, its old value is noted here; a commit forgets the notes. The
 * process may be killed between any two instructions: a reader of the object then puts the noted
 * values back, the last one first, and finds all of a sample's changes or none. A commit is one
 * store of one word (`state`), and may move the position in the inbox at the same moment.
 *
 *   undo_word(undo, &series->value);   note
 *   series->value += 1;                change
 *   undo_commit_at(undo, &position);   done, and the line is behind us
 *
 * This process is the only writer, so it is enough that the compiler keeps the order of the stores.
 * Words that can be rebuilt from others (indexes, lists, counts of free places) are not noted.
 */

enum {
    UNDO_MAX = 8192,         /**< words between two commits; a power of two */
    UNDO_COUNT_BITS = 32,    /**< low bits of `state`: number of noted words */
    UNDO_POSITION_SHIFT = 32 /**< the bit above them: which position is valid */
};

/** How far the datagrams of the inbox have been applied. */
struct undo_position {
    uint16_t datagram; /**< index of the one whose lines are being applied; earlier ones are done */
    uint16_t begun;    /**< datagrams that have met their sender, */
    uint16_t ended;    /**< and those whose report was taken */
    uint16_t values;   /**< values applied of the line at `offset` */
    uint32_t offset;   /**< of the first line of `datagram` that is not completely applied */
    /** Accepted samples that are not in the ledger's books yet, all of one sender and service: the
     * sender's row, the index of the service, and their number (0: none). */
    uint32_t sender;
    uint32_t service;
    uint32_t accepted;
};

/** The same as words. A caller that commits often keeps them assembled: a position whose fields
 * were just written cannot be copied before those stores are done, which takes longer than the
 * commit of a line. */
struct undo_words {
    uint64_t counts;  /**< datagram, begun, ended, values */
    uint64_t line;    /**< offset, sender */
    uint64_t samples; /**< service, accepted */
};
_Static_assert(sizeof(struct undo_words) == sizeof(struct undo_position), "each other's bytes");

struct undo_entry {
    uint64_t at;  /**< distance from the undo record; words outside the object are ignored */
    uint64_t old; /**< the 8 bytes there */
};

struct undo {
    volatile uint64_t state;
    struct undo_position positions[2];
    struct undo_entry entries[UNDO_MAX];
};

/** Combine two halves into a word, in the order of their addresses. */
static inline uint64_t undo_pair(uint32_t first, uint32_t second) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return first | (uint64_t)second << 32;
#else
    return second | (uint64_t)first << 32;
#endif
}

/** The half at the higher address. */
static inline uint32_t undo_second(uint64_t word) {
    return (uint32_t)(word >> (undo_pair(0, 1) == 1 ? 0 : 32));
}

/** Combine these counts into a word. */
static inline uint64_t undo_counts(uint16_t datagram, uint16_t begun, uint16_t ended,
                                   uint16_t values) {
    const unsigned shift = undo_pair(0, 1) == 1 ? 16 : 0; /* of the first of each two */
    return undo_pair((uint32_t)datagram << shift | (uint32_t)begun << (16 - shift),
                     (uint32_t)ended << shift | (uint32_t)values << (16 - shift));
}

/** Keep the compiler from moving stores across this point. */
static inline void undo_barrier(void) {
    __asm__ volatile("" ::: "memory");
}

/** The same, also as seen by a process that reads the object while this one writes it. */
static inline void undo_release(void) {
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

/** Note the 8-byte word that contains `at`. More than UNDO_MAX words between two commits are a bug:
 * the first ones are overwritten. */
static inline void undo_word(struct undo *undo, const void *at) {
    const uint64_t state = undo->state;
    const uint64_t *word = (const uint64_t *)((uintptr_t)at & ~(uintptr_t)7);
    struct undo_entry *entry = &undo->entries[(uint32_t)state % UNDO_MAX];
    entry->at = (uint64_t)((uintptr_t)word - (uintptr_t)undo);
    entry->old = *word;
    undo_barrier();
    undo->state = state + 1;
    undo_barrier();
}

/** Note all words that contain some of these bytes. */
static inline void undo_range(struct undo *undo, const void *at, size_t bytes) {
    const uintptr_t end = (uintptr_t)at + bytes;
    for (uintptr_t word = (uintptr_t)at & ~(uintptr_t)7; word < end; word += 8)
        undo_word(undo, (const void *)word);
}

/** The valid position. */
static inline const struct undo_position *undo_position(const struct undo *undo) {
    return &undo->positions[undo->state >> UNDO_POSITION_SHIFT & 1];
}

/** The number of noted words. */
static inline uint32_t undo_count(const struct undo *undo) {
    return (uint32_t)undo->state;
}

/** Keep the changes. */
static inline void undo_commit(struct undo *undo) {
    undo_barrier();
    undo->state = undo->state & ~(uint64_t)UINT32_MAX;
    undo_barrier();
}

/** Keep the changes, and move the position to this one. */
static inline void undo_commit_words(struct undo *undo, struct undo_words words) {
    const uint64_t holds = undo->state >> UNDO_POSITION_SHIFT & 1;
    unsigned char *to = (unsigned char *)&undo->positions[holds ^ 1];
    memcpy(to, &words.counts, sizeof words.counts);
    undo_barrier(); /* one by one */
    memcpy(to + 8, &words.line, sizeof words.line);
    undo_barrier();
    memcpy(to + 16, &words.samples, sizeof words.samples);
    undo_barrier();
    undo->state = (holds ^ 1) << UNDO_POSITION_SHIFT;
    undo_barrier();
}

/** Keep the changes, and move the position to this one. */
static inline void undo_commit_at(struct undo *undo, const struct undo_position *position) {
    struct undo_words words;
    memcpy(&words, position, sizeof words);
    undo_commit_words(undo, words);
}

struct object;

enum {
    OBJECT_FIELDS_EACH = 48, /**< fields of a table, at most */
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
    /** Provide memory for these bytes, whole pages, or end the process (memory_end). Written bytes
     * stay. */
    void (*reach)(void *arg, uint64_t offset, uint64_t bytes);
    void *arg;
};

/** Bytes of an object for this set, without its tables. */
uint64_t object_bytes(const struct catalog_set *set);
/** Bytes of a table, alignment included. */
uint64_t object_table_bytes(uint64_t max_items, uint32_t item_bytes);

/** Make an object without tables for a finished set (borrowed) at `place` (copied). `boot` is the
 * host's boot id. */
struct object *object_new(const struct object_place *place, const struct catalog_set *set,
                          const unsigned char boot[OBJECT_BOOT_BYTES]);
/** Forget the object; the bytes at its place stay. */
void object_free(struct object *object);
/** The object's undo record. For a NULL object, a record that no one reads. */
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
    uint64_t processes;    /**< names the processes whose ids it holds; 0: no one else's */
    /** Not 0: another process still writes the values that this object is to receive. */
    uint32_t waiting;
    uint32_t unused;
};
volatile struct object_marks *object_marks(struct object *object);

/** Bytes of the object that have memory. */
uint64_t object_reached(const struct object *object);

/* ---- tables ---- */

/** No process counts that far; sums of several such counts still fit 64 bits. */
#define OBJECT_COUNT_MAX (UINT64_C(1) << 60)

/** Types of fields; numbers are in host order. */
enum object_type {
    OBJECT_U8 = 1,
    OBJECT_U16,
    OBJECT_U32,
    OBJECT_U64,
    OBJECT_I32,
    OBJECT_I64,
    OBJECT_F64,
    OBJECT_TEXT,    /**< `count` bytes */
    OBJECT_MONO_MS, /**< i64: a time of the monotonic clock, which starts again with each boot */
    OBJECT_STORED = 0xff, /**< the bits that are in the object */
    /* The same in the object. Only image_record reads them as what they are. */
    OBJECT_COUNT = OBJECT_U64 | 0x100,   /**< above OBJECT_COUNT_MAX reads as 0 */
    OBJECT_UNIX_MS = OBJECT_I64 | 0x100, /**< Unix time; outside 0 to 2^52 reads as 0 */
    OBJECT_FLAG = OBJECT_U8 | 0x100      /**< bool */
};

/** A field of a table's records that a reader needs. Words that the next process does not need have
 * no field: links, hints, positions in indexes. */
struct object_field {
    const char *name;
    enum object_type type;
    uint32_t offset; /**< in the record */
    uint32_t count;  /**< number of consecutive values; at least 1 */
};

/** Initialise the row of a member, or of an array or text. */
#define OBJECT_FIELD(record, member, name, type) OBJECT_FIELDS(record, member, name, type, 1)
#define OBJECT_FIELDS(record, member, name, type, count)                                           \
    { (name), (type), offsetof(record, member), (count) }

struct object_spec {
    const char *name; /**< name of the table; (name, family, label) is unique */
    uint32_t family;  /**< index in the set, or OBJECT_NONE */
    uint32_t label;   /**< index in the family, or OBJECT_NONE */
    uint32_t item_bytes;
    uint64_t max_items;
    const struct object_field *fields; /**< copied into the object */
    size_t field_count;
};

/** Initialise the spec of a table without family and label: its name, the struct of a record, the
 * number of records, and the array of fields. */
#define OBJECT_SPEC(table, item, most, list)                                                       \
    {                                                                                              \
        .name = (table), .family = OBJECT_NONE, .label = OBJECT_NONE, .item_bytes = sizeof(item),  \
        .max_items = (most), .fields = (list), .field_count = sizeof(list) / sizeof *(list)        \
    }

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
 * the heap, where it ends with the process.
 */
void object_table(struct object *object, const struct object_spec *spec,
                  struct object_table *ret_table);
/** Free a table on the heap. Safe on a zeroed struct. A table in an object lasts as long as the
 * object. */
void object_table_done(struct object_table *table);

/** Private: see object_reach. */
bool object_grow(struct object_table *table, uint64_t items);

/** Make sure that the first `items` items have memory. False: the table is not that large. */
static inline bool object_reach(struct object_table *table, uint64_t items) {
    return items <= table->reached || object_grow(table, items);
}

/** The same for items that the table must have by its bound; the process ends if it has not. */
static inline void object_need(struct object_table *table, uint64_t items) {
    if (!object_reach(table, items))
        memory_end(items * table->item_bytes);
}

/** Make sure that a part of an item has memory, whether or not earlier items have it. `reached`
 * stays the same: in the memory of a process that has ended, the rest of the item, and items not
 * reached, are zero. */
void object_reach_part(struct object_table *table, uint64_t index, uint32_t offset, uint32_t bytes);

/** The address of an item, which must have been reached. It never changes. */
static inline void *object_at(const struct object_table *table, uint64_t index) {
    return table->items + index * table->item_bytes;
}

/* ---- image ----
 * reads the object of another process, and trusts nothing in it.
 *
 * image_open checks the front of the object, takes back changes that were under way when the
 * process ended, and then gives access to the tables. image_open_live opens the object
 * of a process that still writes: until that process has stopped and image_settle was called,
 * whatever is read may change and may be half written. A record is read field by field by the
 * fields' names, so a reader takes the fields that it knows. Values are as they were written: the
 * caller checks whether a number fits its family, an index its table and a text its catalog.
 */

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
 * Free with image_done. Look up the tables again after image_settle, since
 * they may have grown.
 */
bool image_open_live(struct image *image, unsigned char *bytes, uint64_t size,
                     const unsigned char boot[OBJECT_BOOT_BYTES], struct error *ret_error);
/** Call once, when the process has stopped writing: reads marks and position, and puts back words
 * that were under way, as image_open does. Returns false with the reason if the object can no
 * longer be read. */
bool image_settle(struct image *image, struct error *ret_error);
/** Free the memory of image_open_live. Safe on a zeroed struct and after image_open. */
void image_done(struct image *image);

/** The description of the object's families, object_families_bytes long: for object.h. */
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
    uint32_t family; /**< index in the writer's set: see object.h. OBJECT_NONE: none */
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

/* ---- records ----
 * whole records of an image, read into the struct that its present writer works with. Fields that
 * the image lacks stay as the caller has set them, and unknown ones are skipped. Numbers with a
 * range (OBJECT_COUNT and the like) are brought into it; the caller checks the others.
 */

/** The records of one table. */
struct image_records {
    struct image_table table; /**< without items if the image has no such table */
    const struct object_field *fields;
    size_t field_count;
    struct image_field at[OBJECT_FIELDS_EACH]; /**< where the image has each of `fields` */
};

/** The image's records of a table; `spec` and its fields (borrowed) are those of a present record.
 * If the image has no such table, its items and field_count are 0. */
struct image_records image_records(const struct image *image, const struct object_spec *spec);
/** Fill a present record from the image's. Nothing happens if it has no such record. Texts get no
 * terminator: a field one byte shorter than its member, in a zeroed record, always has one. */
void image_record(const struct image_records *records, uint64_t index, void *ret_record);

/* ---- match ----
 * maps the families, labels and values of an image to those of the present catalogs.
 *
 * A family is the same if its service and name, its type, labels, buckets and window, and whose
 * values it shows (`merge`, readings) are the same; its catalog may have added labels that have a
 * default. If one of these differs, the family starts again, and a reason names the difference.
 * Everything else about a family may change. Label values are carried over by their text: the
 * present catalog decides whether it accepts them.
 */

struct match;

/** Returns NULL with an error if the description of the families cannot be read. All arguments are
 * borrowed. */
struct match *object_match_new(const struct image *image, const struct catalog_set *set,
                               struct error *ret_error);
void object_match_free(struct match *match);
/** Memory of the match and of the image's copies if the former set was the same as this one. */
uint64_t object_match_bytes(const struct catalog_set *set);

/** The present family that matches the image's family, or NULL. */
const struct catalog_family *object_match_family(const struct match *match, uint32_t family);
/** Whether the store carries over series of this family of the image, if a present family is the
 * same. False for families of queries and for those that stand for machines. */
bool object_match_is_carried(const struct match *match, uint32_t family);
/** The image's index of a present family, or OBJECT_NONE if the family is new. */
uint32_t object_match_former(const struct match *match, const struct catalog_family *family);
/** The present catalog that has the service of the image's catalog, or NULL. */
const struct catalog *object_match_catalog(const struct match *match, uint32_t catalog);

/* ---- families that start again ---- */

/** Why a family is not the one of the same name in the image; the first difference in this
 * order. */
enum match_reason {
    MATCH_TYPE,    /**< type, or where its samples come from */
    MATCH_LABELS,  /**< a label was removed, or was added without a default */
    MATCH_BUCKETS, /**< buckets of a histogram */
    MATCH_MERGE,   /**< whose values it shows */
    MATCH_WINDOW,  /**< window of a summary */
    MATCH_REASON_COUNT
};
/** "type", "labels", "buckets", "merge", "window", "version". Static. */
const char *object_match_reason_text(enum match_reason reason);
/** The next present family that starts again although the image has one of its name; *at starts as
 * 0. Families without lines are left out: the families derived from them are reported. Returns
 * false if there are no more. */
bool object_match_next_restarted(const struct match *match, size_t *at,
                                 const struct catalog_family **ret_family,
                                 enum match_reason *ret_reason);
/** The number of families that start again for this reason. */
uint64_t object_match_restarted(const struct match *match, enum match_reason reason);

/* ---- families that match ---- */

/** How many labels the image's family has. */
uint32_t object_match_label_count(const struct match *match, const struct catalog_family *family);
/** The image's index of present label `label`, or OBJECT_NONE if the label was added: series of the
 * image then get its default. */
uint32_t object_match_label(const struct match *match, const struct catalog_family *family,
                            uint32_t label);
/** The image's index of present quantile `quantile`, or OBJECT_NONE. */
uint32_t object_match_quantile(const struct match *match, const struct catalog_family *family,
                               uint32_t quantile);
/** How many values the image declared for present label `label`. Label label_count of a stateset is
 * the label that has the family's name: its values are the states. */
uint32_t object_match_declared(const struct match *match, const struct catalog_family *family,
                               uint32_t label);
/** The text of a declared value by its id in the image; not terminated. Returns false if there is
 * no such value. */
bool object_match_text(const struct match *match, const struct catalog_family *family,
                       uint32_t label, uint32_t id, const char **ret_text, size_t *ret_len);

enum match_value {
    MATCH_DECLARED, /**< *ret_id is the value's id now */
    MATCH_PATTERN,  /**< it is not declared (any more), but fits the label's pattern */
    MATCH_REFUSED
};
/** Whether the present catalog accepts a value's text (as exposed). */
enum match_value object_match_value(const struct catalog_label *label, const char *text, size_t len,
                                    int32_t *ret_id);

/** The offset of the 4 bytes that hold the checksum of an object in a file (state_file/). An object
 * in memory has none, since each sample changes it: there they are 0. */
uint64_t object_sum_offset(void);

#endif
