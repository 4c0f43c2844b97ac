/* SPDX-License-Identifier: MIT */
/*
 * store_private.h - the structs of the store, shared by its files only.
 *
 * Each family has four tables, all sized by its bound when the catalog is loaded, so that nothing
 * is ever rehashed:
 *
 *   slab    series of one size; a series keeps its slot while it lives (its place is slot + 1)
 *   index   label ids -> slot (open addressing, at most two thirds full)
 *   order   slots in order of label values, in chunks that split; views walk it
 *   pools   for each pattern label, the values that series have now
 *
 * All families share three more: the parts (values that processes own), the windows of computed
 * summaries, and the pages of these windows (counts of observations).
 *
 * Items of tables refer to each other by index, never by pointer. Only structs that each store
 * builds for itself have pointers: to its own tables, to the catalogs, and to the cursors of
 * callers.
 *
 * A new series goes to the `fresh` list and is sorted into the order when a view asks for it:
 * making a series stays cheap, and the scraper pays for a flood of new ones, in slices, not the
 * ingest.
 */
#ifndef STATGATE_STORE_STORE_PRIVATE_H
#define STATGATE_STORE_STORE_PRIVATE_H

#include <float.h>
#include <math.h>

#include "base/hash.h"
#include "base/slots.h"
#include "base/text.h"
#include "store/store.h"

/* ---- held ----
 * the memory of a store, with a count of the bytes in use. Private to store/.
 */

struct held {
    uint64_t bytes;
};

/* `count` zeroed items. */
static inline void *held_array(struct held *held, size_t count, size_t size) {
    void *array = memory_array(count, size);
    held->bytes += (uint64_t)count * size;
    return array;
}

/* Resize an array from `before` to `count` items. */
static inline void *held_resize(struct held *held, void *array, size_t before, size_t count,
                                size_t size) {
    void *larger = memory_resize(array, count, size);
    held->bytes += (uint64_t)(count - before) * size;
    return larger;
}

/* Free an allocation of `bytes` bytes. */
static inline void held_release(struct held *held, void *piece, size_t bytes) {
    free(piece);
    held->bytes -= bytes;
}

/* Make an index for `rows` rows. */
static inline void held_slots(struct held *held, struct slots *slots, uint64_t rows) {
    slots_init(slots, rows);
    held->bytes += (uint64_t)slots_cells(rows) * SLOTS_CELL_BYTES;
}

static inline void held_bare_slots(struct held *held, struct bare_slots *slots, uint64_t rows) {
    bare_slots_init(slots, rows);
    held->bytes += (uint64_t)bare_slots_cells(rows) * BARE_SLOTS_CELL_BYTES;
}

/* Ensure that the first `items` items of a table have memory. False: it is not that large. */
static inline bool held_reach(struct held *held, struct object_table *table, uint64_t items) {
    const uint64_t before = table->reached;
    if (items <= before)
        return true;
    if (!object_reach(table, items))
        return false;
    held->bytes += (table->reached - before) * table->item_bytes;
    return true;
}

/* The same for items that the table must have by its bound. */
static inline void held_need(struct held *held, struct object_table *table, uint64_t items) {
    if (!held_reach(held, table, items))
        memory_end(items * table->item_bytes);
}

/* The most bytes that a full table takes, in an object or on the heap. */
static inline uint64_t held_table_bytes(const struct object_spec *spec) {
    enum { LINE = 64 };
    return heap_bytes(object_table_bytes(spec->max_items + 1, spec->item_bytes) + LINE);
}

/* Bytes of a full table in an object. */
static inline uint64_t held_object_bytes(const struct object_spec *spec) {
    return object_table_bytes(spec->max_items, spec->item_bytes);
}

/* ---- texts ----
 * storage for texts, found by position and up to the length of a label value. Private to
 * store/.
 *
 * A cell holds one text of the greatest length or several short ones. A new cell is begun only when
 * every cell holds some text. So there are never more cells than there were texts at one time, in
 * whatever order short and long ones are added and removed. A text does not move.
 */

enum {
    TEXT_UNIT = 16,
    TEXT_UNITS = 13 /* of a cell */
};
_Static_assert(TEXT_UNITS *TEXT_UNIT > CATALOG_VALUE_MAX, "the longest fits, and its end");

