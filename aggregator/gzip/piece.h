/* SPDX-License-Identifier: MIT */
/*
 * piece.h - advances a piece after a library read and wrote some of it.
 */
#ifndef STATGATE_GZIP_PIECE_H
#define STATGATE_GZIP_PIECE_H

#include "gzip/gzip.h"

static inline void piece_advance(struct gzip_piece *piece, size_t taken, size_t written) {
    if (taken > 0) /* an empty text may be NULL */
        piece->in += taken;
    piece->in_left -= taken;
    piece->out += written;
    piece->out_left -= written;
}

#endif
