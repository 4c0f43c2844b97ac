/* SPDX-License-Identifier: MIT */
/* configure.c - names a catalog in a configuration file, with an endpoint for its service. */
#include "statgate/learn/learn_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "statgate/command.h"
#include "json/json.h"

/* The address of the default endpoint, if the file names none. */
#define DEFAULT_LISTEN "127.0.0.1:9464"

/* The path as the file has it: relative to its folder, if the catalog is below it. */
static const char *seen_from(const char *catalog, const char *config) {
    const char *slash = strrchr(config, '/');
    const size_t len = slash == NULL ? 0 : (size_t)(slash - config) + 1;
    return strncmp(catalog, config, len) == 0 ? catalog + len : catalog;
}

/* Whether the path is the catalog's, or that of a folder that it is in. */
static bool holds(const char *path, const char *catalog) {
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    return strncmp(path, catalog, len) == 0 && (catalog[len] == '\0' || catalog[len] == '/');
}

static void add_catalog(json_t *root, const char *catalog) {
    json_t *there = json_object_get(root, "catalog");
    size_t index;
    json_t *path;
    if (!json_is_array(there)) {
        json_t *list = json_array();
        if (there != NULL)
            json_array_append(list, there);
        json_object_set_new(root, "catalog", list);
        there = list;
    }
    json_array_foreach(there, index, path) if (json_is_string(path) &&
                                               holds(json_string_value(path), catalog)) return;
    json_array_append_new(there, json_string(catalog));
}

static bool names(const json_t *services, const char *service) {
    size_t index;
    json_t *name;
    if (json_is_string(services))
        return strcmp(json_string_value(services), service) == 0;
    json_array_foreach(services, index,
                       name) if (json_is_string(name) &&
                                 strcmp(json_string_value(name), service) == 0) return true;
    return false;
}

static void add_endpoint(json_t *root, const char *service) {
    const char *listen = json_string_value(json_object_get(root, "metrics_listen"));
    json_t *endpoints = json_object_get(root, "endpoints");
    size_t index;
    json_t *endpoint;
    if (endpoints == NULL) {
        endpoints = json_array();
        json_object_set_new(root, "endpoints", endpoints);
    }
    json_array_foreach(endpoints, index,
                       endpoint) if (names(json_object_get(endpoint, "services"), service)) return;
    json_t *added = json_pack("{s:s, s:o, s:[s]}", "listen",
                              listen != NULL && *listen != '\0' ? listen : DEFAULT_LISTEN, "path",
                              json_sprintf(LEARN_PATH "%s", service), "services", service);
    json_array_append_new(endpoints, added);
}

bool learn_configure(const char *config, const char *catalog, const char *service, bool apart,
                     struct error *ret_error) {
    struct strbuf text = {0};
    struct stat status;
    size_t len;
    json_t *root = NULL;
    if (stat(config, &status) == 0) {
        char *there = json_jsondoc_read(config, &len, ret_error);
        root = there != NULL ? json_jsondoc_parse(config, there, len, ret_error) : NULL;
        free(there);
        if (root != NULL && !json_is_object(root)) {
            json_decref(root);
            return error_set(ret_error, "%s: this is no configuration: it has no object", config);
        }
        if (root == NULL)
            return false;
    } else {
        root = json_object();
    }
    add_catalog(root, seen_from(catalog, config));
    if (apart)
        add_endpoint(root, service);
    char *dumped = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    strbuf_printf(&text, "%s\n", dumped);
    const bool ok = statgate_output_write(config, &text, ret_error);
    free(dumped);
    strbuf_done(&text);
    json_decref(root);
    return ok;
}