struct text_cell {
    uint32_t next; /* in the list of cells with the same room: index + 1 */
    uint32_t previous;
    uint32_t used; /* bit i: unit i */
    char bytes[TEXT_UNITS * TEXT_UNIT];
};

struct texts {
    struct object_table cells;
    uint32_t used; /* cells ever used */
    uint32_t
        lists[TEXT_UNITS + 1]; /* by room: the longest run of free units; full cells are in none */
};

/* A position is the offset of the text in the table, in words of four bytes, which makes reading a
 * text cheap: views and the sorted order do that more often than anything else here. */
static inline const char *texts_at(const struct texts *texts, uint32_t position) {
    return (const char *)texts->cells.items + (size_t)position * sizeof(uint32_t);
}

enum {
    SERIES_IN_FRESH = 8, /* the fresh list has this slot; kept when its series ends */
    SERIES_STAYS = 64,   /* owned: is shown even without parts */
    LABELS_MAX = 32,
    ORDER_CHUNK = 256,
    ORDER_MERGED = 192 /* neighbouring chunks with no more slots than that in all are joined */
};

/* ---- pattern values ---- */

struct pool_value {
    uint32_t text; /* position in texts */
    uint32_t len;  /* 0: no value. In the same 8-byte word as `text` */
    uint32_t hash;
    uint32_t refs; /* number of series that have it */
    uint32_t next_free;
    bool plain; /* as in struct catalog_value */
};

struct label_pool {
    const struct catalog_label *label;
    struct undo *undo;
    uint32_t first_id;         /* of the value at position 0 */
    struct object_table table; /* of struct pool_value: id = first_id + position */
    struct texts texts;
    struct slots slots; /* text -> position */
    uint32_t live;
    uint32_t used;      /* positions ever used */
    uint32_t free_head; /* position + 1 */
};

/* ---- a family ---- */

struct order_chunk {
    uint32_t count;
    uint32_t slots[ORDER_CHUNK];
};

struct order {
    struct order_chunk **chunks;
    size_t count;
    size_t capacity;
    uint64_t version; /* changes whenever a position may have moved */
};

struct store_family {
    const struct catalog_family *family;
    struct undo *undo; /* for its tables; one that no one reads if they end with the process */
    struct object_table slab;
    uint32_t used;      /* slots ever used */
    uint32_t free_head; /* slot + 1; created_ms of a free series has the next one */
    uint32_t live;
    uint32_t live_fallback;
    struct bare_slots index;
    uint32_t *fresh;
    uint32_t fresh_count;
    uint32_t fresh_capacity;
    struct order order;
    struct label_pool
        *pools; /* label_count items; those of enumerations are zeroed. NULL: no pattern */
    struct store_cursor *cursors;
    uint32_t infos;           /* info: head of the list of the family's parts, index + 1 */
    uint32_t shown;           /* info: place of the one series that is not hidden, or 0 */
    struct family_sets *sets; /* SOURCE_QUERY: the sets to which this belongs; else NULL */
    /* Of a family that time changes (expire.c): */
    uint32_t next_swept; /* index in the set of the next family in the store's ring */
    int64_t due_ms;      /* before this time, no series of it is due */
    int64_t lap_due_ms;  /* the same for the slots that the present lap has examined */
    uint32_t lap_slot;   /* the next slot of the present lap */
};

/*
 * For a family whose series come as one set: two sets of tables that take turns, and an empty one
 * that is shown while neither has valid values. A table that is neither shown nor under way is
 * stale: it has to be emptied before it is filled again. The pattern values of the two have
 * separate ids, so that a view that still walks the old set can see from an id which set it belongs
 * to.
 */
struct family_sets {
    struct store_family tables[2];
    struct store_family nothing; /* always empty */
    uint32_t under_way;          /* a table, index + 1; 0: none */
    uint32_t next_untidy;        /* in the store's list of families with a stale table: index + 1 */
    bool untidy;                 /* is in that list */
};

/* ---- parts (owned.c) ---- */

/*
 * What one process owns of one anchor. The anchor is a series, or a whole info family, which shows
 * at most one series for each process. A part is in the list of its anchor, the latest linked
 * first, and in the list of its owner. Links are index + 1.
 */
