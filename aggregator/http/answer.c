/* SPDX-License-Identifier: MIT */
/* answer.c - the answer to each path. */
#include "http/http_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- answer memory ---- */

enum { SHARES = 8 };

size_t answer_memory_share(const struct answer_memory *memory) {
    return memory->used < memory->max ? (memory->max - memory->used) / SHARES : 0;
}

void answer_memory_change(struct answer_memory *memory, size_t *held, size_t now) {
    memory->used = memory->used - *held + now;
    *held = now;
}

/* ---- landing page ----
 * the text at /, for clients that do not ask for HTML: the paths of the metrics,
 * and the other paths of the listener.
 */

static const char ABOUT[] = "Receives metric datagrams on a Unix socket, accepts what its catalogs "
                            "declare, and serves the numbers.";

static void put_line(struct strbuf *out, const char *path, const char *about) {
    strbuf_printf(out, "  %-18s %s\n", path, about);
}

static void landing_page_write_text(struct strbuf *out, const struct listener *listener) {
    struct http_server *server = listener->server;
    strbuf_printf(out, "statgate\n%s\n\nMetrics, and those of one service at PATH/SERVICE:\n",
                  ABOUT);
    for (size_t i = 0; i < server->page_count; i++) {
        struct http_page *page = &server->pages[i];
        if (page->listener != NULL)
            strbuf_printf(out, "  %s%s  %s\n", page->address, page->path,
                          strbuf_cstr(&page->services));
    }
    strbuf_puts(out, "\nHere:\n");
    route_list(out, &listener->table, put_line);
}

/* ---- pages ---- */

static bool fail(struct error *ret_error, const char *setting, const char *value,
                 const char *reason) {
    return error_set(ret_error, "%s: %s: %s", setting, value, reason);
}

/* Whether the token is empty: an empty token file must not leave its page open. */
static bool is_no_lock(const char *token) {
    return token != NULL && *token == '\0';
}

static bool refuse_empty_token(const char *setting, struct error *ret_error) {
    return error_set(ret_error, "%s: the token is empty; write one into its file, or name no file",
                     setting);
}

/* ---- listeners ---- */

/* The listener for this address, a new one if no setting named the address before; also for a port
 * that the kernel chooses. */
static struct listener *listener_for(struct http_server *server, const char *setting,
                                     const char *text, const struct listen_address *address) {
    for (size_t i = 0; i < server->listener_count; i++) {
        struct listener *listener = &server->listeners[i];
        if (listen_address_same(&listener->wanted, address))
            return listener;
    }
    struct listener *listener = &server->listeners[server->listener_count++];
    listener->server = server;
    listener->socket.fd = -1;
    listener->setting = setting;
    listener->text = text;
    listener->wanted = *address;
    listener->table.pages = listener->paths;
    return listener;
}

static bool plan_page(struct http_server *server, const struct http_endpoint *from,
                      struct http_page *page, struct error *ret_error) {
    struct listen_address address;
    const char *reason = route_metrics_path_fault(from->path);
    if (reason != NULL)
        return fail(ret_error, from->setting, from->path, reason);
    if (is_no_lock(from->bearer_token))
        return refuse_empty_token(from->setting, ret_error);
    page->endpoint = from->endpoint;
    page->path = memory_strndup(from->path, strlen(from->path));
    http_bearer_token_copy(&page->token, from->bearer_token);
    if (!listen_address_parse(from->listen, &address, &reason))
        return fail(ret_error, from->setting, from->listen, reason);
    if (address.kind == LISTEN_NONE)
        return true;
    struct listener *listener = listener_for(server, from->setting, from->listen, &address);
    for (const struct http_page *other = server->pages; other != page; other++)
        if (other->listener == listener && strcmp(other->path, from->path) == 0)
            return fail(ret_error, from->setting, from->path,
                        "another endpoint of this address has the same path");
    struct route_table *table = &listener->table;
    page->listener = listener;
    listener->paths[table->page_count] = page->path;
    listener->pages[table->page_count] = page;
    table->page_count++;
    return true;
}

