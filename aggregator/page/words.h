/*
 * words.h - numbers and times as people read them. Nothing here needs escaping.
 */
#ifndef STATGATE_PAGE_WORDS_H
#define STATGATE_PAGE_WORDS_H

#include "base/strbuf.h"

/** Append a count: 1,234,567. */
void words_put_count(struct strbuf *out, uint64_t count);
/** Append three significant digits and a prefix: 0, 0.25, 31.4, 1.25 k, 3.1 M; followed by `unit`
 * ("/s", or ""). */
void words_put_short(struct strbuf *out, double value, const char *unit);
/** Append a share of 1 in percent: 0 %, 3.2 %, 100 %; never 0 % or 100 % because of rounding. */
void words_put_share(struct strbuf *out, double share);
/** Append bytes: 512 B, 1.25 KiB, 3.1 MiB. */
void words_put_bytes(struct strbuf *out, double bytes);
/** Append a duration in its two largest units: 250 ms, 12 s, 3 min 20 s, 5 h, 2 d 4 h. */
void words_put_span(struct strbuf *out, double seconds);
/** Append how long ago `then_ms` is: "now", "12 s ago", or "in 12 s"; in an element that holds the
 * exact time. 0: "never". Both are Unix time. */
void words_put_ago(struct strbuf *out, int64_t then_ms, int64_t now_ms);
/** Append the value of a metric with this unit (NULL: none): seconds as a duration, bytes as bytes,
 * ratios as they are. Plain text without markup. */
void words_put_value(struct strbuf *out, double value, const char *unit);
#endif
