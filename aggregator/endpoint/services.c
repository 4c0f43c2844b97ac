#include "endpoint/services.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

static bool is_handler(const struct build *build, const struct catalog *catalog) {
    for (size_t i = 0; i < build->count; i++)
        if (build->options[i].handler == catalog)
            return true;
    return false;
}

/* Whether some endpoint names the service. */
static bool is_named(const struct build *build, const char *service) {
    for (size_t i = 0; i < build->count; i++)
        for (size_t j = 0;
             build->options[i].services != NULL && j < build->options[i].service_count; j++)
            if (strcmp(build->options[i].services[j], service) == 0)
                return true;
    return false;
}

/* Find a service by walking the set, which is not sorted yet. */
static const struct catalog *find_service(const struct build *build, const char *name) {
    for (size_t i = 0; i < build->set->count; i++)
        if (strcmp(build->set->catalogs[i]->service, name) == 0 &&
            !is_handler(build, build->set->catalogs[i]))
            return build->set->catalogs[i];
    return NULL;
}

/* Begin a message with the place: "/services/1" of the endpoint. */
static void put_place(struct error *error, const struct endpoint_options *options, size_t at) {
    error_set(error, "%s/services/%zu: ", options->place, at);
}

/* Describe the service that no catalog declares, with the names that it could be. */
static void describe_waiting(const struct endpoint_options *options, size_t at,
                             const char *const *names, struct error *ret_text) {
    const char *nearest = nearest_word_or_longer(options->services[at], names);
    put_place(ret_text, options, at);
    error_add(ret_text, "no catalog in force declares the service \"%s\"; ", options->services[at]);
    if (nearest != NULL)
        error_add(ret_text, "did you mean \"%s\"? Else add its catalog", nearest);
    else
        error_add(ret_text, "add its catalog, or name one of these: ");
    for (size_t i = 0; nearest == NULL && names[i] != NULL; i++)
        error_add(ret_text, "%s%s", i == 0 ? "" : ", ", names[i]);
}

static bool add_waiting(const struct build *build, struct endpoint *endpoint, size_t at) {
    const char **names = malloc((build->set->count + 1) * sizeof *names);
    struct error text;
    size_t count = 0;
    if (names == NULL)
        return build_no_memory(build);
    for (size_t i = 0; i < build->set->count; i++)
        if (!is_handler(build, build->set->catalogs[i]))
            names[count++] = build->set->catalogs[i]->service;
    names[count] = NULL;
    describe_waiting(&endpoint->options, at, names, &text);
    free(names);
    const char *kept = arena_strndup(&build->endpoints->arena, text.text, strlen(text.text));
    endpoint->waiting[endpoint->waiting_count++] = kept;
    return kept != NULL || build_no_memory(build);
}

/* Whether an earlier item of the list has the same name. */
static bool is_repeated(const struct endpoint_options *options, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (strcmp(options->services[i], options->services[at]) == 0)
            return true;
    return false;
}

static bool take_named(const struct build *build, struct endpoint *endpoint) {
    const struct endpoint_options *options = &endpoint->options;
    endpoint->waiting =
        arena_array(&build->endpoints->arena, options->service_count, sizeof *endpoint->waiting);
    if (endpoint->waiting == NULL)
        return build_no_memory(build);
    for (size_t i = 0; i < options->service_count; i++) {
        const struct catalog *service = find_service(build, options->services[i]);
        if (is_repeated(options, i)) {
            put_place(build->error, options, i);
            return error_add(build->error, "\"%s\" is listed twice", options->services[i]);
        }
        if (service != NULL)
            endpoint->services[endpoint->service_count++] = service;
        else if (!add_waiting(build, endpoint, i))
            return false;
    }
    return true;
}

static void take_rest(const struct build *build, struct endpoint *endpoint) {
    for (size_t i = 0; i < build->set->count; i++) {
        const struct catalog *service = build->set->catalogs[i];
        if (!is_named(build, service->service) && !is_handler(build, service))
            endpoint->services[endpoint->service_count++] = service;
    }
}

static int by_service(const void *a, const void *b) {
    const struct catalog *const *left = a;
    const struct catalog *const *right = b;
    return strcmp((*left)->service, (*right)->service);
}

bool services_take(const struct build *build, struct endpoint *endpoint) {
    const struct endpoint_options *options = &endpoint->options;
    const size_t room = options->services != NULL ? options->service_count : build->set->count;
    struct arena *arena = &build->endpoints->arena;
    endpoint->services = arena_array(arena, room, sizeof *endpoint->services);
    endpoint->each = arena_array(arena, room, sizeof *endpoint->each);
    if (endpoint->services == NULL || endpoint->each == NULL)
        return build_no_memory(build);
    if (options->services == NULL)
        take_rest(build, endpoint);
    else if (!take_named(build, endpoint))
        return false;
    if (endpoint->service_count > 1)
        qsort(endpoint->services, endpoint->service_count, sizeof *endpoint->services, by_service);
    return true;
}

bool services_have(const struct catalog *const *services, size_t count,
                   const struct catalog *catalog) {
    return count > 0 &&
           bsearch(&catalog, services, count, sizeof(struct catalog *), by_service) != NULL;
}
