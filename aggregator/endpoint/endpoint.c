/* SPDX-License-Identifier: MIT */
/* endpoint.c - what each page of metrics shows. */
#include "endpoint/endpoint.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"

/* ---- build: the state of building endpoints, which the files of this folder work on, and their
 * error messages.
 *
 * Functions that take a build return false on failure, with `place: text` in the build's error.
 */

struct build {
    struct endpoints *endpoints;
    struct catalog_set *set;
    const struct endpoint_options *options;
    size_t count;
    struct error *error;
};

/* ==== build ==== */

/* Set the error to `place: text`. Returns false. */
static bool build_fail(const struct build *build, const char *place, const char *format, ...) {
    va_list args;
    error_set(build->error, "%s: ", place);
    va_start(args, format);
    error_vadd(build->error, format, args);
    va_end(args);
    return false;
}

/* ==== clashes: checks that names of samples are unique on an endpoint. ==== */

/* Check the page's names together with target_info, which is not a family of a catalog. */
static bool names_differ_with_target(const struct build *build, const struct endpoint_page *page,
                                     const struct catalog *service) {
    const struct catalog stand_in = {
        .file = "its resource attributes", .service = service->service, .internal = true};
    const struct catalog_family target = {
        .catalog = &stand_in, .name = "target_info", .kind = &catalog_kind_rows[KIND_INFO]};
    const struct catalog_family **families =
        memory_array(page->family_count + 1, sizeof(struct catalog_family *));
    size_t count = 0;
    while (count < page->family_count && strcmp(page->families[count]->name, target.name) <= 0) {
        families[count] = page->families[count];
        count++;
    }
    families[count] = &target;
    for (size_t i = count; i < page->family_count; i++)
        families[i + 1] = page->families[i];
    const bool differ = catalog_samples_differ(families, page->family_count + 1, build->error);
    free(families);
    return differ;
}

static bool all_names_differ(const struct build *build, const struct endpoint *endpoint) {
    const struct endpoint_page *page = &endpoint->all;
    for (size_t i = 0; page->target.count > 0 && i < endpoint->service_count; i++)
        if (endpoint->each[i].target.count > 0)
            return names_differ_with_target(build, page, endpoint->services[i]);
    return catalog_samples_differ(page->families, page->family_count, build->error);
}

/* Whether a family is dropped first in a clash: the daemon's own families in a group, which
 * describe its process. */
static bool gives_way(const struct catalog_family *family) {
    return family->catalog->internal && family->group != NULL;
}

/* Drop these families from the page. Returns whether there were any. */
static bool give_way(struct endpoint_page *page) {
    size_t kept = 0;
    for (size_t i = 0; i < page->family_count; i++)
        if (!gives_way(page->families[i]))
            page->families[kept++] = page->families[i];
    const bool any = kept < page->family_count;
    page->family_count = kept;
    return any;
}

/* Check that the names of the endpoint's samples differ, including the name of target_info. If
 * they clash, first remove the families of the daemon's own process from the page of all
 * services. */
static bool clashes_check(const struct build *build, struct endpoint *endpoint) {
    if (all_names_differ(build, endpoint))
        return true;
    endpoint->gave_way = give_way(&endpoint->all);
    return endpoint->gave_way && all_names_differ(build, endpoint);
}

/* ==== constants: labels that every series of a page has, and the labels of its target_info.
 */

static int by_name(const void *a, const void *b) {
    const struct constant_label *left = a;
    const struct constant_label *right = b;
    return strcmp(left->name, right->name);
}

/* Make a label name from `prefix` ("otel_scope_" or "") and the attribute's key. */
static const char *label_name(struct arena *arena, const char *prefix, const char *key) {
    char label[CATALOG_NAME_MAX + 1];
    catalog_attribute_label(key, label);
    const size_t size = strlen(prefix) + strlen(label) + 1;
    char *name = arena_alloc(arena, size);
    (void)snprintf(name, size, "%s%s", prefix, label);
    return name;
}

