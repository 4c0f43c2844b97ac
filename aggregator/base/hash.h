/*
 * hash.h - seeded hashes of bytes from outside: XXH3, and one of a pair of texts. The seed is random per process, so that nobody can
 * prepare colliding names. One place, so that each kind of key is hashed in one way.
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

/** For hash_pair, from a seed. */
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

/* Both halves of the product of two words. */
static inline uint64_t hash_fold(uint64_t a, uint64_t b) {
    __extension__ const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* 16 bytes and more: each 16 of them, and the last. */
static inline uint64_t hash_long(uint64_t hash, const char *at, size_t len, struct hash_keys keys) {
    for (; len > 16; at += 16, len -= 16)
        hash = hash_fold(hash_word(at) ^ keys.left, hash_word(at + 8) ^ hash);
    at += len;
    return hash_fold(hash_word(at - 16) ^ keys.right, hash_word(at - 8) ^ hash);
}
#endif

/**
 * Two texts and a word, as one: wyhash's way of folding products (W. Yi), with keys that nobody knows. Of
 * names and labels of 16 bytes and more it takes half of what hash_bytes would take for both.
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
