/*
 * slices.h - a text given to a stream in slices, and its output taken in slices, as a test wants
 * them. Each slice, and the room for output, ends where a page without access begins: a library that
 * reads or writes one byte too many, ends the test; former input is overwritten.
 */
#ifndef STATGATE_TESTS_SLICES_H
#define STATGATE_TESTS_SLICES_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* All of it random, up to these, where the seed is not 0; else just these. */
struct slices {
    size_t in;
    size_t out;
    uint64_t seed;
};

/* Compress the text to its end; fails the test if that takes too many steps, or a step too much. */
void slices_gzip(const struct strbuf *text, const struct slices *slices, struct strbuf *out);

#endif
