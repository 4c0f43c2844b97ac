/*
 * answer.c - what each request is answered with: methods, token, routes, headers, and the body as
 * it is made.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "endpoint/endpoint.h"
#include "http/server_private.h"

static const char TEXT[] = "text/plain; charset=utf-8";
static const char HTML[] = "text/html; charset=utf-8";
static const char JSON[] = "application/json";

/* Headers beyond the usual ones; NULL = absent. */
struct headers {
    const char *type;
    const char *vary;
    const char *allow;
    const char *authenticate;
    const char *policy;
    bool no_store;
};

static bool add(struct MHD_Response *response, const char *name, const char *value) {
    return value == NULL || MHD_add_response_header(response, name, value) == MHD_YES;
}

static bool add_headers(struct MHD_Response *response, const struct request *request,
                        const struct headers *headers) {
    return add(response, MHD_HTTP_HEADER_CONTENT_TYPE, headers->type) &&
           add(response, "X-Content-Type-Options", "nosniff") &&
           add(response, MHD_HTTP_HEADER_CONTENT_ENCODING, request->body.gzip ? "gzip" : NULL) &&
           add(response, MHD_HTTP_HEADER_VARY, headers->vary) &&
           add(response, MHD_HTTP_HEADER_ALLOW, headers->allow) &&
           add(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, headers->authenticate) &&
           add(response, "Content-Security-Policy", headers->policy) &&
           add(response, MHD_HTTP_HEADER_CACHE_CONTROL, headers->no_store ? "no-store" : NULL) &&
           /* While the server stops, no connection is kept for more. */
           add(response, MHD_HTTP_HEADER_CONNECTION,
               request->listener->server->closing ? "close" : NULL);
}

/* Do one piece of the body, measured. */
static void work(struct request *request) {
    struct http_server *server = request->listener->server;
    const uint64_t begun_ns = uv_hrtime();
    body_work(&request->body, server->source.clock(server->source.arg));
    turn_did(&server->turn, request);
    request->work_ns += uv_hrtime() - begun_ns;
}

static void defer(struct request *request) {
    struct http_server *server = request->listener->server;
    server->figures.deferred++;
    place_working(request->place);
    MHD_suspend_connection(request->connection);
    turn_push(&server->turn, request);
}

/* From here on it is for the client to take what there is. */
static void handed(struct request *request) {
    place_handed(request->place, uv_now(request->listener->server->loop));
}

static bool is_midway(const struct http_server *server) {
    return server->source.is_midway != NULL && server->source.is_midway(server->source.arg);
}

/* The library asks for bytes. 0 with the connection suspended means: later. */
static ssize_t read_body(void *arg, uint64_t position, char *out, size_t max) {
    struct request *request = arg;
    struct turn *turn = &request->listener->server->turn;
    (void)position;
    for (;;) {
        uint64_t cost_ns = COST_SMALL_NS;
        const enum body_state state = body_state(&request->body);
        if (state == BODY_END)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (state == BODY_FAILED)
            return MHD_CONTENT_READER_END_WITH_ERROR;
        if (state == BODY_WORK)
            cost_ns = body_slice_due(&request->body) ? COST_SLICE_NS : COST_DEFLATE_NS;
        if (!turn_allows(turn, request, cost_ns) ||
            (cost_ns == COST_SLICE_NS && is_midway(request->listener->server))) {
            defer(request);
            return 0;
        }
        if (state == BODY_READY) {
            handed(request);
            turn_did(turn,
                     request); /* copying and sending is work, too: many readers share the turn */
            return (ssize_t)body_take(&request->body, out, max);
        }
        work(request);
    }
}

/* Queue what the body holds, or will hold. */
static enum MHD_Result queue(struct request *request, unsigned code,
                             const struct headers *headers) {
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
        /* The block is for clients of HTTP/1.0, who get no chunks. */
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, HTTP_CHUNK_BYTES, read_body,
                                                     request, NULL);
    }
    if (response == NULL)
        return MHD_NO;
    /* To a HEAD of unknown length libmicrohttpd 0.9.75 sends the end of a chunked body, which the
     * client would take for the begin of the next answer. So that one goes without chunks, and the
     * connection ends. */
    if (request->head && !body_whole(&request->body))
        MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
    enum MHD_Result result = MHD_NO;
    if (add_headers(response, request, headers)) {
        request->code = code;
        request->answered = true;
        result = MHD_queue_response(request->connection, code, response);
    }
    MHD_destroy_response(response);
    return result;
}

