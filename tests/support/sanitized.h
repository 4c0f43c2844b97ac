/* SPDX-License-Identifier: MIT */
/*
 * sanitized.h - whether this is a build with sanitizers, which execute several times the
 * instructions.
 *
 * In such a build, tests that stop after every single instruction leave that out, and tests of
 * models play fewer games: what a sanitizer finds, it finds in each game.
 */
#ifndef STATGATE_TEST_SANITIZED_H
#define STATGATE_TEST_SANITIZED_H

#include <stdint.h>
#include <stdlib.h>

/* gcc and clang tell it in different ways. */
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

/* The number of games that a test of a model plays: `games`, or a quarter of them with sanitizers
 * unless STATGATE_TEST_LONG is set. */
static inline uint64_t sanitized_games(uint64_t games) {
    return SANITIZED && getenv("STATGATE_TEST_LONG") == NULL ? (games + 3) / 4 : games;
}

#endif
