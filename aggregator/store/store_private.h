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
#ifndef STATGATE_STORE_PRIVATE_H
#define STATGATE_STORE_PRIVATE_H

#include "base/hash.h"
#include "base/slots.h"
#include "base/text.h"
#include "store/held.h"
#include "store/series.h"
#include "store/store.h"
#include "store/texts.h"

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
    struct undo *undo; /* for its tables; one that nobody reads if they end with the process */
    struct object_table slab;
    uint32_t used;      /* slots ever used */
    uint32_t free_head; /* slot + 1; created_ms of a free series has the next one */
    uint32_t live;
    uint32_t live_fallback;
    uint32_t changes; /* how often a series ended or a pattern label became full; wraps */
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

/* ---- parts (parts.c) ---- */

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
    const struct store_kind *kinds; /* functions by kind (kinds.c) */
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
    const struct kind_row *kind = &kind_rows[series->kind];
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

#endif
