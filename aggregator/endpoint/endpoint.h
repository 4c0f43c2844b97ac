/* SPDX-License-Identifier: MIT */
/*
 * endpoint.h - what each page of metrics shows: which services, which of their families, and which
 * labels every series has.
 *
 * A pure model over a catalog set; http handles addresses, tokens and requests. An endpoint has one
 * page with all its services and one page for each of them. Names of samples must be unique on an
 * endpoint, not on a host: two services may declare the same family as long as no endpoint serves
 * both.
 */
#ifndef STATGATE_ENDPOINT_ENDPOINT_H
#define STATGATE_ENDPOINT_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/json_writer.h"
#include "base/strbuf.h"
#include "catalog/catalog.h"

/* ---- options: the options of an endpoint: options.def as a struct, as JSON, and in words.
 */

/** Where the resource attributes of a service are shown: the words of the option `resource`, in
 * their order. */
enum endpoint_resource {
    RESOURCE_OFF,
    RESOURCE_TARGET_INFO, /**< as labels of target_info, on an endpoint of one service */
    RESOURCE_LABELS       /**< as constant labels on each series of the service */
};

/* The field of an option, by the option's kind. */
#define ENDPOINT_FIELD_SWITCH(name) bool name
#define ENDPOINT_FIELD_WORDS(name)  const char *name
#define ENDPOINT_FIELD_CHOICE(name) enum endpoint_##name name

/** The options of an endpoint. Strings are borrowed until the endpoints are freed. */
struct endpoint_options {
    const char *place; /**< for messages: "/etc/statgate/statgate.json: /endpoints/0" */
    const char *name;  /**< address and path, "0.0.0.0:9600/metrics"; unique */
    /** Names of the services that the endpoint serves. NULL for the default endpoint: all services
     * that no other endpoint names. */
    const char *const *services;
    size_t service_count;
    /** For messages about groups that do not exist: "--include". NULL: do not check them here,
     * because the same words are checked for another endpoint. */
    const char *include_place;
    const char *exclude_place;
    /** The catalog of the endpoint's own handler metrics, which is part of the set; NULL: none.
     * Only this endpoint serves it. */
    const struct catalog *handler;
#define ENDPOINT_OPTION(name, kind, initial, argument, check, unusual, phrase, help)               \
    ENDPOINT_FIELD_##kind(name);
#include "endpoint/options.def"
#undef ENDPOINT_OPTION
};

/** Write each option as a member of the open object: a switch as true or false, other options as
 * their words. */
void endpoint_options_put_json(struct json_writer *w, const struct endpoint_options *options);
/** Append the options that differ from their defaults, separated by ", " from each other and from
 * text already in `out`: "scope labels, text only, include app". */
void endpoint_options_put_unusual(struct strbuf *out, const struct endpoint_options *options);
/** Append the options that differ from their defaults in the words of a reference page, each after
 * ", ". */
void endpoint_options_put_phrases(struct strbuf *out, const struct endpoint_options *options);

/** The word of a choice: "off", "target_info", "labels"; not terminated. */
const char *endpoint_resource_word(enum endpoint_resource resource, size_t *ret_len);

/** Most endpoints of a daemon, including the default one. */
enum { ENDPOINTS_MAX = 64 };

/** A label that every series of a service has: an attribute of its resource, with the name that
 * catalog_attribute_label gives, or an attribute of its scope, with `otel_scope_` before that
 * name. */
struct constant_label {
    const char *name;
    const char *value; /**< never empty; not yet escaped */
};
struct constant_labels {
    const struct constant_label *items; /**< in byte order of name */
    size_t count;
};
/** Bytes that these labels take in a line; if `escaped`, the most that they can take after escaping
 * their values. */
uint64_t endpoint_labels_bytes(const struct constant_labels *labels, bool escaped);

/** What one page shows. */
struct endpoint_page {
    const struct endpoint_options *options; /**< the endpoint's */
    const struct catalog_family **families; /**< in byte order of name; only families with lines */
    size_t family_count;
    const struct constant_labels *constants; /**< by the catalog's index in the set */
    /** Labels of target_info, in byte order of name. If count is 0, the line is omitted. */
    struct constant_labels target;
    const uint32_t *queries; /**< indices of the queries that fill a family of this page */
    size_t query_count;
};

struct endpoint {
    struct endpoint_options options;
    const struct catalog **services; /**< in byte order of name; no handler metrics */
    size_t service_count;
    /** A sentence, with its place, for each service that the options name and no catalog declares:
     * the endpoint serves the others, and this one as soon as a catalog does. */
    const char **waiting;
    size_t waiting_count;
    /** A service has families with the names of those that describe the daemon's own process. The
     * daemon's families are then not in `all`, only on the daemon's own page. */
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
 * Sets family->exposed of each family that some endpoint shows. These are errors, with
 * `place: text` or `file: /families/x: text` in *ret_error:
 *
 *   - more than ENDPOINTS_MAX endpoints, and all errors of catalog_set_finish
 *   - a service that is named twice on one endpoint (one that is not in the set is no error, see
 *     struct endpoint)
 *   - an include or exclude that names a group which no service of the endpoint has (for the
 *     default endpoint: no service of the set), unless the endpoint waits for a service
 *     or the set is partial
 *   - families or names of samples that clash on one endpoint; but families of the daemon's own
 *     process give way, and the message about its other families blames the service
 *   - target_info for several services or none (the daemon's own does not count; the default
 *     endpoint may have none left, and then has no target_info), and names that clash with it
 *   - a constant label that a family declares itself, or that comes from both resource and scope
 *
 * On failure *ret_endpoints is empty. May be called again for the same set; the set must outlive
 * the endpoints.
 */
bool endpoints_build(struct endpoints *ret_endpoints, struct catalog_set *set,
                     const struct endpoint_options *options, size_t count, struct error *ret_error);
/** Free all endpoints. Safe on a zeroed struct. */
void endpoints_done(struct endpoints *endpoints);

/** Append the names of the endpoint's services, "imgforge, statgate", at most 16 of them; "no
 * service" if there are none. */
void endpoint_put_services(struct strbuf *out, const struct endpoint *endpoint);
/** The page of one service on the endpoint, or NULL. */
const struct endpoint_page *endpoint_page_of(const struct endpoint *endpoint, const char *name);

#endif