/* ---- texts ---- */

/* Queue what was written to the body's buffer. */
static enum MHD_Result queue_written(struct request *request, unsigned code,
                                     const struct headers *headers) {
    return request->body.plain.failed ? MHD_NO : queue(request, code, headers);
}

/* A sentence, as JSON below /debug. */
static enum MHD_Result queue_sentence(struct request *request, unsigned code, const char *text,
                                      const struct headers *more) {
    struct strbuf *out = &request->body.plain;
    struct headers headers = *more;
    const bool json = route_is_json(request->target.path != NULL ? request->target.path : "");
    headers.type = json ? JSON : TEXT;
    headers.no_store = true;
    if (json) {
        strbuf_puts(out, "{\"error\":");
        view_json_string(out, text, strlen(text));
        strbuf_puts(out, "}\n");
    } else {
        strbuf_puts(out, text);
        strbuf_puts(out, "\n");
    }
    return queue_written(request, code, &headers);
}

static enum MHD_Result sentence(struct request *request, unsigned code, const char *text) {
    return queue_sentence(request, code, text, &(struct headers){0});
}

static enum MHD_Result no_memory(struct request *request) {
    body_done(&request->body);
    request->gzip = false;
    return sentence(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory");
}

/* What is written at once can't be made in smaller pieces. */
static enum MHD_Result no_room(struct request *request) {
    body_done(&request->body);
    return sentence(request, MHD_HTTP_SERVICE_UNAVAILABLE,
                    "answers under way take all the memory there is for them; try again later");
}

static enum MHD_Result not_found(struct request *request) {
    const struct listener *listener = request->listener;
    struct strbuf text;
    strbuf_init(&text);
    route_write_paths(&text, &listener->table, listener->server->debug_setting);
    const enum MHD_Result result = sentence(request, MHD_HTTP_NOT_FOUND, strbuf_cstr(&text));
    strbuf_done(&text);
    return result;
}

/* ---- views ---- */

/* Call `take` with each value of a header that may come on several lines. */
struct header_walk {
    const char *name;
    void (*take)(struct negotiation *negotiation, const char *value);
    struct negotiation *negotiation;
};

static enum MHD_Result walk_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                   const char *value) {
    const struct header_walk *walk = arg;
    (void)kind;
    if (value != NULL && strcasecmp(name, walk->name) == 0)
        walk->take(walk->negotiation, value);
    return MHD_YES;
}

static void negotiate(struct request *request, struct negotiation *negotiation) {
    struct header_walk accept = {MHD_HTTP_HEADER_ACCEPT, negotiate_accept, negotiation};
    struct header_walk encoding = {MHD_HTTP_HEADER_ACCEPT_ENCODING, negotiate_encoding,
                                   negotiation};
    negotiate_init(negotiation);
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, walk_header, &accept);
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, walk_header, &encoding);
}

/* Begin the body with its first slice; what that completes is sent with its length. */
static enum MHD_Result queue_view(struct request *request, struct view *view,
                                  const struct negotiation *negotiation,
                                  const struct headers *headers) {
    struct body *body = &request->body;
    body_start(body, view, negotiate_gzip(negotiation));
    request->gzip = body->gzip;
    work(request);
    if (body->gzip && body->view == NULL && body->plain.len <= BODY_PIECE_BYTES)
        work(request);
    if (body_state(body) == BODY_FAILED)
        return no_memory(request);
    return queue(request, MHD_HTTP_OK, headers);
}

static struct store_time prepare(struct http_server *server) {
    const struct store_time now = server->source.clock(server->source.arg);
    if (server->source.prepare != NULL)
        server->source.prepare(server->source.arg, now);
    return now;
}