struct part {
    uint32_t family;   /* index in the set */
    uint32_t place;    /* of the series */
    double value;      /* gauge, reading: the latest; up-down counter: sum of the deltas */
    double base;       /* reading: what was counted before resets */
    owner_id owner;    /* OWNER_NONE: not in use */
    uint32_t key;      /* its hash in the index, before masking */
    uint64_t sequence; /* rises with each part that is linked to an anchor: the order of its list */
    /* The next process reads the fields above, too. */
    uint32_t next;
    uint32_t prev;
    uint32_t owner_next;
    uint32_t owner_prev;
    uint32_t ahead; /* a part about PARTS_AHEAD further in the anchor's list: a hint of what to
                       prefetch; may be 0, freed, or in another list by now */
    uint32_t unused;
};
_Static_assert(sizeof(struct part) == 64, "a cache line");

enum { PARTS_AHEAD = 8, PART_LASTING = offsetof(struct part, next) };

struct parts {
    struct object_table table;
    struct part *items;     /* of `table` */
    struct slots index;     /* key -> item */
    uint32_t used;          /* items ever used */
    uint32_t free;          /* linked by `next` */
    uint64_t sequence;      /* of the part linked last */
    uint64_t spread_anchor; /* multipliers of the hash */
    uint64_t spread_owner;
};

/* ---- windows (window.c) ---- */

struct window_page;

/* Pages of bins for all windows. */
struct window_pool {
    struct object_table pages; /* of struct window_page */
    uint32_t used;             /* pages ever used */
    uint32_t free;             /* linked, index + 1 */
};

/* All windows, by number: index + 1. */
struct windows {
    struct object_table subs; /* of struct subwindow: SUBWINDOWS of each */
    int64_t *turns; /* the latest turn with an observation; for a free window, the next free one */
    uint32_t used;  /* windows ever used */
    uint32_t free;  /* head of the list of free windows */
};

struct store_kind;

struct store {
    struct held held;
    struct undo *undo;
    const struct catalog_set *set;
    const struct store_kind *kinds; /* functions by kind (store.c) */
    struct store_family **families; /* by index in the set: the shown one */
    uint64_t *services;             /* live series of the shown ones, by index of the catalog */
    struct store_family *tables;    /* of families that have only one */
    struct family_sets *sets;       /* of all other families */
    uint32_t untidy;                /* head of the list of families with a stale table, index + 1 */
    uint64_t seed;
    struct store_figures figures; /* except `bytes`, which is in `held` */
    struct owners *owners;
    struct parts parts;
    struct windows windows;
    struct window_pool pool;
    uint32_t
        swept; /* ring of families that time changes: index in the set of the next to examine */
    size_t swept_count;
};

static inline struct store_family *store_family(const struct store *store,
                                                const struct catalog_family *family) {
    return store->families[family->index];
}

/* Add to the service's count of live series, if this table is shown; `more` is negative for series
 * that ended. */
static inline void store_count(struct store *store, const struct store_family *sf, int64_t more) {
    if (store_family(store, sf->family) == sf)
        store->services[sf->family->catalog->index] += (uint64_t)more;
}

static inline struct series *slab_series(const struct store_family *sf, uint32_t slot) {
    return object_at(&sf->slab, slot);
}

/* Callers have read-only pointers to series; only the store may change a series. */
static inline struct series *series_writable(const struct series *series) {
    return (struct series *)(uintptr_t)series;
}

static inline uint64_t *series_body_of(struct series *series) {
    return (uint64_t *)(void *)(series + 1);
}

/* ---- when it was written ---- */

/* Kinds with `carry` instead of updated_ms keep the time in a 32-bit word, in units of 1,024 ms,
 * which saves a division. */
enum { WRITTEN_SHIFT = 10 };

/* Whether that word is behind the label ids, as a histogram's is. */
static inline bool written_is_behind(const struct catalog_family *family) {
    const unsigned state = family_state(family);
    return (state & STATE_CARRY) != 0 && (state & STATE_WINDOW) == 0;
}

static inline uint32_t written_offset(const struct catalog_family *family) {
    return (uint32_t)(sizeof(struct series) + family->body_words * sizeof(uint64_t) +
                      family->label_count * sizeof(uint32_t));
}

static inline uint32_t *written_behind(const struct catalog_family *family, struct series *series) {
    return (uint32_t *)(void *)((char *)series + written_offset(family));
}

