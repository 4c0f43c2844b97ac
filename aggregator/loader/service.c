/* Reads the top level of a catalog: who sends, which labels are ignored, and how large the service
 * may grow. */
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "loader/environment.h"
#include "loader/families.h"
#include "loader/field.h"
#include "loader/names.h"
#include "loader/sections.h"
#include "loader/service.h"
#include "loader/words.h"

enum {
    FORMAT_VERSION = 1,
    SERVICE_MAX = 64,
    SOCKET_MAX = 107, /* sun_path of unix(7) without the terminator */
    ATTRIBUTES_MAX = 64,
    ATTRIBUTE_VALUE_MAX = 1024,
    IGNORED_MAX = 256,
    SENDERS_MAX = 1024,
    SERIES_DEFAULT = 100000
};

static struct jsondoc_place key_place(const struct jsondoc_place *parent, const char *key) {
    return (struct jsondoc_place){.parent = parent, .key = key};
}

/* ---- version and name ---- */

static bool check_version(const struct load *load, json_t *root,
                          const struct jsondoc_place *place) {
    const struct jsondoc_place at = key_place(place, "statgate");
    json_t *value = json_object_get(root, "statgate");
    if (value == NULL)
        return jsondoc_fail(load->error, place,
                            "the key \"statgate\" is missing; a catalog starts with "
                            "\"statgate\": %d, the version of its format",
                            FORMAT_VERSION);
    if (!json_is_integer(value) || json_integer_value(value) != FORMAT_VERSION)
        return jsondoc_fail(load->error, &at,
                            "this version reads catalogs of format %d, \"statgate\": %d",
                            FORMAT_VERSION, FORMAT_VERSION);
    return true;
}

static bool read_service_name(const struct load *load, json_t *root,
                              const struct jsondoc_place *place) {
    const struct jsondoc_place at = key_place(place, "service");
    json_t *value = json_object_get(root, "service");
    if (value == NULL)
        return jsondoc_fail(load->error, place, "the key \"service\" is missing");
    if (!field_text(load, value, &at, SERVICE_MAX, &load->catalog->service))
        return false;
    if (!text_is_service_name(load->catalog->service))
        return jsondoc_fail(load->error, &at,
                            "the name of a service is made of letters, digits, _ . and -, and "
                            "starts with a letter, a digit or _");
    if (!load->internal && strcmp(load->catalog->service, "statgate") == 0)
        return jsondoc_fail(load->error, &at,
                            "\"statgate\" is the daemon's own service; choose another name");
    return true;
}

static bool read_socket(const struct load *load, json_t *root, const struct jsondoc_place *place) {
    const struct jsondoc_place at = key_place(place, "socket");
    json_t *value = json_object_get(root, "socket");
    if (value == NULL)
        return true;
    if (!field_text(load, value, &at, SOCKET_MAX, &load->catalog->socket))
        return false;
    if (load->catalog->socket[0] != '/')
        return jsondoc_fail(load->error, &at, "expected an absolute path");
    return true;
}

/* ---- resource and scope ---- */

/* Whether two attributes would become the same label: dots become underscores. */
static bool same_label(const char *a, const char *b) {
    char left[CATALOG_NAME_MAX + 1];
    char right[CATALOG_NAME_MAX + 1];
    catalog_attribute_label(a, left);
    catalog_attribute_label(b, right);
    return strcmp(left, right) == 0;
}

