/*
 * answer.c - see answer.h.
 */
#include "http/answer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "http/admission.h"
#include "http/connections.h"
#include "http/follow.h"
#include "http/landing_page.h"
#include "http/negotiate.h"
#include "http/response.h"
#include "http/wait.h"
#include "page/page.h"
#include "view/json_selection.h"
#include "view/pretty.h"

/* ---- expositions and JSON ---- */

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

static void negotiate(struct http_request *request, struct negotiation *negotiation) {
    struct header_walk accept = {MHD_HTTP_HEADER_ACCEPT, negotiate_accept, negotiation};
    struct header_walk encoding = {MHD_HTTP_HEADER_ACCEPT_ENCODING, negotiate_encoding,
                                   negotiation};
    negotiate_init(negotiation);
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, walk_header, &accept);
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, walk_header, &encoding);
}

static struct store_time prepare(struct http_server *server) {
    const struct store_time now = server->source.clock(server->source.arg);
    if (server->source.prepare != NULL)
        server->source.prepare(server->source.arg, now);
    return now;
}

/* What the scraper asks for, where the page has it. */
static enum exposition_format choose_format(const struct endpoint_page *page,
                                            const struct negotiation *negotiation,
                                            const char **ret_escaping) {
    *ret_escaping = NULL;
    return page->options->openmetrics ? negotiate_format(negotiation, ret_escaping)
                                      : EXPOSITION_TEXT;
}

static enum MHD_Result answer_exposition(struct http_request *request,
                                         const struct endpoint_page *page) {
    struct http_server *server = request->listener->server;
    struct negotiation negotiation;
    const char *escaping = NULL;
    char type[128];
    negotiate(request, &negotiation);
    request->scrape = true;
    request->shown = page;
    request->format = choose_format(page, &negotiation, &escaping);
    prepare(server);
    const struct exposition_options options = {.format = request->format, .page = page};
    struct view *view = view_exposition(&server->source.views, &options);
    if (view == NULL)
        return response_no_memory(request);
    snprintf(type, sizeof type, "%s%s%s", exposition_content_type(request->format),
             escaping != NULL ? "; escaping=" : "", escaping != NULL ? escaping : "");
    return response_view(
        request, MHD_HTTP_OK, view, negotiate_gzip(&negotiation),
        &(struct response_headers){.type = type, .vary = "Accept, Accept-Encoding"});
}

static enum MHD_Result no_service(struct http_request *request) {
    return response_sentence(request, MHD_HTTP_NOT_FOUND,
                             "no such service on this endpoint; /debug/endpoints lists them");
}

static enum MHD_Result unknown_parameter(struct http_request *request, enum route route,
                                         const char *name) {
    struct strbuf text;
    strbuf_init(&text);
    route_write_unknown(&text, route, name);
    const enum MHD_Result result =
        response_sentence(request, MHD_HTTP_BAD_REQUEST, strbuf_cstr(&text));
    strbuf_done(&text);
    return result;
}

/* A function of view.h. */
typedef struct view *(*json_view_fn)(const struct view_source *source,
                                     const struct json_query *query, const char **ret_error);

/* What the target asks of a list, but its limit. */
static struct json_query query_of(const struct target *target, struct store_time now) {
    return (struct json_query){.after = target->after,
                               .service = target->service,
                               .family = target->family,
                               .reason = target->reason,
                               .pid = target->pid,
                               .since = target->since,
                               .span = target->span,
                               .kind = target->kind,
                               .now_ms = now.real_ms};
}

/* `?pretty` without a value, or with any but these. */
static bool is_pretty(const struct target *target) {
    return target->pretty != NULL && strcmp(target->pretty, "0") != 0 &&
           strcmp(target->pretty, "false") != 0;
}

