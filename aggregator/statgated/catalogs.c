#include "statgated/catalogs.h"

#include <stdio.h>

#include "catalog/catalog.h"
#include "host/log.h"
#include "loader/loader.h"
#include "self/catalog.h"
#include "settings/catalog.h"
#include "settings/endpoint_warnings.h"

bool catalogs_read(const struct settings *settings, struct catalog_set *ret_set,
                   struct endpoint_plan *ret_plan, struct start_error *ret_error) {
    struct catalog_set set;
    struct error error = {0};
    const char *handlers[ENDPOINTS_MAX];
    catalog_set_init(&set);
    if (!endpoint_plan_init(ret_plan, settings, true)) {
        error_no_memory(&error);
        goto refused;
    }
    for (size_t i = 0; i < settings->catalog.count; i++) {
        struct error unreadable;
        if (!settings_check_catalog(settings, i, &unreadable)) {
            error_set(&error, "%s", unreadable.text);
            goto refused;
        }
        if (!loader_path(&set, settings->catalog.items[i], &error))
            goto refused;
    }
    /* First without the daemon's own, so that a clash is reported of the user's files. */
    if (!catalog_set_finish(&set, &error) ||
        !self_add_catalogs(&set, handlers, endpoint_plan_handlers(ret_plan, handlers), &error) ||
        !endpoint_plan_build(ret_plan, &set, &error))
        goto refused;
    *ret_set = set;
    return true;
refused:
    endpoint_plan_done(ret_plan);
    catalog_set_done(&set);
    return start_error_fail(ret_error, SETTINGS_EXIT_USAGE, "%s", error.text);
}

static void warn(void *arg, const char *text) {
    (void)arg;
    log_write(LOG_LEVEL_WARN, "http", "%s", text);
}

void catalogs_warn(const struct endpoint_plan *plan, const struct catalog_set *set) {
    endpoint_warnings(plan, set, warn, NULL);
}

size_t catalogs_services(const struct catalog_set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += !set->catalogs[i]->internal;
    return count;
}
