#include "mistakes/catalogs.h"

#include <string.h>

#include "base/text.h"
#include "loader/loader.h"
#include "self/catalog.h"
#include "settings/catalog.h"

static void keep(void *arg, const struct error *error) {
    messages_add(arg, "%s", error->text);
}

/* Remove the catalog that the message is about from the set. Returns false if it is about none. */
static bool drop_blamed(struct catalog_set *set, const char *message) {
    for (size_t i = 0; i < set->count; i++) {
        const char *file = set->catalogs[i]->file;
        const char *rest = text_after(message, file);
        if (rest == NULL || !text_begins(rest, ": "))
            continue;
        catalog_free(set->catalogs[i]);
        set->count--;
        memmove(&set->catalogs[i], &set->catalogs[i + 1],
                (set->count - i) * sizeof(struct catalog *));
        return true;
    }
    return false;
}

/* Check for what catalogs must not share. Once a refused catalog is removed, others may be at
 * fault. */
static void cross_check(struct catalog_set *set, struct messages *errors) {
    struct error error;
    while (!catalog_set_finish(set, &error)) {
        messages_add(errors, "%s", error.text);
        if (!drop_blamed(set, error.text))
            return;
    }
}

/* The same for endpoints. A mistake in them that follows from a refused catalog is not reported. */
static void place(struct catalogs *catalogs, struct messages *errors) {
    struct error error = {0};
    const char *handlers[ENDPOINTS_MAX];
    const size_t count = endpoint_plan_handlers(&catalogs->plan, handlers);
    bool good = self_add_catalogs(&catalogs->set, handlers, count, &error);
    bool dropped = good;
    while (dropped && !(good = endpoint_plan_build(&catalogs->plan, &catalogs->set, &error))) {
        dropped = drop_blamed(&catalogs->set, error.text);
        if (dropped)
            messages_add(errors, "%s", error.text);
    }
    if (!good && errors->count == 0)
        messages_add(errors, "%s", error.text);
}

/* Whether a path can be read. If it is a path of the settings, the mistake has its place there. */
static bool is_readable(const struct settings *settings, const struct settings_list *paths,
                        size_t index, struct messages *errors) {
    struct error unreadable;
    if (paths != &settings->catalog || settings_check_catalog(settings, index, &unreadable))
        return true;
    messages_add(errors, "%s", unreadable.text);
    return false;
}

bool catalogs_load(const struct settings *settings, const struct settings_list *paths, bool named,
                   struct catalogs *ret_catalogs, struct messages *errors) {
    struct catalogs *catalogs = ret_catalogs;
    const bool file_named = settings->sources[SETTING_config] == SETTINGS_FLAG;
    *catalogs = (struct catalogs){.whole = !named || file_named};
    catalog_set_init(&catalogs->set);
    if (!endpoint_plan_init(&catalogs->plan, settings, catalogs->whole))
        messages_add(errors, "out of memory");
    for (size_t i = 0; i < paths->count; i++)
        if (is_readable(settings, paths, i, errors))
            (void)loader_path_all(&catalogs->set, paths->items[i], keep, errors);
    cross_check(&catalogs->set, errors);
    place(catalogs, errors);
    if (errors->count > 0 || errors->text.failed) {
        catalogs_done(catalogs);
        return false;
    }
    return true;
}

void catalogs_done(struct catalogs *catalogs) {
    endpoint_plan_done(&catalogs->plan);
    catalog_set_done(&catalogs->set);
}