static void add_attributes(const struct build *build, struct constant_label *items,
                           size_t *ret_count, const char *prefix,
                           const struct catalog_attribute *attributes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *name = label_name(&build->endpoints->arena, prefix, attributes[i].key);
        items[(*ret_count)++] = (struct constant_label){name, attributes[i].value};
    }
}

static void sort(struct constant_label *items, size_t count) {
    if (count > 1)
        qsort(items, count, sizeof *items, by_name);
}

/* Build the constant labels of one service. */
static bool service_constants(const struct build *build, const struct catalog *catalog,
                              const struct endpoint_options *options,
                              struct constant_labels *ret_labels) {
    const size_t resources = options->resource == RESOURCE_LABELS ? catalog->resource_count : 0;
    const size_t scopes = options->scope_labels ? catalog->scope_count : 0;
    struct constant_label *items =
        arena_array(&build->endpoints->arena, resources + scopes, sizeof *items);
    size_t count = 0;
    add_attributes(build, items, &count, "", catalog->resource, resources);
    add_attributes(build, items, &count, "otel_scope_", catalog->scope, scopes);
    sort(items, count);
    for (size_t i = 1; i < count; i++)
        if (strcmp(items[i - 1].name, items[i].name) == 0)
            return build_fail(build, catalog->file,
                              "/resource: the endpoint %s puts resource and scope on each series, "
                              "and the label \"%s\" would come from both; rename the attribute",
                              options->name, items[i].name);
    *ret_labels = (struct constant_labels){items, count};
    return true;
}

/* Find the one service that target_info describes. True with NULL: the endpoint serves no such
 * service, and needs none. */
static bool find_target(const struct build *build, const struct endpoint *endpoint,
                        const struct catalog **ret_service) {
    const struct endpoint_options *options = &endpoint->options;
    const struct catalog *found = NULL;
    for (size_t i = 0; i < endpoint->service_count; i++) {
        const struct catalog *service = endpoint->services[i];
        if (service->internal)
            continue;
        if (found != NULL)
            return build_fail(build, options->place,
                              "\"target_info\" describes one service, and the endpoint %s serves "
                              "\"%s\" and \"%s\"; give each an endpoint of its own, or set "
                              "\"resource\" to \"labels\" or \"off\"",
                              options->name, found->service, service->service);
        found = service;
    }
    /* All services may be on other endpoints than the default one. */
    if (found == NULL && options->services != NULL)
        return build_fail(build, options->place,
                          "\"target_info\" describes a service, and the endpoint %s serves the "
                          "daemon's own only; set \"resource\" to \"off\"",
                          options->name);
    *ret_service = found;
    return true;
}

static bool target_labels(const struct build *build, struct endpoint *endpoint) {
    const struct catalog *service = NULL;
    if (endpoint->options.resource != RESOURCE_TARGET_INFO)
        return true;
    if (!find_target(build, endpoint, &service))
        return false;
    if (service == NULL)
        return true;
    struct constant_label *items =
        arena_array(&build->endpoints->arena, service->resource_count, sizeof *items);
    size_t count = 0;
    add_attributes(build, items, &count, "", service->resource, service->resource_count);
    sort(items, count);
    endpoint->all.target = (struct constant_labels){items, count};
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (endpoint->services[i] == service)
            endpoint->each[i].target = endpoint->all.target;
    return true;
}

/* Set the constant labels and the target's labels of the endpoint's pages. The set must be
 * finished. */
static bool constants_build(const struct build *build, struct endpoint *endpoint) {
    struct constant_labels *constants =
        arena_array(&build->endpoints->arena, build->set->count, sizeof *constants);
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (!service_constants(build, endpoint->services[i], &endpoint->options,
                               &constants[endpoint->services[i]->index]))
            return false;
    endpoint->all.constants = constants;
    for (size_t i = 0; i < endpoint->service_count; i++)
        endpoint->each[i].constants = constants;
    return target_labels(build, endpoint);
}

/* ---- labels of families ---- */

static bool has_label(const struct catalog_family *family, const char *name) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (strcmp(family->labels[i].name, name) == 0)
            return true;
    const char *item = family_item_label(family);
    return item != NULL && strcmp(name, item) == 0;
}

