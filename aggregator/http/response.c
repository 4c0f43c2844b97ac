/* SPDX-License-Identifier: MIT */
/* response.c - the bytes of an answer: made in slices, compressed, or sent as events come. */
#include "http/http_private.h"

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/json_writer.h"
#include "host/files.h"

/* ---- body ---- */

enum { COMPRESSED_BYTES = 64 << 10 }; /* room for the output of a piece of compression */

/* ---- the account ---- */

void http_body_init(struct body *body, struct answer_memory *memory) {
    *body = (struct body){.memory = memory};
    strbuf_init_in(&body->plain, host_mapped_memory());
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
    if (path == NULL || !route_is_for_people(path))
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

/* Queue the bytes that this reader gives, until it ends. */
static enum MHD_Result response_stream(struct http_request *request,
                                       MHD_ContentReaderCallback reader,
                                       const struct response_headers *headers) {
    return queue(request,
                 MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, HTTP_CHUNK_BYTES, reader,
                                                   request, NULL),
                 MHD_HTTP_OK, headers);
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
    const bool json = route_is_json(request->target.path != NULL ? request->target.path : "");
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

/* ---- follow ---- */

enum {
    AT_ONCE = 16,           /* events that are written in one piece: about 20 KiB */
    QUEUE_BYTES = 16 << 10, /* in the kernel: small, so that a stalled client is noticed early */
    BEAT_MS = 15000,
    STALL_MS = 10000 /* a follower that takes nothing for this time is closed */
};

static struct events *events_of(const struct http_request *request) {
    return request->listener->server->source.events;
}

static uint64_t now_ms(const struct http_request *request) {
    return uv_now(request->listener->server->loop);
}

/* ---- what is written ---- */

static void put_event(struct strbuf *out, const struct events_item *item) {
    struct json_writer json = {.out = out};
    strbuf_printf(out, "id: %llu\nevent: %s\ndata: ", (unsigned long long)item->id,
                  event_kind_text(item->kind));
    view_json_event_put(&json, item);
    strbuf_puts(out, "\n\n");
}

static bool is_overtaken(const struct http_request *request) {
    return request->follow.id + 1 < events_first(events_of(request));
}

/* Write the next piece to the body. False: there is nothing to send. */
static bool write_piece(struct http_request *request) {
    struct strbuf *out = &request->body.plain;
    const struct events_item *item = NULL;
    strbuf_clear(out);
    request->body.plain_at = 0;
    for (int i = 0; i < AT_ONCE; i++) {
        item = events_after(events_of(request), request->follow.id);
        if (item == NULL)
            break;
        request->follow.id = item->id;
        if (view_event_filter_passes(&request->follow.filter, item))
            put_event(out, item);
    }
    if (out->len == 0 && now_ms(request) - request->follow.said_ms >= BEAT_MS)
        strbuf_puts(out, ":\n\n");
    if (out->len > 0)
        request->follow.said_ms = now_ms(request);
    return out->len > 0 || item != NULL;
}

static void wait_for_more(struct http_request *request) {
    http_place_working(request->place);
    request->follow.waits = true;
    MHD_suspend_connection(request->connection);
}

/* Callback of the library, which asks for bytes. */
static ssize_t read_events(void *arg, uint64_t position, char *out, size_t max) {
    struct http_request *request = arg;
    struct http_server *server = request->listener->server;
    (void)position;
    for (;;) {
        if (http_body_state(&request->body) == BODY_READY) {
            http_place_handed(request->place, now_ms(request));
            http_turn_did(&server->turn, &request->turn);
            return (ssize_t)http_body_take(&request->body, out, max);
        }
        if (server->closing || request->follow.gone || is_overtaken(request))
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (!http_turn_allows(&server->turn, &request->turn, TURN_SMALL_NS)) {
            response_defer(request);
            return 0;
        }
        if (!write_piece(request)) {
            wait_for_more(request);
            return 0;
        }
        if (request->body.plain.failed || !http_body_written(&request->body))
            return MHD_CONTENT_READER_END_OF_STREAM;
    }
}

/* ---- beginning ---- */

static bool read_id(const char *text, uint64_t *ret_id) {
    char *end = NULL;
    const uint64_t id = text != NULL && *text >= '0' && *text <= '9' ? strtoull(text, &end, 10) : 0;
    if (end == NULL || end[strspn(end, " \t")] != '\0')
        return false;
    *ret_id = id;
    return true;
}

const char *http_follow_fault(const struct target *target) {
    uint64_t id;
    if (target->limit != NULL)
        return "limit: a stream of events goes on; leave it out, or ask for a list";
    if (target->pretty != NULL)
        return "pretty: each event of a stream is a line; leave it out, or ask for a list";
    if (target->after != NULL && !read_id(target->after, &id))
        return "after: the id of an event; those of `next` are for lists";
    return NULL;
}

/* The event after which the stream begins: one that is still kept, or the last one. An id beyond
 * the last one belongs to another ring. A client that connects again sends its first target again,
 * so its header takes precedence over the target. */
static uint64_t first_id(const struct http_request *request, const struct event_filter *filter) {
    const struct events *events = events_of(request);
    const char *text = http_headers_find(request, "Last-Event-ID");
    const uint64_t before = events_first(events) - 1;
    uint64_t id;
    if (read_id(text, &id) || read_id(request->target.after, &id))
        return id < before || id > events_last(events) ? before : id;
    return filter->selection.since_ms > 0 ? before : events_last(events);
}

/* A client that follows sends nothing more, so one that has closed its sending direction is
 * gone. */
static bool is_gone(const struct http_place *place) {
    struct pollfd look = {.fd = place->fd, .events = POLLRDHUP};
    return place->state == PLACE_LEAVING ||
           (poll(&look, 1, 0) == 1 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0);
}

static void go_on(struct http_request *request) {
    struct http_server *server = request->listener->server;
    request->follow.waits = false;
    http_turn_push(&server->turn, &request->turn);
    http_listeners_wake(server);
}

static void look_after(struct http_request *request) {
    request->follow.gone = is_gone(request->place);
    if (request->follow.gone || now_ms(request) - request->follow.said_ms >= BEAT_MS)
        go_on(request);
}

/* Whether a place is free: without a follower, or with one whose client is gone. */
static bool is_free(struct http_request *follower) {
    if (follower != NULL && follower->follow.waits)
        look_after(follower);
    return follower == NULL || follower->follow.gone;
}

/* Whether all that one address may have are taken: another one still finds a place then. On a Unix
 * socket the address is the user. */
static bool has_share(const struct http_request *request) {
    const struct http_server *server = request->listener->server;
    char own[CLIENT_TEXT_MAX];
    char other[CLIENT_TEXT_MAX];
    unsigned count = 0;
    http_client_text(request->place->fd, own);
    for (size_t i = 0; i < HTTP_FOLLOWERS_MAX; i++) {
        if (is_free(server->followers[i]))
            continue;
        http_client_text(server->followers[i]->place->fd, other);
        count += strcmp(own, other) == 0;
    }
    return count >= HTTP_FOLLOWERS_OF_ONE;
}

static bool take_place(struct http_request *request) {
    struct http_server *server = request->listener->server;
    for (size_t i = 0; i < HTTP_FOLLOWERS_MAX; i++) {
        if (!is_free(server->followers[i]))
            continue;
        server->followers[i] = request;
        return true;
    }
    return false;
}

enum MHD_Result http_follow_begin(struct http_request *request, const struct event_filter *filter) {
    const int queue_bytes = QUEUE_BYTES;
    if (has_share(request))
        return response_sentence(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                                 "4 clients of your address follow the events already, the most "
                                 "for one; try again when one is gone");
    if (!take_place(request))
        return response_sentence(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                                 "8 clients follow the events already; try again when one is gone");
    (void)setsockopt(request->place->fd, SOL_SOCKET, SO_SNDBUF, &queue_bytes, sizeof queue_bytes);
    request->follow.filter = *filter;
    request->follow.id = first_id(request, filter);
    request->follow.said_ms = now_ms(request);
    request->place->follows = true;
    strbuf_puts(&request->body.plain, "retry: 1000\n\n");
    return response_stream(
        request, read_events,
        &(struct response_headers){.type = "text/event-stream", .caching = RESPONSE_NO_STORE});
}

void http_follow_over(struct http_request *request) {
    struct http_server *server = request->listener->server;
    for (size_t i = 0; i < HTTP_FOLLOWERS_MAX; i++)
        if (server->followers[i] == request)
            server->followers[i] = NULL;
    request->place->follows = false;
}

/* ---- going on ---- */

/* Called wherever an event occurs, perhaps from within the library, so it only sets a flag. */
static void on_event(void *arg) {
    struct http_server *server = arg;
    server->happened = true;
    http_listeners_wake(server);
}

void http_follow_open(struct http_server *server) {
    if (server->source.events != NULL)
        events_listen(server->source.events, on_event, server);
}

void http_follow_close(struct http_server *server) {
    if (server->source.events != NULL)
        events_listen(server->source.events, NULL, NULL);
}

/* Call `what` for each follower that waits. */
static void each_waiting(struct http_server *server, void (*what)(struct http_request *request)) {
    for (size_t i = 0; i < HTTP_FOLLOWERS_MAX; i++)
        if (server->followers[i] != NULL && server->followers[i]->follow.waits)
            what(server->followers[i]);
}

void http_follow_turn(struct http_server *server) {
    if (!server->happened)
        return;
    server->happened = false;
    each_waiting(server, go_on);
}

void http_follow_sweep(struct http_server *server) {
    each_waiting(server, look_after);
    for (size_t i = 0; i < HTTP_FOLLOWERS_MAX; i++) {
        struct http_request *request = server->followers[i];
        if (request != NULL && request->place->handed && request->place->state != PLACE_LEAVING &&
            now_ms(request) - request->place->handed_ms >= STALL_MS)
            connection_evict(request->listener, request->place);
    }
}

/* ---- the end ---- */

void http_follow_end(struct http_server *server) {
    each_waiting(server, go_on);
}

static void release(struct http_request *request) {
    request->follow.waits = false;
    MHD_resume_connection(request->connection);
}

void http_follow_stop(struct http_server *server) {
    each_waiting(server, release);
}
