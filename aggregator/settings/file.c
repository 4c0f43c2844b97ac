#include "settings/file.h"

#include <errno.h>
#include <stdio.h>
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

bool settings_from_file(struct settings *settings, const char *path, struct error *ret_error) {
    if (access(path, R_OK) != 0)
        return error_set(ret_error, "%s: %.500s cannot be read: %s",
                         settings_place(settings, SETTING_config), path, strerror(errno));
    struct error error;
    json_t *root = jsondoc_load(path, &error);
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