/* Check that no family of the endpoint declares one of its service's constant labels. */
static bool constants_check(const struct build *build, const struct endpoint *endpoint) {
    for (size_t i = 0; i < endpoint->all.family_count; i++) {
        const struct catalog_family *family = endpoint->all.families[i];
        const struct constant_labels *constants = &endpoint->all.constants[family->catalog->index];
        for (size_t j = 0; j < constants->count; j++)
            if (has_label(family, constants->items[j].name))
                return build_fail(build, family->catalog->file,
                                  "/%s/%s: %s has a label \"%s\", and the endpoint %s puts one of "
                                  "that name on each series, from the service's resource or scope; "
                                  "rename one, or set \"resource\" to \"off\" there",
                                  family->section, family->key, family->name,
                                  constants->items[j].name, endpoint->options.name);
    }
    return true;
}

uint64_t endpoint_labels_bytes(const struct constant_labels *labels, bool escaped) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < labels->count; i++) {
        const struct constant_label *label = &labels->items[i];
        bytes +=
            strlen(label->name) + CATALOG_LABEL_AROUND + strlen(label->value) * (escaped ? 2 : 1);
    }
    return bytes;
}

/* ==== what one endpoint shows ==== */

void endpoint_put_services(struct strbuf *out, const struct endpoint *endpoint) {
    enum { SHOWN = 16 };
    const size_t count = endpoint->service_count;
    for (size_t i = 0; i < count && i < SHOWN; i++)
        strbuf_printf(out, "%s%s", i > 0 ? ", " : "", endpoint->services[i]->service);
    if (count > SHOWN)
        strbuf_printf(out, " and %zu more", count - SHOWN);
    if (count == 0)
        strbuf_puts(out, "no service");
}

const struct endpoint_page *endpoint_page_of(const struct endpoint *endpoint, const char *name) {
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (strcmp(endpoint->services[i]->service, name) == 0)
            return &endpoint->each[i];
    return NULL;
}

/* ==== groups: checks the metric groups that an endpoint names: a mistyped group would silently
 * hide or show families.
 */

/* The catalogs whose groups may be named, by index; NULL after the last. The words of the default
 * endpoint apply to the whole set: they may name groups of services that have an endpoint of their
 * own. */
static const struct catalog *catalog_at(const struct build *build, const struct endpoint *endpoint,
                                        bool whole_set, size_t index) {
    if (whole_set)
        return index < build->set->count ? build->set->catalogs[index] : NULL;
    return index < endpoint->service_count ? endpoint->services[index] : NULL;
}

/* Whether one of the first `count` catalogs has the group. */
static bool is_known(const struct build *build, const struct endpoint *endpoint, bool whole_set,
                     size_t count, const char *group, size_t len) {
    const struct catalog *catalog;
    for (size_t i = 0; i < count && (catalog = catalog_at(build, endpoint, whole_set, i)) != NULL;
         i++)
        if (catalog_has_group(catalog, group, len))
            return true;
    return false;
}

/* Whether the group is declared, or an earlier family has it, so that it was listed before. */
static bool was_listed(const struct catalog *catalog, size_t families, const char *group) {
    for (size_t i = 0; i < catalog->group_count; i++)
        if (strcmp(catalog->groups[i], group) == 0)
            return true;
    for (size_t i = 0; i < families; i++)
        if (catalog->families[i].group != NULL && strcmp(catalog->families[i].group, group) == 0)
            return true;
    return false;
}

/* The groups that the message lists, each once. */
struct listing {
    const struct build *build;
    const struct endpoint *endpoint;
    bool whole_set;
    bool any;
};

static void list_group(struct listing *listing, size_t catalog, const char *group) {
    if (is_known(listing->build, listing->endpoint, listing->whole_set, catalog, group,
                 strlen(group)))
        return; /* an earlier catalog has it */
    error_add(listing->build->error, "%s%s", listing->any ? ", " : "; they have ", group);
    listing->any = true;
}

