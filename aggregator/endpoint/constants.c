#include "endpoint/constants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b) {
    const struct constant_label *left = a;
    const struct constant_label *right = b;
    return strcmp(left->name, right->name);
}

/* Make a label name from `prefix` ("otel_scope_" or "") and the attribute's key. NULL: out of
 * memory. */
static const char *label_name(struct arena *arena, const char *prefix, const char *key) {
    char label[CATALOG_NAME_MAX + 1];
    catalog_attribute_label(key, label);
    const size_t size = strlen(prefix) + strlen(label) + 1;
    char *name = arena_alloc(arena, size);
    if (name != NULL)
        (void)snprintf(name, size, "%s%s", prefix, label);
    return name;
}

static bool add_attributes(const struct build *build, struct constant_label *items,
                           size_t *ret_count, const char *prefix,
                           const struct catalog_attribute *attributes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const char *name = label_name(&build->endpoints->arena, prefix, attributes[i].key);
        if (name == NULL)
            return build_no_memory(build);
        items[(*ret_count)++] = (struct constant_label){name, attributes[i].value};
    }
    return true;
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
    if (items == NULL)
        return build_no_memory(build);
    if (!add_attributes(build, items, &count, "", catalog->resource, resources) ||
        !add_attributes(build, items, &count, "otel_scope_", catalog->scope, scopes))
        return false;
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
    if (items == NULL)
        return build_no_memory(build);
    if (!add_attributes(build, items, &count, "", service->resource, service->resource_count))
        return false;
    sort(items, count);
    endpoint->all.target = (struct constant_labels){items, count};
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (endpoint->services[i] == service)
            endpoint->each[i].target = endpoint->all.target;
    return true;
}

bool constants_build(const struct build *build, struct endpoint *endpoint) {
    struct constant_labels *constants =
        arena_array(&build->endpoints->arena, build->set->count, sizeof *constants);
    if (constants == NULL)
        return build_no_memory(build);
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

bool constants_check(const struct build *build, const struct endpoint *endpoint) {
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

uint64_t constant_labels_bytes(const struct constant_labels *labels, bool escaped) {
    uint64_t bytes = 0;
    for (size_t i = 0; i < labels->count; i++) {
        const struct constant_label *label = &labels->items[i];
        bytes +=
            strlen(label->name) + CATALOG_LABEL_AROUND + strlen(label->value) * (escaped ? 2 : 1);
    }
    return bytes;
}
