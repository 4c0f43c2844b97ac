#include "endpoint/endpoint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "endpoint/endpoint_private.h"

/* ---- messages ---- */

bool build_fail(const struct build *build, const char *place, const char *format, ...) {
    build->error[0] = '\0';
    if (place[0] != '\0')
        build_add(build, "%s: ", place);
    va_list args;
    va_start(args, format);
    const size_t len = strlen(build->error);
    (void)vsnprintf(build->error + len, build->error_size - len, format, args);
    va_end(args);
    return false;
}

bool build_no_memory(const struct build *build) {
    return build_fail(build, "", "out of memory");
}

void build_add(const struct build *build, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const size_t len = strlen(build->error);
    (void)vsnprintf(build->error + len, build->error_size - len, format, args);
    va_end(args);
}

/* ---- services ---- */

static bool is_handler(const struct build *build, const struct catalog *catalog) {
    for (size_t i = 0; i < build->count; i++)
        if (build->options[i].handler == catalog)
            return true;
    return false;
}

/* Some endpoint names it. */
static bool is_named(const struct build *build, const char *service) {
    for (size_t i = 0; i < build->count; i++)
        for (size_t j = 0;
             build->options[i].services != NULL && j < build->options[i].service_count; j++)
            if (strcmp(build->options[i].services[j], service) == 0)
                return true;
    return false;
}

/* The set is not in order yet. */
static const struct catalog *find_service(const struct build *build, const char *name) {
    for (size_t i = 0; i < build->set->count; i++)
        if (strcmp(build->set->catalogs[i]->service, name) == 0 &&
            !is_handler(build, build->set->catalogs[i]))
            return build->set->catalogs[i];
    return NULL;
}

/* "/services/1" of the endpoint, for a message. */
static bool fail_service(const struct build *build, const struct endpoint_options *options,
                         size_t at, const char *format, ...) __attribute__((format(printf, 4, 5)));

static bool fail_service(const struct build *build, const struct endpoint_options *options,
                         size_t at, const char *format, ...) {
    build->error[0] = '\0';
    build_add(build, "%s/services/%zu: ", options->place, at);
    const size_t len = strlen(build->error);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(build->error + len, build->error_size - len, format, args);
    va_end(args);
    return false;
}

static bool fail_unknown(const struct build *build, const struct endpoint_options *options,
                         size_t at) {
    const char **names = malloc((build->set->count + 1) * sizeof *names);
    size_t count = 0;
    if (names == NULL)
        return build_no_memory(build);
    for (size_t i = 0; i < build->set->count; i++)
        if (!is_handler(build, build->set->catalogs[i]))
            names[count++] = build->set->catalogs[i]->service;
    names[count] = NULL;
    (void)fail_service(build, options, at, "no catalog declares the service \"%s\"; ",
                       options->services[at]);
    const char *nearest = nearest_word_or_longer(options->services[at], names);
    if (nearest != NULL)
        build_add(build, "did you mean \"%s\"? ", nearest);
    build_add(build, "%s",
              nearest != NULL ? "Else load it with \"catalog\", or name one of these: "
                              : "load it with \"catalog\", or name one of these: ");
    for (size_t i = 0; i < count; i++)
        build_add(build, "%s%s", i == 0 ? "" : ", ", names[i]);
    free(names);
    return false;
}