static bool is_attribute_name(const char *text) {
    static const char bytes[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.";
    return text[0] != '\0' && text[0] != '.' && !(text[0] >= '0' && text[0] <= '9') &&
           !text_begins(text, "__") && text[strspn(text, bytes)] == '\0';
}

static bool read_attribute_value(const struct load *load, json_t *value,
                                 const struct jsondoc_place *place,
                                 struct catalog_attribute *ret_attribute) {
    ret_attribute->variable = NULL;
    if (json_is_object(value))
        return environment_read(load, value, place, ATTRIBUTE_VALUE_MAX, &ret_attribute->variable,
                                &ret_attribute->value);
    return field_text(load, value, place, ATTRIBUTE_VALUE_MAX, &ret_attribute->value);
}

/* Move attributes without a value to the end. Returns how many have one. */
static size_t drop_absent(struct catalog_attribute *items, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const struct catalog_attribute item = items[i];
        if (item.value == NULL)
            continue;
        memmove(&items[kept + 1], &items[kept], (i - kept) * sizeof *items);
        items[kept++] = item;
    }
    return kept;
}

static bool check_attribute_name(const struct load *load, const char *key,
                                 const struct jsondoc_place *place,
                                 const struct catalog_attribute *others, size_t count) {
    if (!is_attribute_name(key) || strlen(key) > CATALOG_NAME_MAX)
        return jsondoc_fail(load->error, place,
                            "the name of an attribute is [a-zA-Z_][a-zA-Z0-9_.]*, at most %d "
                            "bytes, and does not start with __",
                            CATALOG_NAME_MAX);
    for (size_t i = 0; i < count; i++)
        if (same_label(others[i].key, key))
            return jsondoc_fail(load->error, place, "as a label, this is the same as \"%s\"",
                                others[i].key);
    return true;
}

static bool read_attributes(const struct load *load, json_t *value,
                            const struct jsondoc_place *place,
                            const struct catalog_attribute **ret_items, size_t *ret_count,
                            size_t *ret_declared) {
    if (!field_object(load, value, place))
        return false;
    const size_t count = json_object_size(value);
    if (count > ATTRIBUTES_MAX)
        return jsondoc_fail(load->error, place, "%zu attributes, at most %d are allowed", count,
                            ATTRIBUTES_MAX);
    struct catalog_attribute *items = arena_array(&load->catalog->arena, count, sizeof *items);
    if (items == NULL)
        return loader_no_memory(load);
    size_t done = 0;
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item) {
        const struct jsondoc_place at = key_place(place, key);
        if (!check_attribute_name(load, key, &at, items, done))
            return false;
        items[done].key = arena_strndup(&load->catalog->arena, key, strlen(key));
        if (items[done].key == NULL)
            return loader_no_memory(load);
        if (!read_attribute_value(load, item, &at, &items[done]))
            return false;
        done++;
    }
    *ret_items = items;
    *ret_count = drop_absent(items, count);
    *ret_declared = count;
    return true;
}

static bool read_identity(const struct load *load, json_t *root,
                          const struct jsondoc_place *place) {
    static const char *const scope_keys[] = {"name", "version", "schema_url", NULL};
    struct catalog *catalog = load->catalog;
    json_t *resource = json_object_get(root, "resource");
    json_t *scope = json_object_get(root, "scope");
    const struct jsondoc_place at_resource = key_place(place, "resource");
    const struct jsondoc_place at_scope = key_place(place, "scope");
    if (resource != NULL && !read_attributes(load, resource, &at_resource, &catalog->resource,
                                             &catalog->resource_count, &catalog->resource_declared))
        return false;
    if (scope == NULL)
        return true;
    if (!field_object(load, scope, &at_scope) ||
        !jsondoc_keys_known(scope, &at_scope, scope_keys, load->error))
        return false;
    if (json_object_size(scope) > 0 && json_object_get(scope, "name") == NULL)
        return jsondoc_fail(load->error, &at_scope, "the key \"name\" is missing");
    return read_attributes(load, scope, &at_scope, &catalog->scope, &catalog->scope_count,
                           &catalog->scope_declared);
}

/* ---- stripped labels ---- */

