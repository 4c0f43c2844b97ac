#include "settings/endpoint_warnings.h"

#include <stdio.h>

#include "base/listen_address.h"
#include "base/text.h"
#include "settings/debug_access.h"

static bool serves(const struct endpoint *endpoint, const struct catalog *catalog) {
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (endpoint->services[i] == catalog)
            return true;
    return false;
}

static bool is_served(const struct endpoint_plan *plan, const struct catalog *catalog) {
    for (size_t i = 0; i < plan->count; i++)
        if (*plan->places[i].listen != '\0' && serves(&plan->endpoints.items[i], catalog))
            return true;
    return false;
}

/* People expect the daemon's process metrics on the page; there, a service's metrics of the same
 * name took their place. */
static void warn_given_way(const struct endpoint_plan *plan, endpoint_warning_fn *warn, void *arg) {
    char text[ERROR_BYTES];
    for (size_t i = 0; i < plan->count; i++) {
        const char *name = plan->options[i].name;
        if (!plan->endpoints.items[i].gave_way || *plan->places[i].listen == '\0')
            continue;
        (void)snprintf(text, sizeof text,
                       "a service on %s declares process metrics, so those of statgated itself are "
                       "on %s/statgate alone",
                       name, name);
        warn(arg, text);
    }
}

static void warn_open(const struct endpoint_plan *plan, endpoint_warning_fn *warn, void *arg) {
    char text[ERROR_BYTES];
    if (!debug_access_is_open(plan))
        return;
    (void)snprintf(text, sizeof text,
                   "other hosts may read /debug on %s, so it hides the texts of refused lines; set "
                   "debug_token_file, or debug_listen to an address of this host alone",
                   debug_access_address(plan));
    warn(arg, text);
}

/* What everybody on the network may read should be meant so. */
static void warn_everywhere(const struct endpoint_plan *plan, endpoint_warning_fn *warn,
                            void *arg) {
    char text[ERROR_BYTES];
    struct listen_address address;
    const char *reason;
    for (size_t i = 0; i < plan->count; i++) {
        const char *listen = plan->places[i].listen;
        if (*plan->places[i].bearer_token_file != '\0' ||
            !listen_address_parse(listen, &address, &reason) ||
            (text_after(listen, "0.0.0.0:") == NULL && text_after(listen, "[::]:") == NULL))
            continue;
        (void)snprintf(text, sizeof text,
                       "everybody who reaches this host may read %s, which listens on all "
                       "addresses; set bearer_token_file, or an address of this host alone",
                       plan->options[i].name);
        warn(arg, text);
    }
}

static void warn_waiting(const struct endpoint_plan *plan, endpoint_warning_fn *warn, void *arg) {
    for (size_t i = 0; i < plan->count; i++)
        for (size_t j = 0; j < plan->endpoints.items[i].waiting_count; j++)
            warn(arg, plan->endpoints.items[i].waiting[j]);
}

void endpoint_warnings(const struct endpoint_plan *plan, const struct catalog_set *set,
                       endpoint_warning_fn *warn, void *arg) {
    char text[ERROR_BYTES];
    warn_given_way(plan, warn, arg);
    warn_open(plan, warn, arg);
    warn_everywhere(plan, warn, arg);
    warn_waiting(plan, warn, arg);
    for (size_t i = 0; plan->count > 1 && i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        if (!is_served(plan, catalog) && !catalog->internal) {
            (void)snprintf(text, sizeof text,
                           "service %s is on no page: no endpoint names it, and metrics_listen is "
                           "empty",
                           catalog->service);
            warn(arg, text);
        }
    }
}
