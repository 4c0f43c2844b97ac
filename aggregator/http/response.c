/* SPDX-License-Identifier: MIT */
/* response.c - the bytes of an answer: made in slices, compressed, or sent as events come. */
#include "http/http_private.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/json_writer.h"

/* ---- body ---- */

enum { COMPRESSED_BYTES = 64 << 10 }; /* room for the output of a piece of compression */

/* ---- the account ---- */

void http_body_init(struct body *body, struct answer_memory *memory) {
    *body = (struct body){.memory = memory};
    strbuf_init_mapped(&body->plain);
    strbuf_init_mapped(&body->compressed);
}

static void account(struct body *body) {
    answer_memory_change(body->memory, &body->held,
                         body->plain.cap + body->compressed.cap +
                             (body->compressor != NULL ? gzip_bytes(body->compressor) : 0));
}

static void squeeze(struct body *body) {
    body->memory->squeezed += !body->squeezed;
    body->squeezed = true;
}

bool http_body_written(struct body *body) {
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

void http_body_done(struct body *body) {
    release_view(body);
    release_compressor(body);
    strbuf_done(&body->plain);
    strbuf_done(&body->compressed);
    account(body);
    http_body_init(body, body->memory);
}

void http_body_start(struct body *body, struct view *view, bool gzip) {
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

enum body_state http_body_state(const struct body *body) {
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

bool http_body_slice_due(const struct body *body) {
    return body->view != NULL && plain_left(body) == 0;
}

bool http_body_whole(const struct body *body) {
    return body->view == NULL && body->compressor == NULL && !body->failed;
}

static void fail(struct body *body) {
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
        fail(body);
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
        fail(body);
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
        fail(body);
    }
}

void http_body_work(struct body *body, struct store_time now, uint64_t end_ns) {
    if (http_body_slice_due(body))
        render(body, now, end_ns);
    else if (body->compressor != NULL)
        compress(body);
    account(body);
}

const char *http_body_bytes(const struct body *body, size_t *ret_len) {
    *ret_len = body->gzip ? compressed_left(body) : plain_left(body);
    if (*ret_len == 0)
        return "";
    return body->gzip ? body->compressed.data + body->compressed_at
                      : body->plain.data + body->plain_at;
}

size_t http_body_take(struct body *body, char *out, size_t max) {
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

/* ---- client ---- */

static void put_user(int fd, char out[CLIENT_TEXT_MAX]) {
    struct ucred peer;
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0)
        (void)snprintf(out, CLIENT_TEXT_MAX, "uid %u", (unsigned)peer.uid);
}

void http_client_text(int fd, char out[CLIENT_TEXT_MAX]) {
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t len = sizeof address;
    out[0] = '\0';
    if (getpeername(fd, (struct sockaddr *)&address, &len) != 0)
        return;
    if (address.ss_family == AF_UNIX)
        put_user(fd, out);
    else if (getnameinfo((struct sockaddr *)&address, len, out, CLIENT_TEXT_MAX, NULL, 0,
                         NI_NUMERICHOST) != 0)
        out[0] = '\0';
}

/* ---- response ---- */

static bool add(struct MHD_Response *response, const char *name, const char *value) {
    return value == NULL || MHD_add_response_header(response, name, value) == MHD_YES;
}

/* Headers for pages that people look at: they load only our own files, are not shown in a frame,
 * and do not send their address to other servers. */
static bool add_policy(struct MHD_Response *response, const struct http_request *request) {
    static const char policy[] =
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    const char *path = request->target.path;
    if (path == NULL || admission_takes_commands(request) || !route_is_for_people(path))
        return true;
    return add(response, "Content-Security-Policy", policy) &&
           add(response, "Referrer-Policy", "no-referrer");
}

static bool add_headers(struct MHD_Response *response, const struct http_request *request,
                        const struct response_headers *headers) {
    return add(response, MHD_HTTP_HEADER_CONTENT_TYPE, headers->type) &&
           add(response, "X-Content-Type-Options", "nosniff") &&
           add(response, MHD_HTTP_HEADER_CONTENT_ENCODING, request->body.gzip ? "gzip" : NULL) &&
           add(response, MHD_HTTP_HEADER_VARY, headers->vary) &&
           add(response, MHD_HTTP_HEADER_ALLOW, headers->allow) &&
           add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, headers->authenticate) &&
           add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, headers->or_authenticate) &&
           add(response, MHD_HTTP_HEADER_ETAG, headers->etag) &&
           add(response, MHD_HTTP_HEADER_CACHE_CONTROL, headers->caching) &&
           add_policy(response, request) &&
           /* While the server stops, no connection is kept for further requests. */
           add(response, MHD_HTTP_HEADER_CONNECTION,
               request->listener->server->closing ? "close" : NULL);
}