static inline uint32_t written_word(struct store_time now) {
    return (uint32_t)(now.mono_ms >> WRITTEN_SHIFT);
}

static inline struct part *part_at(const struct store *store, uint32_t link) {
    return &store->parts.items[link - 1];
}

static inline uint32_t part_link(const struct store *store, const struct part *part) {
    return (uint32_t)(part - store->parts.items) + 1;
}

static inline struct series *part_series(const struct store *store, const struct part *part) {
    return slab_series(store->families[part->family], part->place - 1);
}

static inline struct series_owned *owned_of(struct series *series) {
    return (struct series_owned *)(void *)(series + 1);
}

/* ---- values in the series itself ---- */

static inline bool series_has_writers(const struct series *series) {
    const struct kind_row *kind = &catalog_kind_rows[series->kind];
    return !kind->is_relayed && !kind->is_description;
}

/* The writer for this owner, which may hold another owner's value. For a series that has
 * writers. */
static inline struct series_writer *writer_at(struct series *series, owner_id owner) {
    struct series_numbers *numbers = (struct series_numbers *)(void *)(series + 1);
    return &numbers->writers[owner % SERIES_WRITERS];
}

/* Whether the writer holds this owner's value. */
static inline bool writer_is(const struct series_writer *writer, owner_id owner) {
    return writer->owner == owner && writer->part != 0;
}

static inline struct pool_value *pool_value(const struct label_pool *pool, uint32_t position) {
    return object_at(&pool->table, position);
}

static inline struct catalog_value pool_value_at(const struct label_pool *pool, uint32_t position) {
    const struct pool_value *value = pool_value(pool, position);
    return (struct catalog_value){
        .text = texts_at(&pool->texts, value->text), .len = value->len, .plain = value->plain};
}

/* A label value of this table by its id. */
static inline struct catalog_value slab_label_value(const struct store_family *sf, uint32_t label,
                                                    uint32_t id) {
    const struct catalog_label *declared = &sf->family->labels[label];
    if (id < declared->value_count)
        return declared->values[id];
    return pool_value_at(&sf->pools[label], id - sf->pools[label].first_id);
}

/* Whether the series is past its time to live. */
static inline bool series_expired(const struct catalog_family *family, const struct series *series,
                                  struct store_time now) {
    return family->ttl_ms > 0 && now.mono_ms - series->updated_ms >= family->ttl_ms;
}

/* ---- cursor: the cursors that are open on a family's order. ---- */

/* Move the family's open cursors past a series that is about to end. */
void store_cursor_step_past(struct store_family *sf, const struct series *series);

/* ---- expire: ending series: removal, and time to live. ---- */

/* End the series in a slot; returns how many parts ended with it. If the parts are many, commits in
 * between, which is safe because no one writes to a series with so many parts at that moment. */
size_t expire_slot(struct store *store, struct store_family *sf, uint32_t slot);
/* The family is full: end some of its series that are past their time to live. Returns true if at
 * least one ended: values and series found before may be gone. Commits, which is safe because
 * nothing was changed yet for the series that is to be made. */
bool expire_reclaim(struct store *store, struct store_family *sf, struct store_time now);

/* Add a family whose series change with time to the ring of families that are swept. */
void expire_enlist(struct store *store, struct store_family *sf);

/* ---- fresh: series that are not in the order yet. ---- */

/* Bytes of the list of a full family. */
uint64_t store_fresh_bytes(uint64_t series_bound);

/* ---- kinds ----
 * the store's functions for each kind of family. Private to store/.
 *
 * One row of functions for each row of catalog/kinds.def. Only store.c names kinds; the other files
 * call the functions in the row of the series' kind.
 */

struct store_kind {
    /* Initialise a new series whose body is zeroed; NULL: nothing to do. */
    void (*begin)(struct store *store, const struct catalog_family *family, struct series *series,
                  struct store_time now);
    /* store_number(); NULL: values never belong to the host. */
    enum store_number (*number)(struct store *store, const struct catalog_family *family,
                                struct series *series, double value, double rate, uint32_t item,
                                struct store_time now);
    /* store_own(); NULL: values never belong to processes. */
    enum store_own (*own)(struct store *store, const struct catalog_family *family,
                          struct series *series, owner_id owner, uint32_t item, double value,
                          struct store_time now);
    /* The process of a part ended: free the part, and keep in the series what has to outlive it.
     * NULL where `own` is. */
    void (*leave)(struct store *store, const struct catalog_family *family, struct series *series,
                  struct part *part);
    /* A series ends; its parts are already freed. NULL: nothing to do. */
    void (*end)(struct store *store, struct store_family *sf, struct series *series);
};

