#include "endpoint/groups.h"

#include <string.h>

#include "base/text.h"

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

bool groups_check(const struct build *build, const struct endpoint *endpoint) {
    const struct endpoint_options *options = &endpoint->options;
    const bool whole_set = options->services == NULL;
    /* A service that is awaited, or refused, may have the group. */
    if (endpoint->waiting_count > 0 || build->set->partial)
        return true;
    return check_words(build, endpoint, whole_set, options->include, options->include_place) &&
           check_words(build, endpoint, whole_set, options->exclude, options->exclude_place);
}
