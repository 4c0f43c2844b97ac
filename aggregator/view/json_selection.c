/*
 * json_selection.c - see json_selection.h.
 */
#include "view/json_selection.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "sg_proto.h"
#include "view/since.h"

enum { NEAREST_MAX = 1000 /* names among which a mistyped one is looked for */ };

/* The name as a string of the catalog that declares it, or NULL. */
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

static bool read_reason(const char *text, int *ret_reason) {
    for (int i = SG_REJECT_NONE + 1; i < SG_REJECT_COUNT; i++) {
        if (strcmp(text, sg_reject_label((enum sg_reject)i)) == 0) {
            *ret_reason = i;
            return true;
        }
    }
    return false;
}

static bool read_pid(const char *text, int32_t *ret_pid) {
    int64_t pid = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && pid <= INT32_MAX; digits++)
        pid = pid * 10 + (text[digits] - '0');
    if (digits == 0 || text[digits] != '\0' || pid > INT32_MAX)
        return false;
    *ret_pid = (int32_t)pid;
    return true;
}

/* Check the filters that do not depend on the catalogs. False with a sentence. */
static bool check_plain(const struct json_query *query, struct json_selection *selection,
                        const char **ret_error) {
    if (query->reason != NULL && !read_reason(query->reason, &selection->reason))
        *ret_error = "reason: no such reason";
    else if (query->pid != NULL && !read_pid(query->pid, &selection->pid))
        *ret_error = "pid: not the number of a process";
    else if (query->since != NULL && !since_read(query->since, query->now_ms, &selection->since_ms))
        *ret_error =
            "since: expected a duration with its unit, such as 90s, 5m or 2h, a time such as "
            "2026-07-01T12:00:00Z, or milliseconds of Unix time";
    else
        return true;
    return false;
}

/* A sentence that names the nearest of the names that exist. It is valid until the next. */
static const char *unknown(const char *sentence, const char *word, const char **names) {
    static char said[256];
    const char *near = nearest_word(word, names);
    if (near == NULL)
        return sentence;
    (void)snprintf(said, sizeof said, "%s; did you mean %.180s?", sentence, near);
    return said;
}

static const char *unknown_service(const struct catalog_set *set, const char *word) {
    const char *names[NEAREST_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < set->count && count < NEAREST_MAX; i++)
        names[count++] = set->catalogs[i]->service;
    names[count] = NULL;
    return unknown("service: no such service", word, names);
}

static const char *unknown_family(const struct catalog_set *set, const struct catalog *service,
                                  json_family_fn shows, const char *word) {
    const char *names[NEAREST_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < set->family_count && count < NEAREST_MAX; i++)
        if ((service == NULL || set->families[i]->catalog == service) &&
            (shows == NULL || shows(set->families[i])))
            names[count++] = set->families[i]->name;
    names[count] = NULL;
    return unknown("family: no such family", word, names);
}

bool json_selection_check(const struct view_source *source, const struct json_query *query,
                          json_family_fn shows, struct json_selection *ret_selection,
                          const char **ret_error) {
    struct json_selection selection = {
        .limit = query->limit > 0 ? query->limit : JSON_LIMIT_DEFAULT, .pid = -1};
    if (selection.limit > JSON_LIMIT_MAX) {
        *ret_error = "limit: at most 100000";
        return false;
    }
    if (query->service != NULL) {
        selection.service = catalog_set_find(source->set, query->service, strlen(query->service));
        if (selection.service == NULL) {
            *ret_error = unknown_service(source->set, query->service);
            return false;
        }
    }
    if (query->family != NULL) {
        selection.family = declared_name(source->set, selection.service, shows, query->family);
        if (selection.family == NULL) {
            *ret_error = unknown_family(source->set, selection.service, shows, query->family);
            return false;
        }
    }
    if (!check_plain(query, &selection, ret_error))
        return false;
    *ret_selection = selection;
    return true;
}

bool json_selection_has(const struct json_selection *selection,
                        const struct catalog_family *family) {
    return (selection->service == NULL || selection->service == family->catalog) &&
           (selection->family == NULL || strcmp(selection->family, family->name) == 0);
}