extern const struct store_kind store_kinds[KIND_COUNT];

/* ---- merge ----
 * merging the parts of processes into the value of a series. Private to store/.
 */

/* Replace a sum that overflowed to infinity by the largest finite number of its sign. */
static inline double merge_kept_finite(double sum) {
    if (isfinite(sum))
        return sum;
    return sum < 0 ? -DBL_MAX : DBL_MAX;
}

/* ---- obtain: finding and making series. ---- */

/* Same as store_obtain, for one table of series. */
enum store_result obtain_series(struct store *store, struct store_family *sf,
                                const struct store_label *labels, struct store_time now,
                                const struct series **ret_series, int *ret_label, bool *ret_made);

/* Find or make the series with exactly these labels; folds and counts nothing. STORE_FOUND,
 * STORE_LABEL_FULL or STORE_SERIES_FULL. */
enum store_result obtain_same(struct store *store, struct store_family *sf,
                              const struct store_label *labels, struct store_time now,
                              struct series **ret_series, bool *ret_made);

/* ---- order: a family's series in order of their label values. ---- */

void store_order_insert(struct store_family *sf, uint32_t slot, struct held *held);
void store_order_remove(struct store_family *sf, uint32_t slot, struct held *held);
/* The slot of the last series, and its removal, which moves no other series. The order must not be
 * empty. Cursors at the last series must be moved before it is removed. */
uint32_t store_order_last(const struct store_family *sf);
void store_order_pop(struct store_family *sf, struct held *held);
void store_order_done(struct store_family *sf);
/* Bytes of the order of a full family. */
uint64_t store_order_bytes(uint64_t series_bound);

/* ---- owned ----
 * how samples change the part of their process, and what the series keeps of a part when
 * its process ends: functions for store.c. Private to store/.
 */

/* Numbers up to this cannot make a sum overflow, however many parts there are. */
#define OWNED_SMALL 1e300

/* Whether the sum is finite of the base, `total` (the owner's new value) and all other parts. */
bool owned_sum_fits(const struct store *store, const struct series *series, owner_id owner,
                    double total);
/* Add to the series what an ended process had counted in a counter of readings. */
void owned_leave_rest(struct store *store, const struct catalog_family *family,
                      struct series *series, double base, double value);

/* Hide the series until a process owns it. */
void owned_begin_info(struct store *store, const struct catalog_family *family,
                      struct series *series, struct store_time now);

enum store_own owned_take_value(struct store *store, const struct catalog_family *family,
                                struct series *series, owner_id owner, uint32_t item, double value,
                                struct store_time now);
enum store_own owned_take_change(struct store *store, const struct catalog_family *family,
                                 struct series *series, owner_id owner, uint32_t item, double delta,
                                 struct store_time now);
enum store_own owned_take_reading(struct store *store, const struct catalog_family *family,
                                  struct series *series, owner_id owner, uint32_t item,
                                  double value, struct store_time now);
enum store_own owned_take_info(struct store *store, const struct catalog_family *family,
                               struct series *series, owner_id owner, uint32_t item, double value,
                               struct store_time now);
enum store_own owned_take_item(struct store *store, const struct catalog_family *family,
                               struct series *series, owner_id owner, uint32_t item, double value,
                               struct store_time now);

/* Gauges and up-down counters: the series keeps nothing of the part. */
void owned_leave(struct store *store, const struct catalog_family *family, struct series *series,
                 struct part *part);
void owned_leave_reading(struct store *store, const struct catalog_family *family,
                         struct series *series, struct part *part);
void owned_leave_info(struct store *store, const struct catalog_family *family,
                      struct series *series, struct part *part);
void owned_leave_relayed(struct store *store, const struct catalog_family *family,
                         struct series *series, struct part *part);

/* Show the series again that the latest remaining process named. */
void owned_end_info(struct store *store, struct store_family *sf, struct series *series);