/* A view of JSON, which it takes over; NULL: there was no memory for it. */
static enum MHD_Result answer_view(struct http_request *request, struct view *view) {
    struct negotiation negotiation;
    if (is_pretty(&request->target))
        view = pretty_view(request->listener->server->source.views.memory, view);
    if (view == NULL)
        return response_no_memory(request);
    negotiate(request, &negotiation);
    return response_view(request, MHD_HTTP_OK, view, negotiate_gzip(&negotiation),
                         &(struct response_headers){.type = RESPONSE_JSON,
                                                    .vary = "Accept-Encoding",
                                                    .caching = RESPONSE_NO_STORE});
}

static enum MHD_Result answer_json(struct http_request *request, json_view_fn view_new) {
    struct http_server *server = request->listener->server;
    const struct target *target = &request->target;
    size_t limit;
    if (!target_limit(target->limit, &limit))
        return response_sentence(request, MHD_HTTP_BAD_REQUEST,
                                 "limit must be a number from 1 to 1000000");
    struct json_query query = query_of(target, prepare(server));
    query.limit = limit;
    const char *error = NULL;
    struct view *view = view_new(&server->source.views, &query, &error);
    if (view == NULL && error != NULL)
        return response_sentence(request, MHD_HTTP_BAD_REQUEST, error);
    return answer_view(request, view);
}

static enum MHD_Result answer_history(struct http_request *request) {
    if (request->listener->server->source.views.history == NULL)
        return response_sentence(request, MHD_HTTP_NOT_FOUND, "no history is kept: --history=off");
    return answer_json(request, view_json_history);
}

/* As a list, or as they happen. */
static enum MHD_Result answer_events(struct http_request *request) {
    struct http_server *server = request->listener->server;
    struct negotiation negotiation;
    negotiate(request, &negotiation);
    if (!negotiation.events || request->head)
        return answer_json(request, view_json_events);
    const struct json_query query =
        query_of(&request->target, server->source.clock(server->source.arg));
    struct event_filter filter;
    const char *error = follow_fault(&request->target);
    return error == NULL && event_filter_check(&server->source.views, &query, &filter, &error)
               ? follow_begin(request, &filter)
               : response_sentence(request, MHD_HTTP_BAD_REQUEST, error);
}

/* ---- small pages ---- */

/* What was written to the body, indented; it is long enough to take slices. */
static enum MHD_Result answer_indented(struct http_request *request) {
    const struct memory *memory = request->listener->server->source.views.memory;
    return answer_view(request, pretty_text(memory, &request->body.plain));
}

/* The body is written. */
static enum MHD_Result answer_at_once(struct http_request *request) {
    if (request->body.plain.failed)
        return response_no_memory(request);
    if (is_pretty(&request->target))
        return answer_indented(request);
    if (!body_written(&request->body))
        return response_no_room(request);
    return response_queue(
        request, MHD_HTTP_OK,
        &(struct response_headers){.type = RESPONSE_JSON, .caching = RESPONSE_NO_STORE});
}

/* JSON that the source writes at once. */
static enum MHD_Result answer_written(struct http_request *request, http_write_fn write,
                                      const char *none) {
    const struct http_source *source = &request->listener->server->source;
    struct json_selection selection;
    const char *error = NULL;
    if (write == NULL)
        return none != NULL ? response_sentence(request, MHD_HTTP_NOT_FOUND, none)
                            : response_not_found(request);
    const struct json_query query = query_of(&request->target, source->clock(source->arg));
    if (!json_selection_check(&source->views, &query, NULL, &selection, &error))
        return response_sentence(request, MHD_HTTP_BAD_REQUEST, error);
    write(source->arg, &selection, &request->body.plain);
    return answer_at_once(request);
}

static enum MHD_Result answer_ingress(struct http_request *request) {
    const struct http_source *source = &request->listener->server->source;
    if (source->write_ingress != NULL)
        prepare(request->listener->server);
    return answer_written(request, source->write_ingress, NULL);
}

