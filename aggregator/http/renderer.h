/*
 * renderer.h - what the server needs from views, as a table of functions, so that it can be tested
 * with others than the real ones. See view/view.h for the meaning of each.
 */
#ifndef STATGATE_HTTP_RENDERER_H
#define STATGATE_HTTP_RENDERER_H

#include "view/view.h"

/** The JSON views. */
enum json_view {
    JSON_SERIES,
    JSON_REJECTIONS,
    JSON_SENDERS,
    JSON_CATALOG,
    JSON_BREAKERS,
    JSON_JOBS
};

struct renderer {
    /** The endpoint's page of this service (NULL: of all it serves), or NULL. */
    const struct endpoint_page *(*page)(const struct endpoint *endpoint, const char *service);
    struct view *(*exposition)(const struct view_source *views,
                               const struct exposition_options *options);
    struct view *(*json)(const struct view_source *views, enum json_view which,
                         const struct json_query *query, const char **ret_error);
    void (*limit)(struct view *view, size_t bytes);
    enum view_state (*step)(struct view *view, struct strbuf *out, size_t budget,
                            struct store_time now);
    void (*free)(struct view *view);
};

/** The views of view/. */
extern const struct renderer renderer_views;

#endif
