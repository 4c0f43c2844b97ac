/*
 * isal.c - gzip.h by ISA-L, at its level 1.
 *
 * The library makes a block of 65,536 tokens, which many pieces of an exposition fill: those before
 * its end write nothing, and the one that ends it encodes all of it. It allocates nothing itself: the
 * stream and the tokens of its block are ours.
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
    /* Zeroed memory of that size comes from the system page by page, as it is used. */
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
    stream->next_in = (uint8_t *)(uintptr_t)piece->in; /* it only reads */
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

/* The piece that ends a block. */
uint64_t gzip_piece_ns(void) {
    return 150000;
}

#define TEXT_OF(number)                   #number
#define VERSION_TEXT(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)

const char *gzip_library(void) {
    return "ISA-L " VERSION_TEXT(ISAL_MAJOR_VERSION, ISAL_MINOR_VERSION, ISAL_PATCH_VERSION);
}
