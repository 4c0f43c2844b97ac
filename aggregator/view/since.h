/*
 * since.h - a moment that the reader of a list names.
 */
#ifndef STATGATE_VIEW_SINCE_H
#define STATGATE_VIEW_SINCE_H

#include <stdbool.h>
#include <stdint.h>

/** Milliseconds of Unix time, a moment (RFC 3339), or how long before `now_ms`: `90s`, `5m`, `1h30m`,
 * in units of ms, s, m, h and d. To Unix milliseconds, 0 at least. False: it is none of these. */
bool since_read(const char *text, int64_t now_ms, int64_t *ret_ms);

#endif
