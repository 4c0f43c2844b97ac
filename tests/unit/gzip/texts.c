/* SPDX-License-Identifier: MIT */
#include "texts.h"

uint64_t text_random(uint64_t *state) {
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return *state >> 33;
}

static void put_line(uint64_t *state, struct strbuf *out) {
    static const char *const outcomes[] = {"ok", "failed", "refused", "timeout"};
    strbuf_printf(out, "shop_orders_total{outcome=\"%s\",till=\"%llu\"} %llu\n",
                  outcomes[text_random(state) % 4], (unsigned long long)(text_random(state) % 500),
                  (unsigned long long)(text_random(state) % 1000000));
}

static void put(enum text_kind kind, uint64_t *state, struct strbuf *out) {
    switch (kind) {
    case TEXT_SAME:
        strbuf_putc(out, 'a');
        break;
    case TEXT_LINES:
        put_line(state, out);
        break;
    case TEXT_NOISE:
        strbuf_putc(out, (char)text_random(state));
        break;
    case TEXT_MIXED:
    case TEXT_KINDS:
        break;
    }
}

void text_make(enum text_kind kind, uint64_t seed, size_t len, struct strbuf *out) {
    const size_t end = out->len + len;
    uint64_t state = seed;
    while (out->len < end) {
        const size_t stretch = kind == TEXT_MIXED ? out->len + text_random(&state) % 70000 : end;
        const enum text_kind now =
            kind == TEXT_MIXED ? (enum text_kind)(text_random(&state) % TEXT_MIXED) : kind;
        while (out->len < stretch && out->len < end)
            put(now, &state, out);
    }
    out->len = end;
}
