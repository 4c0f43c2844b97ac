/*
 * hash.h - seeded XXH3 over bytes from outside. The seed is random per process, so that nobody can
 * prepare colliding names. One place, so that every table uses the same inlined function.
 */
#ifndef STATGATE_BASE_HASH_H
#define STATGATE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t hash_bytes(const void *bytes, size_t len, uint64_t seed) {
    return XXH3_64bits_withSeed(bytes, len, seed);
}

#endif