static void list_groups(struct listing *listing) {
    const struct catalog *catalog;
    for (size_t i = 0;
         (catalog = catalog_at(listing->build, listing->endpoint, listing->whole_set, i)) != NULL;
         i++) {
        for (size_t j = 0; j < catalog->group_count; j++)
            list_group(listing, i, catalog->groups[j]);
        for (size_t j = 0; j < catalog->family_count; j++) {
            const char *group = catalog->families[j].group;
            if (group != NULL && !was_listed(catalog, j, group))
                list_group(listing, i, group);
        }
    }
    if (!listing->any)
        error_add(listing->build->error, "; they have none");
}

static bool check_words(const struct build *build, const struct endpoint *endpoint, bool whole_set,
                        const char *words, const char *place) {
    static const char blanks[] = " \t";
    for (const char *at = words; place != NULL && *at != '\0';) {
        at += strspn(at, blanks);
        const size_t whole = strcspn(at, ",");
        size_t len = whole;
        while (len > 0 && strchr(blanks, at[len - 1]) != NULL)
            len--;
        const bool special = text_is(at, len, "all") || text_is(at, len, "none");
        if (len > 0 && !special && !is_known(build, endpoint, whole_set, SIZE_MAX, at, len)) {
            struct listing listing = {build, endpoint, whole_set, false};
            (void)build_fail(build, place,
                             whole_set ? "no family of the loaded catalogs is in the group \"%.*s\""
                                       : "no service of this endpoint has the group \"%.*s\"",
                             (int)len, at);
            list_groups(&listing);
            return false;
        }
        at += whole + (at[whole] == ',');
    }
    return true;
}

/* Check that the groups named by `include` and `exclude` exist. */
static bool groups_check(const struct build *build, const struct endpoint *endpoint) {
    const struct endpoint_options *options = &endpoint->options;
    const bool whole_set = options->services == NULL;
    /* A service that is awaited, or refused, may have the group. */
    if (endpoint->waiting_count > 0 || build->set->partial)
        return true;
    return check_words(build, endpoint, whole_set, options->include, options->include_place) &&
           check_words(build, endpoint, whole_set, options->exclude, options->exclude_place);
}

/* ==== services: which services an endpoint serves. ==== */

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
    for (size_t i = 0; i < build->set->count; i++) {
        const struct catalog *catalog = build->set->catalogs[i];
        assert(catalog != NULL);
        if (strcmp(catalog->service, name) == 0 && !is_handler(build, catalog))
            return catalog;
    }
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

