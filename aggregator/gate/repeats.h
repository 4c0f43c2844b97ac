/*
 * repeats.h - remembers lines that are folded or refused repeatedly. Private to gate/.
 *
 * Decisions about these lines are remembered like those about known lines, but in a separate table:
 * senders can be wrong in very many ways, and must take no place from correct lines. The table's
 * size does not depend on the catalogs. A line is entered the second time that it is met, so one
 * that never comes again costs one word.
 *
 * If a line was folded or refused because a table of the store was full, that is remembered too
 * (struct store_room): once a series has ended, or another label is full, too, the line is resolved
 * again.
 */
#ifndef STATGATE_GATE_REPEATS_H
#define STATGATE_GATE_REPEATS_H

#include "base/memory.h"
#include "base/text.h"
#include "gate/known.h"
#include "gate/origin.h"
#include "gate/outcome.h"
#include "ledger/ledger.h"

enum {
    REPEATS_SETS = 256,
    REPEATS_WAYS = 8, /* lines in a set */
    REPEATS_MAX = REPEATS_SETS * REPEATS_WAYS,
    REPEATS_SEEN = 8192,   /* places for lines that were met once */
    REPEATS_KEY_MAX = 256, /* the longest name and tags of a remembered line */
    REPEATS_ALIGN = 64,    /* a cache line */
    REPEATS_NOWHERE = UINT16_MAX
};

/* A typical line needs only two neighbouring cache lines of its record. */
struct repeat {
    const struct series *series; /* folded: the series that takes its values; NULL: refused */
    struct ledger_mark mark;
    struct store_room room; /* what the answer depends on */
    uint32_t generation;    /* generation of the series */
    uint32_t scope_letter;
    uint32_t spelled_hash; /* as in ledger_entry */
    uint16_t name_len;
    uint16_t tags_len;
    uint16_t family;     /* offset in name and tags, or REPEATS_NOWHERE */
    uint16_t spelled_at; /* in name and tags; or REPEATS_NOWHERE */
    uint16_t spelled_len;
    uint16_t fault_at; /* offset in the tags, or REPEATS_NOWHERE */
    uint8_t reason;
    int8_t label;
    uint8_t item;
    bool used;  /* met since the search for a place last passed */
    bool plain; /* it may take the fast path (plain.h) */
    _Alignas(REPEATS_ALIGN) char key[REPEATS_KEY_MAX]; /* name, then tags */
};
_Static_assert(offsetof(struct repeat, key) == REPEATS_ALIGN, "a cache line before the key");

struct repeats {
    const struct memory *memory;
    void *piece;          /* the allocation that holds the items */
    struct repeat *items; /* REPEATS_MAX */
    uint8_t *tags;        /* for each item, bits of its line's hash; 0: free */
    uint32_t *seen;       /* REPEATS_SEEN words: bits of hashes of lines met once */
    uint64_t lines;
    uint64_t evictions;
};

bool repeats_init(struct repeats *repeats, const struct memory *memory);
void repeats_done(struct repeats *repeats);
/* Bytes of the tables. */
uint64_t repeats_bytes(void);

/* The first place of the set for this hash. */
static inline size_t repeats_set(uint64_t hash) {
    return (size_t)(hash % REPEATS_SETS) * REPEATS_WAYS;
}
/* The tag of a hash: never 0, the tag of a free place. */
static inline uint8_t repeats_tag(uint64_t hash) {
    return (uint8_t)(hash >> 32) | 1;
}
/* The places of the set with this tag, as the highest bit of a byte for each (H. S. Warren,
 * Hacker's Delight, 6-1). All are compared at once, since a branch for each would be
 * mispredicted. */
static inline uint64_t repeats_places(const struct repeats *repeats, size_t set, uint8_t tag) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t low = ones * 0x7f;
    uint64_t tags;
    memcpy(&tags, &repeats->tags[set], sizeof tags);
    tags ^= tag * ones;
    return ~(((tags & low) + low) | tags | low);
}
/* The first of these places. */
static inline size_t repeats_first(size_t set, uint64_t places) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return set + (size_t)__builtin_ctzll(places) / 8;
#else
    return set + (size_t)__builtin_clzll(places) / 8;
#endif
}
/* The first record whose tag fits the hash, without comparing the line; NULL: none. */
static inline struct repeat *repeats_guess(const struct repeats *repeats, uint64_t hash) {
    const size_t set = repeats_set(hash);
    const uint64_t places = repeats_places(repeats, set, repeats_tag(hash));
    return places != 0 ? &repeats->items[repeats_first(set, places)] : NULL;
}
/* Whether the record belongs to this line. */
static inline bool repeats_is(const struct repeat *repeat, gate_scope scope,
                              const struct sg_line *line) {
    return repeat->scope_letter == known_scope_letter(scope, line) &&
           repeat->name_len == line->name.len && repeat->tags_len == line->tags.len &&
           text_same(repeat->key, line->name.at, line->name.len) &&
           text_same(repeat->key + line->name.len, line->tags.at, line->tags.len);
}
/* Find the record of a line, or NULL. */
struct repeat *repeats_find(const struct repeats *repeats, uint64_t hash, gate_scope scope,
                            const struct sg_line *line);
/* Whether the store's tables are as full as when the record was made, so that its answer still
 * holds. */
static inline bool repeats_have_room(const struct repeat *repeat, const struct store *store,
                                     const struct catalog_family *family, struct store_time now) {
    return !store_room_lacked(&repeat->room) || store_room_holds(store, family, &repeat->room, now);
}
/* The text that the line's misspelling consists of, as in ledger_entry. */
static inline struct sg_span repeats_spelled(const struct repeat *repeat,
                                             const struct sg_line *line) {
    const size_t at = repeat->spelled_at;
    if (at == REPEATS_NOWHERE)
        return (struct sg_span){0};
    if (at < line->name.len)
        return (struct sg_span){line->name.at + at, repeat->spelled_len};
    return (struct sg_span){line->tags.at + (at - line->name.len), repeat->spelled_len};
}
/* The ledger entry for a folded line; `family` is its family. */
static inline struct ledger_entry repeats_entry(struct repeat *repeat,
                                                const struct catalog_family *family,
                                                const struct sg_line *line) {
    return (struct ledger_entry){.service = family->catalog,
                                 .family = family,
                                 .label = repeat->label,
                                 .reason = (enum sg_reject)repeat->reason,
                                 .spelled = repeats_spelled(repeat, line),
                                 .spelled_hash = repeat->spelled_hash,
                                 .waits = true,
                                 .mark = &repeat->mark};
}
/* Restore the outcome of a remembered line, in terms of the present catalogs. */
void repeats_recall(struct repeat *repeat, const struct catalog_set *set, gate_scope scope,
                    const struct sg_line *line, struct outcome *ret_outcome);
/* Whether only the line's numbers need to be looked at. */
bool repeats_is_plain(const struct outcome *outcome);
/* Whether a line with this hash was met not long ago. */
static inline bool repeats_saw(const struct repeats *repeats, uint64_t hash) {
    return repeats->seen[hash % REPEATS_SEEN] == (uint32_t)(hash >> 32);
}
static inline void repeats_see(struct repeats *repeats, uint64_t hash) {
    repeats->seen[hash % REPEATS_SEEN] = (uint32_t)(hash >> 32);
}
/* Remember the outcome of a line, unless the line is too long or is met for the first time. */
void repeats_note(struct repeats *repeats, uint64_t hash, gate_scope scope,
                  const struct sg_line *line, const struct outcome *outcome);

#endif
