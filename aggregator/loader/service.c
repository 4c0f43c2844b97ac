/* SPDX-License-Identifier: MIT */
/* service.c - the top level of a catalog: who sends, which labels are ignored, and how large the
 * service may grow. */
#include "loader/loader_private.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "base/text.h"

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

/* ---- version, name, socket ---- */

static bool check_version(const struct node *root) {
    const struct node at = loader_member(root, "statgate");
    if (at.value == NULL)
        return loader_fail(root,
                           "the key \"statgate\" is missing; a catalog starts with \"statgate\": "
                           "%d, the version of its format",
                           FORMAT_VERSION);
    return (json_is_integer(at.value) && json_integer_value(at.value) == FORMAT_VERSION) ||
           loader_fail(&at, "this version reads catalogs of format %d, \"statgate\": %d",
                       FORMAT_VERSION, FORMAT_VERSION);
}

static bool read_name(const struct node *at, void *of) {
    struct catalog *catalog = of;
    if (!loader_read_text(at, SERVICE_MAX, &catalog->service))
        return false;
    if (!text_is_service_name(catalog->service))
        return loader_fail(at, "the name of a service is made of letters, digits, _ . and -, and "
                               "starts with a letter, a digit or _");
    return catalog->internal || strcmp(catalog->service, "statgate") != 0 ||
           loader_fail(at, "\"statgate\" is the daemon's own service; choose another name");
}

