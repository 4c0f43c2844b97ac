/* SPDX-License-Identifier: MIT */
/*
 * blocks.h - stores texts of any length in blocks of one size.
 */
#ifndef STATGATE_CLIENT_BLOCKS_H
#define STATGATE_CLIENT_BLOCKS_H

#include "handle.h"

/* Takes a free block. The caller has checked that there is one. */
static inline uint16_t statgate_take_block_(struct statgate *sg) {
    uint16_t block = sg->free_block;
    if (block != 0) {
        sg->free_block = sg->blocks[block - 1].next;
    } else {
        block = ++sg->fresh_block;
    }
    sg->blocks_left--;
    sg->blocks[block - 1].next = 0;
    return block;
}

/* Frees a block, and returns the block that followed it. */
static inline uint16_t statgate_free_block_(struct statgate *sg, uint16_t block) {
    uint16_t next = sg->blocks[block - 1].next;
    sg->blocks[block - 1].next = sg->free_block;
    sg->free_block = block;
    sg->blocks_left++;
    return next;
}

/* A position in a text that is stored in blocks. */
struct statgate_cursor_ {
    uint16_t block;
    uint16_t at;
};

/* Returns the next contiguous piece, of at most `len` bytes, and moves the cursor past it. */
static inline char *statgate_piece_(struct statgate *sg, struct statgate_cursor_ *cursor,
                                    size_t len, size_t *ret_len) {
    if (cursor->at == sizeof sg->blocks[0].data) {
        cursor->block = sg->blocks[cursor->block - 1].next;
        cursor->at = 0;
    }
    size_t left = sizeof sg->blocks[0].data - cursor->at;
    char *piece = sg->blocks[cursor->block - 1].data + cursor->at;
    *ret_len = len < left ? len : left;
    cursor->at = (uint16_t)(cursor->at + *ret_len);
    return piece;
}

/* Takes blocks for a text of `len` bytes, at least 1. Returns the first block. */
static inline uint16_t statgate_take_text_(struct statgate *sg, size_t len) {
    uint16_t first = statgate_take_block_(sg);
    uint16_t last = first;
    for (size_t have = sizeof sg->blocks[0].data; have < len; have += sizeof sg->blocks[0].data) {
        uint16_t block = statgate_take_block_(sg);
        sg->blocks[last - 1].next = block;
        last = block;
    }
    return first;
}

static inline void statgate_set_text_(struct statgate *sg, struct statgate_cursor_ *cursor,
                                      const char *text, size_t len) {
    for (size_t part; len != 0; text += part, len -= part) {
        char *piece = statgate_piece_(sg, cursor, len, &part);
        memcpy(piece, text, part);
    }
}

static inline char *statgate_get_text_(struct statgate *sg, struct statgate_cursor_ *cursor,
                                       char *at, size_t len) {
    for (size_t part; len != 0; at += part, len -= part) {
        const char *piece = statgate_piece_(sg, cursor, len, &part);
        memcpy(at, piece, part);
    }
    return at;
}

static inline bool statgate_is_text_(struct statgate *sg, struct statgate_cursor_ *cursor,
                                     const char *text, size_t len) {
    for (size_t part; len != 0; text += part, len -= part) {
        const char *piece = statgate_piece_(sg, cursor, len, &part);
        if (memcmp(piece, text, part) != 0) {
            return false;
        }
    }
    return true;
}

#endif
