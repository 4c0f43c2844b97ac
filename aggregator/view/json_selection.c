/*
 * json_selection.c - see json_selection.h.
 */
#include "view/json_selection.h"

/* The name as some catalog has it, or NULL. */
static const char *declared_name(const struct catalog_set *set, const struct catalog *service,
                                 json_family_fn shows, const char *name) {
    for (size_t i = 0; i < set->count; i++) {
        if (service != NULL && set->catalogs[i] != service)
            continue;
        const struct catalog_family *family =
            catalog_family_find(set->catalogs[i], name, strlen(name));
        if (family != NULL && (shows == NULL || shows(family)))
            return family->name;
    }
    return NULL;
}

bool json_selection_check(const struct view_source *source, const struct json_query *query,
                          json_family_fn shows, struct json_selection *ret_selection,
                          const char **ret_error) {
    struct json_selection selection = {.limit =
                                           query->limit > 0 ? query->limit : JSON_LIMIT_DEFAULT};
    if (selection.limit > JSON_LIMIT_MAX) {
        *ret_error = "limit: at most 100000";
        return false;
    }
    if (query->service != NULL) {
        selection.service = catalog_set_find(source->set, query->service, strlen(query->service));
        if (selection.service == NULL) {
            *ret_error = "service: no such service";
            return false;
        }
    }
    if (query->family != NULL) {
        selection.family = declared_name(source->set, selection.service, shows, query->family);
        if (selection.family == NULL) {
            *ret_error = "family: no such family";
            return false;
        }
    }
    *ret_selection = selection;
    return true;
}

bool json_selection_has(const struct json_selection *selection,
                        const struct catalog_family *family) {
    return (selection->service == NULL || selection->service == family->catalog) &&
           (selection->family == NULL || strcmp(selection->family, family->name) == 0);
}
