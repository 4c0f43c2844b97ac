/*
 * body.c - see body.h.
 */
#include "http/body.h"

#include <string.h>
#include <uv.h>

#include "host/mapped.h"
#include "http/bounds.h"

enum { COMPRESSED_BYTES = 64 << 10 }; /* room for the output of a piece of compression */

/* ---- the account ---- */

void body_init(struct body *body, struct answer_memory *memory) {
    *body = (struct body){.memory = memory};
    strbuf_init_in(&body->plain, mapped_memory());
    strbuf_init(&body->compressed);
}

static void account(struct body *body) {
    answer_memory_change(body->memory, &body->held,
                         body->plain.cap + body->compressed.cap +
                             (body->view != NULL ? body->lent : 0) +
                             (body->compressor != NULL ? gzip_bytes(body->compressor) : 0));
}

static void squeeze(struct body *body) {
    body->memory->squeezed += !body->squeezed;
    body->squeezed = true;
}

bool body_written(struct body *body) {
    account(body);
    return body->memory->used <= body->memory->max || body->held <= HTTP_ANSWER_LEAST;
}

/* Bytes of the next slice. */
static size_t slice_bytes(const struct body *body) {
    const size_t share = answer_memory_share(body->memory);
    if (share < HTTP_ANSWER_LEAST)
        return HTTP_ANSWER_LEAST;
    return share < VIEW_SLICE_BYTES ? share : VIEW_SLICE_BYTES;
}

/* ---- beginning and end ---- */

static void release_view(struct body *body) {
    view_free(body->view);
    body->view = NULL;
}

static void release_compressor(struct body *body) {
    gzip_free(body->compressor);
    body->compressor = NULL;
}

void body_done(struct body *body) {
    release_view(body);
    release_compressor(body);
    strbuf_done(&body->plain);
    strbuf_done(&body->compressed);
    account(body);
    body_init(body, body->memory);
}

void body_start(struct body *body, struct view *view, bool gzip) {
    body->view = view;
    const bool room = answer_memory_share(body->memory) >= GZIP_BYTES + COMPRESSED_BYTES;
    if (gzip && !room)
        squeeze(body);
    body->compressor = gzip && room ? gzip_new() : NULL;
    body->gzip = body->compressor != NULL;
    account(body);
}

/* ---- work ---- */

static size_t plain_left(const struct body *body) {
    return body->plain.len - body->plain_at;
}

static size_t compressed_left(const struct body *body) {
    return body->compressed.len - body->compressed_at;
}

enum body_state body_state(const struct body *body) {
    if (body->failed)
        return BODY_FAILED;
    if (body->gzip) {
        if (compressed_left(body) > 0)
            return BODY_READY;
        return body->compressor != NULL ? BODY_WORK : BODY_END;
    }
    if (plain_left(body) > 0)
        return BODY_READY;
    return body->view != NULL ? BODY_WORK : BODY_END;
}

bool body_slice_due(const struct body *body) {
    return body->view != NULL && plain_left(body) == 0;
}

bool body_whole(const struct body *body) {
    return body->view == NULL && body->compressor == NULL && !body->failed;
}

static void ingress_fail(struct body *body) {
    body->failed = true;
    release_view(body);
    release_compressor(body);
}

/* Render a slice, step by step until its time is over. */
static enum view_state render_steps(struct body *body, size_t bytes, struct store_time now,
                                    uint64_t end_ns) {
    struct strbuf *out = &body->plain;
    for (;;) {
        const size_t left = bytes - out->len;
        view_limit(body->view, left < VIEW_STEP_BYTES ? left : VIEW_STEP_BYTES);
        const enum view_state state = view_step(body->view, out, VIEW_STEP_UNITS, now);
        if (state == VIEW_DONE || out->len >= bytes || out->failed || uv_hrtime() >= end_ns)
            return state;
    }
}

static void render(struct body *body, struct store_time now, uint64_t end_ns) {
    const size_t bytes = slice_bytes(body);
    strbuf_clear(&body->plain);
    if (body->plain.cap / 2 > bytes)
        strbuf_done(&body->plain);
    body->plain_at = 0;
    (void)strbuf_reserve(&body->plain, bytes); /* all at once: a mapping is cheap until touched */
    const enum view_state state = render_steps(body, bytes, now, end_ns);
    body->slices++;
    if (body->plain.failed) {
        ingress_fail(body);
        return;
    }
    if (state == VIEW_DONE)
        release_view(body); /* close its cursors now, not when the client has read all */
    else if (bytes < VIEW_SLICE_BYTES && body->plain.len >= bytes)
        squeeze(body);
    strbuf_fit(&body->plain);
}

static void compress(struct body *body) {
    strbuf_clear(&body->compressed);
    body->compressed_at = 0;
    if (!strbuf_reserve(&body->compressed, COMPRESSED_BYTES)) {
        ingress_fail(body);
        return;
    }
    struct gzip_piece piece = {.in_left = plain_left(body),
                               .last = body->view == NULL,
                               .out = body->compressed.data,
                               .out_left = body->compressed.cap};
    if (piece.in_left > 0)
        piece.in = body->plain.data + body->plain_at;
    const enum gzip_state state = gzip_step(body->compressor, &piece);
    body->plain_at = body->plain.len - piece.in_left;
    body->compressed.len = body->compressed.cap - piece.out_left;
    if (state == GZIP_ENDED) {
        release_compressor(body);
        strbuf_done(&body->plain);
        body->plain_at = 0;
        strbuf_fit(&body->compressed);
    } else if (state == GZIP_FAILED) {
        ingress_fail(body);
    }
}

void body_work(struct body *body, struct store_time now, uint64_t end_ns) {
    if (body_slice_due(body))
        render(body, now, end_ns);
    else if (body->compressor != NULL)
        compress(body);
    account(body);
}

const char *body_bytes(const struct body *body, size_t *ret_len) {
    *ret_len = body->gzip ? compressed_left(body) : plain_left(body);
    if (*ret_len == 0)
        return "";
    return body->gzip ? body->compressed.data + body->compressed_at
                      : body->plain.data + body->plain_at;
}

size_t body_take(struct body *body, char *out, size_t max) {
    const struct strbuf *from = body->gzip ? &body->compressed : &body->plain;
    size_t *at = body->gzip ? &body->compressed_at : &body->plain_at;
    const size_t left = from->len - *at;
    const size_t count = left < max ? left : max;
    if (count > 0)
        memcpy(out, from->data + *at, count);
    *at += count;
    body->taken += count;
    return count;
}
