#include "endpoint/pages.h"

#include "endpoint/services.h"

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

void pages_expose(const struct build *build) {
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

static bool fill_queries(const struct build *build, const struct catalog *const *services,
                         size_t count, struct endpoint_page *page) {
    const struct catalog_set *set = build->set;
    uint32_t *queries = arena_array(&build->endpoints->arena, set->query_count, sizeof *queries);
    if (queries == NULL)
        return build_no_memory(build);
    for (size_t i = 0; i < set->query_count; i++) {
        const struct catalog_query *query = set->queries[i];
        bool wanted = false;
        for (size_t j = 0; j < query->value_count && !wanted; j++)
            wanted = takes(page->options, query->values[j].family);
        if (wanted && services_have(services, count, query->catalog))
            queries[page->query_count++] = (uint32_t)i;
    }
    page->queries = queries;
    return true;
}

static void add_family(struct endpoint_page *page, const struct catalog_family *family) {
    if (family_has_lines(family) && takes(page->options, family))
        page->families[page->family_count++] = family;
}

/* Fill the page of all services. */
static bool fill_all(const struct build *build, struct endpoint *endpoint) {
    const struct catalog_set *set = build->set;
    struct endpoint_page *page = &endpoint->all;
    size_t room = endpoint->options.handler != NULL ? endpoint->options.handler->family_count : 0;
    for (size_t i = 0; i < endpoint->service_count; i++)
        room += endpoint->services[i]->family_count;
    page->options = &endpoint->options;
    page->families = arena_array(&build->endpoints->arena, room, sizeof *page->families);
    if (page->families == NULL)
        return build_no_memory(build);
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog *catalog = set->families[i]->catalog;
        if (catalog == endpoint->options.handler ||
            services_have(endpoint->services, endpoint->service_count, catalog))
            add_family(page, set->families[i]);
    }
    return fill_queries(build, endpoint->services, endpoint->service_count, page);
}

static bool fill_service(const struct build *build, const struct endpoint *endpoint,
                         const struct catalog *service, struct endpoint_page *page) {
    page->options = &endpoint->options;
    page->families =
        arena_array(&build->endpoints->arena, service->family_count, sizeof *page->families);
    if (page->families == NULL)
        return build_no_memory(build);
    for (size_t i = 0; i < service->family_count; i++)
        add_family(page, &service->families[i]);
    return fill_queries(build, &service, 1, page);
}

bool pages_fill(const struct build *build, struct endpoint *endpoint) {
    if (!fill_all(build, endpoint))
        return false;
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (!fill_service(build, endpoint, endpoint->services[i], &endpoint->each[i]))
            return false;
    return true;
}
