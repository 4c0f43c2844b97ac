/* SPDX-License-Identifier: MIT */
/*
 * zlib.c - gzip.h by zlib, at its level 1, which is much faster than level 6 for little less
 * compression.
 */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <zlib.h>

#include "gzip/piece.h"

enum {
    LEVEL = 1,
    WINDOW = 15 + 16, /* tells zlib to write a gzip header and trailer */
    MEMORY = 8
};

struct gzip {
    z_stream stream;
    size_t bytes;
};

/* Allocate for zlib, and count the bytes. */
static voidpf take_memory(voidpf arg, uInt items, uInt size) {
    struct gzip *gzip = arg;
    void *memory = calloc(items, size);
    gzip->bytes += memory != NULL ? (size_t)items * size : 0;
    return memory;
}

static void give_memory(voidpf arg, voidpf memory) {
    (void)arg;
    free(memory);
}

struct gzip *gzip_new(void) {
    struct gzip *gzip = calloc(1, sizeof *gzip);
    if (gzip == NULL)
        return NULL;
    gzip->bytes = sizeof *gzip;
    gzip->stream = (z_stream){.zalloc = take_memory, .zfree = give_memory, .opaque = gzip};
    if (deflateInit2(&gzip->stream, LEVEL, Z_DEFLATED, WINDOW, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK)
        return gzip;
    free(gzip);
    return NULL;
}

void gzip_free(struct gzip *gzip) {
    if (gzip != NULL)
        deflateEnd(&gzip->stream);
    free(gzip);
}

size_t gzip_bytes(const struct gzip *gzip) {
    return gzip->bytes;
}

enum gzip_state gzip_step(struct gzip *gzip, struct gzip_piece *piece) {
    z_stream *stream = &gzip->stream;
    const size_t in = piece->in_left < GZIP_PIECE_BYTES ? piece->in_left : GZIP_PIECE_BYTES;
    const uInt out = piece->out_left < UINT_MAX ? (uInt)piece->out_left : UINT_MAX;
    stream->next_in = (Bytef *)(uintptr_t)piece->in; /* the library only reads it */
    stream->avail_in = (uInt)in;
    stream->next_out = (Bytef *)piece->out;
    stream->avail_out = out;
    const bool last = piece->last && in == piece->in_left;
    const int result = deflate(stream, last ? Z_FINISH : Z_NO_FLUSH);
    piece_advance(piece, in - stream->avail_in, out - stream->avail_out);
    if (result == Z_STREAM_END)
        return GZIP_ENDED;
    /* Z_BUF_ERROR: there was nothing to do, which is not an error. */
    return result == Z_OK || result == Z_BUF_ERROR ? GZIP_MORE : GZIP_FAILED;
}

/* All pieces take about the same time; bench_gzip prints the time of the longest ones as
 * gzip.longest-piece. */
enum { LONGEST_PIECE_NS = 300000 };

uint64_t gzip_piece_ns(void) {
    return LONGEST_PIECE_NS;
}

const char *gzip_library(void) {
    return "zlib " ZLIB_VERSION;
}