/* Plan the listeners of /debug, the page for people, and the health checks. */
static bool plan_debug(struct http_server *server, const struct http_options *options,
                       struct error *ret_error) {
    const char *text = options->debug_listen != NULL ? options->debug_listen : "";
    const char *setting = options->debug_setting != NULL ? options->debug_setting : "debug_listen";
    struct listen_address address;
    const char *reason = NULL;
    if (!listen_address_parse(text, &address, &reason))
        return fail(ret_error, setting, text, reason);
    if (address.kind != LISTEN_NONE) {
        server->debug = listener_for(server, setting, text, &address);
        server->debug->table.parts = SERVES_HEALTH;
    } else {
        for (size_t i = 0; i < server->listener_count; i++)
            server->listeners[i].table.parts = SERVES_HEALTH;
        if (options->debug_listen == NULL && server->page_count > 0)
            server->debug = server->pages[0].listener;
    }
    /* Only the setting's name: clients that may not see /debug need not know its address. */
    if (server->debug != NULL) {
        server->debug->table.parts |= SERVES_DEBUG;
        server->debug_setting = options->debug_listen != NULL ? "debug_listen" : "metrics_listen";
    }
    return true;
}

/* Plan the listener of commands. Its path is taken as it is: it may be relative, and longer than
 * other addresses. */
static bool plan_commands(struct http_server *server, const struct http_options *options,
                          struct error *ret_error) {
    struct listen_address address;
    if (options->commands == NULL)
        return true;
    if (!listen_address_unix(options->commands, &address))
        return fail(ret_error, options->commands_setting, options->commands,
                    "the path is too long");
    listener_for(server, options->commands_setting, options->commands, &address)->table.parts =
        SERVES_COMMANDS;
    return true;
}

bool http_pages_plan(struct http_server *server, const struct http_options *options,
                     struct error *ret_error) {
    if (options->endpoint_count > ENDPOINTS_MAX)
        return error_set(ret_error, "HTTP: at most %d endpoints", (int)ENDPOINTS_MAX);
    if (is_no_lock(options->debug_token))
        return refuse_empty_token("HTTP", ret_error);
    const char *hosts = options->debug_hosts != NULL ? options->debug_hosts : "";
    server->pages = memory_array(options->endpoint_count + 1, sizeof *server->pages);
    server->listeners = memory_array(options->endpoint_count + 2, sizeof *server->listeners);
    server->hosts = memory_strndup(hosts, strlen(hosts));
    http_bearer_token_copy(&server->token, options->debug_token);
    server->page_count = options->endpoint_count;
    for (size_t i = 0; i < server->page_count; i++)
        if (!plan_page(server, &options->endpoints[i], &server->pages[i], ret_error))
            return false;
    return plan_debug(server, options, ret_error) && plan_commands(server, options, ret_error);
}

void http_pages_opened(struct http_server *server) {
    for (size_t i = 0; i < server->page_count; i++) {
        struct http_page *page = &server->pages[i];
        if (page->listener == NULL)
            continue;
        listen_address_text(&page->listener->socket.address, page->address, sizeof page->address);
        endpoint_put_services(&page->services, page->endpoint);
    }
}

void http_pages_done(struct http_server *server) {
    for (size_t i = 0; i < server->page_count; i++) {
        free(server->pages[i].path);
        strbuf_done(&server->pages[i].services);
        http_bearer_token_done(&server->pages[i].token);
    }
    for (size_t i = 0; i < server->listener_count; i++)
        http_places_done(&server->listeners[i].places);
    http_bearer_token_done(&server->token);
    free(server->pages);
    free(server->hosts);
    free(server->listeners);
}

/* ---- answer debug ----
 * the answers below /debug: JSON views, the stream of events, and documents that
 * the source writes in one piece.
 */

/* ---- views ---- */

/* A function of view.h. */
typedef struct view *(*json_view_fn)(const struct view_source *source,
                                     const struct json_query *query, const char **ret_error);

static struct json_query query_of(const struct target *target, struct store_time now) {
    return (struct json_query){
#define PARAMETER(field, ...) .field = target->field,
#include "view/parameters.def"
#undef PARAMETER
        .now_ms = now.real_ms};
}

/* Answer with a JSON view, which is taken over. */
static enum MHD_Result answer_view(struct http_request *request, struct view *view) {
    struct negotiation negotiation;
    http_headers_negotiate(request, &negotiation);
    return response_view(request, MHD_HTTP_OK, view, http_negotiate_gzip(&negotiation),
                         &(struct response_headers){.type = RESPONSE_JSON,
                                                    .vary = "Accept-Encoding",
                                                    .caching = RESPONSE_NO_STORE});
}

static enum MHD_Result answer_json(struct http_request *request, json_view_fn view_new) {
    struct http_server *server = request->listener->server;
    const struct json_query query =
        query_of(&request->target, http_source_prepare(&server->source));
    const char *error = NULL;
    struct view *view = view_new(&server->source.views, &query, &error);
    if (view == NULL)
        return response_sentence(request, MHD_HTTP_BAD_REQUEST, error);
    return answer_view(request, view);
}

