#include "statgate/services.h"

#include <stdlib.h>
#include <string.h>

#include "loader/loader.h"

static void keep(void *arg, const struct error *error) {
    mistakes_messages_add(arg, "%s", error->text);
}

/* Finish a catalog in a set of its own. */
static bool finish(struct catalog *catalog, struct messages *errors) {
    struct error error;
    error_no_memory(&error);
    struct catalog_set alone;
    catalog_set_init(&alone);
    bool good = false;
    if (catalog_set_add(&alone, catalog)) {
        good = catalog_set_finish(&alone, &error);
        alone.count = 0; /* the catalog stays in its original set */
    }
    catalog_set_done(&alone);
    if (!good)
        mistakes_messages_add(errors, "%s", error.text);
    return good;
}

static int by_service(const void *a, const void *b) {
    const struct catalog *const *left = a;
    const struct catalog *const *right = b;
    const int order = strcmp((*left)->service, (*right)->service);
    return order != 0 ? order : strcmp((*left)->file, (*right)->file);
}

bool services_load(const struct settings_list *paths, struct catalog_set *set,
                   struct messages *errors) {
    for (size_t i = 0; i < paths->count; i++)
        (void)loader_path_all(set, paths->items[i], keep, errors);
    if (set->count > 1)
        qsort(set->catalogs, set->count, sizeof *set->catalogs, by_service);
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *before = i > 0 ? set->catalogs[i - 1] : NULL;
        if (before != NULL && strcmp(before->service, set->catalogs[i]->service) == 0)
            mistakes_messages_add(
                errors,
                "%s: /service: the service \"%s\" is declared in %s, too; a service has "
                "one catalog",
                set->catalogs[i]->file, before->service, before->file);
        (void)finish(set->catalogs[i], errors);
    }
    if (errors->text.failed)
        mistakes_messages_add(errors, "out of memory");
    if (errors->count == 0 && set->count == 0)
        mistakes_messages_add(errors, "no catalog to describe");
    return errors->count == 0;
}
