/*
 * request.c - see request.h.
 */
#include "http/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/answer.h"
#include "http/bounds.h"
#include "http/client.h"
#include "http/follow.h"
#include "http/head.h"
#include "http/headers.h"
#include "http/wait.h"

enum {
    REQUEST_BODY_MAX =
        64 << 10 /* a body up to this is read and dropped; a longer one ends the connection */
};

/* The library would keep each parameter of the query in the connection's memory. About a thousand
 * of them fill it, and then the library can neither continue nor answer. We do not ask it for
 * parameters, so it is given an empty query. */
static void hide_query(const char *uri) {
    char *query =
        strchr((char *)(uintptr_t)uri, '?'); /* in its own buffer, which it splits here, too */
    if (query != NULL)
        query[1] = '\0'; /* at worst the terminator itself */
}

/* Called with the target before the library parses it; the result becomes the client context. */
void *request_new(void *arg, const char *uri, struct MHD_Connection *connection) {
    struct listener *listener = arg;
    /* NULL for a first line without a target, which the library accepts. */
    const size_t len = uri != NULL ? strlen(uri) : 0;
    const bool too_long = len > HTTP_TARGET_MAX;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info == NULL || info->socket_context == NULL)
        return NULL; /* the handler then ends the connection */
    /* Two bytes more than the text: target_parse may write "/" over an absolute form without a
     * path. */
    struct http_request *request = calloc(1, sizeof *request + (too_long ? 0 : len) + 2);
    if (request == NULL)
        return NULL;
    request->listener = listener;
    request->connection = connection;
    request->too_long = too_long;
    request->target_bytes = len;
    request->since_ns = uv_hrtime();
    if (!too_long && uri != NULL)
        memcpy(request->text, uri, len + 1);
    if (uri != NULL)
        hide_query(uri);
    body_init(&request->body, &listener->server->memory);
    request->place = info->socket_context;
    places_head(&listener->places, request->place, uv_now(listener->server->loop));
    listener->server->figures.in_flight++;
    return request;
}

enum { WHERE_TEXT_MAX = LISTEN_TEXT_MAX + 128 };

static void report_scrape(const struct http_request *request, bool complete) {
    const struct http_source *source = &request->listener->server->source;
    char client[CLIENT_TEXT_MAX];
    char address[LISTEN_TEXT_MAX];
    char where[WHERE_TEXT_MAX];
    const char *agent = headers_find(request, MHD_HTTP_HEADER_USER_AGENT);
    client_text(request->place->fd, client);
    listen_address_text(&request->listener->socket.address, address, sizeof address);
    (void)snprintf(where, sizeof where, "%s%.127s", address, request->target.path);
    const struct http_scrape scrape = {
        .page = request->shown,
        .where = where,
        .client = client,
        .agent = agent != NULL ? agent : "",
        .endpoint = (size_t)(request->page - request->listener->server->pages),
        .format = request->format,
        .code = request->code,
        .gzip = request->gzip,
        .complete = complete,
        .seconds = (double)(uv_hrtime() - request->since_ns) / 1e9,
        .work_seconds = (double)request->work_ns / 1e9,
        .bytes = request->body.taken,
        .slices = request->body.slices,
    };
    source->on_scrape(source->arg, &scrape);
}

static void report(struct http_request *request, bool complete) {
    struct http_server *server = request->listener->server;
    struct http_figures *figures = &server->figures;
    figures->bytes += request->body.taken;
    figures->slices += request->body.slices;
    if (!complete)
        figures->aborted++;
    for (unsigned i = 0; i < HTTP_CODE_COUNT; i++) {
        if (http_code((enum http_code_index)i) != request->code)
            continue;
        figures->answers[i]++;
        if (request->page != NULL)
            request->page->figures.answers[i]++;
    }
    if (request->scrape && server->source.on_scrape != NULL)
        report_scrape(request, complete);
}

void request_over(void *arg, struct MHD_Connection *connection, void **context,
                  enum MHD_RequestTerminationCode how) {
    struct listener *listener = arg;
    struct http_request *request = *context;
    (void)connection;
    if (request == NULL)
        return;
    *context = NULL;
    turn_remove(&listener->server->turn, &request->turn);
    wait_end(request);
    follow_over(request);
    if (request->answered)
        report(request, how == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    listener->server->figures.in_flight--;
    if (request->admitted)
        request->page->figures.in_flight--;
    places_over(&listener->places, request->place, uv_now(listener->server->loop));
    body_done(&request->body);
    free(request);
}

/* ---- the handler ---- */

/* True if the body, if there is one, is short enough to be read and dropped. */
static bool body_is_short(struct http_request *request) {
    const char *length = headers_find(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (headers_find(request, MHD_HTTP_HEADER_TRANSFER_ENCODING) != NULL)
        return false; /* its length is not known before its end */
    /* The library has checked that it is a number. */
    return length == NULL || strtoull(length, NULL, 10) <= REQUEST_BODY_MAX;
}

/* Called when the head has arrived. After an answer at this point the library closes the
 * connection, so only requests whose body will not be read are answered here; all others in the
 * second call. */
static enum MHD_Result handle_head(struct http_request *request, const char *method,
                                   const char *version) {
    request->begun = true;
    request->hides_bytes = head_hides_bytes(request, method, version);
    request->head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    if (!request->too_long && !target_parse(request->text, &request->target, &request->fault))
        request->target = (struct target){.path = ""};
    const char *fault = head_fault(request, version);
    if (fault != NULL)
        return answer_head_refused(request, fault);
    if (body_is_short(request))
        return MHD_YES;
    return answer_body_refused(request, method);
}

enum MHD_Result request_handle(void *arg, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **context) {
    struct http_request *request = *context;
    (void)arg;
    (void)connection;
    (void)url;
    (void)upload_data;
    if (request == NULL)
        return MHD_NO;
    if (!request->begun)
        return handle_head(request, method, version);
    if (*upload_data_size > 0) {
        request->discarded += *upload_data_size;
        *upload_data_size = 0;
        return request->discarded <= REQUEST_BODY_MAX ? MHD_YES : MHD_NO;
    }
    if (request->given_up)
        return MHD_NO;
    if (request->answered)
        return MHD_YES;
    places_complete(&request->listener->places, request->place);
    return answer_request(request, method);
}