/* Do one piece of the body's work, and measure the time. */
static void work(struct http_request *request) {
    struct http_server *server = request->listener->server;
    const uint64_t begun_ns = uv_hrtime();
    http_body_work(&request->body, server->source.clock(server->source.arg),
                   http_turn_end_ns(&server->turn));
    http_turn_did(&server->turn, &request->turn);
    request->work_ns += uv_hrtime() - begun_ns;
}

void response_defer(struct http_request *request) {
    struct http_server *server = request->listener->server;
    server->figures.deferred++;
    http_place_working(request->place);
    MHD_suspend_connection(request->connection);
    http_turn_push(&server->turn, &request->turn);
}

/* Record that bytes now wait for the client. */
static void handed(struct http_request *request) {
    http_place_handed(request->place, uv_now(request->listener->server->loop));
}

/* Callback of the library, which asks for bytes. 0 with the connection suspended means: later. */
static ssize_t read_body(void *arg, uint64_t position, char *out, size_t max) {
    struct http_request *request = arg;
    struct turn *turn = &request->listener->server->turn;
    (void)position;
    for (;;) {
        uint64_t cost_ns = TURN_SMALL_NS;
        const enum body_state state = http_body_state(&request->body);
        if (state == BODY_END)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (state == BODY_FAILED)
            return MHD_CONTENT_READER_END_WITH_ERROR;
        if (state == BODY_WORK)
            cost_ns = http_body_slice_due(&request->body) ? TURN_SLICE_NS : gzip_piece_ns();
        if (!http_turn_allows(turn, &request->turn, cost_ns) ||
            (cost_ns == TURN_SLICE_NS &&
             http_source_is_midway(&request->listener->server->source))) {
            response_defer(request);
            return 0;
        }
        if (state == BODY_READY) {
            handed(request);
            /* Copying and sending is work, too: many readers share the turn. */
            http_turn_did(turn, &request->turn);
            return (ssize_t)http_body_take(&request->body, out, max);
        }
        work(request);
    }
}

/* Queue the response, which is taken over. */
static enum MHD_Result queue(struct http_request *request, struct MHD_Response *response,
                             unsigned code, const struct response_headers *headers) {
    enum MHD_Result result = MHD_NO;
    if (response == NULL)
        return MHD_NO;
    if (add_headers(response, request, headers)) {
        request->code = code;
        request->answered = true;
        result = MHD_queue_response(request->connection, code, response);
    }
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result response_stream(struct http_request *request, MHD_ContentReaderCallback read,
                                const struct response_headers *headers) {
    return queue(
        request,
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, HTTP_CHUNK_BYTES, read, request, NULL),
        MHD_HTTP_OK, headers);
}

enum MHD_Result response_upgrade(struct http_request *request, const char *protocol,
                                 MHD_UpgradeHandler fn, void *arg) {
    struct MHD_Response *response = MHD_create_response_for_upgrade(fn, arg);
    if (response == NULL ||
        MHD_add_response_header(response, MHD_HTTP_HEADER_UPGRADE, protocol) != MHD_YES)
        return MHD_NO;
    const enum MHD_Result result =
        MHD_queue_response(request->connection, MHD_HTTP_SWITCHING_PROTOCOLS, response);
    MHD_destroy_response(response);
    return result;
}

