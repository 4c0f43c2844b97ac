/* What is allowed, but seldom meant. */
#include <stdio.h>
#include <string.h>

#include "settings/setup.h"

static bool serves(const struct endpoint *endpoint, const struct catalog *catalog) {
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (endpoint->services[i] == catalog)
            return true;
    return false;
}

/* The first endpoint from `index` on with a listener that serves it, or `count`. */
static size_t find(const struct setup *setup, const struct catalog *catalog, size_t index) {
    while (index < setup->count && (*setup->places[index].listen == '\0' ||
                                    !serves(&setup->endpoints.items[index], catalog)))
        index++;
    return index;
}

/* Nobody looks for the daemon's process where that of a service is. */
static void warn_given_way(const struct setup *setup, void (*tell)(void *arg, const char *text),
                           void *arg) {
    char text[SETUP_ERROR_MAX];
    for (size_t i = 0; i < setup->count; i++) {
        const char *name = setup->options[i].name;
        if (!setup->endpoints.items[i].gave_way || *setup->places[i].listen == '\0')
            continue;
        (void)snprintf(text, sizeof text,
                       "a service on %s declares process metrics, so those of statgated itself are "
                       "on %s/statgate alone",
                       name, name);
        tell(arg, text);
    }
}

void setup_warn(const struct setup *setup, const struct catalog_set *set,
                void (*tell)(void *arg, const char *text), void *arg) {
    char text[SETUP_ERROR_MAX];
    warn_given_way(setup, tell, arg);
    for (size_t i = 0; setup->count > 1 && i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        const size_t first = find(setup, catalog, 0);
        const size_t second = find(setup, catalog, first + 1);
        if (first == setup->count && !catalog->internal) {
            (void)snprintf(text, sizeof text,
                           "service %s is on no page: no endpoint names it, and metrics_listen is "
                           "empty",
                           catalog->service);
            tell(arg, text);
        } else if (second < setup->count) {
            (void)snprintf(text, sizeof text,
                           "service %s is served on two endpoints, %s and %s: a Prometheus job "
                           "that scrapes both counts twice",
                           catalog->service, setup->options[first].name,
                           setup->options[second].name);
            tell(arg, text);
        }
    }
}
