/* SPDX-License-Identifier: MIT */
/*
 * rfc3339.h - times as text (RFC 3339), as views show them beside milliseconds and as people write
 * them in requests. Pure: no time zones other than offsets, no leap seconds.
 */
#ifndef STATGATE_BASE_RFC3339_H
#define STATGATE_BASE_RFC3339_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of a time as text, with the terminator. */
enum { RFC3339_SIZE = sizeof "2026-07-01T12:34:56.789Z" };

/** Write a time in Unix milliseconds as UTC text. Returns false, and writes nothing, for times
 * before 1970 or after 9999. */
bool rfc3339_put(char ret_text[RFC3339_SIZE], int64_t unix_ms);

/** Parse a whole text into Unix milliseconds; digits beyond milliseconds are dropped. Returns false
 * if it is not a time, or names a day that does not exist. The plus sign of the offset may be a
 * blank, as form decoding leaves it. */
bool rfc3339_read(const char *text, int64_t *ret_unix_ms);

#endif