/* Queue the body, whether it is complete or still being made. */
enum MHD_Result response_queue(struct http_request *request, unsigned code,
                               const struct response_headers *headers) {
    struct MHD_Response *response;
    if (http_body_whole(&request->body)) {
        size_t len = 0;
        /* The request, and with it the body, outlives every use that the library makes of the
         * bytes. */
        char *bytes = (char *)(uintptr_t)http_body_bytes(&request->body, &len);
        response = MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_PERSISTENT);
        if (!request->head)
            request->body.taken = len;
        handed(request);
    } else {
        /* The block size matters to clients of HTTP/1.0, which get no chunks. */
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, HTTP_CHUNK_BYTES, read_body,
                                                     request, NULL);
    }
    if (response == NULL)
        return MHD_NO;
    /* libmicrohttpd 0.9.75 answers a HEAD of unknown length with the end of a chunked body, which
     * the client would take for the start of the next answer. So this answer has no chunks, and the
     * connection ends. */
    if (request->head && !http_body_whole(&request->body))
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    return queue(request, response, code, headers);
}

/* ---- texts ---- */

/* Queue the text in the body's buffer. */
enum MHD_Result response_written(struct http_request *request, unsigned code,
                                 const struct response_headers *headers) {
    return request->body.plain.failed ? MHD_NO : response_queue(request, code, headers);
}

/* A sentence, as JSON below /debug. */
enum MHD_Result response_sentence_with(struct http_request *request, unsigned code,
                                       const char *text, const struct response_headers *more) {
    struct strbuf *out = &request->body.plain;
    struct response_headers headers = *more;
    const bool json = !admission_takes_commands(request) &&
                      route_is_json(request->target.path != NULL ? request->target.path : "");
    headers.type = json ? RESPONSE_JSON : RESPONSE_TEXT;
    headers.caching = RESPONSE_NO_STORE;
    if (json) {
        struct json_writer w = {.out = out};
        json_open(&w, '{');
        json_member_text(&w, "error", text);
        json_close(&w, '}');
        strbuf_puts(out, "\n");
    } else {
        strbuf_puts(out, text);
        strbuf_puts(out, "\n");
    }
    return response_written(request, code, &headers);
}

enum MHD_Result response_sentence(struct http_request *request, unsigned code, const char *text) {
    return response_sentence_with(request, code, text, &(struct response_headers){0});
}

enum MHD_Result response_no_memory(struct http_request *request) {
    request->listener->server->figures.no_memory++;
    http_body_done(&request->body);
    request->gzip = false;
    return response_sentence(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
}

/* A document that is written in one piece cannot be made in smaller pieces. */
enum MHD_Result response_no_room(struct http_request *request) {
    http_body_done(&request->body);
    return response_sentence(
        request, MHD_HTTP_SERVICE_UNAVAILABLE,
        "answers under way take all the memory there is for them; try again later");
}

enum MHD_Result response_not_found(struct http_request *request) {
    const struct listener *listener = request->listener;
    struct strbuf text;
    strbuf_init(&text);
    route_write_paths(&text, &listener->table, listener->server->debug_setting);
    const enum MHD_Result result =
        response_sentence(request, MHD_HTTP_NOT_FOUND, strbuf_cstr(&text));
    strbuf_done(&text);
    return result;
}

/* ---- bytes ---- */

enum MHD_Result response_bytes(struct http_request *request, bool gzip,
                               const struct response_headers *headers) {
    struct body *body = &request->body;
    if (body->plain.failed)
        return response_no_memory(request);
    http_body_start(body, NULL, gzip);
    request->gzip = body->gzip;
    if (body->gzip && body->plain.len <= GZIP_PIECE_BYTES)
        work(request);
    if (http_body_state(body) == BODY_FAILED)
        return response_no_memory(request);
    return response_queue(request, MHD_HTTP_OK, headers);
}

/* ---- views ---- */

/* Begin the body with its first slice; a body that is then complete is sent with its length. */
enum MHD_Result response_view(struct http_request *request, unsigned code, struct view *view,
                              bool gzip, const struct response_headers *headers) {
    struct body *body = &request->body;
    http_body_start(body, view, gzip);
    request->gzip = body->gzip;
    work(request);
    if (body->gzip && body->view == NULL && body->plain.len <= GZIP_PIECE_BYTES)
        work(request);
    if (http_body_state(body) == BODY_FAILED)
        return response_no_memory(request);
    return response_queue(request, code, headers);
}
