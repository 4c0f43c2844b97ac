/*
 * answer.c - see answer.h.
 */
#include "http/answer.h"

#include <stdio.h>
#include <string.h>

#include "http/admission.h"
#include "http/answer_debug.h"
#include "http/answer_people.h"
#include "http/connections.h"
#include "http/headers.h"
#include "http/response.h"
#include "http/wait.h"

/* ---- expositions ---- */

/* The format that the scraper asks for, if the page allows it. */
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
    headers_negotiate(request, &negotiation);
    request->scrape = true;
    request->shown = page;
    request->format = choose_format(page, &negotiation, &escaping);
    http_source_prepare(&server->source);
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

/* ---- health ---- */

static enum MHD_Result answer_ready(struct http_request *request) {
    const struct http_server *server = request->listener->server;
    const struct http_source *source = &server->source;
    const char *reason = source->why_not_ready != NULL ? source->why_not_ready(source->arg) : NULL;
    if (server->closing && !server->leaving)
        reason = "stopping";
    if (reason != NULL)
        return response_sentence(request, MHD_HTTP_SERVICE_UNAVAILABLE, reason);
    const char *note = source->ready_note != NULL ? source->ready_note(source->arg) : NULL;
    return response_sentence(request, MHD_HTTP_OK, note != NULL ? note : "ready");
}

/* ---- refusals ---- */

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

/* ---- routes ---- */

static bool route_is_exposition(enum route route) {
    return route == ROUTE_METRICS || route == ROUTE_SERVICE;
}

/* Routes whose answers are short and show no numbers. */
static bool route_is_small(enum route route) {
    return route == ROUTE_DEBUG || route == ROUTE_HEALTHZ || route == ROUTE_READYZ ||
           route == ROUTE_NONE;
}

/* Routes whose answers must include the samples sent before the request. */
static bool route_shows_numbers(enum route route) {
    return !route_is_small(route) && route != ROUTE_EXPLAIN && route != ROUTE_ASSET;
}

/* True if the first slice may be made in this turn. */
static bool may_begin(const struct http_request *request) {
    const struct http_server *server = request->listener->server;
    return turn_allows(&server->turn, &request->turn, TURN_SLICE_NS) &&
           !http_source_is_midway(&server->source);
}

static enum MHD_Result answer_route(struct http_request *request, enum route route,
                                    const struct endpoint_page *page) {
    switch (route) {
    case ROUTE_METRICS:
    case ROUTE_SERVICE:
        return answer_exposition(request, page);
    case ROUTE_HEALTHZ:
        return response_sentence(request, MHD_HTTP_OK, "ok");
    case ROUTE_READYZ:
        return answer_ready(request);
    case ROUTE_LANDING_PAGE:
        return answer_people_page(request);
    case ROUTE_ASSET:
        return answer_people_asset(request);
    default:
        return answer_debug(request, route);
    }
}

/* Count the request as in flight, once, however often it is examined; request.c ends that. */
static void admit(struct http_request *request) {
    if (request->admitted)
        return;
    request->admitted = true;
    request->page->figures.in_flight++;
}

/* The route of the request. Sets the page at which its answer is counted, even if it is refused. */
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

/* True if the request is one of those that the listener serves at a time; a client that does not
 * take its answer makes way for it. */
static bool is_served(struct http_request *request, enum route route) {
    struct listener *listener = request->listener;
    struct http_place *leaver;
    const bool served = places_serve(&listener->places, request->place, route_is_exposition(route),
                                     uv_now(listener->server->loop), &leaver);
    connection_evict(listener, leaver);
    return served;
}

static enum MHD_Result answer_busy(struct http_request *request) {
    const struct http_places *places = &request->listener->places;
    const bool full = places->serving >= places->limits.most;
    char text[80];
    (void)snprintf(text, sizeof text, "%u requests%s are under way; try again",
                   full ? places->serving : places->others, full ? "" : " other than scrapes");
    return response_sentence(request, MHD_HTTP_SERVICE_UNAVAILABLE, text);
}

/* The requested page, or NULL: its endpoint does not show the service. */
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
    if (!is_health(route) && !is_served(request, route))
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
    if (route_shows_numbers(route) && wait_begin(request, page))
        return MHD_YES;
    if (!route_is_small(route) && !may_begin(request)) {
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