static void add_waiting(const struct build *build, struct endpoint *endpoint, size_t at) {
    const char **names = memory_array(build->set->count + 1, sizeof *names);
    struct error text;
    size_t count = 0;
    for (size_t i = 0; i < build->set->count; i++)
        if (!is_handler(build, build->set->catalogs[i]))
            names[count++] = build->set->catalogs[i]->service;
    names[count] = NULL;
    describe_waiting(&endpoint->options, at, names, &text);
    free(names);
    endpoint->waiting[endpoint->waiting_count++] =
        arena_strndup(&build->endpoints->arena, text.text, strlen(text.text));
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
    for (size_t i = 0; i < options->service_count; i++) {
        const struct catalog *service = find_service(build, options->services[i]);
        if (is_repeated(options, i)) {
            put_place(build->error, options, i);
            return error_add(build->error, "\"%s\" is listed twice", options->services[i]);
        }
        if (service != NULL)
            endpoint->services[endpoint->service_count++] = service;
        else
            add_waiting(build, endpoint, i);
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

/* Find the services that the endpoint's options name; for the default endpoint, all services that
 * no other endpoint names. Allocates `each` with a page for each service. */
static bool services_take(const struct build *build, struct endpoint *endpoint) {
    const struct endpoint_options *options = &endpoint->options;
    const size_t room = options->services != NULL ? options->service_count : build->set->count;
    struct arena *arena = &build->endpoints->arena;
    endpoint->services = arena_array(arena, room, sizeof *endpoint->services);
    endpoint->each = arena_array(arena, room, sizeof *endpoint->each);
    if (options->services == NULL)
        take_rest(build, endpoint);
    else if (!take_named(build, endpoint))
        return false;
    if (endpoint->service_count > 1)
        qsort(endpoint->services, endpoint->service_count, sizeof *endpoint->services, by_service);
    return true;
}

/* Whether the catalog is among these services, which are in byte order of name. */
static bool services_have(const struct catalog *const *services, size_t count,
                          const struct catalog *catalog) {
    return count > 0 &&
           bsearch(&catalog, services, count, sizeof(struct catalog *), by_service) != NULL;
}

/* ==== pages: what the pages of an endpoint show: families, and the queries that fill them.
 */

static bool takes(const struct endpoint_options *options, const struct catalog_family *family) {
    return catalog_family_selected(family, options->include, options->exclude);
}

/* Find the catalog in the set, where it may be changed; the endpoints only read it. */
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

/* Mark the families of the set that some endpoint shows as exposed, and all others as not
 * exposed. */
static void pages_expose(const struct build *build) {
    for (size_t i = 0; i < build->set->count; i++)
        for (size_t j = 0; j < build->set->catalogs[i]->family_count; j++)
            build->set->catalogs[i]->families[j].exposed = false;
    for (size_t i = 0; i < build->count; i++) {
        const struct endpoint *endpoint = &build->endpoints->items[i];
        for (size_t j = 0; j < endpoint->service_count; j++)
            expose(own(build, endpoint->services[j]), &endpoint->options);
        expose(own(build, endpoint->options.handler), &endpoint->options);
    }
}

static void fill_queries(const struct build *build, const struct catalog *const *services,
                         size_t count, struct endpoint_page *page) {
    const struct catalog_set *set = build->set;
    uint32_t *queries = arena_array(&build->endpoints->arena, set->query_count, sizeof *queries);
    for (size_t i = 0; i < set->query_count; i++) {
        const struct catalog_query *query = set->queries[i];
        bool wanted = false;
        for (size_t j = 0; j < query->value_count && !wanted; j++)
            wanted = takes(page->options, query->values[j].family);
        if (wanted && services_have(services, count, query->catalog))
            queries[page->query_count++] = (uint32_t)i;
    }
    page->queries = queries;
}

static void add_family(struct endpoint_page *page, const struct catalog_family *family) {
    if (family_has_lines(family) && takes(page->options, family))
        page->families[page->family_count++] = family;
}

/* Fill the page of all services. */
static void fill_all(const struct build *build, struct endpoint *endpoint) {
    const struct catalog_set *set = build->set;
    struct endpoint_page *page = &endpoint->all;
    size_t room = endpoint->options.handler != NULL ? endpoint->options.handler->family_count : 0;
    for (size_t i = 0; i < endpoint->service_count; i++)
        room += endpoint->services[i]->family_count;
    page->options = &endpoint->options;
    page->families = arena_array(&build->endpoints->arena, room, sizeof *page->families);
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog *catalog = set->families[i]->catalog;
        if (catalog == endpoint->options.handler ||
            services_have(endpoint->services, endpoint->service_count, catalog))
            add_family(page, set->families[i]);
    }
    fill_queries(build, endpoint->services, endpoint->service_count, page);
}

static void fill_service(const struct build *build, const struct endpoint *endpoint,
                         const struct catalog *service, struct endpoint_page *page) {
    page->options = &endpoint->options;
    page->families =
        arena_array(&build->endpoints->arena, service->family_count, sizeof *page->families);
    for (size_t i = 0; i < service->family_count; i++)
        add_family(page, &service->families[i]);
    fill_queries(build, &service, 1, page);
}

/* Fill the endpoint's pages except for their labels. The set must be finished. */
static void pages_fill(const struct build *build, struct endpoint *endpoint) {
    fill_all(build, endpoint);
    for (size_t i = 0; i < endpoint->service_count; i++)
        fill_service(build, endpoint, endpoint->services[i], &endpoint->each[i]);
}

/* ==== endpoints: builds all endpoints of a daemon, step by step: see endpoints_build in
 * endpoint.h.
 */

static bool fill_endpoint(const struct build *build, struct endpoint *endpoint) {
    pages_fill(build, endpoint);
    if (!constants_build(build, endpoint) || !constants_check(build, endpoint))
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

/* ==== options ==== */

enum option_kind { OPTION_SWITCH, OPTION_WORDS, OPTION_CHOICE };

struct option {
    const char *name;
    enum option_kind kind;
    const char *initial;
    const char *argument;
    const char *unusual;
    const char *phrase;
    size_t offset; /* of the field in struct endpoint_options */
};

enum {
#define ENDPOINT_OPTION(name, ...) ROW_##name,
#include "endpoint/options.def"
#undef ENDPOINT_OPTION
    ROW_COUNT
};

static const struct option rows[ROW_COUNT] = {
#define ENDPOINT_OPTION(name_, kind_, initial_, argument_, check, unusual_, phrase_, help)         \
    {.name = #name_,                                                                               \
     .kind = OPTION_##kind_,                                                                       \
     .initial = (initial_),                                                                        \
     .argument = (argument_),                                                                      \
     .unusual = (unusual_),                                                                        \
     .phrase = (phrase_),                                                                          \
     .offset = offsetof(struct endpoint_options, name_)},
#include "endpoint/options.def"
#undef ENDPOINT_OPTION
};

/* ---- values ---- */

static const void *field_of(const struct endpoint_options *options, const struct option *row) {
    return (const char *)options + row->offset;
}

static bool is_on(const struct endpoint_options *options, const struct option *row) {
    return *(const bool *)field_of(options, row);
}

static const char *words_of(const struct endpoint_options *options, const struct option *row) {
    return *(const char *const *)field_of(options, row);
}

/* Enums of options have no negative items, so they are unsigned. */
_Static_assert(sizeof(enum endpoint_resource) == sizeof(unsigned), "choices are read as unsigned");

static unsigned choice_of(const struct endpoint_options *options, const struct option *row) {
    return *(const unsigned *)field_of(options, row);
}

static bool is_usual(const struct endpoint_options *options, const struct option *row) {
    switch (row->kind) {
    case OPTION_SWITCH:
        return is_on(options, row) == (strcmp(row->initial, "on") == 0);
    case OPTION_WORDS:
        return strcmp(words_of(options, row), row->initial) == 0;
    case OPTION_CHOICE:
        return choice_of(options, row) == text_choice_find(row->argument, row->initial);
    }
    return true;
}

const char *endpoint_resource_word(enum endpoint_resource resource, size_t *ret_len) {
    return text_choice_word(rows[ROW_resource].argument, resource, ret_len);
}

/* ---- showing them ---- */

static void put_choice(struct json_writer *w, const char *words, unsigned choice) {
    size_t len;
    const char *word = text_choice_word(words, choice, &len);
    json_bytes(w, word, len);
}

void endpoint_options_put_json(struct json_writer *w, const struct endpoint_options *options) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option *row = &rows[i];
        json_key(w, row->name);
        if (row->kind == OPTION_SWITCH)
            json_bool(w, is_on(options, row));
        else if (row->kind == OPTION_WORDS)
            json_text(w, words_of(options, row));
        else
            put_choice(w, row->argument, choice_of(options, row));
    }
}

static void put_unusual(struct strbuf *out, const struct endpoint_options *options,
                        enum option_kind kind) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option *row = &rows[i];
        if (row->kind != kind || row->unusual == NULL || is_usual(options, row))
            continue;
        strbuf_puts(out, out->len > 0 ? ", " : "");
        strbuf_puts(out, row->unusual);
        if (kind == OPTION_WORDS)
            strbuf_printf(out, " %s", words_of(options, row));
    }
}

/* Switches first, lists of words last. */
void endpoint_options_put_unusual(struct strbuf *out, const struct endpoint_options *options) {
    put_unusual(out, options, OPTION_SWITCH);
    put_unusual(out, options, OPTION_WORDS);
}

void endpoint_options_put_phrases(struct strbuf *out, const struct endpoint_options *options) {
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option *row = &rows[i];
        size_t len;
        if (row->phrase == NULL || is_usual(options, row))
            continue;
        const unsigned which = row->kind == OPTION_CHOICE ? choice_of(options, row) : 0;
        const char *phrase = text_choice_word(row->phrase, which, &len);
        strbuf_puts(out, ", ");
        strbuf_put(out, phrase, len);
    }
}
