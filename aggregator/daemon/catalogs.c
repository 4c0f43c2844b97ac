/* The catalogs of the settings. */
#include <string.h>

#include "daemon/daemon.h"
#include "loader/loader.h"

/* Each name of include or exclude must be the group of some family: a mistyped one would hide or
 * show silently. */
static bool check_groups(const struct settings *settings, enum setting_id id, const char *words,
                         const struct catalog_set *set, struct daemon_error *ret_error) {
    for (const char *at = words; *at != '\0';) {
        const size_t len = strcspn(at, ",");
        const bool special =
            (len == 3 && memcmp(at, "all", 3) == 0) || (len == 4 && memcmp(at, "none", 4) == 0);
        if (len > 0 && !special && !catalog_set_has_group(set, at, len))
            return daemon_fail(ret_error, SETTINGS_EXIT_USAGE,
                               "%s: no family of the loaded catalogs is in the group \"%.*s\"",
                               settings_place(settings, id), (int)len, at);
        at += len + (at[len] == ',');
    }
    return true;
}

bool daemon_load_catalogs(const struct settings *settings, struct catalog_set *ret_set,
                          struct daemon_error *ret_error) {
    struct catalog_set set;
    struct jsondoc_error error = {{0}};
    catalog_set_init(&set);
    for (size_t i = 0; i < settings->catalog.count; i++)
        if (!loader_path(&set, settings->catalog.items[i], &error))
            goto refused;
    catalog_set_select(&set, settings->include, settings->exclude);
    /* First without the built-in one, so that a clash is told of the user's files. */
    if (!catalog_set_finish(&set, error.text, sizeof error.text))
        goto refused;
    struct catalog *own = self_catalog(&set, &error);
    if (!own)
        goto refused;
    if (!catalog_set_add(&set, own)) {
        catalog_free(own);
        (void)strcpy(error.text, "out of memory");
        goto refused;
    }
    if (!check_groups(settings, SETTING_include, settings->include, &set, ret_error) ||
        !check_groups(settings, SETTING_exclude, settings->exclude, &set, ret_error)) {
        catalog_set_done(&set);
        return false;
    }
    catalog_set_select(&set, settings->include, settings->exclude);
    if (!catalog_set_finish(&set, error.text, sizeof error.text))
        goto refused;
    *ret_set = set;
    return true;
refused:
    catalog_set_done(&set);
    return daemon_fail(ret_error, SETTINGS_EXIT_USAGE, "%s", error.text);
}