static int by_bytes(const void *a, const void *b) {
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

static bool read_ignored(const struct load *load, json_t *root, const struct jsondoc_place *place) {
    const struct jsondoc_place at = key_place(place, "ignore_labels");
    json_t *value = json_object_get(root, "ignore_labels");
    struct load_texts texts = {0};
    if (value == NULL)
        return true;
    if (!field_texts(load, value, &at, IGNORED_MAX, ",:|\n\r", &texts))
        return false;
    if (!field_refuse_patterns(load, &texts, &at))
        return false;
    if (texts.count > 1)
        qsort(texts.items, texts.count, sizeof texts.items[0], by_bytes);
    load->catalog->ignore_labels = texts.items;
    load->catalog->ignore_label_count = texts.count;
    return true;
}

/* ---- metric groups ---- */

/* Read the groups. Call before the families, whose groups must be in this list. */
static bool read_groups(const struct load *load, json_t *root, const struct jsondoc_place *place) {
    const struct jsondoc_place at = key_place(place, "groups");
    json_t *value = json_object_get(root, "groups");
    struct load_texts texts = {0};
    if (value == NULL)
        return true;
    if (!field_texts(load, value, &at, CATALOG_GROUPS_MAX, "", &texts))
        return false;
    if (texts.count == 0)
        return jsondoc_fail(load->error, &at, "at least one group is needed; or leave the key out");
    for (size_t i = 0; i < texts.count; i++) {
        const struct jsondoc_place item = {.parent = &at, .index = i};
        if (!loader_group_name(load, texts.items[i], &item))
            return false;
    }
    qsort(texts.items, texts.count, sizeof texts.items[0], by_bytes);
    load->catalog->groups = texts.items;
    load->catalog->group_count = texts.count;
    return true;
}

/* ---- senders ---- */

/* The largest id is -1, which the kernel uses for "no one". */
enum { ID_MAX = UINT32_MAX - 1 };

typedef bool (*resolve_fn)(const char *name, uint32_t *ret_id);

static bool resolve_user(const char *name, uint32_t *ret_id) {
    const struct passwd *user = getpwnam(name);
    if (user != NULL)
        *ret_id = user->pw_uid;
    return user != NULL;
}

static bool resolve_group(const char *name, uint32_t *ret_id) {
    const struct group *group = getgrnam(name);
    if (group != NULL)
        *ret_id = group->gr_gid;
    return group != NULL;
}

/* What ids identify: users or groups. */
struct id_kind {
    const char *name;
    resolve_fn resolve;
};

static bool read_id(const struct load *load, json_t *item, const struct jsondoc_place *place,
                    const struct id_kind *kind, uint32_t *ret_id) {
    uint64_t id = 0;
    if (json_is_string(item))
        return kind->resolve(json_string_value(item), ret_id) ||
               jsondoc_fail(load->error, place, "this host has no %s \"%s\"", kind->name,
                            json_string_value(item));
    if (!json_is_integer(item))
        return jsondoc_fail(load->error, place, "expected a number or a name, found %s",
                            field_kind(item));
    if (!field_count(load, item, place, 0, ID_MAX, &id))
        return false;
    *ret_id = (uint32_t)id;
    return true;
}

static bool read_ids(const struct load *load, json_t *value, const struct jsondoc_place *place,
                     const struct id_kind *kind, const uint32_t **ret_ids, size_t *ret_count) {
    if (!field_array(load, value, place, SENDERS_MAX))
        return false;
    const size_t count = json_array_size(value);
    uint32_t *ids = arena_array(&load->catalog->arena, count, sizeof *ids);
    if (ids == NULL)
        return loader_no_memory(load);
    for (size_t i = 0; i < count; i++) {
        const struct jsondoc_place at = {.parent = place, .index = i};
        if (!read_id(load, json_array_get(value, i), &at, kind, &ids[i]))
            return false;
    }
    *ret_ids = ids;
    *ret_count = count;
    return true;
}

static bool read_senders(const struct load *load, json_t *root, const struct jsondoc_place *place) {
    static const char *const keys[] = {"uid", "gid", NULL};
    static const struct id_kind users = {"user", resolve_user};
    static const struct id_kind groups = {"group", resolve_group};
    struct catalog *catalog = load->catalog;
    const struct jsondoc_place at = key_place(place, "senders");
    json_t *value = json_object_get(root, "senders");
    if (value == NULL)
        return true;
    if (!field_object(load, value, &at) || !jsondoc_keys_known(value, &at, keys, load->error))
        return false;
    const struct jsondoc_place at_uid = key_place(&at, "uid");
    const struct jsondoc_place at_gid = key_place(&at, "gid");
    json_t *uids = json_object_get(value, "uid");
    json_t *gids = json_object_get(value, "gid");
    if (uids != NULL && !read_ids(load, uids, &at_uid, &users, &catalog->uids, &catalog->uid_count))
        return false;
    if (gids != NULL &&
        !read_ids(load, gids, &at_gid, &groups, &catalog->gids, &catalog->gid_count))
        return false;
    catalog->senders_restricted = catalog->uid_count + catalog->gid_count > 0;
    return true;
}

/* ---- families, attempts, jobs ---- */

static bool read_declarations(struct load *load, json_t *root, const struct jsondoc_place *place) {
    const struct jsondoc_place at_families = key_place(place, "families");
    const struct jsondoc_place at_attempts = key_place(place, "attempts");
    const struct jsondoc_place at_jobs = key_place(place, "jobs");
    json_t *families = json_object_get(root, "families");
    json_t *attempts = json_object_get(root, "attempts");
    json_t *jobs = json_object_get(root, "jobs");
    if (!families_start(load, root, place) ||
        (families != NULL && !loader_families(load, families, &at_families)) ||
        (attempts != NULL && !loader_attempts(load, attempts, &at_attempts)) ||
        (jobs != NULL && !loader_jobs(load, jobs, &at_jobs)))
        return false;
    if (load->family_count > 0)
        return families_finish(load);
    if (families == NULL)
        return jsondoc_fail(load->error, place, "the key \"families\" is missing");
    return jsondoc_fail(load->error, &at_families, "at least one family is needed");
}

/* Read databases and queries. Call after the families, to which queries refer. */
static bool read_queries(const struct load *load, json_t *root, const struct jsondoc_place *place) {
    const struct jsondoc_place at_databases = key_place(place, "databases");
    const struct jsondoc_place at_queries = key_place(place, "queries");
    json_t *databases = json_object_get(root, "databases");
    json_t *queries = json_object_get(root, "queries");
    return (databases == NULL || loader_databases(load, databases, &at_databases)) &&
           (queries == NULL || loader_queries(load, root, queries, &at_queries));
}

bool loader_service(struct load *load, json_t *root, const struct jsondoc_place *place) {
    static const char *const keys[] = {
        "$schema",  "statgate",      "service",    "socket",  "resource", "scope",
        "groups",   "ignore_labels", "max_series", "senders", "sets",     "families",
        "attempts", "jobs",          "databases",  "queries", NULL};
    const struct jsondoc_place at_max = key_place(place, "max_series");
    const struct jsondoc_place at_sets = key_place(place, "sets");
    /* Check the version first: in another format these keys may mean something else. */
    if (!check_version(load, root, place) || !jsondoc_keys_known(root, place, keys, load->error) ||
        !read_service_name(load, root, place) || !read_socket(load, root, place) ||
        !read_identity(load, root, place) || !read_ignored(load, root, place) ||
        !read_groups(load, root, place) || !read_senders(load, root, place))
        return false;
    json_t *max_series = json_object_get(root, "max_series");
    json_t *sets = json_object_get(root, "sets");
    load->catalog->max_series = SERIES_DEFAULT;
    if (max_series != NULL &&
        !field_count(load, max_series, &at_max, 1, LOAD_SERIES_MAX, &load->catalog->max_series))
        return false;
    if (sets != NULL && !loader_sets(load, sets, &at_sets))
        return false;
    return read_declarations(load, root, place) && read_queries(load, root, place);
}
