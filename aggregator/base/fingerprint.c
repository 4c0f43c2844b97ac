/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4); the names in comments are the standard's. */
#include "base/fingerprint.h"

#include <string.h>

enum { BLOCK = 64, ROUNDS = 64, LENGTH_AT = 56 /* where the last block has the length in bits */ };

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes (4.2.2). */
static const uint32_t constants[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t rotate(uint32_t word, unsigned by) {
    return word >> by | word << (32 - by);
}

static uint32_t read_word(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void write_word(uint8_t *at, uint32_t word) {
    for (unsigned i = 0; i < 4; i++)
        at[i] = (uint8_t)(word >> (24 - 8 * i));
}

/* The message schedule W (6.2.2, step 1). */
static void spread(uint32_t words[ROUNDS], const uint8_t *block) {
    for (size_t i = 0; i < 16; i++)
        words[i] = read_word(block + 4 * i);
    for (size_t i = 16; i < ROUNDS; i++) {
        const uint32_t w15 = words[i - 15];
        const uint32_t w2 = words[i - 2];
        words[i] = (rotate(w2, 17) ^ rotate(w2, 19) ^ w2 >> 10) + words[i - 7] +
                   (rotate(w15, 7) ^ rotate(w15, 18) ^ w15 >> 3) + words[i - 16];
    }
}

/* The working variables, a to h, of which each round makes two new ones: instead of moving the
 * other six, the next round takes them by turned names. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
    do {                                                                                           \
        const uint32_t sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);                        \
        const uint32_t sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);                        \
        const uint32_t t1 = (h) + sum1 + (((e) & (f)) ^ (~(e) & (g))) + constants[i] + words[i];   \
        (d) += t1;                                                                                 \
        (h) = t1 + sum0 + (((a) & (b)) ^ ((a) & (c)) ^ ((b) & (c)));                               \
    } while (0)

/* Steps 2 to 4. */
static void take_block(uint32_t state[8], const uint8_t *block) {
    uint32_t words[ROUNDS];
    uint32_t v[8];
    spread(words, block);
    memcpy(v, state, sizeof v);
    for (size_t i = 0; i < ROUNDS; i += 8) {
        ROUND(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], i);
        ROUND(v[7], v[0], v[1], v[2], v[3], v[4], v[5], v[6], i + 1);
        ROUND(v[6], v[7], v[0], v[1], v[2], v[3], v[4], v[5], i + 2);
        ROUND(v[5], v[6], v[7], v[0], v[1], v[2], v[3], v[4], i + 3);
        ROUND(v[4], v[5], v[6], v[7], v[0], v[1], v[2], v[3], i + 4);
        ROUND(v[3], v[4], v[5], v[6], v[7], v[0], v[1], v[2], i + 5);
        ROUND(v[2], v[3], v[4], v[5], v[6], v[7], v[0], v[1], i + 6);
        ROUND(v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[0], i + 7);
    }
    for (size_t i = 0; i < 8; i++)
        state[i] += v[i];
}

#undef ROUND

void fingerprint_begin(struct fingerprint_reading *reading) {
    static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(reading->state, first, sizeof first);
    reading->len = 0;
}

void fingerprint_add(struct fingerprint_reading *reading, const void *bytes, size_t len) {
    const uint8_t *at = bytes;
    while (len > 0) {
        const size_t held = reading->len % BLOCK;
        const size_t part = len < BLOCK - held ? len : BLOCK - held;
        if (part == BLOCK) {
            take_block(reading->state, at);
        } else {
            memcpy(reading->block + held, at, part);
            if (held + part == BLOCK)
                take_block(reading->state, reading->block);
        }
        reading->len += part;
        at += part;
        len -= part;
    }
}

/* Pad with a bit 1, zeros and the length in bits (5.1.1). */
struct fingerprint fingerprint_end(const struct fingerprint_reading *reading) {
    static const uint8_t padding[BLOCK] = {0x80};
    struct fingerprint_reading last = *reading;
    struct fingerprint result;
    uint8_t bits[8];
    const size_t held = reading->len % BLOCK;
    write_word(bits, (uint32_t)(reading->len >> 29));
    write_word(bits + 4, (uint32_t)(reading->len << 3));
    fingerprint_add(&last, padding, (held < LENGTH_AT ? LENGTH_AT : LENGTH_AT + BLOCK) - held);
    fingerprint_add(&last, bits, sizeof bits);
    for (size_t i = 0; i < 8; i++)
        write_word(result.bytes + 4 * i, last.state[i]);
    return result;
}

struct fingerprint fingerprint_of(const void *bytes, size_t len) {
    struct fingerprint_reading reading;
    fingerprint_begin(&reading);
    fingerprint_add(&reading, bytes, len);
    return fingerprint_end(&reading);
}

bool fingerprint_is(const struct fingerprint *a, const struct fingerprint *b) {
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void fingerprint_put(char ret_text[FINGERPRINT_TEXT_SIZE], const struct fingerprint *fingerprint) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < FINGERPRINT_BYTES; i++) {
        ret_text[2 * i] = digits[fingerprint->bytes[i] >> 4];
        ret_text[2 * i + 1] = digits[fingerprint->bytes[i] & 15];
    }
    ret_text[FINGERPRINT_TEXT_SIZE - 1] = '\0';
}
