/*
 * routes.h - the table of paths, for the router, the index of /debug and the landing page.
 */
#ifndef STATGATE_HTTP_ROUTES_H
#define STATGATE_HTTP_ROUTES_H

#include "base/strbuf.h"
#include "http/target.h"

enum route {
    ROUTE_NONE,
    ROUTE_METRICS,
    ROUTE_SERVICE, /**< PATH/SERVICE */
    ROUTE_DEBUG,
    ROUTE_SERIES,
    ROUTE_REJECTIONS,
    ROUTE_SENDERS,
    ROUTE_CATALOG,
    ROUTE_BREAKERS,
    ROUTE_JOBS,
    ROUTE_HISTORY,
    ROUTE_INGRESS,
    ROUTE_EXPLAIN,
    ROUTE_QUERIES,
    ROUTE_ENDPOINTS,
    ROUTE_STATUS,
    ROUTE_EVENTS,
    ROUTE_HEALTHZ,
    ROUTE_READYZ,
    ROUTE_LANDING_PAGE,
    ROUTE_ASSET /**< /-/FILE, which the landing page loads */
};

/** What a listener serves besides pages of metrics; bits. */
enum route_part {
    SERVES_DEBUG = 1, /**< /debug and below, the landing page and its files */
    SERVES_HEALTH = 2 /**< /healthz, /readyz */
};

/** What a listener serves. */
struct route_table {
    const char *const *pages; /**< paths of pages of metrics, all different */
    size_t page_count;
    unsigned parts; /**< enum route_part */
};

/**
 * The route of a decoded path. ROUTE_METRICS and ROUTE_SERVICE set *ret_page to the page's index;
 * ROUTE_SERVICE also sets *ret_service (into path). If several pages' paths match, the longest
 * wins.
 */
enum route route_find(const char *path, const struct route_table *table, size_t *ret_page,
                      const char **ret_service);

/** True for /debug and below, where all answers are JSON, errors included. */
bool route_is_json(const char *path);
/** True for paths that people look at: /debug and below, /, and all paths below /-. */
bool route_is_for_people(const char *path);

/** The first parameter of the target that its route does not take, or NULL. Pages of metrics, the
 * landing page and the health checks take any: scrapers and probes may add their own. */
const char *route_unknown_parameter(enum route route, const struct target *target);
/** Write a sentence about that parameter, with the parameters that the route takes. */
void route_write_unknown(struct strbuf *out, enum route route, const char *name);

/** NULL if `path` can be a metrics_path, else why not (static). */
const char *route_metrics_path_fault(const char *path);

/** `{"metrics": "/metrics", "pages": ["/metrics", ...], "views": [...]}`; `metrics` is the first
 * page, absent without one. */
void route_write_index(struct strbuf *out, const struct route_table *table);
typedef void (*route_put_fn)(struct strbuf *out, const char *path, const char *about);
/** Call put() for each path except those of metrics and of the landing page. */
void route_list(struct strbuf *out, const struct route_table *table, route_put_fn put);
/** Write one sentence that names the paths, for a 404. If /debug is not among them, `debug_setting`
 * is the setting with its address; NULL: it is not served anywhere. */
void route_write_paths(struct strbuf *out, const struct route_table *table,
                       const char *debug_setting);

#endif
