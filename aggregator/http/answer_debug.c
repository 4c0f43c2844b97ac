#include "http/answer_debug.h"

#include <string.h>

#include "http/follow.h"
#include "http/headers.h"
#include "http/response.h"
#include "view/json_selection.h"
#include "view/pretty.h"

/* ---- views ---- */

/* A function of view.h. */
typedef struct view *(*json_view_fn)(const struct view_source *source,
                                     const struct json_query *query, const char **ret_error);

/* The query of a list from the target, without its limit. */
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

/* True for `?pretty` without a value, or with any value except these. */
static bool is_pretty(const struct target *target) {
    return target->pretty != NULL && strcmp(target->pretty, "0") != 0 &&
           strcmp(target->pretty, "false") != 0;
}

/* Answer with a JSON view, which is taken over; NULL: there was no memory for it. */
static enum MHD_Result answer_view(struct http_request *request, struct view *view) {
    struct negotiation negotiation;
    if (is_pretty(&request->target))
        view = pretty_view(request->listener->server->source.views.memory, view);
    if (view == NULL)
        return response_no_memory(request);
    headers_negotiate(request, &negotiation);
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
    struct json_query query = query_of(target, http_source_prepare(&server->source));
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

/* Answer with the list of events, or with the stream of new ones. */
static enum MHD_Result answer_events(struct http_request *request) {
    struct http_server *server = request->listener->server;
    struct negotiation negotiation;
    headers_negotiate(request, &negotiation);
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

/* ---- written at once ---- */

/* Answer with the text in the body, indented, in slices because that is long. */
static enum MHD_Result answer_indented(struct http_request *request) {
    const struct memory *memory = request->listener->server->source.views.memory;
    request->body.lent = request->body.plain.cap;
    return answer_view(request, pretty_text(memory, &request->body.plain));
}

/* Answer with the text in the body. */
static enum MHD_Result answer_at_once(struct http_request *request) {
    if (request->body.plain.failed)
        return response_no_memory(request);
    if (!body_written(&request->body))
        return response_no_room(request);
    if (is_pretty(&request->target))
        return answer_indented(request);
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
    if (!json_selection_check(&source->views, &query, NULL, &selection, &error))
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

/* Explain a line, of which nothing is counted: only a sent line is. */
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

/* ---- routes ---- */

enum MHD_Result answer_debug(struct http_request *request, enum route route) {
    static const json_view_fn views[] = {
        [ROUTE_SERIES] = view_json_series,     [ROUTE_REJECTIONS] = view_json_rejections,
        [ROUTE_SENDERS] = view_json_senders,   [ROUTE_CATALOG] = view_json_catalog,
        [ROUTE_BREAKERS] = view_json_breakers, [ROUTE_JOBS] = view_json_jobs,
        [ROUTE_STATUS] = view_json_status};
    const struct http_source *source = &request->listener->server->source;
    switch (route) {
    case ROUTE_DEBUG:
        return answer_index(request);
    case ROUTE_HISTORY:
        return answer_history(request);
    case ROUTE_EVENTS:
        return source->events != NULL ? answer_events(request) : response_not_found(request);
    case ROUTE_EXPLAIN:
        return answer_explain(request);
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
