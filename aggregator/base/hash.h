/* SPDX-License-Identifier: MIT */
/*
 * hash.h - seeded hashes of bytes from outside: XXH3 for one text, and a hash of two texts. The
 * seed is random per process, so that no one can prepare colliding names. Defined in one place, so
 * that each kind of key is always hashed the same way.
 */
#ifndef STATGATE_BASE_HASH_H
#define STATGATE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed) {
    return XXH3_64bits_withSeed(bytes, len, seed);
}

/** Keys for hash_pair, derived from a seed. */
struct hash_keys {
    uint64_t left;
    uint64_t right;
};

static inline struct hash_keys hash_keys_of(uint64_t seed) {
    static const char sides[] = {'l', 'r'};
    return (struct hash_keys){hash_bytes(&sides[0], 1, seed), hash_bytes(&sides[1], 1, seed)};
}

#ifdef __SIZEOF_INT128__
static inline uint64_t hash_word(const char *at) {
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Multiply two words and XOR both halves of the product. */
static inline uint64_t hash_fold(uint64_t a, uint64_t b) {
    __extension__ const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Hash a text of at least 16 bytes: 16 bytes at a time, then the last 16 again. */
static inline uint64_t hash_long(uint64_t hash, const char *at, size_t len, struct hash_keys keys) {
    for (; len > 16; at += 16, len -= 16)
        hash = hash_fold(hash_word(at) ^ keys.left, hash_word(at + 8) ^ hash);
    at += len;
    return hash_fold(hash_word(at - 16) ^ keys.right, hash_word(at - 8) ^ hash);
}
#endif

/**
 * Hash two texts and a word together. Long texts use wyhash's way of folding products (W. Yi), with
 * secret keys: for a name and labels of at least 16 bytes each this takes half the time of two
 * calls of hash_bytes.
 */
static inline uint64_t hash_pair(uint64_t word, const char *a, size_t a_len, const char *b,
                                 size_t b_len, struct hash_keys keys) {
#ifdef __SIZEOF_INT128__
    if (a_len >= 16 && b_len >= 16) {
        const uint64_t lens = (uint64_t)a_len << 32 | (uint64_t)b_len;
        return hash_long(hash_long(hash_fold(word ^ keys.right, lens ^ keys.left), a, a_len, keys),
                         b, b_len, keys);
    }
#endif
    const uint64_t hash = hash_bytes(a, a_len, keys.left + word);
    return b_len == 0 ? hash : hash_bytes(b, b_len, hash);
}

#endif
