/*
 * renderer.c - the real views behind renderer.h.
 */
#include "http/renderer.h"
#include "endpoint/endpoint.h"

static const struct endpoint_page *page(const struct endpoint *endpoint, const char *service) {
    return service != NULL ? endpoint_page_of(endpoint, service) : &endpoint->all;
}

static struct view *json(const struct view_source *views, enum json_view which,
                         const struct json_query *query, const char **ret_error) {
    switch (which) {
    case JSON_SERIES:
        return view_json_series(views, query, ret_error);
    case JSON_REJECTIONS:
        return view_json_rejections(views, query, ret_error);
    case JSON_SENDERS:
        return view_json_senders(views, query, ret_error);
    case JSON_CATALOG:
        return view_json_catalog(views, query, ret_error);
    case JSON_BREAKERS:
        return view_json_breakers(views, query, ret_error);
    case JSON_JOBS:
        break;
    }
    return view_json_jobs(views, query, ret_error);
}

const struct renderer renderer_views = {
    .page = page,
    .exposition = view_exposition,
    .json = json,
    .limit = view_limit,
    .step = view_step,
    .free = view_free,
};