static enum MHD_Result answer_history(struct http_request *request) {
    if (request->listener->server->source.views.history == NULL)
        return response_sentence(request, MHD_HTTP_NOT_FOUND, "no history is kept: --history=off");
    return answer_json(request, view_json_history);
}

/* ---- written at once ---- */

/* Answer with the text in the body. */
static enum MHD_Result answer_at_once(struct http_request *request) {
    if (request->body.plain.failed)
        return response_no_memory(request);
    if (!http_body_written(&request->body))
        return response_no_room(request);
    return response_queue(
        request, MHD_HTTP_OK,
        &(struct response_headers){.type = RESPONSE_JSON, .caching = RESPONSE_NO_STORE});
}

/* Answer with JSON that the source writes in one piece. */
static enum MHD_Result answer_written(struct http_request *request, http_write_fn write,
                                      const char *none) {
    const struct http_source *source = &request->listener->server->source;
    struct json_selection selection;
    const char *error = NULL;
    if (write == NULL)
        return none != NULL ? response_sentence(request, MHD_HTTP_NOT_FOUND, none)
                            : response_not_found(request);
    const struct json_query query = query_of(&request->target, source->clock(source->arg));
    if (!view_json_selection_check(&source->views, &query, NULL, &selection, &error))
        return response_sentence(request, MHD_HTTP_BAD_REQUEST, error);
    write(source->arg, &selection, &request->body.plain);
    return answer_at_once(request);
}

static enum MHD_Result answer_ingress(struct http_request *request) {
    const struct http_source *source = &request->listener->server->source;
    if (source->write_ingress != NULL)
        http_source_prepare(source);
    return answer_written(request, source->write_ingress, NULL);
}

static enum MHD_Result answer_index(struct http_request *request) {
    const struct listener *listener = request->listener;
    route_write_index(&request->body.plain, &listener->table);
    return response_written(
        request, MHD_HTTP_OK,
        &(struct response_headers){.type = RESPONSE_JSON, .caching = RESPONSE_NO_STORE});
}

/* ---- routes ---- */

/* Queue the answer of a route below /debug; 404 if this server has no content for the route.
 * MHD_NO ends the connection. */
static enum MHD_Result answer_debug(struct http_request *request, enum route route) {
    static const json_view_fn views[] = {
#define VIEW(id, name, about, parameters) [ROUTE_##id] = view_json_##name,
#define DAEMON_VIEW(id, name, about, parameters)
#include "view/views.def"
#undef VIEW
#undef DAEMON_VIEW
    };
    const struct http_source *source = &request->listener->server->source;
    switch (route) {
    case ROUTE_DEBUG:
        return answer_index(request);
    case ROUTE_HISTORY:
        return answer_history(request);
    case ROUTE_EVENTS:
        return source->views.events != NULL ? answer_json(request, view_json_events)
                                            : response_not_found(request);
    case ROUTE_INGRESS:
        return answer_ingress(request);
    case ROUTE_QUERIES:
        return answer_written(request, source->write_queries, "no catalog declares queries");
    case ROUTE_ENDPOINTS:
        return answer_written(request, source->write_endpoints, NULL);
    default:
        return route < sizeof views / sizeof *views && views[route] != NULL
                   ? answer_json(request, views[route])
                   : response_not_found(request);
    }
}

/* ---- the page at /, as HTML or as text, and the files that it loads ---- */

/* True if the client already has the file with this tag (RFC 9110 section 13.1.2, weak comparison:
 * without W/). */
static bool has_already(const struct http_request *request, const char *tag) {
    const char *known = http_headers_find(request, MHD_HTTP_HEADER_IF_NONE_MATCH);
    return known != NULL && (strstr(known, tag) != NULL || strcmp(known, "*") == 0);
}

/* Queue a file of the page. A browser asks each time whether its copy is that of the running
 * daemon. */
static enum MHD_Result answer_asset(struct http_request *request, const struct page_asset *asset,
                                    const char *vary) {
    struct negotiation negotiation;
    char etag[80]; /* weak: compressed bytes differ */
    snprintf(etag, sizeof etag, "W/%s", asset->etag);
    const struct response_headers headers = {
        .type = asset->type, .vary = vary, .etag = etag, .caching = "no-cache"};
    if (has_already(request, asset->etag))
        return response_queue(request, MHD_HTTP_NOT_MODIFIED, &headers);
    http_headers_negotiate(request, &negotiation);
    strbuf_put(&request->body.plain, (const char *)asset->bytes, asset->len);
    return response_bytes(request, http_negotiate_gzip(&negotiation), &headers);
}