/* What the scraper asks for, where the page has it. */
static enum exposition_format choose_format(const struct endpoint_page *exposure,
                                            const struct negotiation *negotiation,
                                            const char **ret_escaping) {
    *ret_escaping = NULL;
    return exposure->text_only ? EXPOSITION_TEXT : negotiate_format(negotiation, ret_escaping);
}

static enum MHD_Result answer_exposition(struct request *request,
                                         const struct endpoint_page *exposure) {
    struct http_server *server = request->listener->server;
    struct negotiation negotiation;
    const char *escaping = NULL;
    char type[128];
    negotiate(request, &negotiation);
    request->scrape = true;
    request->format = choose_format(exposure, &negotiation, &escaping);
    prepare(server);
    const struct exposition_options options = {.format = request->format, .page = exposure};
    struct view *view = view_exposition(&server->source.views, &options);
    if (view == NULL)
        return no_memory(request);
    snprintf(type, sizeof type, "%s%s%s", exposition_content_type(request->format),
             escaping != NULL ? "; escaping=" : "", escaping != NULL ? escaping : "");
    return queue_view(request, view, &negotiation,
                      &(struct headers){.type = type, .vary = "Accept, Accept-Encoding"});
}

static enum MHD_Result no_service(struct request *request) {
    return sentence(request, MHD_HTTP_NOT_FOUND,
                    "no such service on this endpoint; /debug/endpoints lists them");
}

static enum MHD_Result unknown_parameter(struct request *request, enum route route,
                                         const char *name) {
    struct strbuf text;
    strbuf_init(&text);
    route_write_unknown(&text, route, name);
    const enum MHD_Result result = sentence(request, MHD_HTTP_BAD_REQUEST, strbuf_cstr(&text));
    strbuf_done(&text);
    return result;
}

/* A function of view.h. */
typedef struct view *(*json_view_fn)(const struct view_source *source,
                                     const struct json_query *query, const char **ret_error);

static enum MHD_Result answer_json(struct request *request, json_view_fn view_new) {
    struct http_server *server = request->listener->server;
    const struct target *target = &request->target;
    struct json_query query = {
        .after = target->after, .service = target->service, .family = target->family};
    if (!target_limit(target->limit, &query.limit))
        return sentence(request, MHD_HTTP_BAD_REQUEST, "limit must be a number from 1 to 1000000");
    prepare(server);
    const char *error = NULL;
    struct view *view = view_new(&server->source.views, &query, &error);
    if (view == NULL)
        return error != NULL ? sentence(request, MHD_HTTP_BAD_REQUEST, error) : no_memory(request);
    struct negotiation negotiation;
    negotiate(request, &negotiation);
    return queue_view(request, view, &negotiation,
                      &(struct headers){.type = JSON, .vary = "Accept-Encoding", .no_store = true});
}

/* ---- small pages ---- */

/* JSON that the source writes at once. */
static enum MHD_Result answer_written(struct request *request,
                                      void (*write)(void *arg, struct strbuf *out),
                                      const char *none) {
    const struct http_source *source = &request->listener->server->source;
    if (write == NULL)
        return none != NULL ? sentence(request, MHD_HTTP_NOT_FOUND, none) : not_found(request);
    write(source->arg, &request->body.plain);
    if (request->body.plain.failed)
        return no_memory(request);
    if (!body_written(&request->body))
        return no_room(request);
    return queue(request, MHD_HTTP_OK, &(struct headers){.type = JSON, .no_store = true});
}

static enum MHD_Result answer_ingress(struct request *request) {
    const struct http_source *source = &request->listener->server->source;
    if (source->write_ingress != NULL)
        prepare(request->listener->server);
    return answer_written(request, source->write_ingress, NULL);
}

static enum MHD_Result answer_index(struct request *request) {
    const struct listener *listener = request->listener;
    route_write_index(&request->body.plain, &listener->table);
    return queue_written(request, MHD_HTTP_OK, &(struct headers){.type = JSON, .no_store = true});
}

