/* All catalogs of a daemon: order, numbers, groups, and checks for conflicts between catalogs. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "catalog/build.h"
#include "catalog/clash.h"
#include "catalog/source.h"

void catalog_set_init(struct catalog_set *set) {
    memset(set, 0, sizeof *set);
}

void catalog_set_done(struct catalog_set *set) {
    for (size_t i = 0; i < set->count; i++)
        catalog_free(set->catalogs[i]);
    free(set->catalogs);
    free(set->families);
    free(set->databases);
    free(set->queries);
    catalog_set_init(set);
}

bool catalog_set_add(struct catalog_set *set, struct catalog *catalog) {
    struct catalog **more = realloc(set->catalogs, (set->count + 1) * sizeof(struct catalog *));
    if (more == NULL)
        return false;
    set->catalogs = more;
    set->catalogs[set->count++] = catalog;
    return true;
}

/* ---- metric groups ---- */

/* Whether the list includes the group. The list is "all", "none", or comma-separated names. */
static bool list_names(const char *list, const char *group) {
    static const char blanks[] = " \t";
    while (list != NULL && *list) {
        list += strspn(list, blanks);
        const size_t whole = strcspn(list, ",");
        size_t len = whole;
        while (len > 0 && strchr(blanks, list[len - 1]) != NULL)
            len--;
        if (text_is(list, len, "all") || text_is(list, len, group))
            return true;
        list += whole;
        list += *list == ',';
    }
    return false;
}

bool catalog_family_selected(const struct catalog_family *family, const char *include,
                             const char *exclude) {
    if (family->group == NULL)
        return true;
    /* An operator who lists the groups of services does not want to lose the daemon's own
     * families. */
    const bool included = family->catalog->internal || list_names(include, family->group);
    return included && !list_names(exclude, family->group);
}

bool catalog_has_group(const struct catalog *catalog, const char *group, size_t len) {
    for (size_t i = 0; i < catalog->group_count; i++)
        if (text_is(group, len, catalog->groups[i]))
            return true;
    for (size_t i = 0; i < catalog->family_count; i++)
        if (catalog->families[i].group != NULL && text_is(group, len, catalog->families[i].group))
            return true;
    return false;
}

/* ---- order and numbers ---- */

static int by_service(const void *a, const void *b) {
    const struct catalog *const *left = a;
    const struct catalog *const *right = b;
    return strcmp((*left)->service, (*right)->service);
}

static int by_name_and_service(const void *a, const void *b) {
    const struct catalog_family *left = *(const struct catalog_family *const *)a;
    const struct catalog_family *right = *(const struct catalog_family *const *)b;
    const int order = strcmp(left->name, right->name);
    return order != 0 ? order : strcmp(left->catalog->service, right->catalog->service);
}

static bool services_differ(const struct catalog_set *set, struct error *ret_error) {
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        if (i > 0 && strcmp(catalog->service, set->catalogs[i - 1]->service) == 0) {
            error_set(ret_error,
                      "%s: /service: the service \"%s\" is declared in %s, too; a service has "
                      "one catalog",
                      catalog->file, catalog->service, set->catalogs[i - 1]->file);
            return false;
        }
        for (size_t j = 0; catalog->socket != NULL && j < i; j++) {
            const char *other = set->catalogs[j]->socket;
            if (other != NULL && strcmp(catalog->socket, other) == 0) {
                error_set(ret_error,
                          "%s: /socket: the service \"%s\" has this socket, too (%s); a "
                          "socket of its own serves one service",
                          catalog->file, set->catalogs[j]->service, set->catalogs[j]->file);
                return false;
            }
        }
    }
    return true;
}

static int by_bound_falling(const void *a, const void *b) {
    const struct catalog_family *left = *(const struct catalog_family *const *)a;
    const struct catalog_family *right = *(const struct catalog_family *const *)b;
    if (left->bound != right->bound)
        return left->bound < right->bound ? 1 : -1;
    return strcmp(left->name, right->name);
}