/* ---- parts ----
 * values that processes own: the table of parts, its index and the lists through it.
 * Private to store/.
 */

/* Make a table as large as the set's owned families can ever need, at most PARTS_MAX parts. */
void store_parts_init(struct store *store, struct object *object);
void store_parts_done(struct store *store);
uint32_t store_parts_most(const struct catalog_set *set);
uint64_t store_parts_bytes(const struct catalog_set *set);
uint64_t store_parts_object_bytes(const struct catalog_set *set);
/* Whether one more part can be made. */
bool store_parts_have_room(const struct store *store);
/* The part of this owner, or NULL. For an info family, `series` may be any of its series. */
struct part *store_part_find(const struct store *store, const struct catalog_family *family,
                             const struct series *series, owner_id owner);
/* The value of one of the series' parts, whether it is kept in the series or in the part. */
double store_part_value(const struct store *store, const struct series *series,
                        const struct part *part);
/* The same for an owner that may have ended. */
struct part *store_part_make_for(struct store *store, const struct catalog_family *family,
                                 struct series *series, struct owner *owner);
void store_part_free(struct store *store, struct part *part);
/* Free all parts of a series that is not live any more. Returns how many. */
size_t store_parts_release(struct store *store, struct series *series);
/* Have an info family show the series of its latest part. */
void store_parts_show_latest(struct store *store, const struct catalog_family *family);

/* ---- pool ----
 * values of a pattern label, interned while a series has them. Private to store/.
 */

/* The id of a live value, or -1. */
int64_t store_pool_find(const struct label_pool *pool, const char *text, size_t len, uint64_t seed);
/* Add a value without references, and return its id. The value must not be
 * there yet, and the pool must not be full. */
uint32_t store_pool_make(struct label_pool *pool, const char *text, size_t len, uint64_t seed,
                         struct held *held);
void store_pool_retain(struct label_pool *pool, uint32_t id);
/* Drop one reference; dropping the last one frees the value. */
void store_pool_release(struct label_pool *pool, uint32_t id);
/* Free a value if no series has it. */
void store_pool_drop_unused(struct label_pool *pool, uint32_t id);

/* ---- presence: which series of a family exist before any sample. ---- */

/* Whether the family has such series. If so, none of its labels has a pattern. */
static inline bool presence_from_start(const struct catalog_family *family) {
    if (family->source == SOURCE_QUERY)
        return false; /* no row, no series */
    bool labelled = false;
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (family->labels[i].kind == LABEL_PATTERN)
            return false;
        labelled |= family->labels[i].kind != LABEL_CONST;
    }
    const enum kind_start starts = family->kind->starts;
    return family->zeros || starts == STARTS_WITH_ALL || (!labelled && starts == STARTS_AT_ZERO);
}

/* Whether such series have this label value: `otherwise` only if the kind starts with all
 * series. */
static inline bool presence_has_value(const struct catalog_family *family, uint32_t label,
                                      uint32_t id) {
    const struct catalog_label *declared = &family->labels[label];
    return declared->kind == LABEL_CONST || family->kind->starts == STARTS_WITH_ALL ||
           (int64_t)id != declared->otherwise;
}

/* Whether the series with these label ids exists before any sample. */
static inline bool presence_has(const struct catalog_family *family, const uint32_t *ids) {
    bool has = presence_from_start(family);
    for (uint32_t i = 0; i < family->label_count; i++)
        has = has && presence_has_value(family, i, ids[i]);
    return has;
}

/* ---- restore ----
 * restoring the series of another process from its object.
 *
 * Nothing in the image is trusted. Series are restored first (restore.c), with their labels
 * and numbers (restore.c) and windows, then the parts that belong to them (restore_owned.c).
 *
 * Each step goes through all of this, and remembers for each record what became of it. While the
 * other process still writes, a step copies which series exist, and windows, which are large. The
 * last step recognises unchanged series by the generations of their records, and copies only their
 * numbers; a series that has changed ends and is made again. The other process marks a series as
 * live after it has written everything else of the series, and as ended before it changes anything
 * else.
 */

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
/* Copies of label texts of the image. */
struct restore_texts {
    char bytes[LABELS_MAX][CATALOG_VALUE_MAX];
};

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

