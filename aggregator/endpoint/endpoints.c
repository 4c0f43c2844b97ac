/*
 * endpoints.c - builds all endpoints of a daemon, step by step: see endpoints_build in endpoint.h.
 */
#include "endpoint/build.h"
#include "endpoint/clashes.h"
#include "endpoint/constants.h"
#include "endpoint/groups.h"
#include "endpoint/pages.h"
#include "endpoint/services.h"

static bool fill_endpoint(const struct build *build, struct endpoint *endpoint) {
    if (!pages_fill(build, endpoint) || !constants_build(build, endpoint) ||
        !constants_check(build, endpoint))
        return false;
    if (clashes_check(build, endpoint))
        return true;
    if (build->count > 1)
        error_add(build->error, " (both on %s)", endpoint->options.name);
    return false;
}

static bool build_all(const struct build *build) {
    struct endpoints *endpoints = build->endpoints;
    if (build->count > ENDPOINTS_MAX)
        return build_fail(build, build->options[ENDPOINTS_MAX].place,
                          "%zu endpoints with the default one, at most %d are allowed",
                          build->count, ENDPOINTS_MAX);
    endpoints->items = arena_array(&endpoints->arena, build->count, sizeof *endpoints->items);
    if (endpoints->items == NULL)
        return build_no_memory(build);
    endpoints->count = build->count;
    for (size_t i = 0; i < build->count; i++) {
        struct endpoint *endpoint = &endpoints->items[i];
        endpoint->options = build->options[i];
        if (!services_take(build, endpoint) || !groups_check(build, endpoint))
            return false;
    }
    pages_expose(build);
    if (!catalog_set_finish(build->set, build->error))
        return false;
    for (size_t i = 0; i < build->count; i++)
        if (!fill_endpoint(build, &endpoints->items[i]))
            return false;
    return true;
}

bool endpoints_build(struct endpoints *ret_endpoints, struct catalog_set *set,
                     const struct endpoint_options *options, size_t count,
                     struct error *ret_error) {
    const struct build build = {.endpoints = ret_endpoints,
                                .set = set,
                                .options = options,
                                .count = count,
                                .error = ret_error};
    *ret_endpoints = (struct endpoints){.count = 0};
    error_clear(ret_error);
    arena_init(&ret_endpoints->arena);
    if (build_all(&build))
        return true;
    endpoints_done(ret_endpoints);
    return false;
}

void endpoints_done(struct endpoints *endpoints) {
    arena_done(&endpoints->arena);
    *endpoints = (struct endpoints){.count = 0};
}