/* Report that a catalog is too large, naming its largest families. */
static bool explain_size(const struct catalog *catalog, struct error *ret_error) {
    enum { NAMED_MOST = 3 };
    const struct catalog_family *largest[NAMED_MOST + 1];
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++) {
        largest[count++] = &catalog->families[i];
        qsort(largest, count, sizeof(struct catalog_family *), by_bound_falling);
        if (count > NAMED_MOST)
            count = NAMED_MOST;
    }
    error_set(ret_error,
              "%s: /max_series: the families' bounds add up to %s%llu series, the limit of the "
              "service is %llu; the largest:",
              catalog->file, catalog->bound == UINT64_MAX ? "at least " : "",
              (unsigned long long)catalog->bound, (unsigned long long)catalog->max_series);
    for (size_t i = 0; i < count; i++)
        error_add(ret_error, "%s %s %llu", i ? "," : "", largest[i]->name,
                  (unsigned long long)largest[i]->bound);
    return error_add(ret_error,
                     ". Bound a label tighter, give a family a max_series, or raise this limit");
}

static bool sizes_fit(struct catalog_set *set, struct error *ret_error) {
    set->bound = 0;
    set->lines = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct catalog *catalog = set->catalogs[i];
        catalog->index = (uint32_t)i;
        catalog->bound = 0;
        catalog->lines = 0;
        for (size_t j = 0; j < catalog->family_count; j++) {
            catalog->bound = bound_add(catalog->bound, catalog->families[j].bound);
            catalog->lines = bound_add(catalog->lines, catalog->families[j].lines);
        }
        if (catalog->bound > catalog->max_series)
            return explain_size(catalog, ret_error);
        set->bound = bound_add(set->bound, catalog->bound);
        set->lines = bound_add(set->lines, catalog->lines);
    }
    return true;
}

/* Check that all attempts and jobs fit: each combination of labels needs a state, and each live job
 * needs a place. */
static bool machines_fit(const struct catalog_set *set, struct error *ret_error) {
    uint64_t machines = 0;
    uint64_t live = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        for (size_t j = 0; j < catalog->family_count; j++) {
            const struct catalog_family *family = &catalog->families[j];
            if (family_has_lines(family))
                continue;
            machines = bound_add(machines, family->bound);
            if (machines > CATALOG_MACHINES_MAX) {
                return error_set(ret_error,
                                 "%s: /%s/%s: with these, attempts and jobs of all services have "
                                 "%llu combinations of label values, at most %d are allowed",
                                 catalog->file, family->section, family->key,
                                 (unsigned long long)machines, CATALOG_MACHINES_MAX);
            }
            live += family->jobs != NULL ? family->jobs->max_live : 0;
            if (live > CATALOG_LIVE_ALL_MAX) {
                return error_set(ret_error,
                                 "%s: /%s/%s/max_live: with these, jobs of all services could have "
                                 "%llu live ones, at most %d are allowed; lower max_live",
                                 catalog->file, family->section, family->key,
                                 (unsigned long long)live, CATALOG_LIVE_ALL_MAX);
            }
        }
    }
    return true;
}

static bool collect_families(struct catalog_set *set, struct error *ret_error) {
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++) {
        count += set->catalogs[i]->family_count;
        if (count > CATALOG_FAMILIES_MAX) {
            return error_set(
                ret_error,
                "%s: /families: with this catalog there are %zu families, the limit is "
                "%d",
                set->catalogs[i]->file, count, CATALOG_FAMILIES_MAX);
        }
    }
    struct catalog_family **families = malloc((count + 1) * sizeof(struct catalog_family *));
    if (families == NULL) {
        return error_no_memory(ret_error);
    }
    free(set->families);
    set->families = families;
    set->family_count = count;
    for (size_t i = 0; i < set->count; i++)
        for (size_t j = 0; j < set->catalogs[i]->family_count; j++)
            *families++ = &set->catalogs[i]->families[j];
    if (count > 1)
        qsort(set->families, count, sizeof(struct catalog_family *), by_name_and_service);
    for (size_t i = 0; i < count; i++)
        set->families[i]->index = (uint32_t)i;
    return true;
}

bool catalog_set_finish(struct catalog_set *set, struct error *ret_error) {
    if (set->count > 1)
        qsort(set->catalogs, set->count, sizeof(struct catalog *), by_service);
    return services_differ(set, ret_error) && sizes_fit(set, ret_error) &&
           machines_fit(set, ret_error) && collect_families(set, ret_error) &&
           clash_check(set, ret_error) && source_number(set, ret_error);
}

const struct catalog *catalog_set_find(const struct catalog_set *set, const char *service,
                                       size_t len) {
    size_t low = 0;
    size_t high = set->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const char *name = set->catalogs[middle]->service;
        const size_t name_len = strlen(name);
        int order = memcmp(service, name, len < name_len ? len : name_len);
        if (order == 0)
            order = (len > name_len) - (len < name_len);
        if (order == 0)
            return set->catalogs[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
