/* SPDX-License-Identifier: MIT */
/*
 * sg_marks.h - where the bars and colons of a short text are, as two bit masks.
 *
 * Inside proto only. A typical line has 40 to 120 bytes and three to five marks. A loop to find
 * each mark would cost a mispredicted branch per mark. Two masks over the first 64 bytes cost none,
 * and counting zeros in them gives the marks. No byte outside the text is read: if the length is
 * not a multiple of the vector's, the second half is read as the last bytes of the text. It then
 * overlaps the first half, and both give the same bits for the same bytes.
 */
#ifndef SG_MARKS_H
#define SG_MARKS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/** How many leading bytes of a text sg_marks_of reads. */
enum { SG_MARKS_SPAN = 64 };

/** The marks of a text: bit i is for byte i. */
struct sg_marks {
    uint64_t bars;   /**< `|` */
    uint64_t colons; /**< `:` */
};

/** Sets bit i of the result if byte i of `word` is `byte`. The first byte is the lowest. */
static inline uint64_t sg_marks_equal(uint64_t word, unsigned char byte) {
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t low = 0x7f7f7f7f7f7f7f7fu;
    uint64_t diff = word ^ (ones * byte);

    /* 0x80 in exactly those bytes of diff that are zero, since no carry leaves a byte. */
    uint64_t zero = ~(((diff & low) + low) | diff | low);
    return ((zero >> 7) * 0x0102040810204080u) >> 56;
}

/** The 8 bytes at `at`; the first is the lowest. */
static inline uint64_t sg_marks_word(const char *at) {
    uint64_t word;

    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/** The marks of 8 bytes. */
static inline struct sg_marks sg_marks_8(uint64_t word) {
    return (struct sg_marks){
        .bars = sg_marks_equal(word, '|'),
        .colons = sg_marks_equal(word, ':'),
    };
}

/** Joins the marks of two pieces. `late` starts `shift` bytes after `early`, shift < 64; where they
 * overlap they agree. */
static inline struct sg_marks sg_marks_join(struct sg_marks early, struct sg_marks late,
                                            size_t shift) {
    return (struct sg_marks){
        .bars = early.bars | late.bars << shift,
        .colons = early.colons | late.colons << shift,
    };
}

/** The marks of 16 bytes without vector instructions. */
static inline struct sg_marks sg_marks_16_portable(const char *at) {
    return sg_marks_join(sg_marks_8(sg_marks_word(at)), sg_marks_8(sg_marks_word(at + 8)), 8);
}

/** The marks of 16 bytes. */
static inline struct sg_marks sg_marks_16(const char *at) {
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    return (struct sg_marks){
        .bars = (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('|'))),
        .colons = (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(':'))),
    };
#else
    return sg_marks_16_portable(at);
#endif
}

static inline struct sg_marks sg_marks_32(const char *at) {
    return sg_marks_join(sg_marks_16(at), sg_marks_16(at + 16), 16);
}

/** The bytes of a text shorter than a word. The first is the lowest; zeros follow the last. */
static inline uint64_t sg_marks_load(const char *at, size_t len) {
    uint64_t word = 0;

    for (size_t i = 0; i < len; i++)
        word |= (uint64_t)(unsigned char)at[i] << (8 * i);
    return word;
}

/** The marks of fewer than 16 bytes. */
static inline struct sg_marks sg_marks_short(const char *at, size_t len) {
    if (len >= 8)
        return sg_marks_join(sg_marks_8(sg_marks_word(at)), sg_marks_8(sg_marks_word(at + len - 8)),
                             len - 8);
    return sg_marks_8(sg_marks_load(at, len));
}

/** The marks of the first SG_MARKS_SPAN bytes of `len` bytes at `at`. Reads nothing else. */
static inline struct sg_marks sg_marks_of(const char *at, size_t len) {
    if (len > SG_MARKS_SPAN)
        len = SG_MARKS_SPAN;
    if (len >= 32)
        return sg_marks_join(sg_marks_32(at), sg_marks_32(at + len - 32), len - 32);
    if (len >= 16)
        return sg_marks_join(sg_marks_16(at), sg_marks_16(at + len - 16), len - 16);

    return sg_marks_short(at, len);
}

/** The bytes that end pieces of a datagram: bit i is for byte i. */
struct sg_cuts {
    uint64_t cuts;   /**< `|` and newline */
    uint64_t colons; /**< `:` */
};

/** The shortest text for sg_cuts_of. */
enum { SG_CUTS_MIN = 32 };

static inline struct sg_cuts sg_cuts_8(uint64_t word) {
    return (struct sg_cuts){
        .cuts = sg_marks_equal(word, '|') | sg_marks_equal(word, '\n'),
        .colons = sg_marks_equal(word, ':'),
    };
}

static inline struct sg_cuts sg_cuts_join(struct sg_cuts early, struct sg_cuts late, size_t shift) {
    return (struct sg_cuts){
        .cuts = early.cuts | late.cuts << shift,
        .colons = early.colons | late.colons << shift,
    };
}

/** The cuts of 16 bytes without vector instructions. */
static inline struct sg_cuts sg_cuts_16_portable(const char *at) {
    return sg_cuts_join(sg_cuts_8(sg_marks_word(at)), sg_cuts_8(sg_marks_word(at + 8)), 8);
}

/** The cuts of 16 bytes. */
static inline struct sg_cuts sg_cuts_16(const char *at) {
#ifdef __SSE2__
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    const __m128i cuts = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('|')),
                                      _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')));
    return (struct sg_cuts){
        .cuts = (uint64_t)(unsigned)_mm_movemask_epi8(cuts),
        .colons = (uint64_t)(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(':'))),
    };
#else
    return sg_cuts_16_portable(at);
#endif
}

static inline struct sg_cuts sg_cuts_32(const char *at) {
    return sg_cuts_join(sg_cuts_16(at), sg_cuts_16(at + 16), 16);
}

/** The cuts of the first SG_MARKS_SPAN bytes of `len` bytes at `at`; `len` is at least SG_CUTS_MIN.
 * Reads nothing else. */
static inline struct sg_cuts sg_cuts_of(const char *at, size_t len) {
    const size_t late = (len < SG_MARKS_SPAN ? len : SG_MARKS_SPAN) - SG_CUTS_MIN;
    return sg_cuts_join(sg_cuts_32(at), sg_cuts_32(at + late), late);
}

#endif
