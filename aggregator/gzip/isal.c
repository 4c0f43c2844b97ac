/* SPDX-License-Identifier: MIT */
/*
 * isal.c - gzip.h by ISA-L, at its level 1.
 *
 * The library makes blocks of 65,536 tokens, each from many pieces of an exposition: the pieces
 * before the end of a block write nothing, and the one that ends it encodes the whole. The library
 * allocates nothing itself: the stream and the tokens of its block are in struct gzip.
 */
#include <isa-l.h>
#include <stdint.h>
#include <stdlib.h>

#include "gzip/piece.h"

struct gzip {
    struct isal_zstream stream;
    unsigned char level[ISAL_DEF_LVL1_DEFAULT];
};

_Static_assert(sizeof(struct gzip) <= GZIP_BYTES, "a stream takes what it may");

struct gzip *gzip_new(void) {
    /* The system provides zeroed memory of this size page by page, as it is used. */
    struct gzip *gzip = calloc(1, sizeof *gzip);
    if (gzip == NULL)
        return NULL;
    isal_deflate_init(&gzip->stream);
    gzip->stream.gzip_flag = IGZIP_GZIP;
    gzip->stream.level = 1;
    gzip->stream.level_buf = gzip->level;
    gzip->stream.level_buf_size = sizeof gzip->level;
    return gzip;
}

void gzip_free(struct gzip *gzip) {
    free(gzip);
}

size_t gzip_bytes(const struct gzip *gzip) {
    return sizeof *gzip;
}

enum gzip_state gzip_step(struct gzip *gzip, struct gzip_piece *piece) {
    struct isal_zstream *stream = &gzip->stream;
    const size_t in = piece->in_left < GZIP_PIECE_BYTES ? piece->in_left : GZIP_PIECE_BYTES;
    const uint32_t out = piece->out_left < UINT32_MAX ? (uint32_t)piece->out_left : UINT32_MAX;
    stream->next_in = (uint8_t *)(uintptr_t)piece->in; /* the library only reads it */
    stream->avail_in = (uint32_t)in;
    stream->next_out = (uint8_t *)piece->out;
    stream->avail_out = out;
    stream->end_of_stream = piece->last && in == piece->in_left;
    const int result = isal_deflate(stream);
    piece_advance(piece, in - stream->avail_in, out - stream->avail_out);
    if (result != COMP_OK)
        return GZIP_FAILED;
    return stream->internal_state.state == ZSTATE_END ? GZIP_ENDED : GZIP_MORE;
}

/* The time of a piece that ends a block; bench_gzip prints the time of the longest ones as
 * gzip.longest-piece. */
enum { LONGEST_PIECE_NS = 150000 };

uint64_t gzip_piece_ns(void) {
    return LONGEST_PIECE_NS;
}

#define TEXT_OF(number)                   #number
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *gzip_library(void) {
    return "ISA-L " VERSION_TEXT(ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION);
}
