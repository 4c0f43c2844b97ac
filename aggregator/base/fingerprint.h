/* SPDX-License-Identifier: MIT */
/*
 * fingerprint.h - the SHA-256 of a text (FIPS 180-4): differs if two texts differ, also on two
 * hosts.
 *
 * Not for tables in memory: hash.h is much faster, but differs from process to process. A catalog
 * comes from many hands, and no one must be able to make two that look alike, so the function has
 * to be a cryptographic one. It is written here because no library that the project links has one;
 * and it is this one, because sha256sum(1) then prints the same of a file.
 */
#ifndef STATGATE_BASE_FINGERPRINT_H
#define STATGATE_BASE_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    FINGERPRINT_BYTES = 32,
    FINGERPRINT_TEXT_SIZE = 2 * FINGERPRINT_BYTES + 1 /**< in hexadecimal, with the final NUL */
};

struct fingerprint {
    uint8_t bytes[FINGERPRINT_BYTES];
};

/** A text that is read piece by piece. */
struct fingerprint_reading {
    uint32_t state[8];
    uint64_t len;      /**< bytes so far */
    uint8_t block[64]; /**< the last ones, until they are a whole block */
};

void fingerprint_begin(struct fingerprint_reading *reading);
void fingerprint_add(struct fingerprint_reading *reading, const void *bytes, size_t len);
/** The fingerprint of all that was added. The reading may continue: it is not changed. */
struct fingerprint fingerprint_end(const struct fingerprint_reading *reading);

/** The fingerprint of one text. */
struct fingerprint fingerprint_of(const void *bytes, size_t len);
bool fingerprint_is(const struct fingerprint *a, const struct fingerprint *b);
/** As sha256sum(1) prints it: lower case hexadecimal. */
void fingerprint_put(char ret_text[FINGERPRINT_TEXT_SIZE], const struct fingerprint *fingerprint);

#endif
