/* SPDX-License-Identifier: MIT */
/*
 * strbuf.h - a growable byte buffer; every view writes its output to one.
 *
 * On the heap, an allocation that fails ends the process (memory.h). In a mapping, for the answer
 * to a request, it marks the buffer as `failed`: later puts do nothing, and the caller checks it
 * once at the end. So writers need no check after each call.
 */
#ifndef STATGATE_BASE_STRBUF_H
#define STATGATE_BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"

struct strbuf {
    char *data; /**< `len` bytes, not terminated (see strbuf_cstr) */
    size_t len;
    size_t cap;
    bool failed;         /**< a mapping could not grow; the content is incomplete */
    bool is_mapped;      /**< private */
    size_t mapped_bytes; /**< private: of the mapping, whole pages */
};

/** Make an empty buffer on the heap, the same as a zeroed struct. Allocates nothing. */
void strbuf_init(struct strbuf *sb);
/**
 * Make an empty buffer that becomes a mapping of its own, for large texts of short life. The heap
 * would put such a text into the free space between other pieces if it fits there, and pages that
 * were touched there stay resident when it is freed. A mapping returns to the system, and it
 * shrinks and grows without a copy.
 */
void strbuf_init_mapped(struct strbuf *sb);
/** Free the bytes. The buffer is empty again and can be reused. Safe on a zeroed struct. */
void strbuf_done(struct strbuf *sb);
/** Discard the content and reset `failed`; keep the memory. */
void strbuf_clear(struct strbuf *sb);
/** Make room for `extra` more bytes. False if a mapping could not grow (and `failed` is set). */
bool strbuf_reserve(struct strbuf *sb, size_t extra);
/** Free the memory beyond the content. */
void strbuf_fit(struct strbuf *sb);
/** Remove `count` bytes (at most len) from the front. */
void strbuf_consume(struct strbuf *sb, size_t count);

/** Append bytes. */
static inline void strbuf_put(struct strbuf *sb, const char *bytes, size_t len) {
    if (sb->cap - sb->len < len && !strbuf_reserve(sb, len))
        return;
    if (len > 0)
        memcpy(sb->data + sb->len, bytes, len);
    sb->len += len;
}

static inline void strbuf_putc(struct strbuf *sb, char c) {
    if (sb->cap == sb->len && !strbuf_reserve(sb, 1))
        return;
    sb->data[sb->len++] = c;
}

/** Append a terminated string. */
static inline void strbuf_puts(struct strbuf *sb, const char *text) {
    strbuf_put(sb, text, strlen(text));
}

/** Append formatted text. */
void strbuf_printf(struct strbuf *sb, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** The content, terminated; valid until the next change. "" if the buffer is empty or failed. */
const char *strbuf_cstr(struct strbuf *sb);

#endif
