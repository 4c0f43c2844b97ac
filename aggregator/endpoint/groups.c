/* Metric groups that an endpoint names: a mistyped one would hide or show silently. */
#include <string.h>

#include "endpoint/endpoint_private.h"

/* The default endpoint's words are those of all: they may name groups of services that have an
 * endpoint of their own. */
static bool is_known(const struct build *build, const struct endpoint *endpoint, bool whole_set,
                     const char *group, size_t len) {
    if (whole_set) {
        for (size_t i = 0; i < build->set->count; i++)
            if (catalog_has_group(build->set->catalogs[i], group, len))
                return true;
        return false;
    }
    for (size_t i = 0; i < endpoint->service_count; i++)
        if (catalog_has_group(endpoint->services[i], group, len))
            return true;
    return false;
}

/* True when an earlier item or family has it: then it was listed. */
static bool was_listed(const struct catalog *catalog, size_t families, const char *group) {
    for (size_t i = 0; i < catalog->group_count; i++)
        if (strcmp(catalog->groups[i], group) == 0)
            return true;
    for (size_t i = 0; i < families; i++)
        if (catalog->families[i].group && strcmp(catalog->families[i].group, group) == 0)
            return true;
    return false;
}

static void list_groups(const struct build *build, const struct endpoint *endpoint) {
    const char *before = "; they have ";
    for (size_t i = 0; i < endpoint->service_count; i++) {
        const struct catalog *catalog = endpoint->services[i];
        for (size_t j = 0; j < catalog->group_count; j++, before = ", ")
            build_add(build, "%s%s", before, catalog->groups[j]);
        for (size_t j = 0; j < catalog->family_count; j++) {
            const char *group = catalog->families[j].group;
            if (!group || was_listed(catalog, j, group))
                continue;
            build_add(build, "%s%s", before, group);
            before = ", ";
        }
    }
    if (before[0] == ';')
        build_add(build, "; they have none");
}

static bool check_words(const struct build *build, const struct endpoint *endpoint, bool whole_set,
                        const char *words, const char *place) {
    static const char blanks[] = " \t";
    for (const char *at = words; place && *at != '\0';) {
        at += strspn(at, blanks);
        const size_t whole = strcspn(at, ",");
        size_t len = whole;
        while (len > 0 && strchr(blanks, at[len - 1]))
            len--;
        const bool special =
            (len == 3 && memcmp(at, "all", 3) == 0) || (len == 4 && memcmp(at, "none", 4) == 0);
        if (len > 0 && !special && !is_known(build, endpoint, whole_set, at, len)) {
            if (whole_set)
                return build_fail(build, place,
                                  "no family of the loaded catalogs is in the group \"%.*s\"",
                                  (int)len, at);
            (void)build_fail(build, place, "no service of this endpoint has the group \"%.*s\"",
                             (int)len, at);
            list_groups(build, endpoint);
            return false;
        }
        at += whole + (at[whole] == ',');
    }
    return true;
}

bool groups_check(const struct build *build, const struct endpoint *endpoint,
                  const struct endpoint_options *options) {
    const bool whole_set = !options->services;
    return check_words(build, endpoint, whole_set, options->include, options->include_place) &&
           check_words(build, endpoint, whole_set, options->exclude, options->exclude_place);
}