/* Nothing of it was counted: that is for the sender to do. */
static enum MHD_Result answer_explain(struct http_request *request) {
    const struct http_source *source = &request->listener->server->source;
    const struct target *target = &request->target;
    if (source->explain == NULL)
        return response_not_found(request);
    if (target->line == NULL || *target->line == '\0')
        return response_sentence(request, MHD_HTTP_BAD_REQUEST,
                                 "name a line to explain: ?line=NAME:VALUE%7CTYPE");
    const char *error =
        source->explain(source->arg, target->line, target->service, &request->body.plain);
    return error != NULL ? response_sentence(request, MHD_HTTP_BAD_REQUEST, error)
                         : answer_at_once(request);
}

static enum MHD_Result answer_index(struct http_request *request) {
    const struct listener *listener = request->listener;
    route_write_index(&request->body.plain, &listener->table);
    if (is_pretty(&request->target) && !request->body.plain.failed)
        return answer_indented(request);
    return response_written(
        request, MHD_HTTP_OK,
        &(struct response_headers){.type = RESPONSE_JSON, .caching = RESPONSE_NO_STORE});
}

/* ---- the page for people ---- */

static enum MHD_Result answer_html(struct http_request *request, bool gzip) {
    struct http_server *server = request->listener->server;
    const struct target *target = &request->target;
    const struct page_query query = {.service = target->service,
                                     .family = target->family,
                                     .search = target->search,
                                     .show = target->show,
                                     .after = target->after,
                                     .line = target->line,
                                     .pid = target->pid};
    prepare(server);
    const bool exists = page_exists(&server->people, &query);
    struct view *view = page_view(&server->people, &query);
    if (view == NULL)
        return response_no_memory(request);
    return response_view(request, exists ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND, view, gzip,
                         &(struct response_headers){.type = RESPONSE_HTML,
                                                    .vary = "Accept, Accept-Encoding",
                                                    .caching = RESPONSE_NO_STORE});
}

/* Browsers name text/html; for curl and its like a text is better. */
static enum MHD_Result answer_landing_page(struct http_request *request) {
    struct negotiation negotiation;
    negotiate(request, &negotiation);
    if (negotiation.html)
        return answer_html(request, negotiate_gzip(&negotiation));
    landing_page_write_text(&request->body.plain, &request->listener->server->people,
                            &request->listener->table);
    return response_written(request, MHD_HTTP_OK,
                            &(struct response_headers){.type = RESPONSE_TEXT,
                                                       .vary = "Accept, Accept-Encoding",
                                                       .caching = RESPONSE_NO_STORE});
}

/* True if the client has what this tag names (RFC 9110 section 13.1.2, weak comparison: without W/). */
static bool has_already(const struct http_request *request, const char *tag) {
    const char *known = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                                    MHD_HTTP_HEADER_IF_NONE_MATCH);
    return known != NULL && (strstr(known, tag) != NULL || strcmp(known, "*") == 0);
}

/* A browser asks each time whether its copy is that of the daemon that runs now. */
static enum MHD_Result answer_asset(struct http_request *request) {
    const struct page_asset *asset = page_asset(request->target.path);
    struct negotiation negotiation;
    char etag[80]; /* weak: compressed it has other bytes */
    snprintf(etag, sizeof etag, "W/%s", asset->etag);
    const struct response_headers headers = {
        .type = asset->type, .vary = "Accept-Encoding", .etag = etag, .caching = "no-cache"};
    if (has_already(request, asset->etag))
        return response_queue(request, MHD_HTTP_NOT_MODIFIED, &headers);
    negotiate(request, &negotiation);
    strbuf_put(&request->body.plain, (const char *)asset->bytes, asset->len);
    return response_bytes(request, negotiate_gzip(&negotiation), &headers);
}

