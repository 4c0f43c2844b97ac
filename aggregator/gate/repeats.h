/*
 * repeats.h - lines that are folded or refused, and come again. Private to gate/.
 *
 * What was decided about them is remembered as that about known lines, but in a table of its own: senders that are wrong
 * can be wrong in very many ways, and take no place from a line that is right. Its size does not
 * depend on the catalogs. A line comes in the second time that it is met, so one that never comes again costs one word.
 *
 * A line that was folded or refused as a table of the store was full is remembered with that (struct
 * store_room): once a series has ended, it is resolved again.
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
    REPEATS_WAYS = 8, /* lines of a set */
    REPEATS_MAX = REPEATS_SETS * REPEATS_WAYS,
    REPEATS_SEEN = 8192,   /* lines that were met once */
    REPEATS_KEY_MAX = 256, /* name and tags of a line that is remembered */
    REPEATS_ALIGN = 64,    /* a cache line */
    REPEATS_NOWHERE = UINT16_MAX
};

/* What a line as most are meets of it is in two neighbouring cache lines. */
struct repeat {
    const struct series *series; /* folded: that takes its values; NULL: refused */
    struct ledger_mark mark;
    struct store_room room; /* what the answer depends on */
    uint32_t generation;    /* of the series */
    uint32_t scope_letter;
    uint32_t spelled_hash; /* as in ledger_entry */
    uint16_t name_len;
    uint16_t tags_len;
    uint16_t family;     /* its index in the set, or REPEATS_NOWHERE */
    uint16_t spelled_at; /* in name and tags; or REPEATS_NOWHERE */
    uint16_t spelled_len;
    uint16_t fault_at; /* in the tags, or REPEATS_NOWHERE */
    uint8_t reason;
    int8_t label;
    uint8_t item;
    bool used;  /* it was met since the search for a place passed */
    bool plain; /* it may take the fast path (plain.h) */
    _Alignas(REPEATS_ALIGN) char key[REPEATS_KEY_MAX]; /* name, then tags */
};
_Static_assert(offsetof(struct repeat, key) == REPEATS_ALIGN, "a cache line before the key");

struct repeats {
    const struct memory *memory;
    void *piece;          /* the allocation that holds the items */
    struct repeat *items; /* REPEATS_MAX */
    uint8_t *tags;        /* of each, bits of its hash; 0: no line */
    uint32_t *seen;       /* REPEATS_SEEN: bits of hashes, too */
    uint64_t lines;
    uint64_t evictions;
};

bool repeats_init(struct repeats *repeats, const struct memory *memory);
void repeats_done(struct repeats *repeats);
/* Memory that it takes. */
uint64_t repeats_bytes(void);

/* The first place in the set of this hash. */
static inline size_t repeats_set(uint64_t hash) {
    return (size_t)(hash % REPEATS_SETS) * REPEATS_WAYS;
}
/* Not 0, which is that of a free place. */
static inline uint8_t repeats_tag(uint64_t hash) {
    return (uint8_t)(hash >> 32) | 1;
}
/* The places of the set that bear a tag, the highest bit of a byte for each (H. S. Warren, Hacker's Delight, 6-1).
 * All are compared at once, since a branch for each would be guessed wrong. */
static inline uint64_t repeats_places(const struct repeats *repeats, size_t set, uint8_t tag) {
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t low = ones * 0x7f;
    uint64_t tags;
    memcpy(&tags, &repeats->tags[set], sizeof tags);
    tags ^= tag * ones;
    return ~(((tags & low) + low) | tags | low);
}
/* The first of them. */
static inline size_t repeats_first(size_t set, uint64_t places) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return set + (size_t)__builtin_ctzll(places) / 8;
#else
    return set + (size_t)__builtin_clzll(places) / 8;
#endif
}
/* Where the line may be, without a look at it; NULL: nowhere. */
static inline struct repeat *repeats_guess(const struct repeats *repeats, uint64_t hash) {
    const size_t set = repeats_set(hash);
    const uint64_t places = repeats_places(repeats, set, repeats_tag(hash));
    return places != 0 ? &repeats->items[repeats_first(set, places)] : NULL;
}
/* It is of this line. */
static inline bool repeats_is(const struct repeat *repeat, gate_scope scope,
                              const struct sg_line *line) {
    return repeat->scope_letter == known_scope_letter(scope, line) &&
           repeat->name_len == line->name.len && repeat->tags_len == line->tags.len &&
           text_same(repeat->key, line->name.at, line->name.len) &&
           text_same(repeat->key + line->name.len, line->tags.at, line->tags.len);
}
/* What is remembered of the line, or NULL. */
struct repeat *repeats_find(const struct repeats *repeats, uint64_t hash, gate_scope scope,
                            const struct sg_line *line);
/* What was full is so still. */
static inline bool repeats_have_room(const struct repeat *repeat, const struct store *store,
                                     const struct catalog_family *family, struct store_time now) {
    return !store_room_lacked(&repeat->room) || store_room_holds(store, family, &repeat->room, now);
}
/* What the line spells, as in ledger_entry. */
static inline struct sg_span repeats_spelled(const struct repeat *repeat,
                                             const struct sg_line *line) {
    const size_t at = repeat->spelled_at;
    if (at == REPEATS_NOWHERE)
        return (struct sg_span){0};
    if (at < line->name.len)
        return (struct sg_span){line->name.at + at, repeat->spelled_len};
    return (struct sg_span){line->tags.at + (at - line->name.len), repeat->spelled_len};
}
/* The books' entry of a line that was folded; `family` is its family. */
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
/* The outcome, as the catalogs and `service` have it, of a line that is remembered. */
void repeats_recall(struct repeat *repeat, const struct catalog_set *set, gate_scope scope,
                    const struct sg_line *line, struct outcome *ret_outcome);
/* Nothing has to be looked at but its numbers. */
bool repeats_is_plain(const struct outcome *outcome);
/* It was met before, not long ago. */
static inline bool repeats_saw(const struct repeats *repeats, uint64_t hash) {
    return repeats->seen[hash % REPEATS_SEEN] == (uint32_t)(hash >> 32);
}
static inline void repeats_see(struct repeats *repeats, uint64_t hash) {
    repeats->seen[hash % REPEATS_SEEN] = (uint32_t)(hash >> 32);
}
/* Remember the outcome of a line, unless it is too long, or met for the first time. */
void repeats_note(struct repeats *repeats, uint64_t hash, gate_scope scope,
                  const struct sg_line *line, const struct outcome *outcome);

#endif
