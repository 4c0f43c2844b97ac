/* SPDX-License-Identifier: MIT */
/*
 * sg_breaker_page.h - the layout of the breaker page, for the daemon that writes it.
 *
 * BREAKER_PAGE.md describes it for readers. The client, whose headers programs
 * copy, has its own definitions in client/statgate/base.h.
 *
 *     0 magic "SGBREAKS"      8 version   12 bytes of the file   16 offset of slots     20 slots
 *    24 beat, monotonic ms   32 beat, Unix ms   40 generation   48 pid of the writer
 *    52 what it takes       56 inode of the tickets' FIFO
 *  4096 slots of 16 bytes: tag, state, probing
 *
 * All words are in the byte order of the host, and each is read and written atomically. A search
 * for a tag begins at sg_breaker_page_home() and continues slot by slot, up to the first whose tag
 * is 0.
 */
#ifndef STATGATE_PROTO_SG_BREAKER_PAGE_H
#define STATGATE_PROTO_SG_BREAKER_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SG_BREAKER_PAGE_MAGIC "SGBREAKS"
enum {
    SG_BREAKER_PAGE_VERSION = 1,
    SG_BREAKER_PAGE_MAGIC_BYTES = 8,
    SG_BREAKER_PAGE_HEADER_BYTES = 4096,
    SG_BREAKER_PAGE_SLOTS = 4096,       /**< a power of two */
    SG_BREAKER_PAGE_ENTRIES_MAX = 3072, /**< leaves empty slots, which end searches early */
    SG_BREAKER_PAGE_ALIVE_MS = 3000     /**< an older beat means that no daemon writes */
};

struct sg_breaker_page_slot {
    uint64_t tag;     /**< 0: empty */
    uint32_t state;   /**< see sg_breaker_page_word() */
    uint32_t probing; /**< see sg_breaker_page_probing() */
};

struct sg_breaker_page_head {
    char magic[SG_BREAKER_PAGE_MAGIC_BYTES];
    uint32_t version;
    uint32_t bytes;
    uint32_t slots_at;
    uint32_t slot_count;
    /** The writer's last visit: CLOCK_MONOTONIC in milliseconds, and the same moment in Unix time
     * for readers without that clock. 0: no daemon writes. */
    uint64_t beat_mono_ms;
    uint64_t beat_unix_ms;
    /** A new number whenever tags have been written; 0 while they are being written. */
    uint64_t generation;
    uint32_t pid;
    uint32_t takes; /**< SG_BREAKER_PAGE_TAKES_... bits */
    /** Inode number of the FIFO beside the page, in which probes hold their tickets. 0: there is
     * none. */
    uint64_t tickets;
};

struct sg_breaker_page {
    struct sg_breaker_page_head head;
    unsigned char reserved[SG_BREAKER_PAGE_HEADER_BYTES - sizeof(struct sg_breaker_page_head)];
    struct sg_breaker_page_slot slots[SG_BREAKER_PAGE_SLOTS];
};

_Static_assert(offsetof(struct sg_breaker_page_head, beat_mono_ms) == 24, "the layout is public");
_Static_assert(offsetof(struct sg_breaker_page_head, generation) == 40, "the layout is public");
_Static_assert(offsetof(struct sg_breaker_page_head, pid) == 48, "the layout is public");
_Static_assert(offsetof(struct sg_breaker_page, slots) == SG_BREAKER_PAGE_HEADER_BYTES,
               "the layout is public");
_Static_assert(offsetof(struct sg_breaker_page_head, tickets) == 56, "the layout is public");
_Static_assert(sizeof(struct sg_breaker_page) ==
                   SG_BREAKER_PAGE_HEADER_BYTES + 16 * SG_BREAKER_PAGE_SLOTS,
               "the layout is public");

/** The 64-bit FNV-1a hash (Fowler, Noll, Vo). It can continue another hash. */
#define SG_BREAKER_PAGE_HASH_START UINT64_C(0xcbf29ce484222325)
static inline uint64_t sg_breaker_page_hash(uint64_t hash, const char *text) {
    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return hash;
}

/** The hash of `key:value`, which a label adds to a tag. A sum does not depend on the order. */
static inline uint64_t sg_breaker_page_hash_label(const char *key, const char *value) {
    return sg_breaker_page_hash(
        sg_breaker_page_hash(sg_breaker_page_hash(SG_BREAKER_PAGE_HASH_START, key), ":"), value);
}

/** The tag for the sum of the hashes of name and labels: never 0. */
static inline uint64_t sg_breaker_page_tag(uint64_t sum) {
    return sum == 0 ? 1 : sum;
}

/** The slot at which the search for a tag begins. */
static inline uint32_t sg_breaker_page_home(uint64_t tag) {
    return (uint32_t)(tag ^ (tag >> 32)) & (SG_BREAKER_PAGE_SLOTS - 1);
}

/** The state word of a slot: in the upper 30 bits the epoch of half-open, in the others 0 closed,
 * 1 open, 2 half-open. */
static inline uint32_t sg_breaker_page_word(uint32_t state, uint32_t epoch) {
    return epoch << 2 | state;
}

/** The second word of a slot: how probes take tickets. In the lowest 20 bits the breaker's number,
 * in the next 5 the places, which are the most probes at once. 0: without tickets. */
enum {
    SG_BREAKER_PAGE_NUMBER_BITS = 20,
    SG_BREAKER_PAGE_UNATTENDED = 1 << 30, /**< tickets are taken, no process reports: ask without */
    SG_BREAKER_PAGE_TAKES_DENIED = 1      /**< lines that count what was denied */
};
#define SG_BREAKER_PAGE_FORCED (UINT32_C(1) << 31) /**< a person has decided the state */

/** A breaker's number, from the tag of its declared name and labels; never 0. It is the same in a
 * daemon with other catalogs. */
static inline uint32_t sg_breaker_page_number(uint64_t tag) {
    const uint64_t mixed = tag ^ tag >> 20 ^ tag >> 40;
    const uint32_t number = (uint32_t)mixed & ((1u << SG_BREAKER_PAGE_NUMBER_BITS) - 1);
    return number == 0 ? 1 : number;
}

static inline uint32_t sg_breaker_page_probing(uint32_t number, uint32_t places, bool unattended,
                                               bool forced) {
    return (forced ? SG_BREAKER_PAGE_FORCED : 0) |
           (unattended ? (uint32_t)SG_BREAKER_PAGE_UNATTENDED : 0) |
           places << SG_BREAKER_PAGE_NUMBER_BITS | number;
}

/** Where in the FIFO a place of a breaker is locked in an epoch: below 2^31, so that a 32-bit off_t
 * holds it. Two breakers that are half-open at once share a place by a chance of 1 in 2^27. */
static inline uint32_t sg_breaker_page_place(uint32_t number, uint32_t epoch, uint32_t place) {
    return ((number * UINT32_C(0x9E3779B1) ^ epoch * UINT32_C(0x85EBCA6B)) >> 5) << 4 | place;
}

#endif
