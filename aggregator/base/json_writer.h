/* SPDX-License-Identifier: MIT */
/* json_writer.h - JSON as text, compact or indented. */
#ifndef STATGATE_BASE_JSON_WRITER_H
#define STATGATE_BASE_JSON_WRITER_H

#include "base/num.h"
#include "base/strbuf.h"

/** `comma` carries over from slice to slice; `out` is set for each slice. */
struct json_writer {
    struct strbuf *out;
    bool comma; /**< the next item needs a comma before it */
};

/** Append `"text"` with every escape, including those that keep a browser from running it as
 * markup. Each byte that is not valid UTF-8 becomes U+FFFD. */
void json_writer_string(struct strbuf *out, const char *text, size_t len);
/** Append a finite number without quotes; others become the strings "NaN", "+Inf", "-Inf". */
void json_writer_number(struct strbuf *out, double value);
/** Append the member KEY_iso: the time as RFC 3339 text, or null if rfc3339_put cannot represent
 * it. */
void json_writer_iso(struct json_writer *w, const char *key, int64_t unix_ms);

static inline void json_separate(struct json_writer *w) {
    if (w->comma)
        strbuf_putc(w->out, ',');
    w->comma = true;
}

/** Begin the next item of a list on a new line, for people who read the output with curl. */
static inline void json_line(struct json_writer *w) {
    json_separate(w);
    strbuf_putc(w->out, '\n');
    w->comma = false;
}

/** Open an object or array: `bracket` is `{` or `[`. */
static inline void json_open(struct json_writer *w, char bracket) {
    json_separate(w);
    strbuf_putc(w->out, bracket);
    w->comma = false;
}

static inline void json_close(struct json_writer *w, char bracket) {
    strbuf_putc(w->out, bracket);
    w->comma = true;
}

/** Append a key that needs no escape. A value or json_open must follow. */
static inline void json_key(struct json_writer *w, const char *key) {
    json_separate(w);
    strbuf_putc(w->out, '"');
    strbuf_puts(w->out, key);
    strbuf_put(w->out, "\":", 2);
    w->comma = false;
}

static inline void json_open_member(struct json_writer *w, const char *key, char bracket) {
    json_key(w, key);
    json_open(w, bracket);
}

static inline void json_bytes(struct json_writer *w, const char *text, size_t len) {
    json_separate(w);
    json_writer_string(w->out, text, len);
}

/** Append a terminated string; NULL becomes null. */
static inline void json_text(struct json_writer *w, const char *text) {
    if (text != NULL) {
        json_bytes(w, text, strlen(text));
        return;
    }
    json_separate(w);
    strbuf_put(w->out, "null", 4);
}

static inline void json_bool(struct json_writer *w, bool value) {
    json_separate(w);
    strbuf_puts(w->out, value ? "true" : "false");
}

static inline void json_u64(struct json_writer *w, uint64_t value) {
    json_separate(w);
    if (strbuf_reserve(w->out, NUM_TEXT_MAX))
        w->out->len += num_put_u64(w->out->data + w->out->len, value);
}

static inline void json_i64(struct json_writer *w, int64_t value) {
    json_separate(w);
    if (!strbuf_reserve(w->out, NUM_TEXT_MAX))
        return;
    if (value < 0)
        strbuf_putc(w->out, '-');
    const uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    w->out->len += num_put_u64(w->out->data + w->out->len, size);
}

static inline void json_number(struct json_writer *w, double value) {
    json_separate(w);
    json_writer_number(w->out, value);
}

/** Append a bucket bound in quotes, spelled as `le` in an OpenMetrics exposition. */
static inline void json_le(struct json_writer *w, double bound) {
    char text[NUM_TEXT_MAX];
    const size_t len = num_put_om_canonical(text, bound);
    json_bytes(w, text, len);
}

static inline void json_member_text(struct json_writer *w, const char *key, const char *text) {
    json_key(w, key);
    json_text(w, text);
}

static inline void json_member_u64(struct json_writer *w, const char *key, uint64_t value) {
    json_key(w, key);
    json_u64(w, value);
}

static inline void json_member_i64(struct json_writer *w, const char *key, int64_t value) {
    json_key(w, key);
    json_i64(w, value);
}

/** Append a number, or null for 0, which means "unknown" or "never". */
static inline void json_member_known(struct json_writer *w, const char *key, int64_t value) {
    json_key(w, key);
    if (value == 0)
        json_text(w, NULL);
    else
        json_i64(w, value);
}

/** Append a time in Unix milliseconds, and after it the member KEY_iso with the same time as text
 * in UTC (RFC 3339). All views show times this way. */
static inline void json_member_time(struct json_writer *w, const char *key, int64_t unix_ms) {
    json_member_i64(w, key, unix_ms);
    json_writer_iso(w, key, unix_ms);
}

/** Like json_member_time, but both members are null for 0, which means "unknown" or "never". */
static inline void json_member_time_known(struct json_writer *w, const char *key, int64_t unix_ms) {
    json_member_known(w, key, unix_ms);
    json_writer_iso(w, key, unix_ms != 0 ? unix_ms : -1);
}

static inline void json_member_bool(struct json_writer *w, const char *key, bool value) {
    json_key(w, key);
    json_bool(w, value);
}

static inline void json_member_number(struct json_writer *w, const char *key, double value) {
    json_key(w, key);
    json_number(w, value);
}

#endif
