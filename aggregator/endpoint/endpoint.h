/*
 * endpoint.h - what each page of metrics shows: which services, which of their families, and which
 * labels every series bears.
 *
 * Pure model over a catalog set: addresses, tokens and requests are http's. An endpoint has one
 * page with all its services and one for each of them. Names of samples must be unique on an
 * endpoint, not on a host: two services may declare the same family as long as no endpoint serves
 * both.
 */
#ifndef STATGATE_ENDPOINT_ENDPOINT_H
#define STATGATE_ENDPOINT_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "catalog/catalog.h"
#include "endpoint/options.h"

/** Endpoints of a daemon, the default one included. */
enum { ENDPOINTS_MAX = 64 };

/** A label that every series of a service bears: an attribute of its resource, with the name that
 * catalog_attribute_label gives, or of its scope, with `otel_scope_` before that name. */
struct constant_label {
    const char *name;
    const char *value; /**< never empty; not yet escaped */
};
struct constant_labels {
    const struct constant_label *items; /**< in byte order of name */
    size_t count;
};
/** Bytes of these labels in a line; `escaped`: the most that they can have with their values escaped. */
uint64_t constant_labels_bytes(const struct constant_labels *labels, bool escaped);

/** What one page shows. */
struct endpoint_page {
    const struct endpoint_options *options; /**< the endpoint's */
    const struct catalog_family **families; /**< in byte order of name; only those that show */
    size_t family_count;
    const struct constant_labels *constants; /**< by the catalog's index in the set */
    /** Labels of target_info, in byte order of name; count 0: the line is left out. */
    struct constant_labels target;
    const uint32_t *queries; /**< indices of the queries that fill a family of this page */
    size_t query_count;
};

struct endpoint {
    struct endpoint_options options;
    const struct catalog **services; /**< in byte order of name; without the handler's */
    size_t service_count;
    /** A service has families with the names of those that describe the daemon's own process: the
     * daemon's are not in `all` then, only on the daemon's own page. */
    bool gave_way;
    struct endpoint_page all;
    struct endpoint_page *each; /**< one for each of `services` */
};

struct endpoints {
    struct arena arena;
    struct endpoint *items; /**< in the order of the options */
    size_t count;
};

/**
 * Decide what every endpoint shows, finish the set (catalog_set_finish), and build the endpoints.
 * Sets family->exposed: some endpoint shows the family. Refuses, with `place: text` or
 * `file: /families/x: text` in *ret_error:
 *
 *   - more than ENDPOINTS_MAX endpoints, and what catalog_set_finish refuses
 *   - a service that is not in the set, or is named twice on one endpoint
 *   - an include or exclude that names a group which no service of the endpoint has (for the default
 *     endpoint: of the set)
 *   - families or names of samples that clash on one endpoint; but families of the daemon's own
 *     process give way, and the message about its other families blames the service
 *   - target_info for several services or none (the daemon's own does not count; the default
 *     endpoint may have none left, and then has no target_info), and names that clash with it
 *   - a constant label that a family declares itself, or that comes from both resource and scope
 *
 * When it fails, *ret_endpoints is empty. May be called again for the same set; the set must outlive
 * the endpoints.
 */
bool endpoints_build(struct endpoints *ret_endpoints, struct catalog_set *set,
                     const struct endpoint_options *options, size_t count, struct error *ret_error);
/** Safe on a zeroed struct. */
void endpoints_done(struct endpoints *endpoints);

/** Append the names of its services, "imgforge, statgate", at most 16 of them; "no service" if there
 * are none. */
void endpoint_put_services(struct strbuf *out, const struct endpoint *endpoint);
/** The page of one service on the endpoint, or NULL. */
const struct endpoint_page *endpoint_page_of(const struct endpoint *endpoint, const char *name);

#endif