/* Queue the page. MHD_NO ends the connection. Browsers accept text/html by name; for curl and
 * similar clients plain text is better. */
static enum MHD_Result answer_landing_page(struct http_request *request) {
    struct negotiation negotiation;
    http_headers_negotiate(request, &negotiation);
    if (negotiation.html)
        return answer_asset(request, page_asset(PAGE_INDEX), "Accept, Accept-Encoding");
    landing_page_write_text(&request->body.plain, request->listener);
    return response_written(request, MHD_HTTP_OK,
                            &(struct response_headers){.type = RESPONSE_TEXT,
                                                       .vary = "Accept, Accept-Encoding",
                                                       .caching = RESPONSE_NO_STORE});
}

/* ---- answer ---- */

/* ---- expositions ---- */

static enum MHD_Result answer_exposition(struct http_request *request,
                                         const struct endpoint_page *page) {
    struct http_server *server = request->listener->server;
    struct negotiation negotiation;
    const char *escaping = NULL;
    char type[128];
    http_headers_negotiate(request, &negotiation);
    request->scrape = true;
    request->shown = page;
    request->format = page->options->openmetrics ? http_negotiate_format(&negotiation, &escaping)
                                                 : EXPOSITION_TEXT;
    snprintf(type, sizeof type, "%s%s%s", exposition_content_type(request->format),
             escaping != NULL ? "; escaping=" : "", escaping != NULL ? escaping : "");
    http_source_prepare(&server->source);
    const struct exposition_options options = {.format = request->format, .page = page};
    struct view *view = view_exposition(&server->source.views, &options);
    return response_view(
        request, MHD_HTTP_OK, view, http_negotiate_gzip(&negotiation),
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

static bool takes_method(const struct http_request *request, const char *method) {
    if (admission_takes_commands(request))
        return strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    return request->head || strcmp(method, MHD_HTTP_METHOD_GET) == 0;
}

static enum MHD_Result answer_method(struct http_request *request) {
    if (admission_takes_commands(request))
        return response_sentence_with(request, MHD_HTTP_METHOD_NOT_ALLOWED,
                                      "only POST is answered here",
                                      &(struct response_headers){.allow = "POST"});
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
    return !route_is_small(route) && route != ROUTE_ASSET && route != ROUTE_LANDING_PAGE;
}

/* True if the first slice may be made in this turn. */
static bool may_begin(const struct http_request *request) {
    const struct http_server *server = request->listener->server;
    return http_turn_allows(&server->turn, &request->turn, TURN_SLICE_NS) &&
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
        return answer_landing_page(request);
    case ROUTE_ASSET:
        return answer_asset(request, page_asset(request->target.path), "Accept-Encoding");
    default:
        return answer_debug(request, route);
    }
}

/* Count the request as in flight, once, however often it is examined; server.c ends that. */
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
    const bool served =
        http_places_serve(&listener->places, request->place, route_is_exposition(route),
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
    if (!takes_method(request, method))
        return answer_method(request);
    if (request->too_long)
        return response_sentence(request, MHD_HTTP_URI_TOO_LONG,
                                 "the address is longer than 8192 bytes");
    const enum admission admission = admission_of(request, route);
    if (admission == ADMISSION_HOST_UNKNOWN)
        return answer_misdirected(request);
    if (admission == ADMISSION_NO_TOKEN)
        return answer_unauthorized(request);
    if (admission == ADMISSION_DENIED)
        return response_sentence(request, CONTROL_DENIED,
                                 "commands are for root and for the daemon's own user");
    if (request->fault != NULL)
        return response_sentence(request, MHD_HTTP_BAD_REQUEST, request->fault);
    if (!is_health(route) && !is_served(request, route))
        return answer_busy(request);
    const char *unknown = route_unknown_parameter(route, &request->target);
    if (unknown != NULL)
        return unknown_parameter(request, route, unknown);
    enum control_command command;
    if (route_command(route, &command))
        return http_command_answer(request, command);
    const struct endpoint_page *page = NULL;
    if (route_is_exposition(route)) {
        admit(request);
        page = find_page(request, service);
        if (page == NULL)
            return no_service(request);
    }
    if (route_shows_numbers(route) && http_wait_begin(request, page))
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
    if (!takes_method(request, method))
        return answer_method(request);
    return response_sentence(request, MHD_HTTP_CONTENT_TOO_LARGE, "a request takes no body here");
}
