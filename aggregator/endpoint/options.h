/*
 * options.h - the options of an endpoint: options.def as a struct, as JSON, and in words.
 */
#ifndef STATGATE_ENDPOINT_OPTIONS_H
#define STATGATE_ENDPOINT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json_writer.h"
#include "base/strbuf.h"
#include "catalog/catalog.h"

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

#endif
