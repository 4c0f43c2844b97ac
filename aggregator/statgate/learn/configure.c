/* SPDX-License-Identifier: MIT */
/* configure.c - names a catalog in a configuration file, with an endpoint for its service. */
#include "statgate/learn/learn_private.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings/settings.h"
#include "statgate/command.h"
#include "json/json.h"

/* Folder and name of a path, without links and detours; the file itself may be a new one. False:
 * there is no such folder. */
static bool real_path(const char *path, char *out, size_t size) {
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];
    (void)snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
                   slash == NULL ? "." : path);
    char *real = realpath(path, NULL);
    if (real != NULL) {
        (void)snprintf(out, size, "%s", real);
        free(real);
        return true;
    }
    real = realpath(folder, NULL);
    if (real == NULL)
        return false;
    (void)snprintf(out, size, "%s/%s", strcmp(real, "/") == 0 ? "" : real,
                   slash == NULL ? path : slash + 1);
    free(real);
    return true;
}

/* Whether the path, as the file in this folder has it, is the catalog's, or its folder's. */
static bool holds(const char *folder, const char *path, const char *catalog) {
    char whole[2 * PATH_MAX];
    char real[PATH_MAX];
    (void)snprintf(whole, sizeof whole, "%s%s%s", *path == '/' ? "" : folder,
                   *path == '/' ? "" : "/", path);
    if (!real_path(whole, real, sizeof real))
        return false;
    const size_t len = strlen(real);
    return strncmp(real, catalog, len) == 0 && (catalog[len] == '\0' || catalog[len] == '/');
}

/* Add the catalog to the list, by its path from the folder if it is below. A list that names none
 * had the default folder. */
static void add_catalog(json_t *root, const char *folder, const char *catalog) {
    json_t *there = json_object_get(root, "catalog");
    const size_t len = strlen(folder);
    size_t index;
    json_t *path;
    if (!json_is_array(there)) {
        json_t *list = json_array();
        if (there != NULL)
            json_array_append(list, there);
        else if (access(SETTINGS_CATALOG_FOLDER, F_OK) == 0)
            json_array_append_new(list, json_string(SETTINGS_CATALOG_FOLDER));
        json_object_set_new(root, "catalog", list);
        there = list;
    }
    json_array_foreach(there, index, path) {
        if (json_is_string(path) && holds(folder, json_string_value(path), catalog))
            return;
    }
    const bool below = strncmp(catalog, folder, len) == 0 && catalog[len] == '/';
    json_array_append_new(there, json_string(below ? catalog + len + 1 : catalog));
}

static bool names(const json_t *services, const char *service) {
    if (json_is_string(services))
        return strcmp(json_string_value(services), service) == 0;
    return learn_lists(services, service);
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
                              listen != NULL && *listen != '\0' ? listen : LEARN_LISTEN, "path",
                              json_sprintf(LEARN_PATH "%s", service), "services", service);
    json_array_append_new(endpoints, added);
}

bool learn_configure(const char *config, const char *catalog, const char *service, bool apart,
                     struct error *ret_error) {
    struct strbuf text = {0};
    char folder[PATH_MAX];
    char real[PATH_MAX];
    struct stat status;
    size_t len;
    json_t *root = NULL;
    if (!real_path(catalog, real, sizeof real))
        return error_set(ret_error, "%s: there is no such folder", catalog);
    if (!real_path(config, folder, sizeof folder))
        return error_set(ret_error, "%s: there is no such folder", config);
    char *slash = strrchr(folder, '/');
    slash[slash == folder ? 1 : 0] = '\0';
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
    const json_t *endpoints = json_object_get(root, "endpoints");
    if (endpoints != NULL && !json_is_array(endpoints)) {
        json_decref(root);
        return error_set(ret_error, "%s: /endpoints: expected an array of objects", config);
    }
    add_catalog(root, folder, real);
    if (apart)
        add_endpoint(root, service);
    char *dumped = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    strbuf_printf(&text, "%s\n", dumped);
    const bool ok = statgate_output_write(config, &text, ret_error);
    free(dumped);
    strbuf_done(&text);
    json_decref(root);
    return ok;
}
