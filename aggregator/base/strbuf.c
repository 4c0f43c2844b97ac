/* SPDX-License-Identifier: MIT */
/* strbuf.c - a text that grows. */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void strbuf_init(struct strbuf *sb) {
    memset(sb, 0, sizeof *sb);
}

void strbuf_init_mapped(struct strbuf *sb) {
    *sb = (struct strbuf){.is_mapped = true};
}

void strbuf_done(struct strbuf *sb) {
    if (!sb->is_mapped)
        free(sb->data);
    else if (sb->data != NULL)
        (void)munmap(sb->data, sb->mapped_bytes);
    *sb = (struct strbuf){.is_mapped = sb->is_mapped};
}

/* Change the memory to `bytes`, or to the whole pages that hold as many. False: as it was. */
static bool resize(struct strbuf *sb, size_t bytes) {
    enum { PAGE = 4096 };
    void *data;
    if (sb->is_mapped) {
        bytes = (bytes + PAGE - 1) / PAGE * PAGE;
        data = sb->data != NULL
                   ? mremap(sb->data, sb->mapped_bytes, bytes, MREMAP_MAYMOVE)
                   : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        data = data != MAP_FAILED ? data : NULL;
        sb->mapped_bytes = data != NULL ? bytes : sb->mapped_bytes;
    } else {
        data = memory_resize(sb->data, bytes, 1);
    }
    if (data == NULL)
        return false;
    sb->data = data;
    sb->cap = bytes;
    return true;
}

void strbuf_clear(struct strbuf *sb) {
    sb->len = 0;
    sb->failed = false;
}

/* A larger request is a programming error; do not ask the system for so much. */
#define BYTES_MAX ((size_t)1 << 40)

/* Mark the buffer as failed and without room, so that later puts do nothing. */
static bool fail(struct strbuf *sb) {
    if (!sb->is_mapped)
        memory_end(SIZE_MAX);
    sb->failed = true;
    sb->cap = sb->len;
    return false;
}

bool strbuf_reserve(struct strbuf *sb, size_t extra) {
    if (sb->failed)
        return false;
    if (sb->cap - sb->len >= extra)
        return true;
    size_t need;
    if (__builtin_add_overflow(sb->len, extra, &need) || need > BYTES_MAX)
        return fail(sb);
    size_t cap = sb->cap < 128 ? 128 : sb->cap;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    return resize(sb, cap) || fail(sb);
}

void strbuf_fit(struct strbuf *sb) {
    if (sb->failed || sb->cap == sb->len)
        return;
    if (sb->len == 0) {
        strbuf_done(sb);
        return;
    }
    (void)resize(sb, sb->len);
}

void strbuf_consume(struct strbuf *sb, size_t count) {
    if (count >= sb->len) {
        sb->len = 0;
        return;
    }
    memmove(sb->data, sb->data + count, sb->len - count);
    sb->len -= count;
}

void strbuf_printf(struct strbuf *sb, const char *format, ...) {
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need >= 0 && strbuf_reserve(sb, (size_t)need + 1)) {
        (void)vsnprintf(sb->data + sb->len, (size_t)need + 1, format, again);
        sb->len += (size_t)need;
    }
    va_end(again);
}

const char *strbuf_cstr(struct strbuf *sb) {
    if (sb->failed || !strbuf_reserve(sb, 1))
        return "";
    sb->data[sb->len] = '\0';
    return sb->data;
}
