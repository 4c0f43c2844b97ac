/*
 * sanitized.h - whether this is a build with sanitizers, where the same code has several times the instructions.
 *
 * Tests that take every instruction for a place to stop leave that to the other builds there, and models play fewer
 * games: what a sanitizer finds, it finds in each of them.
 */
#ifndef STATGATE_TEST_SANITIZED_H
#define STATGATE_TEST_SANITIZED_H

#include <stdint.h>
#include <stdlib.h>

/* gcc and clang say so in different ways. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* How many of so many games of a model are played: with sanitizers a quarter, unless the long forms are asked for. */
static inline uint64_t sanitized_games(uint64_t games) {
    return SANITIZED && getenv("STATGATE_TEST_LONG") == NULL ? (games + 3) / 4 : games;
}

#endif
