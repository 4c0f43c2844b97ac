/*
 * body.c - see body.h.
 */
#include "http/body.h"

#include <stdlib.h>
#include <string.h>

#include "http/bounds.h"

enum {
    GZIP_LEVEL = 1,        /* four times the speed of level 6 for a seventh less compression */
    GZIP_WINDOW = 15 + 16, /* zlib's way to say: a gzip header and trailer */
    GZIP_MEMORY = 8,
    GZIP_BYTES = 512 << 10 /* of a deflater and its output, a quarter of a megabyte each */
};

/* ---- the account ---- */

void body_init(struct body *body, struct answer_memory *memory) {
    *body = (struct body){.memory = memory};
    strbuf_init(&body->plain);
    strbuf_init(&body->packed);
}

static void account(struct body *body) {
    answer_memory_change(body->memory, &body->held,
                         body->plain.cap + body->packed.cap + body->deflater_bytes);
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

static void release_deflater(struct body *body) {
    if (body->deflating)
        deflateEnd(&body->deflater);
    body->deflating = false;
    body->deflater_bytes = 0;
}

void body_done(struct body *body) {
    release_view(body);
    release_deflater(body);
    strbuf_done(&body->plain);
    strbuf_done(&body->packed);
    account(body);
    body_init(body, body->memory);
}

/* zlib's own requests, counted. */
static voidpf take_memory(voidpf arg, uInt items, uInt size) {
    size_t *bytes = arg;
    void *memory = calloc(items, size);
    *bytes += memory != NULL ? (size_t)items * size : 0;
    return memory;
}

static void give_memory(voidpf arg, voidpf memory) {
    (void)arg;
    free(memory);
}

static bool start_deflater(struct body *body) {
    body->deflater =
        (z_stream){.zalloc = take_memory, .zfree = give_memory, .opaque = &body->deflater_bytes};
    const bool started = deflateInit2(&body->deflater, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW,
                                      GZIP_MEMORY, Z_DEFAULT_STRATEGY) == Z_OK;
    if (!started)
        body->deflater_bytes = 0;
    return started;
}

void body_start(struct body *body, struct view *view, bool gzip) {
    body->view = view;
    const bool room = answer_memory_share(body->memory) >= GZIP_BYTES;
    if (gzip && !room)
        squeeze(body);
    body->gzip = gzip && room && start_deflater(body);
    body->deflating = body->gzip;
    account(body);
}

/* ---- work ---- */

static size_t plain_left(const struct body *body) {
    return body->plain.len - body->plain_at;
}

static size_t packed_left(const struct body *body) {
    return body->packed.len - body->packed_at;
}

enum body_state body_state(const struct body *body) {
    if (body->failed)
        return BODY_FAILED;
    if (body->gzip) {
        if (packed_left(body) > 0)
            return BODY_READY;
        return body->deflating ? BODY_WORK : BODY_END;
    }
    if (plain_left(body) > 0)
        return BODY_READY;
    return body->view != NULL ? BODY_WORK : BODY_END;
}

bool body_slice_due(const struct body *body) {
    return body->view != NULL && plain_left(body) == 0;
}

bool body_whole(const struct body *body) {
    return body->view == NULL && !body->deflating && !body->failed;
}

static void fail(struct body *body) {
    body->failed = true;
    release_view(body);
    release_deflater(body);
}

static void render(struct body *body, struct store_time now) {
    const size_t bytes = slice_bytes(body);
    strbuf_clear(&body->plain);
    if (body->plain.cap / 2 > bytes)
        strbuf_done(&body->plain);
    body->plain_at = 0;
    (void)strbuf_reserve(&body->plain, bytes); /* at once: growing would leave holes */
    view_limit(body->view, bytes);
    const enum view_state state = view_step(body->view, &body->plain, VIEW_SLICE_UNITS, now);
    body->slices++;
    if (body->plain.failed) {
        fail(body);
        return;
    }
    if (state == VIEW_DONE)
        release_view(body); /* closes its cursors now, not when the client has read it all */
    else if (bytes < VIEW_SLICE_BYTES && body->plain.len >= bytes)
        squeeze(body);
    strbuf_fit(&body->plain);
}

static void deflate_piece(struct body *body) {
    const size_t left = plain_left(body);
    const size_t piece = left < BODY_PIECE_BYTES ? left : BODY_PIECE_BYTES;
    const bool last = body->view == NULL && piece == left;
    strbuf_clear(&body->packed);
    body->packed_at = 0;
    /* The bound covers one call's input; what earlier calls hold back is in the slack. */
    const size_t room = (size_t)deflateBound(&body->deflater, (uLong)piece) + (64 << 10);
    if (!strbuf_reserve(&body->packed, room)) {
        fail(body);
        return;
    }
    body->deflater.next_in = piece > 0 ? (Bytef *)(body->plain.data + body->plain_at) : NULL;
    body->deflater.avail_in = (uInt)piece;
    body->deflater.next_out = (Bytef *)body->packed.data;
    body->deflater.avail_out = (uInt)room;
    const int result = deflate(&body->deflater, last ? Z_FINISH : Z_NO_FLUSH);
    /* Input may stay when the room was too small; the next piece takes it up. */
    body->plain_at += piece - body->deflater.avail_in;
    body->packed.len = room - body->deflater.avail_out;
    if (result == Z_STREAM_END) {
        release_deflater(body);
        strbuf_done(&body->plain);
        body->plain_at = 0;
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
        fail(body);
    }
}

void body_work(struct body *body, struct store_time now) {
    if (body_slice_due(body))
        render(body, now);
    else if (body->deflating)
        deflate_piece(body);
    account(body);
}

const char *body_bytes(const struct body *body, size_t *ret_len) {
    *ret_len = body->gzip ? packed_left(body) : plain_left(body);
    if (*ret_len == 0)
        return "";
    return body->gzip ? body->packed.data + body->packed_at : body->plain.data + body->plain_at;
}

size_t body_take(struct body *body, char *out, size_t max) {
    const struct strbuf *from = body->gzip ? &body->packed : &body->plain;
    size_t *at = body->gzip ? &body->packed_at : &body->plain_at;
    const size_t left = from->len - *at;
    const size_t count = left < max ? left : max;
    if (count > 0)
        memcpy(out, from->data + *at, count);
    *at += count;
    body->taken += count;
    return count;
}
