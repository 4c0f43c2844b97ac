/*
 * routes.h - the paths there are, described once: the router, the index of /debug and the page read
 * this.
 */
#ifndef STATGATE_HTTP_ROUTES_H
#define STATGATE_HTTP_ROUTES_H

#include "base/strbuf.h"
#include "http/target.h"

enum route {
    ROUTE_NONE,
    ROUTE_METRICS,
    ROUTE_SERVICE, /**< metrics_path/SERVICE */
    ROUTE_DEBUG,
    ROUTE_SERIES,
    ROUTE_REJECTIONS,
    ROUTE_SENDERS,
    ROUTE_CATALOG,
    ROUTE_BREAKERS,
    ROUTE_JOBS,
    ROUTE_INGRESS,
    ROUTE_QUERIES,
    ROUTE_HEALTHZ,
    ROUTE_READYZ,
    ROUTE_PAGE
};

/** What a listener serves; bits. */
enum route_part {
    SERVES_METRICS = 1, /**< metrics_path and below */
    SERVES_DEBUG = 2,   /**< /debug and below, and the page */
    SERVES_HEALTH = 4   /**< /healthz, /readyz */
};

/** The route of a decoded path on a listener that serves `parts`. *ret_service is set for
 * ROUTE_SERVICE (into path). */
enum route route_find(const char *path, const char *metrics_path, unsigned parts,
                      const char **ret_service);

/** True for /debug and below, whose answers are JSON, errors too. */
bool route_is_json(const char *path);

/** NULL when `path` can be a metrics_path, else why not (static). */
const char *route_metrics_path_fault(const char *path);

/** `{"metrics": ..., "views": [...]}` */
void route_write_index(struct strbuf *out, const char *metrics_path, unsigned parts);
/** The page: HTML without scripts or foreign content. */
void route_write_page(struct strbuf *out, const char *metrics_path, unsigned parts);
/** One sentence that names the paths there are, for a 404. */
void route_write_paths(struct strbuf *out, const char *metrics_path, unsigned parts);

#endif