/* Give an array at least `count` items, new ones zeroed. */
static inline void restore_room(void *array, uint64_t *max, uint64_t count, size_t item_bytes) {
    void **items = array;
    if (*items != NULL && count <= *max)
        return;
    void *grown = *items == NULL ? memory_array(count + 1, item_bytes)
                                 : memory_resize(*items, count + 1, item_bytes);
    if (*items != NULL)
        memset((char *)grown + *max * item_bytes, 0, (count + 1 - *max) * item_bytes);
    *items = grown;
    *max = count;
}

/* ---- numbers ---- */
/* The record's `base`: what ended processes left. */
double restore_numbers_base(const struct restore_source *source, uint64_t record);

/* ---- windows ---- */

/* Begin a step. */
void store_restore_windows_begin(struct store_restoring *restore);
/* Make the window of a series equal to the record's; `made`: nothing was copied to it so far. */
void store_restore_window(struct store_restoring *restore, const struct restore_source *source,
                          uint64_t record, struct series *series, bool made);
/* Empty the window of a series. */
void store_restore_window_empty(struct store *store, struct series *series);
/* There was not enough room for all pages: copy all windows again, in the order of one step. */
void store_restore_windows_again(struct store_restoring *restore);

/* ---- series, parts ---- */

/* Called before the series of a step: decide which parts it takes. */
void store_restore_parts_begin(struct store_restoring *restore);
/* Do one step for all parts, and update what depends on them. */
void store_restore_parts(struct store_restoring *restore);

/* Bytes that the steps above need for parts, when the table of parts is full. */
uint64_t store_restore_parts_bytes(const struct catalog_set *set);

/* ---- series ----
 * how a sample changes a series whose values belong to the host.
 */

/* The effect of `weight` observations of `value`: how many to count, and the new sum and carry.
 * series_weigh returns false if the series cannot take them. */
struct observed {
    uint64_t count;
    double sum;
    double carry;
};
bool series_weigh(const struct catalog_family *family, const struct series *series, double value,
                  double weight, struct observed *ret_observed);

/* Set the new sum and carry. */
void series_take_observed(struct store *store, struct series *series,
                          const struct observed *observed);
/* Record that the series was written now. */
void series_touch(struct store *store, struct series *series, struct store_time now);

/* How many observations one observation represents that was sent at this rate. */
static inline double series_weight(double rate) {
    return rate == 1 ? 1 : 1 / rate;
}

/* Functions for store.c. */

void series_begin_written(struct store *store, const struct catalog_family *family,
                          struct series *series, struct store_time now);
/* Begin a stateset: no state is selected. */
void series_begin_states(struct store *store, const struct catalog_family *family,
                         struct series *series, struct store_time now);

enum store_number series_take_increment(struct store *store, const struct catalog_family *family,
                                        struct series *series, double value, double rate,
                                        uint32_t item, struct store_time now);
enum store_number series_take_change(struct store *store, const struct catalog_family *family,
                                     struct series *series, double value, double rate,
                                     uint32_t item, struct store_time now);
enum store_number series_take_value(struct store *store, const struct catalog_family *family,
                                    struct series *series, double value, double rate, uint32_t item,
                                    struct store_time now);
enum store_number series_take_observation(struct store *store, const struct catalog_family *family,
                                          struct series *series, double value, double rate,
                                          uint32_t item, struct store_time now);
enum store_number series_take_state(struct store *store, const struct catalog_family *family,
                                    struct series *series, double value, double rate, uint32_t item,
                                    struct store_time now);

/* ---- sets ----
 * the two tables of a family whose series come as one set.
 */

void store_sets_init(struct family_sets *sets, const struct catalog_family *family,
                     struct held *held);
void store_sets_done(struct family_sets *sets);

/* ---- slab ----
 * a family's slots of series, and the index from label ids to them. Private to store/.
 */

/* `turn` is 0, or 1 for the second of two sets. The tables are in `object`; if that is NULL, they
 * end with the process. */
void store_slab_init(struct store_family *sf, const struct catalog_family *family, unsigned turn,
                     struct object *object, struct held *held);
void store_slab_done(struct store_family *sf);
/* The slot of the series with these ids, or UINT32_MAX. */
uint32_t store_slab_find(const struct store_family *sf, const uint32_t *ids, uint64_t seed);
/* Take a free slot, of which there must be one; zeroed except for generation and SERIES_IN_FRESH.
 */
