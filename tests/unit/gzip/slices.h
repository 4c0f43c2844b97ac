/* SPDX-License-Identifier: MIT */
/*
 * slices.h - gives a text to a stream in slices, and takes the output in slices, of sizes that a
 * test chooses. Each slice, and each output buffer, ends where a page without access begins: a
 * library that reads or writes one byte too many ends the test. Former input is overwritten.
 */
#ifndef STATGATE_TESTS_SLICES_H
#define STATGATE_TESTS_SLICES_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/* Sizes of slices: random up to these if the seed is not 0, else just these. */
struct slices {
    size_t in;
    size_t out;
    uint64_t seed;
};

/* Compresses the text to its end. Fails the test if that takes too many steps, or a step does too
 * much. */
void slices_gzip(const struct strbuf *text, const struct slices *slices, struct strbuf *out);

#endif
