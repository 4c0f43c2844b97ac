/*
 * response.c - see response.h.
 */
#include "http/response.h"

#include <string.h>

#include "base/json_writer.h"
#include "http/bounds.h"

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
    body_work(&request->body, server->source.clock(server->source.arg), turn_end_ns(&server->turn));
    turn_did(&server->turn, &request->turn);
    request->work_ns += uv_hrtime() - begun_ns;
}

void response_defer(struct http_request *request) {
    struct http_server *server = request->listener->server;
    server->figures.deferred++;
    place_working(request->place);
    MHD_suspend_connection(request->connection);
    turn_push(&server->turn, &request->turn);
}

/* Record that bytes now wait for the client. */
static void handed(struct http_request *request) {
    place_handed(request->place, uv_now(request->listener->server->loop));
}

/* Callback of the library, which asks for bytes. 0 with the connection suspended means: later. */
static ssize_t read_body(void *arg, uint64_t position, char *out, size_t max) {
    struct http_request *request = arg;
    struct turn *turn = &request->listener->server->turn;
    (void)position;
    for (;;) {
        uint64_t cost_ns = TURN_SMALL_NS;
        const enum body_state state = body_state(&request->body);
        if (state == BODY_END)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (state == BODY_FAILED)
            return MHD_CONTENT_READER_END_WITH_ERROR;
        if (state == BODY_WORK)
            cost_ns = body_slice_due(&request->body) ? TURN_SLICE_NS : gzip_piece_ns();
        if (!turn_allows(turn, &request->turn, cost_ns) ||
            (cost_ns == TURN_SLICE_NS &&
             http_source_is_midway(&request->listener->server->source))) {
            response_defer(request);
            return 0;
        }
        if (state == BODY_READY) {
            handed(request);
            /* Copying and sending is work, too: many readers share the turn. */
            turn_did(turn, &request->turn);
            return (ssize_t)body_take(&request->body, out, max);
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

enum MHD_Result response_stream(struct http_request *request, MHD_ContentReaderCallback reader,
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
    if (body_whole(&request->body)) {
        size_t len = 0;
        /* The request, and with it the body, outlives every use that the library makes of the
         * bytes. */
        char *bytes = (char *)(uintptr_t)body_bytes(&request->body, &len);
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
    if (request->head && !body_whole(&request->body))
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
    body_done(&request->body);
    request->gzip = false;
    return response_sentence(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
}

/* A document that is written in one piece cannot be made in smaller pieces. */
enum MHD_Result response_no_room(struct http_request *request) {
    body_done(&request->body);
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
    body_start(body, NULL, gzip);
    request->gzip = body->gzip;
    if (body->gzip && body->plain.len <= GZIP_PIECE_BYTES)
        work(request);
    if (body_state(body) == BODY_FAILED)
        return response_no_memory(request);
    return response_queue(request, MHD_HTTP_OK, headers);
}

/* ---- views ---- */

/* Begin the body with its first slice; a body that is then complete is sent with its length. */
enum MHD_Result response_view(struct http_request *request, unsigned code, struct view *view,
                              bool gzip, const struct response_headers *headers) {
    struct body *body = &request->body;
    body_start(body, view, gzip);
    request->gzip = body->gzip;
    work(request);
    if (body->gzip && body->view == NULL && body->plain.len <= GZIP_PIECE_BYTES)
        work(request);
    if (body_state(body) == BODY_FAILED)
        return response_no_memory(request);
    return response_queue(request, code, headers);
}
