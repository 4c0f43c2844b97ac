/*
 * known.h - the table of known lines. Private to gate/.
 */
#ifndef STATGATE_GATE_KNOWN_H
#define STATGATE_GATE_KNOWN_H

#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "gate/gate.h"
#include "gate/origin.h"
#include "sg_proto.h"

enum known_flags {
    KNOWN_USED = 1,    /* second chance: hit since the search for a slot last passed */
    KNOWN_IGNORED = 4, /* the family is not exposed; there is no series */
    KNOWN_OWNED = 8,   /* the value goes to the sender's own part */
    KNOWN_PLAIN = 16   /* see plain.h */
};

/* The bytes that identify a known line: scope and letter, name, tags. */
struct known_key {
    uint32_t scope_letter;
    uint16_t name_len;
    uint16_t tags_len;
    char bytes[]; /* name, then tags */
};

/* 32 bytes, two in a cache line. */
struct known {
    uint64_t hash;
    struct known_key *key;       /* NULL: empty */
    const struct series *series; /* NULL with KNOWN_IGNORED */
    uint32_t generation;         /* the series' generation when the line was remembered */
    uint16_t family;             /* index in the set */
    uint8_t item;                /* item of a series with several: a relayed summary, a stateset */
    uint8_t flags;               /* enum known_flags */
};

struct known_table {
    const struct memory *memory;
    void *piece; /* the allocation that holds the slots */
    struct known *slots;
    size_t mask;
    uint64_t key_bytes;
    uint64_t key_bytes_max;
    uint64_t entries;
    uint64_t evictions;
    struct hash_keys keys;
};

enum { KNOWN_WINDOW = 16, KNOWN_KEY_MAX = GATE_KNOWN_BYTES_MAX };

bool known_init(struct known_table *table, const struct memory *memory,
                const struct catalog_set *set, uint64_t seed);
void known_done(struct known_table *table);
/* The most memory that the table takes. */
uint64_t known_bytes(const struct catalog_set *set);
/* Find the slot of this line, or NULL. */
struct known *known_find(const struct known_table *table, uint64_t hash, gate_scope scope,
                         const struct sg_line *line);
/* Find or make the line's slot, evicting one not used lately if necessary. NULL: the line is not
 * worth keeping, or when out of memory. The caller fills series, generation, family, item and
 * flags. */
struct known *known_make(struct known_table *table, uint64_t hash, gate_scope scope,
                         const struct sg_line *line);

static inline struct known *known_home(const struct known_table *table, uint64_t hash) {
    return &table->slots[hash & table->mask];
}

static inline uint32_t known_scope_letter(gate_scope scope, const struct sg_line *line) {
    return scope << 8 | line->letter;
}

static inline uint64_t known_hash(const struct known_table *table, gate_scope scope,
                                  const struct sg_line *line) {
    return hash_pair(known_scope_letter(scope, line), line->name.at, line->name.len, line->tags.at,
                     line->tags.len, table->keys);
}

/* Whether the slot belongs to this line. */
static inline bool known_matches(const struct known *known, uint64_t hash, gate_scope scope,
                                 const struct sg_line *line) {
    const struct known_key *key = known->key;
    return known->hash == hash && key != NULL &&
           key->scope_letter == known_scope_letter(scope, line) &&
           key->name_len == line->name.len && key->tags_len == line->tags.len &&
           text_same(key->bytes, line->name.at, line->name.len) &&
           text_same(key->bytes + line->name.len, line->tags.at, line->tags.len);
}

#endif
