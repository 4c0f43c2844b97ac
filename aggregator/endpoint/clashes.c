#include "endpoint/clashes.h"

#include <stdlib.h>
#include <string.h>

/* Check the page's names together with target_info, which is not a family of a catalog. */
static bool names_differ_with_target(const struct build *build, const struct endpoint_page *page,
                                     const struct catalog *service) {
    const struct catalog stand_in = {
        .file = "its resource attributes", .service = service->service, .internal = true};
    const struct catalog_family target = {
        .catalog = &stand_in, .name = "target_info", .kind = &kind_rows[KIND_INFO]};
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

bool clashes_check(const struct build *build, struct endpoint *endpoint) {
    if (all_names_differ(build, endpoint))
        return true;
    endpoint->gave_way = give_way(&endpoint->all);
    return endpoint->gave_way && all_names_differ(build, endpoint);
}