uint32_t store_slab_take(struct store_family *sf, struct held *held);
void store_slab_give(struct store_family *sf, uint32_t slot);
void store_slab_index_add(struct store_family *sf, uint32_t slot, uint64_t seed);
void store_slab_index_remove(struct store_family *sf, uint32_t slot, uint64_t seed);

/* ---- window ----
 * sliding windows of computed summaries, and the pages that they share. Private to
 * store/.
 */

/* Make the table of windows and their pool of pages. */
void windows_init(struct store *store, struct object *object);
void windows_done(struct store *store);
/* Bytes that the set's summaries share: the pages, and the table of windows except window_bytes()
 * for each window. */
uint64_t windows_bytes(const struct catalog_set *set);
uint64_t windows_object_bytes(const struct catalog_set *set);
/* Bytes of the window of one series, without its pages. */
uint64_t window_bytes(void);
/* Make the window of a new series. */
void window_begin(struct store *store, const struct catalog_family *family, struct series *series,
                  struct store_time now);
void window_end(struct store *store, struct store_family *sf, struct series *series);
enum store_number window_take_observation(struct store *store, const struct catalog_family *family,
                                          struct series *series, double value, double rate,
                                          uint32_t item, struct store_time now);
/* Free the pages of sub-windows that are older than the window. Returns how many. */
size_t window_pass(struct store *store, const struct catalog_family *family, struct series *series,
                   struct store_time now);
/* The next time at which windows have more pages to free than at `now`. */
int64_t window_due_ms(const struct catalog_family *family, struct store_time now);

/* ---- window ----
 * the layout of a window: for window.c, which fills it, and for what
 * reads it.
 */

enum {
    SUBWINDOWS = 8,
    PAGE_SHIFT = 6,
    PAGE_BINS = 1 << PAGE_SHIFT,
    PAGES_EACH = 32, /* in a sub-window: 2,048 bins, which span 17 powers of ten */
    PAGES_WINDOW = SUBWINDOWS * PAGES_EACH
};

/* Relative; below 0.01, so that the error stays within one percent with rounding in log() and
 * exp().
 */
#define ACCURACY 0.0099
#define GAMMA    ((1 + ACCURACY) / (1 - ACCURACY))

struct window_page {
    int32_t number; /* bins number * PAGE_BINS and up */
    uint32_t next;  /* while free */
    uint32_t bins[PAGE_BINS];
};

struct subwindow {
    int64_t turn; /* time / an eighth of the window; its index is turn % SUBWINDOWS */
    uint64_t count;
    uint64_t zeros;  /* observations of 0 */
    uint64_t astray; /* observations for which there was no page at all */
    double min;      /* when count > 0 */
    double max;
    uint32_t page_count;
    uint32_t unused;
    uint32_t pages[PAGES_EACH]; /* index + 1, at number % PAGES_EACH or the next free place */
};

/* Take an empty page for this number; 0 when the pool is empty. */
uint32_t window_take_page(struct store *store, int32_t number);
/* The position in a sub-window where the page with this number is, or would be. Pages of one range
 * of PAGES_EACH numbers never collide. */
uint32_t window_page_place(const struct store *store, const struct subwindow *sub, int32_t number);

/* Empty a window. */
void window_clear(struct store *store, uint32_t number);

static inline struct window_page *window_page_at(const struct store *store, uint32_t link) {
    return object_at(&store->pool.pages, link - 1);
}

/* The sub-windows of a window. */
static inline struct subwindow *window_subs(const struct store *store, uint32_t number) {
    return object_at(&store->windows.subs, (uint64_t)(number - 1) * SUBWINDOWS);
}

static inline int64_t *window_turn(const struct store *store, uint32_t number) {
    return &store->windows.turns[number - 1];
}

static inline int64_t window_turn_length(const struct catalog_family *family) {
    const int64_t length = family->window_ms / SUBWINDOWS;
    return length > 0 ? length : 1;
}

static inline int64_t window_turn_at(const struct catalog_family *family, struct store_time now) {
    return now.mono_ms / window_turn_length(family);
}

static inline bool window_covers(const struct subwindow *sub, int64_t turn) {
    return sub->count > 0 && turn - sub->turn < SUBWINDOWS;
}

#endif
