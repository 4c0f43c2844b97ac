/*
 * gzip.h - a text to one gzip member (RFC 1952), in pieces of bounded work.
 *
 * There are two implementations, by ISA-L and by zlib; the build takes one of them (STATGATE_ISAL).
 * ISA-L takes a fraction of zlib's time at its first level (bench_gzip) and compresses metrics no
 * worse, but there are machines without it. Several members in a row would be easier to make, and are not what readers
 * expect of HTTP: some stop after the first.
 */
#ifndef STATGATE_GZIP_GZIP_H
#define STATGATE_GZIP_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GZIP_PIECE_BYTES = 64 << 10, /**< most input of a piece */
    GZIP_BYTES = 384 << 10       /**< most memory of a stream, by either */
};

struct gzip;

/** A piece of work. gzip_step() moves what it read and wrote out of it. */
struct gzip_piece {
    const char *in; /**< may be NULL when in_left is 0 */
    size_t in_left; /**< at most GZIP_PIECE_BYTES of them are read */
    bool last;      /**< the text ends with this input */
    char *out;
    size_t out_left; /**< at least 1 */
};

enum gzip_state {
    GZIP_MORE, /**< it takes more input, or has more output: what is left of the piece comes again */
    GZIP_ENDED, /**< the member is complete */
    GZIP_FAILED /**< the library refused; what was written so far is incomplete */
};

/** A new stream; NULL without memory. */
struct gzip *gzip_new(void);
/** NULL is fine. May be called at any time. */
void gzip_free(struct gzip *gzip);
/** Memory that it holds. */
size_t gzip_bytes(const struct gzip *gzip);
/** Compress a piece. Much may be held back: output comes in bursts. Not after GZIP_ENDED. */
enum gzip_state gzip_step(struct gzip *gzip, struct gzip_piece *piece);
/** What the longest of the pieces usually take: what a caller has to have time for before it begins
 * one. */
uint64_t gzip_piece_ns(void);
/** The library and its version: "zlib 1.2.13". Static. */
const char *gzip_library(void);

#endif