static enum MHD_Result answer_ready(struct http_request *request) {
    const struct http_server *server = request->listener->server;
    const struct http_source *source = &server->source;
    const char *reason = source->why_not_ready != NULL ? source->why_not_ready(source->arg) : NULL;
    if (server->closing && !server->leaving)
        reason = "stopping";
    return reason != NULL ? response_sentence(request, MHD_HTTP_SERVICE_UNAVAILABLE, reason)
                          : response_sentence(request, MHD_HTTP_OK, "ready");
}

/* ---- methods, token, routes ---- */

static bool is_read(const struct http_request *request, const char *method) {
    return request->head || strcmp(method, MHD_HTTP_METHOD_GET) == 0;
}

static enum MHD_Result answer_method(struct http_request *request) {
    return response_sentence_with(request, MHD_HTTP_METHOD_NOT_ALLOWED,
                                  "only GET and HEAD are answered here",
                                  &(struct response_headers){.allow = "GET, HEAD"});
}

static enum MHD_Result answer_unauthorized(struct http_request *request) {
    const bool people = admission_is_for_people(request);
    return response_sentence_with(
        request, MHD_HTTP_UNAUTHORIZED,
        people ? "a token is needed, as bearer token or as password of any user"
               : "a bearer token is needed",
        &(struct response_headers){
            .authenticate = "Bearer realm=\"statgate\"",
            .or_authenticate = people ? "Basic realm=\"statgate\", charset=\"UTF-8\"" : NULL});
}

/* RFC 9110 section 15.5.20. */
static enum MHD_Result answer_misdirected(struct http_request *request) {
    struct strbuf text;
    strbuf_init(&text);
    admission_write_host(&text, request);
    const enum MHD_Result result =
        response_sentence(request, MHD_HTTP_MISDIRECTED_REQUEST, strbuf_cstr(&text));
    strbuf_done(&text);
    return result;
}

static bool route_is_exposition(enum route route) {
    return route == ROUTE_METRICS || route == ROUTE_SERVICE;
}

/* Pages that are made from a view take a slice's time; the others next to none. */
static bool route_takes_slice(enum route route) {
    return route_is_exposition(route) || route == ROUTE_SERIES || route == ROUTE_REJECTIONS ||
           route == ROUTE_SENDERS || route == ROUTE_CATALOG || route == ROUTE_BREAKERS ||
           route == ROUTE_JOBS || route == ROUTE_HISTORY || route == ROUTE_INGRESS ||
           route == ROUTE_QUERIES || route == ROUTE_ENDPOINTS || route == ROUTE_STATUS ||
           route == ROUTE_EVENTS || route == ROUTE_LANDING_PAGE;
}

/* True when a first slice may be made in this turn. */
static bool may_begin(const struct http_request *request) {
    const struct http_server *server = request->listener->server;
    return turn_allows(&server->turn, &request->turn, TURN_SLICE_NS) &&
           !http_source_is_midway(&server->source);
}

static enum MHD_Result answer_route(struct http_request *request, enum route route,
                                    const struct endpoint_page *page) {
    const struct http_source *source = &request->listener->server->source;
    switch (route) {
    case ROUTE_METRICS:
    case ROUTE_SERVICE:
        return answer_exposition(request, page);
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
    case ROUTE_HISTORY:
        return answer_history(request);
    case ROUTE_EXPLAIN:
        return answer_explain(request);
    case ROUTE_INGRESS:
        return answer_ingress(request);
    case ROUTE_QUERIES:
        return answer_written(request, source->write_queries, "no catalog declares queries");
    case ROUTE_ENDPOINTS:
        return answer_written(request, source->write_endpoints, NULL);
    case ROUTE_STATUS:
        return answer_json(request, view_json_status);
    case ROUTE_EVENTS:
        return source->events != NULL ? answer_events(request) : response_not_found(request);
    case ROUTE_HEALTHZ:
        return response_sentence(request, MHD_HTTP_OK, "ok");
    case ROUTE_READYZ:
        return answer_ready(request);
    case ROUTE_LANDING_PAGE:
        return answer_landing_page(request);
    case ROUTE_ASSET:
        return answer_asset(request);
    case ROUTE_NONE:
        break;
    }
    return response_not_found(request);
}

