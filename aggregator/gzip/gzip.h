/* SPDX-License-Identifier: MIT */
/*
 * gzip.h - compresses a text to one gzip member (RFC 1952), in pieces of bounded work.
 *
 * There are two implementations, with ISA-L and with zlib; the build takes one of them
 * (STATGATE_ISAL). ISA-L takes a fraction of zlib's time at its first level (bench_gzip) and
 * compresses metrics no worse, but does not exist for all machines. A sequence of members would be
 * easier to make, but some HTTP readers stop after the first.
 */
#ifndef STATGATE_GZIP_GZIP_H
#define STATGATE_GZIP_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GZIP_PIECE_BYTES = 64 << 10, /**< most input that is read in one piece */
    GZIP_BYTES = 384 << 10       /**< most memory of a stream, with either library */
};

struct gzip;

/** A piece of work. gzip_step() advances it past what it read and wrote. */
struct gzip_piece {
    const char *in; /**< may be NULL when in_left is 0 */
    size_t in_left; /**< at most GZIP_PIECE_BYTES of them are read at a time */
    bool last;      /**< the text ends with this input */
    char *out;
    size_t out_left; /**< at least 1 */
};

enum gzip_state {
    GZIP_MORE,  /**< call again with the rest of the piece: more input or output is possible */
    GZIP_ENDED, /**< the member is complete */
    GZIP_FAILED /**< the library refused; what was written so far is incomplete */
};

/** A new stream; NULL when out of memory. */
struct gzip *gzip_new(void);
/** NULL is fine. May be called at any time. */
void gzip_free(struct gzip *gzip);
/** Memory that the stream holds. */
size_t gzip_bytes(const struct gzip *gzip);
/** Compress a piece. Much may be held back: output comes in bursts. Not to be called after
 * GZIP_ENDED. */
enum gzip_state gzip_step(struct gzip *gzip, struct gzip_piece *piece);
/** How long the longest pieces usually take: the time that a caller needs before it begins one. */
uint64_t gzip_piece_ns(void);
/** The library and its version: "zlib 1.2.13". Static. */
const char *gzip_library(void);

#endif
