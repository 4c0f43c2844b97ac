/*
 * rfc3339.h - moments as text (RFC 3339): what the views show beside milliseconds, and what people
 * ask for. Pure: no time zones but offsets, no leap seconds.
 */
#ifndef STATGATE_BASE_RFC3339_H
#define STATGATE_BASE_RFC3339_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of a moment, with the zero byte. */
enum { RFC3339_SIZE = sizeof "2026-07-01T12:34:56.789Z" };

/** Write Unix milliseconds, in UTC. False, and nothing written, before 1970 and after 9999. */
bool rfc3339_put(char ret_text[RFC3339_SIZE], int64_t unix_ms);

/** Read a whole text to Unix milliseconds; further digits of a second are cut. False: it is none, or
 * names a day that does not exist. The offset's plus may be a blank, which it is in a form. */
bool rfc3339_read(const char *text, int64_t *ret_unix_ms);

#endif