/* Browsers name text/html; for curl and its like a text is better. */
static enum MHD_Result answer_page(struct request *request) {
    struct headers headers = {.type = TEXT, .vary = "Accept", .no_store = true};
    struct negotiation negotiation;
    negotiate(request, &negotiation);
    if (negotiation.html) {
        headers.type = HTML;
        headers.policy = "default-src 'none'; style-src 'unsafe-inline'";
        people_write_html(&request->body.plain, request->listener);
    } else {
        people_write_text(&request->body.plain, request->listener);
    }
    return queue_written(request, MHD_HTTP_OK, &headers);
}

static enum MHD_Result answer_ready(struct request *request) {
    const struct http_source *source = &request->listener->server->source;
    const char *reason = source->why_not_ready != NULL ? source->why_not_ready(source->arg) : NULL;
    if (request->listener->server->closing)
        reason = "stopping";
    return reason != NULL ? sentence(request, MHD_HTTP_SERVICE_UNAVAILABLE, reason)
                          : sentence(request, MHD_HTTP_OK, "ready");
}

/* ---- methods, token, routes ---- */

static bool is_read(const struct request *request, const char *method) {
    return request->head || strcmp(method, MHD_HTTP_METHOD_GET) == 0;
}

static enum MHD_Result answer_method(struct request *request) {
    return queue_sentence(request, MHD_HTTP_METHOD_NOT_ALLOWED,
                          "only GET and HEAD are answered here",
                          &(struct headers){.allow = "GET, HEAD"});
}

/* Time depends on the length of what was sent alone, not on how much of it is right. */
static bool token_matches(const struct token *token, const char *authorization) {
    static const char scheme[] = "Bearer ";
    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *given = authorization + sizeof scheme - 1;
    while (*given == ' ')
        given++;
    const size_t len = strlen(given);
    volatile unsigned char differs = len == token->len ? 0 : 1;
    for (size_t i = 0; i < len; i++)
        differs |= (unsigned char)(given[i] ^ token->text[i % token->len]);
    return differs == 0;
}

static bool is_admitted(const struct request *request, const struct token *token) {
    return token->text == NULL ||
           token_matches(token, MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                            MHD_HTTP_HEADER_AUTHORIZATION));
}

static enum MHD_Result answer_unauthorized(struct request *request) {
    return queue_sentence(request, MHD_HTTP_UNAUTHORIZED, "a bearer token is needed",
                          &(struct headers){.authenticate = "Bearer realm=\"statgate\""});
}

/* Pages that are made from a view take a slice's time; the others next to none. */
static bool route_takes_slice(enum route route) {
    return route == ROUTE_METRICS || route == ROUTE_SERVICE || route == ROUTE_SERIES ||
           route == ROUTE_REJECTIONS || route == ROUTE_SENDERS || route == ROUTE_CATALOG ||
           route == ROUTE_BREAKERS || route == ROUTE_JOBS || route == ROUTE_INGRESS ||
           route == ROUTE_QUERIES || route == ROUTE_ENDPOINTS;
}

/* Apply what was received before the request, once. False: that took its share of the turn. */
static bool catch_up(struct request *request) {
    enum { SHARE_NS = 150000 };
    const struct http_source *source = &request->listener->server->source;
    if (request->caught_up || source->catch_up == NULL)
        return true;
    request->caught_up = true;
    const uint64_t begun_ns = uv_hrtime();
    source->catch_up(source->arg);
    return uv_hrtime() - begun_ns <= SHARE_NS;
}

/* May a first slice be made in this turn? */
static bool may_begin(struct request *request) {
    struct http_server *server = request->listener->server;
    return turn_allows(&server->turn, request, COST_SLICE_NS) && catch_up(request) &&
           !is_midway(server);
}