/* In flight once, however often the request is looked at; over in request.c. */
static void admit(struct http_request *request) {
    if (request->admitted)
        return;
    request->admitted = true;
    request->page->figures.in_flight++;
}

/* What the request asks for; its answer is counted at the page, also if it is not let in. */
static enum route find_route(struct http_request *request, const char **ret_service) {
    const struct listener *listener = request->listener;
    size_t index = 0;
    if (request->too_long)
        return ROUTE_NONE;
    const enum route route =
        route_find(request->target.path, &listener->table, &index, ret_service);
    if (route_is_exposition(route))
        request->page = listener->pages[index];
    return route;
}

static bool is_health(enum route route) {
    return route == ROUTE_HEALTHZ || route == ROUTE_READYZ;
}

/* True when the request is among those that the listener serves at a time; a client that does not
 * take its answer makes way for it. */
static bool is_served(struct http_request *request) {
    struct listener *listener = request->listener;
    struct http_place *leaver;
    const bool served =
        places_serve(&listener->places, request->place, uv_now(listener->server->loop), &leaver);
    connection_evict(listener, leaver);
    return served;
}

static enum MHD_Result answer_busy(struct http_request *request) {
    char text[64];
    snprintf(text, sizeof text, "%u requests are under way; try again",
             request->listener->server->connections_max);
    return response_sentence(request, MHD_HTTP_SERVICE_UNAVAILABLE, text);
}

/* The page that the request asks for, or NULL: the service is not on its endpoint. */
static const struct endpoint_page *find_page(const struct http_request *request,
                                             const char *service) {
    const struct endpoint *endpoint = request->page->endpoint;
    return service != NULL ? endpoint_page_of(endpoint, service) : &endpoint->all;
}

enum MHD_Result answer_request(struct http_request *request, const char *method) {
    const char *service = NULL;
    const enum route route = find_route(request, &service);
    if (!is_read(request, method))
        return answer_method(request);
    if (request->too_long)
        return response_sentence(request, MHD_HTTP_URI_TOO_LONG,
                                 "the address is longer than 8192 bytes");
    const enum admission admission = admission_of(request, route);
    if (admission == ADMISSION_HOST_UNKNOWN)
        return answer_misdirected(request);
    if (admission == ADMISSION_NO_TOKEN)
        return answer_unauthorized(request);
    if (request->fault != NULL)
        return response_sentence(request, MHD_HTTP_BAD_REQUEST, request->fault);
    if (!is_health(route) && !is_served(request))
        return answer_busy(request);
    const char *unknown = route_unknown_parameter(route, &request->target);
    if (unknown != NULL)
        return unknown_parameter(request, route, unknown);
    const struct endpoint_page *page = NULL;
    if (route_is_exposition(route)) {
        admit(request);
        page = find_page(request, service);
        if (page == NULL)
            return no_service(request);
    }
    if (route_takes_slice(route) && wait_begin(request, page))
        return MHD_YES;
    if ((route_takes_slice(route) || route == ROUTE_ASSET || route == ROUTE_EXPLAIN) &&
        !may_begin(request)) {
        response_defer(request);
        return MHD_YES;
    }
    return answer_route(request, route, page);
}

enum MHD_Result answer_head_refused(struct http_request *request, const char *fault) {
    const char *service = NULL;
    (void)find_route(request, &service);
    return response_sentence(request, MHD_HTTP_BAD_REQUEST, fault);
}

enum MHD_Result answer_body_refused(struct http_request *request, const char *method) {
    const char *service = NULL;
    (void)find_route(request, &service);
    if (!is_read(request, method))
        return answer_method(request);
    return response_sentence(request, MHD_HTTP_CONTENT_TOO_LARGE, "a request takes no body here");
}
