#include "statgated/catalogs.h"

#include "catalog/catalog.h"
#include "host/log.h"
#include "mistakes/catalogs.h"
#include "mistakes/mistakes.h"
#include "settings/endpoint_warnings.h"

/* Bytes that are read to find all mistakes: about a second's work. A reload has ten seconds, also
 * on a slow machine. */
enum { READ_BYTES = 16 << 20 };

/* Fill in *ret_error: the first mistake as its sentence, all others as further lines. */
static void refuse(const struct settings *settings, const struct messages *errors,
                   struct start_error *ret_error) {
    const struct messages no_warnings = {0};
    struct mistakes mistakes;
    struct messages lines;
    messages_init(&lines);
    mistakes_find(&mistakes, errors, &no_warnings, READ_BYTES);
    mistakes_list(&mistakes, &settings->catalog, &lines);
    const char *line = messages_next(&lines, NULL);
    (void)start_error_fail(ret_error, SETTINGS_EXIT_USAGE, "%s",
                           line != NULL ? line : "out of memory");
    while (line != NULL && (line = messages_next(&lines, line)) != NULL)
        messages_add(&ret_error->more, "%s", line);
    messages_done(&lines);
    mistakes_done(&mistakes);
}

bool catalogs_read(const struct settings *settings, struct catalog_set *ret_set,
                   struct endpoint_plan *ret_plan, struct start_error *ret_error) {
    struct catalogs catalogs;
    struct messages errors;
    messages_init(&errors);
    const bool good = catalogs_load(settings, &settings->catalog, false, &catalogs, &errors);
    if (good) {
        *ret_set = catalogs.set;
        *ret_plan = catalogs.plan;
    } else {
        refuse(settings, &errors, ret_error);
        catalogs_done(&catalogs);
    }
    messages_done(&errors);
    return good;
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