static enum MHD_Result answer_route(struct request *request, enum route route,
                                    const struct endpoint_page *exposure) {
    const struct http_source *source = &request->listener->server->source;
    switch (route) {
    case ROUTE_METRICS:
    case ROUTE_SERVICE:
        return answer_exposition(request, exposure);
    case ROUTE_DEBUG:
        return answer_index(request);
    case ROUTE_SERIES:
        return answer_json(request, view_json_series);
    case ROUTE_REJECTIONS:
        return answer_json(request, view_json_rejections);
    case ROUTE_SENDERS:
        return answer_json(request, view_json_senders);
    case ROUTE_CATALOG:
        return answer_json(request, view_json_catalog);
    case ROUTE_BREAKERS:
        return answer_json(request, view_json_breakers);
    case ROUTE_JOBS:
        return answer_json(request, view_json_jobs);
    case ROUTE_INGRESS:
        return answer_ingress(request);
    case ROUTE_QUERIES:
        return answer_written(request, source->write_queries, "no catalog declares queries");
    case ROUTE_ENDPOINTS:
        return answer_written(request, source->write_endpoints, NULL);
    case ROUTE_HEALTHZ:
        return sentence(request, MHD_HTTP_OK, "ok");
    case ROUTE_READYZ:
        return answer_ready(request);
    case ROUTE_PAGE:
        return answer_page(request);
    case ROUTE_NONE:
        break;
    }
    return not_found(request);
}

/* In flight once, however often the request is looked at; over in request.c. */
static void admit(struct request *request) {
    if (request->admitted)
        return;
    request->admitted = true;
    request->page->figures.in_flight++;
}

/* What the request asks for; its answer is counted at the page, also if it is not let in. */
static enum route find_route(struct request *request, const char **ret_service) {
    const struct listener *listener = request->listener;
    size_t index = 0;
    if (request->too_long)
        return ROUTE_NONE;
    const enum route route =
        route_find(request->target.path, &listener->table, &index, ret_service);
    if (route == ROUTE_METRICS || route == ROUTE_SERVICE)
        request->page = listener->pages[index];
    return route;
}

static bool is_health(enum route route) {
    return route == ROUTE_HEALTHZ || route == ROUTE_READYZ;
}

/* Whether the request is among those that the listener serves at a time; a client that does not
 * take its answer makes way for it. */
static bool is_served(struct request *request) {
    struct listener *listener = request->listener;
    struct place *leaver;
    const bool served =
        places_serve(&listener->places, request->place, uv_now(listener->server->loop), &leaver);
    connection_evict(listener, leaver);
    return served;
}

static enum MHD_Result answer_busy(struct request *request) {
    char text[64];
    snprintf(text, sizeof text, "%u requests are under way; try again",
             request->listener->server->connections_max);
    return sentence(request, MHD_HTTP_SERVICE_UNAVAILABLE, text);
}

enum MHD_Result answer_request(struct request *request, const char *method) {
    struct http_server *server = request->listener->server;
    const char *service = NULL;
    const enum route route = find_route(request, &service);
    const struct page *page = request->page;
    if (!is_read(request, method))
        return answer_method(request);
    if (request->too_long)
        return sentence(request, MHD_HTTP_URI_TOO_LONG, "the address is longer than 8192 bytes");
    if (!is_health(route) && !is_admitted(request, page != NULL ? &page->token : &server->token))
        return answer_unauthorized(request);
    if (request->fault != NULL)
        return sentence(request, MHD_HTTP_BAD_REQUEST, request->fault);
    if (!is_health(route) && !is_served(request))
        return answer_busy(request);
    const char *unknown = route_unknown_parameter(route, &request->target);
    if (unknown != NULL)
        return unknown_parameter(request, route, unknown);
    const struct endpoint_page *exposure = NULL;
    if (page != NULL) {
        admit(request);
        exposure =
            service != NULL ? endpoint_page_of(page->endpoint, service) : &page->endpoint->all;
        if (exposure == NULL)
            return no_service(request);
        if (wait_begin(request, exposure))
            return MHD_YES;
    }
    if (route_takes_slice(route) && !may_begin(request)) {
        defer(request);
        return MHD_YES;
    }
    return answer_route(request, route, exposure);
}

enum MHD_Result answer_head_refused(struct request *request, const char *fault) {
    const char *service = NULL;
    (void)find_route(request, &service);
    return sentence(request, MHD_HTTP_BAD_REQUEST, fault);
}

enum MHD_Result answer_body_refused(struct request *request, const char *method) {
    const char *service = NULL;
    (void)find_route(request, &service);
    if (!is_read(request, method))
        return answer_method(request);
    return sentence(request, MHD_HTTP_CONTENT_TOO_LARGE, "a request takes no body here");
}
