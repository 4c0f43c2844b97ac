/*
 * options.h - what an operator chooses for an endpoint: options.def as a struct, and as what the
 * command and the daemon show of it.
 */
#ifndef STATGATE_ENDPOINT_OPTIONS_H
#define STATGATE_ENDPOINT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json_writer.h"
#include "base/strbuf.h"
#include "catalog/catalog.h"

/** Where the resource attributes of a service show: the words of that option, in their order. */
enum endpoint_resource {
    RESOURCE_OFF,
    RESOURCE_TARGET_INFO, /**< as labels of the info `target`, on an endpoint of one service */
    RESOURCE_LABELS       /**< as constant labels on each of its series */
};

/* An option's field, by its kind. */
#define ENDPOINT_FIELD_SWITCH(name) bool name
#define ENDPOINT_FIELD_WORDS(name)  const char *name
#define ENDPOINT_FIELD_CHOICE(name) enum endpoint_##name name

/** What an endpoint is made from. Strings are borrowed for the life of the endpoints. */
struct endpoint_options {
    const char *place; /**< for messages: "/etc/statgate/statgate.json: /endpoints/0" */
    const char *name;  /**< address and path, "0.0.0.0:9600/metrics"; unique */
    /** The services it serves, by name. NULL: all that no other endpoint names, the default one. */
    const char *const *services;
    size_t service_count;
    /** For messages about groups that do not exist: "--include". NULL: not checked here, since the
     * same words were checked for another endpoint. */
    const char *include_place;
    const char *exclude_place;
    /** The catalog of the endpoint's own handler metrics, part of the set; NULL: none. It is on
     * this endpoint and on no other. */
    const struct catalog *handler;
#define ENDPOINT_OPTION(name, kind, initial, argument, check, unusual, phrase, help)               \
    ENDPOINT_FIELD_##kind(name);
#include "endpoint/options.def"
#undef ENDPOINT_OPTION
};

/** Each option as a member of the open object: a switch as true or false, others as their words. */
void endpoint_options_put_json(struct json_writer *w, const struct endpoint_options *options);
/** Append what is not as usual, with ", " before each but the first of the text: "scope labels, text
 * only, include app". */
void endpoint_options_put_unusual(struct strbuf *out, const struct endpoint_options *options);
/** Append what is not as usual in the words of a reference page, each behind ", ". */
void endpoint_options_put_phrases(struct strbuf *out, const struct endpoint_options *options);

/** "off", "target_info", "labels"; not terminated. */
const char *endpoint_resource_word(enum endpoint_resource resource, size_t *ret_len);

#endif
