#include "statgated/catalogs.h"

#include <string.h>

#include "catalog/catalog.h"
#include "host/log.h"
#include "mistakes/mistakes.h"
#include "settings/settings.h"

/* Bytes that are read to find all mistakes: about a second's work. A reload has ten seconds, also
 * on a slow machine. */
enum { READ_BYTES = 16 << 20 };

void catalogs_refuse(const struct messages *lines, struct start_error *ret_error) {
    const char *line = mistakes_messages_next(lines, NULL);
    (void)start_error_fail(ret_error, SETTINGS_EXIT_USAGE, "%s",
                           line != NULL ? line : "out of memory");
    while (line != NULL && (line = mistakes_messages_next(lines, line)) != NULL)
        mistakes_messages_add(&ret_error->more, "%s", line);
}

/* Replace the sentences by lines with all mistakes and their places. */
static void locate(const struct settings *settings, struct messages *refused) {
    const struct messages no_warnings = {0};
    struct mistakes mistakes;
    struct messages lines;
    mistakes_messages_init(&lines);
    mistakes_find(&mistakes, refused, &no_warnings, READ_BYTES);
    mistakes_list(&mistakes, &settings->catalog, &lines);
    mistakes_done(&mistakes);
    mistakes_messages_done(refused);
    *refused = lines;
}

bool catalogs_read(const struct accepted_active_wish *wish, struct in_force *ret_in_force,
                   struct start_error *ret_error) {
    struct error why;
    if (accepted_active_read(ret_in_force, wish, &why)) {
        if (ret_in_force->refused_count > 0)
            locate(wish->settings, &ret_in_force->refused);
        return true;
    }
    const char *first = mistakes_messages_next(&ret_in_force->refused, NULL);
    if (first == NULL || strcmp(first, why.text) != 0)
        mistakes_messages_add(&ret_in_force->refused, "%s", why.text);
    locate(wish->settings, &ret_in_force->refused);
    catalogs_refuse(&ret_in_force->refused, ret_error);
    accepted_active_done(ret_in_force);
    return false;
}

static void warn(void *arg, const char *text) {
    (void)arg;
    log_write(LOG_LEVEL_WARN, "http", "%s", text);
}

void catalogs_warn(const struct endpoint_plan *plan, const struct catalog_set *set) {
    settings_endpoint_warnings(plan, set, warn, NULL);
    for (size_t i = 0; i < set->count; i++)
        for (const struct catalog_remark *remark = set->catalogs[i]->remarks; remark != NULL;
             remark = remark->next)
            log_write(LOG_LEVEL_WARN, "start", "%s", remark->text);
}

size_t catalogs_services(const struct catalog_set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += !set->catalogs[i]->internal;
    return count;
}
