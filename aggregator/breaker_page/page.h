/*
 * page.h - the layout of the breaker page, for those who write it. proto/PROTOCOL.md ("The breaker
 * page") has the same for those who read it; client/statgate.h is the one reader here.
 *
 *     0 magic "SGBREAKS"      8 version   12 bytes of the file   16 where slots begin   20 slots
 *    24 beat, monotonic ms   32 beat, Unix ms   40 generation   48 pid of the writer
 *    52 reserved, zero
 *  4096 slots of 16 bytes: tag, state, reserved
 *
 * All words are in the byte order of the host and each is read and written whole. The table is open
 * addressed: a tag is searched from page_home() on, slot by slot, to the first whose tag is 0.
 */
#ifndef STATGATE_BREAKER_PAGE_PAGE_H
#define STATGATE_BREAKER_PAGE_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "catalog/catalog.h"

#define PAGE_MAGIC "SGBREAKS"
enum {
    PAGE_VERSION = 1,
    PAGE_MAGIC_BYTES = 8,
    PAGE_HEADER_BYTES = 4096,
    PAGE_SLOTS = 4096,       /**< a power of two */
    PAGE_ENTRIES_MAX = 3072, /**< so that every search meets an empty slot soon */
    PAGE_ALIVE_MS = 3000     /**< a beat this old is that of nobody */
};

struct page_slot {
    uint64_t tag;   /**< 0: empty */
    uint32_t state; /**< see page_word() */
    uint32_t reserved;
};

struct page_head {
    char magic[PAGE_MAGIC_BYTES];
    uint32_t version;
    uint32_t bytes;
    uint32_t slots_at;
    uint32_t slot_count;
    /** When the writer was last here: CLOCK_MONOTONIC in milliseconds, and the same moment as Unix
     * time for readers that know no other clock. 0: nobody writes. */
    uint64_t beat_mono_ms;
    uint64_t beat_unix_ms;
    /** Another number whenever tags were written; 0 while they are. */
    uint64_t generation;
    uint32_t pid;
    uint32_t reserved;
};

struct page {
    struct page_head head;
    unsigned char reserved[PAGE_HEADER_BYTES - sizeof(struct page_head)];
    struct page_slot slots[PAGE_SLOTS];
};

_Static_assert(offsetof(struct page_head, beat_mono_ms) == 24, "the layout is public");
_Static_assert(offsetof(struct page_head, generation) == 40, "the layout is public");
_Static_assert(offsetof(struct page_head, pid) == 48, "the layout is public");
_Static_assert(offsetof(struct page, slots) == PAGE_HEADER_BYTES, "the layout is public");
_Static_assert(sizeof(struct page) == PAGE_HEADER_BYTES + 16 * PAGE_SLOTS, "the layout is public");

/** The 64-bit FNV-1a hash (Fowler, Noll, Vo), which may go on where another ended. */
#define PAGE_HASH_START UINT64_C(0xcbf29ce484222325)
static inline uint64_t page_hash(uint64_t hash, const char *text) {
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

/** What a label adds to a tag: the hash of `key:value`. A sum has no order. */
static inline uint64_t page_hash_label(const char *key, const char *value) {
    return page_hash(page_hash(page_hash(PAGE_HASH_START, key), ":"), value);
}

/** A tag of the sum of the name's hash and those of the labels. */
static inline uint64_t page_tag(uint64_t sum) {
    return sum == 0 ? 1 : sum;
}

/** Where the search for a tag begins. */
static inline uint32_t page_home(uint64_t tag) {
    return (uint32_t)(tag ^ (tag >> 32)) & (PAGE_SLOTS - 1);
}

/** A slot's state: the epoch of half-open in the upper 30 bits, enum breaker_state in the others.
 */
static inline uint32_t page_word(enum breaker_state state, uint32_t epoch) {
    return epoch << 2 | (uint32_t)state;
}

#endif