static bool take_named(const struct build *build, const struct endpoint_options *options,
                       struct endpoint *endpoint) {
    for (size_t i = 0; i < options->service_count; i++) {
        const struct catalog *service = find_service(build, options->services[i]);
        if (service == NULL)
            return fail_unknown(build, options, i);
        for (size_t j = 0; j < endpoint->service_count; j++)
            if (endpoint->services[j] == service)
                return fail_service(build, options, i, "\"%s\" stands twice", service->service);
        endpoint->services[endpoint->service_count++] = service;
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

static bool take_services(const struct build *build, const struct endpoint_options *options,
                          struct endpoint *endpoint) {
    const size_t room = options->services != NULL ? options->service_count : build->set->count;
    struct arena *arena = &build->endpoints->arena;
    endpoint->name = options->name;
    endpoint->place = options->place;
    endpoint->handler = options->handler;
    endpoint->services = arena_array(arena, room, sizeof *endpoint->services);
    endpoint->each = arena_array(arena, room, sizeof *endpoint->each);
    if (endpoint->services == NULL || endpoint->each == NULL)
        return build_no_memory(build);
    if (options->services == NULL)
        take_rest(build, endpoint);
    else if (!take_named(build, options, endpoint))
        return false;
    if (endpoint->service_count > 1)
        qsort(endpoint->services, endpoint->service_count, sizeof *endpoint->services, by_service);
    return groups_check(build, endpoint, options);
}

/* ---- families ---- */

static bool takes(const struct endpoint_options *options, const struct catalog_family *family) {
    return catalog_family_selected(family, options->include, options->exclude);
}

/* Of the set, which may be changed; the endpoints only read it. */
static struct catalog *own(const struct build *build, const struct catalog *catalog) {
    for (size_t i = 0; i < build->set->count; i++)
        if (build->set->catalogs[i] == catalog)
            return build->set->catalogs[i];
    return NULL;
}

static void expose(struct catalog *catalog, const struct endpoint_options *options) {
    for (size_t i = 0; catalog != NULL && i < catalog->family_count; i++)
        catalog->families[i].exposed |= takes(options, &catalog->families[i]);
}

static void expose_families(const struct build *build) {
    for (size_t i = 0; i < build->set->count; i++)
        for (size_t j = 0; j < build->set->catalogs[i]->family_count; j++)
            build->set->catalogs[i]->families[j].exposed = false;
    for (size_t i = 0; i < build->count; i++) {
        const struct endpoint *endpoint = &build->endpoints->items[i];
        for (size_t j = 0; j < endpoint->service_count; j++)
            expose(own(build, endpoint->services[j]), &build->options[i]);
        expose(own(build, endpoint->handler), &build->options[i]);
    }
}

/* Is the catalog among these? */
static bool serves(const struct catalog *const *services, size_t count,
                   const struct catalog *catalog) {
    return count > 0 &&
           bsearch(&catalog, services, count, sizeof(struct catalog *), by_service) != NULL;
}

static bool fill_queries(const struct build *build, const struct endpoint_options *options,
                         const struct catalog *const *services, size_t count,
                         struct exposure *page) {
    const struct catalog_set *set = build->set;
    uint32_t *queries = arena_array(&build->endpoints->arena, set->query_count, sizeof *queries);
    if (queries == NULL)
        return build_no_memory(build);
    for (size_t i = 0; i < set->query_count; i++) {
        const struct catalog_query *query = set->queries[i];
        bool wanted = false;
        for (size_t j = 0; j < query->value_count && !wanted; j++)
            wanted = takes(options, query->values[j].family);
        if (wanted && serves(services, count, query->catalog))
            queries[page->query_count++] = (uint32_t)i;
    }
    page->queries = queries;
    return true;
}

static void add_family(struct exposure *page, const struct endpoint_options *options,
                       const struct catalog_family *family) {
    if (family_has_lines(family) && takes(options, family))
        page->families[page->family_count++] = family;
}

/* The page of all services. */
static bool fill_all(const struct build *build, const struct endpoint_options *options,
                     struct endpoint *endpoint) {
    const struct catalog_set *set = build->set;
    struct exposure *page = &endpoint->all;
    size_t room = endpoint->handler != NULL ? endpoint->handler->family_count : 0;
    for (size_t i = 0; i < endpoint->service_count; i++)
        room += endpoint->services[i]->family_count;
    page->families = arena_array(&build->endpoints->arena, room, sizeof *page->families);
    if (page->families == NULL)
        return build_no_memory(build);
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog *catalog = set->families[i]->catalog;
        if (catalog == endpoint->handler ||
            serves(endpoint->services, endpoint->service_count, catalog))
            add_family(page, options, set->families[i]);
    }
    page->text_only = options->text_only;
    page->created = options->created;
    return fill_queries(build, options, endpoint->services, endpoint->service_count, page);
}

static bool fill_service(const struct build *build, const struct endpoint_options *options,
                         const struct catalog *service, struct exposure *page) {
    page->families =
        arena_array(&build->endpoints->arena, service->family_count, sizeof *page->families);
    if (page->families == NULL)
        return build_no_memory(build);
    for (size_t i = 0; i < service->family_count; i++)
        add_family(page, options, &service->families[i]);
    page->text_only = options->text_only;
    page->created = options->created;
    return fill_queries(build, options, &service, 1, page);
}

/* ---- names ---- */

/* With the target's info among them: it is no family of a catalog. */
static bool names_differ_with_target(const struct build *build, const struct exposure *page,
                                     const struct catalog *service) {
    const struct catalog stand_in = {
        .file = "its resource attributes", .service = service->service, .internal = true};
    const struct catalog_family target = {
        .catalog = &stand_in, .name = "target_info", .type = FAMILY_INFO};
    const struct catalog_family **families =
        malloc((page->family_count + 1) * sizeof(struct catalog_family *));
    if (families == NULL)
        return build_no_memory(build);
    size_t count = 0;
    while (count < page->family_count && strcmp(page->families[count]->name, target.name) <= 0) {
        families[count] = page->families[count];
        count++;
    }
    families[count] = &target;
    for (size_t i = count; i < page->family_count; i++)
        families[i + 1] = page->families[i];
    const bool differ =
        catalog_samples_differ(families, page->family_count + 1, build->error, build->error_size);
    free(families);
    return differ;
}

static bool all_names_differ(const struct build *build, const struct endpoint *endpoint) {
    const struct exposure *page = &endpoint->all;
    for (size_t i = 0; page->target.count > 0 && i < endpoint->service_count; i++)
        if (endpoint->each[i].target.count > 0)
            return names_differ_with_target(build, page, endpoint->services[i]);
    return catalog_samples_differ(page->families, page->family_count, build->error,
                                  build->error_size);
}

/* The daemon's own families that are in a group describe its process, and are the first to go. */
static bool gives_way(const struct catalog_family *family) {
    return family->catalog->internal && family->group != NULL;
}

/* Without them, if there are any. */
static bool give_way(struct exposure *page) {
    size_t kept = 0;
    for (size_t i = 0; i < page->family_count; i++)
        if (!gives_way(page->families[i]))
            page->families[kept++] = page->families[i];
    const bool any = kept < page->family_count;
    page->family_count = kept;
    return any;
}

static bool names_differ(const struct build *build, struct endpoint *endpoint) {
    if (all_names_differ(build, endpoint))
        return true;
    endpoint->gave_way = give_way(&endpoint->all);
    return endpoint->gave_way && all_names_differ(build, endpoint);
}

static bool fill_endpoint(const struct build *build, const struct endpoint_options *options,
                          struct endpoint *endpoint) {
    if (!fill_all(build, options, endpoint))
        return false;
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (!fill_service(build, options, endpoint->services[i], &endpoint->each[i]))
            return false;
    if (!constants_build(build, endpoint, options) || !constants_check(build, endpoint))
        return false;
    if (names_differ(build, endpoint))
        return true;
    if (build->count > 1)
        build_add(build, " (both on %s)", endpoint->name);
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
    for (size_t i = 0; i < build->count; i++)
        if (!take_services(build, &build->options[i], &endpoints->items[i]))
            return false;
    expose_families(build);
    if (!catalog_set_finish(build->set, build->error, build->error_size))
        return false;
    for (size_t i = 0; i < build->count; i++)
        if (!fill_endpoint(build, &build->options[i], &endpoints->items[i]))
            return false;
    return true;
}

bool endpoints_build(struct endpoints *ret_endpoints, struct catalog_set *set,
                     const struct endpoint_options *options, size_t count, char *ret_error,
                     size_t error_size) {
    const struct build build = {.endpoints = ret_endpoints,
                                .set = set,
                                .options = options,
                                .count = count,
                                .error = ret_error,
                                .error_size = error_size};
    *ret_endpoints = (struct endpoints){.count = 0};
    ret_error[0] = '\0';
    arena_init(&ret_endpoints->arena);
    if (build_all(&build))
        return true;
    endpoints_done(ret_endpoints);
    return false;
}

bool endpoints_build_all(struct endpoints *ret_endpoints, struct catalog_set *set, char *ret_error,
                         size_t error_size) {
    const struct endpoint_options all = {
        .place = "", .name = "", .include = "all", .exclude = "none"};
    return endpoints_build(ret_endpoints, set, &all, 1, ret_error, error_size);
}

void endpoints_done(struct endpoints *endpoints) {
    arena_done(&endpoints->arena);
    *endpoints = (struct endpoints){.count = 0};
}

/* ---- look-ups ---- */

const struct exposure *endpoint_service(const struct endpoint *endpoint, const char *name) {
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (strcmp(endpoint->services[i]->service, name) == 0)
            return &endpoint->each[i];
    return NULL;
}

bool endpoints_serve(const struct endpoints *endpoints, const struct catalog *service) {
    for (size_t i = 0; i < endpoints->count; i++)
        for (size_t j = 0; j < endpoints->items[i].service_count; j++)
            if (endpoints->items[i].services[j] == service)
                return true;
    return false;
}