static bool read_socket(const struct node *at, void *of) {
    struct catalog *catalog = of;
    return loader_read_text(at, SOCKET_MAX, &catalog->socket) &&
           (catalog->socket[0] == '/' || loader_fail(at, "expected an absolute path"));
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
           !text_begins(text, "__") && text[strspn(text, bytes)] == '\0' &&
           strlen(text) <= CATALOG_NAME_MAX;
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

static bool read_attribute(const struct node *at, struct catalog_attribute *items, size_t count) {
    const char *key = at->place.key;
    struct catalog_attribute *item = &items[count];
    if (!is_attribute_name(key))
        return loader_fail(at,
                           "the name of an attribute is [a-zA-Z_][a-zA-Z0-9_.]*, at most %d bytes, "
                           "and does not start with __",
                           CATALOG_NAME_MAX);
    for (size_t i = 0; i < count; i++)
        if (same_label(items[i].key, key))
            return loader_fail(at, "as a label, this is the same as \"%s\"", items[i].key);
    item->key = arena_strndup(&at->load->catalog->arena, key, strlen(key));
    item->variable = NULL;
    return json_is_object(at->value)
               ? loader_read_variable(at, ATTRIBUTE_VALUE_MAX, &item->variable, &item->value)
               : loader_read_text(at, ATTRIBUTE_VALUE_MAX, &item->value);
}

static bool read_attributes(const struct node *at, const struct catalog_attribute **ret_items,
                            size_t *ret_count, size_t *ret_declared) {
    const size_t count = json_object_size(at->value);
    struct walk walk = {0};
    struct node here;
    size_t done = 0;
    bool good = true;
    if (!loader_is_object(at) || !loader_is_within(at, count, ATTRIBUTES_MAX, "attributes"))
        return false;
    struct catalog_attribute *items = arena_array(&at->load->catalog->arena, count, sizeof *items);
    while (loader_next(at, &walk, &here)) {
        if (read_attribute(&here, items, done))
            done++;
        else
            good = false;
    }
    *ret_items = items;
    *ret_count = drop_absent(items, done);
    *ret_declared = done;
    return good;
}

static bool read_resource(const struct node *at, void *of) {
    struct catalog *catalog = of;
    return read_attributes(at, &catalog->resource, &catalog->resource_count,
                           &catalog->resource_declared);
}

static bool read_scope(const struct node *at, void *of) {
    static const char *const keys[] = {"name", "version", "schema_url", NULL};
    struct catalog *catalog = of;
    if (!loader_is_object(at) || !loader_check_keys(at, keys))
        return false;
    if (json_object_size(at->value) > 0 && json_object_get(at->value, "name") == NULL)
        return loader_fail(at, "the key \"name\" is missing");
    return read_attributes(at, &catalog->scope, &catalog->scope_count, &catalog->scope_declared);
}

/* ---- stripped labels, metric groups ---- */

/* A list, or "*". */
static bool read_ignored(const struct node *at, void *of) {
    static const char *const all[] = {"*"};
    struct catalog *catalog = of;
    struct load_texts texts = {0};
    catalog->ignores_all =
        json_is_string(at->value) && strcmp(json_string_value(at->value), "*") == 0;
    if (catalog->ignores_all) {
        catalog->ignore_labels = all;
        catalog->ignore_label_count = 1;
        return true;
    }
    if (!json_is_array(at->value))
        return loader_fail_type(at, "an array of labels, or \"*\" for all that are not declared");
    if (!loader_read_names(at, IGNORED_MAX, ",:|\n\r", false, &texts))
        return false;
    loader_sort_texts(&texts);
    catalog->ignore_labels = texts.items;
    catalog->ignore_label_count = texts.count;
    return true;
}

static bool read_groups(const struct node *at, void *of) {
    struct catalog *catalog = of;
    struct load_texts texts = {0};
    if (!loader_read_texts(at, CATALOG_GROUPS_MAX, "", &texts))
        return false;
    if (texts.count == 0)
        return loader_fail(at, "at least one group is needed; or leave the key out");
    for (size_t i = 0; i < texts.count; i++) {
        const struct node here = loader_item(at, i);
        if (!loader_check_group_name(&here, texts.items[i]))
            return false;
    }
    loader_sort_texts(&texts);
    catalog->groups = texts.items;
    catalog->group_count = texts.count;
    return true;
}

/* ---- senders ---- */

static bool resolve(const char *name, bool group, uint32_t *ret_id) {
    const struct passwd *user = group ? NULL : getpwnam(name);
    const struct group *members = group ? getgrnam(name) : NULL;
    if (user != NULL)
        *ret_id = user->pw_uid;
    if (members != NULL)
        *ret_id = members->gr_gid;
    return user != NULL || members != NULL;
}

static bool read_id(const struct node *at, bool group, uint32_t *ret_id) {
    /* The largest id is -1, which the kernel uses for "no one". */
    static const uint64_t id_max = UINT32_MAX - 1;
    uint64_t id = 0;
    if (json_is_string(at->value))
        return resolve(json_string_value(at->value), group, ret_id) ||
               loader_fail(at, "this host has no %s \"%s\"", group ? "group" : "user",
                           json_string_value(at->value));
    if (!json_is_integer(at->value))
        return loader_fail_type(at, "a number or a name");
    if (!loader_read_count(at, 0, id_max, &id))
        return false;
    *ret_id = (uint32_t)id;
    return true;
}

static bool read_ids(const struct node *at, bool group, const uint32_t **ret_ids,
                     size_t *ret_count) {
    struct walk walk = {0};
    struct node here;
    bool good = true;
    if (!loader_is_array(at, SENDERS_MAX))
        return false;
    uint32_t *ids = arena_array(&at->load->catalog->arena, json_array_size(at->value), sizeof *ids);
    *ret_ids = ids;
    while (loader_next(at, &walk, &here))
        good = read_id(&here, group, &ids[(*ret_count)++]) && good;
    return good;
}

static bool read_uids(const struct node *at, void *of) {
    struct catalog *catalog = of;
    return read_ids(at, false, &catalog->uids, &catalog->uid_count);
}

static bool read_gids(const struct node *at, void *of) {
    struct catalog *catalog = of;
    return read_ids(at, true, &catalog->gids, &catalog->gid_count);
}

static const struct load_key senders_keys[] = {
    {"uid", .read = read_uids, .schema = "ids", .sentence = "User ids or names."},
    {"gid", .read = read_gids, .schema = "ids", .sentence = "Group ids or names."},
};
const struct load_object loader_senders_keys = LOAD_OBJECT("Of senders", "senders", senders_keys);

static bool read_senders(const struct node *at, void *of) {
    struct catalog *catalog = of;
    const bool good = loader_read_object(at, &loader_senders_keys, catalog);
    catalog->senders_restricted = catalog->uid_count + catalog->gid_count > 0;
    return good;
}

/* ---- keys, in the order in which they depend on each other ---- */

static const struct load_key service_keys[] = {
    {"$schema", .sentence = "For editors only.", .schema = "any_text"},
    {"statgate", .sentence = "Version of the catalog format.", .schema = "version"},
    {"service", .read = read_name, .missing = "", .schema = "service_name",
     .sentence = "Name of the service: in /metrics/SERVICE and in the label service:NAME of a "
                 "line. `statgate` is the daemon's own."},
    {"socket", .read = read_socket,

     .sentence = "Absolute path of a socket of the service's own: datagrams there see this catalog "
                 "only."},
    {"resource", .read = read_resource, .schema = "attributes",
     .sentence = "Attributes of what is measured, for example service.name; an endpoint shows them "
                 "as target_info, as constant labels, or not at all."},
    {"scope", .read = read_scope,
     .sentence =
         "The instrumentation scope; an endpoint with scope_labels shows it as otel_scope_* "
         "labels."},
    {"ignore_labels", .read = read_ignored,
     .sentence =
         "Labels stripped from every line, which a family can't declare; or \"*\": all that "
         "the family of a line does not declare, whose names /debug/ingress lists."},
    {"groups", .read = read_groups,
     .sentence = "The metric groups that include and exclude may name, including groups without "
                 "families. If given, a family's group is one of them."},
    {"senders", .read = read_senders,
     .sentence = "Who may send for the service, by the kernel's word: a sender with one of these "
                 "users or groups. Without any, everyone who can reach the socket."},
    {"max_series", LOAD_SIZE, .least = 1, .most = LOAD_SERIES_MAX,
     .at = offsetof(struct catalog, max_series),
     .sentence = "Most series of the service: the families' bounds may add up to this. Default "
                 "100000."},
    {"sets", .read = loader_read_sets,
     .sentence = "Lists of label values, by the name that labels refer to them with."},
    {"families",
     .sentence = "The metric families, by the name they are exposed with. The name of a counter "
                 "ends in _total, that of an info in _info."},
    {"attempts", .schema = "all_attempts",
     .sentence =
         "What is attempted, by its name on the wire (letter a): the daemon keeps outcomes, "
         "failures in a row, times and a circuit breaker, and exposes the families derived "
         "from them."},
    {"jobs", .schema = "all_jobs",
     .sentence = "Jobs that wait, run and end, by their name on the wire (letter j): the daemon "
                 "keeps the live ones, and exposes the families derived from them."},
    {"databases",
     .sentence = "PostgreSQL databases, by the name that queries refer to them with. All services "
                 "of a daemon have at most 16."},
    {"queries", .sentence =
                    "Queries whose rows are the values of families; they run for each scrape. All "
                    "services of a daemon have at most 256."},
};
const struct load_object loader_service_keys = LOAD_OBJECT("Of the service", NULL, service_keys);

static bool read_declarations(const struct node *root, bool good) {
    static const struct {
        const char *key;
        bool (*read)(const struct node *at);
    } sections[] = {{"families", loader_read_families},
                    {"attempts", loader_read_attempts},
                    {"jobs", loader_read_jobs}};
    const struct node families = loader_member(root, "families");
    size_t declared = 0;
    if (!loader_families_start(root))
        return false;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        const struct node at = loader_member(root, sections[i].key);
        declared += json_object_size(at.value);
        good = (at.value == NULL || sections[i].read(&at)) && good;
    }
    if (good && families.value == NULL && declared == 0)
        return loader_fail(root, "the key \"families\" is missing");
    if (good && declared == 0)
        return loader_fail(&families, "at least one family is needed");
    return loader_families_finish(root->load) && good;
}

bool loader_read_service(const struct node *root) {
    const struct node databases = loader_member(root, "databases");
    const struct node queries = loader_member(root, "queries");
    struct catalog *catalog = root->load->catalog;
    catalog->max_series = SERIES_DEFAULT;
    /* Check the version first: in another format these keys may mean something else. */
    if (!check_version(root))
        return false;
    bool good = loader_read_object(root, &loader_service_keys, catalog);
    good = read_declarations(root, good) && good;
    good = (databases.value == NULL || loader_read_databases(&databases)) && good;
    return (queries.value == NULL || loader_read_queries(&queries)) && good;
}
