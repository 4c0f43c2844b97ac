#include "settings/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settings/file_endpoints.h"
#include "settings/json.h"
#include "settings/table.h"

static bool read_root(const struct settings_json *from, json_t *root) {
    const struct jsondoc_place place = {.key = from->file};
    const struct jsondoc_place config = {.parent = &place, .key = "config"};
    const char *keys[SETTING_COUNT + 2];
    size_t count = 0;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        if (i != SETTING_config)
            keys[count++] = setting_table[i].name;
    keys[count++] = "endpoints";
    keys[count] = NULL;
    struct error unknown;
    if (json_object_get(root, config.key) != NULL)
        return settings_json_fail(from, &config, "a configuration file cannot name another one");
    if (!jsondoc_keys_known(root, &place, keys, &unknown))
        return error_set(from->error, "%s", unknown.text);
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const char *name = setting_table[i].name;
        json_t *value = json_object_get(root, name);
        if (value != NULL && !settings_json_read(from, &place, name, (enum setting_id)i, value))
            return false;
    }
    json_t *endpoints = json_object_get(root, "endpoints");
    return endpoints == NULL || file_endpoints_read(from, &place, endpoints);
}

bool settings_file_is_kept(const struct settings_host *host, const char *path) {
    return host->kept_file != NULL && strcmp(host->kept_file, path) == 0;
}

/* The file's text, which belongs to the settings. NULL with the reason. */
static const char *read_text(struct settings *settings, const struct settings_host *host,
                             size_t *ret_len, struct error *ret_error) {
    const char *path = settings->config;
    char *bytes = NULL;
    *ret_len = host->kept_len;
    if (!settings_file_is_kept(host, path)) {
        if (access(path, R_OK) != 0) {
            (void)error_set(ret_error, "%s: %.500s cannot be read: %s",
                            settings_place(settings, SETTING_config), path, strerror(errno));
            return NULL;
        }
        bytes = jsondoc_read(path, ret_len, ret_error);
        if (bytes == NULL)
            return NULL;
    }
    const char *text =
        arena_strndup(&settings->arena, bytes != NULL ? bytes : host->kept_text, *ret_len);
    free(bytes);
    if (text == NULL)
        (void)error_no_memory(ret_error);
    return text;
}

bool settings_from_file(struct settings *settings, const struct settings_host *host,
                        struct error *ret_error) {
    const char *path = settings->config;
    struct error error;
    settings->config_text = read_text(settings, host, &settings->config_len, ret_error);
    if (settings->config_text == NULL)
        return false;
    json_t *root = jsondoc_parse(path, settings->config_text, settings->config_len, &error);
    if (root == NULL)
        return error_set(ret_error, "%s", error.text);
    char base[SETTINGS_PLACE_BYTES];
    (void)snprintf(base, sizeof base, "%.900s: ", path);
    const char *slash = strrchr(path, '/');
    const struct settings_json from = {.settings = settings,
                                       .file = path,
                                       .folder_len = slash == NULL ? 0 : (size_t)(slash - path) + 1,
                                       .base = base,
                                       .error = ret_error};
    const bool ok = read_root(&from, root);
    json_decref(root);
    return ok;
}
