/*
 * since.h - reads the parameter `since` of a list.
 */
#ifndef STATGATE_VIEW_SINCE_H
#define STATGATE_VIEW_SINCE_H

#include <stdbool.h>
#include <stdint.h>

/** Read milliseconds of Unix time, a moment (RFC 3339), or a duration before `now_ms` (`90s`, `5m`,
 * `1h30m`, in units of ms, s, m, h and d) as Unix milliseconds, at least 0. 0 selects everything.
 * False: it is none of these, or digits alone that are too small for Unix milliseconds of our
 * time. */
bool since_read(const char *text, int64_t now_ms, int64_t *ret_ms);

#endif
