/* SPDX-License-Identifier: MIT */
/* texts.h - texts for tests to compress, the same in each run. */
#ifndef STATGATE_TESTS_TEXTS_H
#define STATGATE_TESTS_TEXTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

enum text_kind {
    TEXT_SAME,  /* one byte again and again: the longest matches */
    TEXT_LINES, /* of an exposition */
    TEXT_NOISE, /* bytes that cannot be compressed */
    TEXT_MIXED, /* stretches of all of these */
    TEXT_KINDS
};

/* The next of a row of numbers that look random; changes *state. */
uint64_t text_random(uint64_t *state);
/* A text of `len` bytes. */
void text_make(enum text_kind kind, uint64_t seed, size_t len, struct strbuf *out);

#endif
