/* SPDX-License-Identifier: MIT */
/* loader.c - catalogs read from files into a set. */
#include "loader/loader_private.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <malloc.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "base/utf8.h"

/* ---- environment ----
 * Reads {"env": "NAME"}: a variable of the daemon's environment, instead of a value in the file.
 */

static void note(const struct load *load, const char *name, const char *text) {
    struct load_variable *variable = arena_array(load->scratch, 1, sizeof *variable);
    *variable = (struct load_variable){.name = name, .text = text, .before = *load->variables};
    *load->variables = variable;
}

static const char *find_variable(const struct loader_source *source, const char *name) {
    return source->variable != NULL ? source->variable(source->arg, name) : getenv(name);
}

bool loader_environment_read(const struct load *load, json_t *value,
                             const struct jsondoc_place *place, size_t len_max,
                             const char **ret_name, const char **ret_text) {
    static const char *const keys[] = {"env", NULL};
    const struct jsondoc_place at = {.parent = place, .key = "env"};
    json_t *item = json_object_get(value, "env");
    if (!json_jsondoc_keys_known(value, place, keys, load->error))
        return false;
    if (item == NULL)
        return json_jsondoc_fail(load->error, place,
                                 "the key \"env\" is missing; it names a variable of the daemon's "
                                 "environment");
    const char *name = NULL;
    if (!loader_field_text(load, item, &at, CATALOG_NAME_MAX, &name))
        return false;
    if (strchr(name, '=') != NULL)
        return json_jsondoc_fail(load->error, &at, "the name of a variable has no = in it");
    const char *text = find_variable(load->source, name);
    const size_t len = text != NULL ? strlen(text) : 0;
    const char *copy = NULL;
    if (len > len_max)
        return json_jsondoc_fail(
            load->error, &at, "the environment variable %s has %zu bytes, at most %zu are allowed",
            name, len, len_max);
    if (len > 0 && !utf8_is(text, len))
        return json_jsondoc_fail(load->error, &at, "the environment variable %s is not UTF-8",
                                 name);
    if (len > 0)
        copy = arena_strndup(&load->catalog->arena, text, len);
    note(load, name, copy);
    *ret_name = name;
    *ret_text = copy;
    return true;
}

/* ---- what is part of the fingerprint ---- */

static int by_name(const void *a, const void *b) {
    const struct load_variable *const *left = a;
    const struct load_variable *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

static void add_one(struct fingerprint_reading *reading, const struct load_variable *variable) {
    fingerprint_add(reading, "", 1);
    fingerprint_add(reading, variable->name, strlen(variable->name));
    if (variable->text == NULL)
        return;
    fingerprint_add(reading, "=", 1);
    fingerprint_add(reading, variable->text, strlen(variable->text));
}

/* List the variables that were read in the catalog, and add them to its fingerprint: in byte order
 * of their names, each once, NUL NAME=TEXT, or NUL NAME for one that is not set or empty. */
static void environment_add(const struct load *load, struct fingerprint_reading *reading) {
    size_t count = 0;
    for (const struct load_variable *at = *load->variables; at != NULL; at = at->before)
        count++;
    if (count == 0)
        return;
    const struct load_variable **sorted = arena_array(load->scratch, count, sizeof *sorted);
    count = 0;
    for (const struct load_variable *at = *load->variables; at != NULL; at = at->before)
        sorted[count++] = at;
    qsort(sorted, count, sizeof *sorted, by_name);
    struct strbuf names = {0};
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(sorted[i]->name, sorted[i - 1]->name) == 0)
            continue;
        add_one(reading, sorted[i]);
        strbuf_printf(&names, "%s%s", i > 0 ? ", " : "", sorted[i]->name);
    }
    load->catalog->variables =
        names.failed ? NULL : arena_strndup(&load->catalog->arena, names.data, names.len);
    strbuf_done(&names);
}

/* ---- remark: Remarks on lists of the environment: one for each variable. ---- */

static bool is_remarked(const struct load *load, const char *variable) {
    const struct catalog_remark *remark = load->catalog->remarks;
    while (remark != NULL && strcmp(remark->variable, variable) != 0)
        remark = remark->next;
    return remark != NULL;
}

static void add(const struct load *load, const char *variable, const struct error *text) {
    struct arena *arena = &load->catalog->arena;
    struct catalog_remark *remark = arena_array(arena, 1, sizeof *remark);
    const char *copy = arena_strndup(arena, text->text, strlen(text->text));
    *remark =
        (struct catalog_remark){.text = copy, .variable = variable, .next = load->catalog->remarks};
    load->catalog->remarks = remark;
}

/* A variable of the environment whose name differs from this one only by a typo, or NULL. */
static const char *find_near(const struct load *load, const char *variable) {
    size_t count = 0;
    while (environ != NULL && environ[count] != NULL)
        count++;
    const char **names = arena_array(load->scratch, count + 1, sizeof *names);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const size_t len = strcspn(environ[i], "=");
        const char *name = arena_strndup(load->scratch, environ[i], len);
        if (strcmp(name, variable) != 0)
            names[found++] = name;
    }
    names[found] = NULL;
    return nearest_word(variable, names);
}

void loader_remark_unset(const struct load *load, const struct jsondoc_place *place,
                         const char *variable, const char *otherwise, bool has_default) {
    struct error text;
    const char *near = is_remarked(load, variable) ? NULL : find_near(load, variable);
    if (is_remarked(load, variable) || (has_default && near == NULL))
        return;
    (void)json_jsondoc_fail(&text, place,
                            "the environment variable %s is not set, so every value becomes \"%s\"",
                            variable, otherwise);
    if (near != NULL)
        (void)error_add(&text, "; %s is set: is that its name?", near);
    else
        (void)error_add(&text, "; if that is wanted, set it to \"%s\"", otherwise);
    add(load, variable, &text);
}

/* Whether the text looks like several values. A value may have blanks, if others are beside it. */
static bool is_several(const char *text, size_t count) {
    return strchr(text, ';') != NULL || (count == 1 && strpbrk(text, " \t") != NULL);
}

void loader_remark_list(const struct load *load, const struct jsondoc_place *place,
                        const char *variable, const struct load_set *set) {
    struct error text;
    size_t i = 0;
    while (i < set->count && !is_several(set->words[i].text, set->count))
        i++;
    if (i == set->count || is_remarked(load, variable))
        return;
    (void)json_jsondoc_fail(&text, place,
                            "the environment variable %s lists \"%s\", which is one value: commas "
                            "separate values",
                            variable, set->words[i].text);
    add(load, variable, &text);
}

/* ---- lines: Reads values of labels from the text of a file, one a line. ---- */

struct values_line {
    const char *at;
    size_t len;
    size_t number;
};

static bool is_blank(char byte) {
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* The next line that has a value, without blanks around it. False: there is none. */
static bool next_line(const char **at, const char *end, struct values_line *line) {
    while (*at < end) {
        const char *stop = memchr(*at, '\n', (size_t)(end - *at));
        const char *last = stop != NULL ? stop : end;
        const char *first = *at;
        *at = stop != NULL ? stop + 1 : end;
        line->number++;
        while (first < last && is_blank(*first))
            first++;
        while (last > first && is_blank(last[-1]))
            last--;
        line->at = first;
        line->len = (size_t)(last - first);
        if (line->len > 0 && *first != '#')
            return true;
    }
    return false;
}

/* What is wrong with a value, or NULL. */
static const char *wrong_in(const struct values_line *line) {
    if (line->len >= 3 && memcmp(line->at, "\xEF\xBB\xBF", 3) == 0)
        return "starts with a byte order mark; save the file without one";
    if (!utf8_is(line->at, line->len))
        return "is not UTF-8";
    for (size_t i = 0; i < line->len; i++) {
        const unsigned char byte = (unsigned char)line->at[i];
        if (byte == ',' || byte == '|')
            return "has a comma or a bar, which no value on the wire holds; one value a line";
        if (byte < 0x20 || byte == 0x7f)
            return "has a control character";
    }
    return NULL;
}

static bool read_line(const struct load *load, const struct values_line *line, const char *path,
                      const struct jsondoc_place *place, struct catalog_word *ret_word) {
    const char *wrong = wrong_in(line);
    if (wrong != NULL)
        return json_jsondoc_fail(load->error, place, "%s:%zu: the value %s", path, line->number,
                                 wrong);
    if (line->len > CATALOG_VALUE_MAX)
        return json_jsondoc_fail(load->error, place,
                                 "%s:%zu: a value of %zu bytes, 1 to %d are allowed", path,
                                 line->number, line->len, CATALOG_VALUE_MAX);
    const char *text = arena_strndup(load->scratch, line->at, line->len);
    *ret_word = (struct catalog_word){.text = text, .wire = text, .index = line->number};
    return true;
}

static size_t count_lines(const char *text, size_t len) {
    struct values_line line = {0};
    size_t count = 0;
    for (const char *at = text; next_line(&at, text + len, &line);)
        count++;
    return count;
}

bool loader_lines(const struct load *load, const char *text, size_t len, const char *path,
                  const struct jsondoc_place *place, struct load_set *ret_set) {
    const size_t count = count_lines(text, len);
    const char *end = text + len;
    struct values_line line = {0};
    if (count == 0 || count > CATALOG_VALUES_MAX)
        return json_jsondoc_fail(load->error, place, "%s has %zu values, 1 to %d are allowed", path,
                                 count, CATALOG_VALUES_MAX);
    struct catalog_word *words = arena_array(load->scratch, count, sizeof *words);
    for (size_t i = 0; next_line(&text, end, &line); i++)
        if (!read_line(load, &line, path, place, &words[i]))
            return false;
    catalog_words_sort(words, count);
    for (size_t i = 1; i < count; i++)
        if (strcmp(words[i - 1].text, words[i].text) == 0)
            return json_jsondoc_fail(load->error, place, "%s:%zu: \"%s\" is listed twice", path,
                                     words[i].index > words[i - 1].index ? words[i].index
                                                                         : words[i - 1].index,
                                     words[i].text);
    *ret_set = (struct load_set){.words = words, .count = count};
    return true;
}

/* ---- service ----
 * the top level of a catalog.
 *
 * Reads the top level of a catalog: who sends, which labels are ignored, and how large the service
 * may grow.
 */

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
        return json_jsondoc_fail(load->error, place,
                                 "the key \"statgate\" is missing; a catalog starts with "
                                 "\"statgate\": %d, the version of its format",
                                 FORMAT_VERSION);
    if (!json_is_integer(value) || json_integer_value(value) != FORMAT_VERSION)
        return json_jsondoc_fail(load->error, &at,
                                 "this version reads catalogs of format %d, \"statgate\": %d",
                                 FORMAT_VERSION, FORMAT_VERSION);
    return true;
}

static bool read_service_name(const struct load *load, json_t *root,
                              const struct jsondoc_place *place) {
    const struct jsondoc_place at = key_place(place, "service");
    json_t *value = json_object_get(root, "service");
    if (value == NULL)
        return json_jsondoc_fail(load->error, place, "the key \"service\" is missing");
    if (!loader_field_text(load, value, &at, SERVICE_MAX, &load->catalog->service))
        return false;
    if (!text_is_service_name(load->catalog->service))
        return json_jsondoc_fail(load->error, &at,
                                 "the name of a service is made of letters, digits, _ . and -, and "
                                 "starts with a letter, a digit or _");
    if (!load->internal && strcmp(load->catalog->service, "statgate") == 0)
        return json_jsondoc_fail(load->error, &at,
                                 "\"statgate\" is the daemon's own service; choose another name");
    return true;
}

static bool read_socket(const struct load *load, json_t *root, const struct jsondoc_place *place) {
    const struct jsondoc_place at = key_place(place, "socket");
    json_t *value = json_object_get(root, "socket");
    if (value == NULL)
        return true;
    if (!loader_field_text(load, value, &at, SOCKET_MAX, &load->catalog->socket))
        return false;
    if (load->catalog->socket[0] != '/')
        return json_jsondoc_fail(load->error, &at, "expected an absolute path");
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
        return loader_environment_read(load, value, place, ATTRIBUTE_VALUE_MAX,
                                       &ret_attribute->variable, &ret_attribute->value);
    return loader_field_text(load, value, place, ATTRIBUTE_VALUE_MAX, &ret_attribute->value);
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
        return json_jsondoc_fail(load->error, place,
                                 "the name of an attribute is [a-zA-Z_][a-zA-Z0-9_.]*, at most %d "
                                 "bytes, and does not start with __",
                                 CATALOG_NAME_MAX);
    for (size_t i = 0; i < count; i++)
        if (same_label(others[i].key, key))
            return json_jsondoc_fail(load->error, place, "as a label, this is the same as \"%s\"",
                                     others[i].key);
    return true;
}

static bool read_attributes(const struct load *load, json_t *value,
                            const struct jsondoc_place *place,
                            const struct catalog_attribute **ret_items, size_t *ret_count,
                            size_t *ret_declared) {
    if (!loader_field_object(load, value, place))
        return false;
    const size_t count = json_object_size(value);
    if (count > ATTRIBUTES_MAX)
        return json_jsondoc_fail(load->error, place, "%zu attributes, at most %d are allowed",
                                 count, ATTRIBUTES_MAX);
    struct catalog_attribute *items = arena_array(&load->catalog->arena, count, sizeof *items);
    size_t done = 0;
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item) {
        const struct jsondoc_place at = key_place(place, key);
        if (!check_attribute_name(load, key, &at, items, done))
            return false;
        items[done].key = arena_strndup(&load->catalog->arena, key, strlen(key));
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
    if (!loader_field_object(load, scope, &at_scope) ||
        !json_jsondoc_keys_known(scope, &at_scope, scope_keys, load->error))
        return false;
    if (json_object_size(scope) > 0 && json_object_get(scope, "name") == NULL)
        return json_jsondoc_fail(load->error, &at_scope, "the key \"name\" is missing");
    return read_attributes(load, scope, &at_scope, &catalog->scope, &catalog->scope_count,
                           &catalog->scope_declared);
}

/* ---- stripped labels ---- */

static int service_by_bytes(const void *a, const void *b) {
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
    if (!loader_field_texts(load, value, &at, IGNORED_MAX, ",:|\n\r", &texts))
        return false;
    if (!loader_field_refuse_patterns(load, &texts, &at))
        return false;
    if (texts.count > 1)
        qsort(texts.items, texts.count, sizeof texts.items[0], service_by_bytes);
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
    if (!loader_field_texts(load, value, &at, CATALOG_GROUPS_MAX, "", &texts))
        return false;
    if (texts.count == 0)
        return json_jsondoc_fail(load->error, &at,
                                 "at least one group is needed; or leave the key out");
    for (size_t i = 0; i < texts.count; i++) {
        const struct jsondoc_place item = {.parent = &at, .index = i};
        if (!loader_group_name(load, texts.items[i], &item))
            return false;
    }
    qsort(texts.items, texts.count, sizeof texts.items[0], service_by_bytes);
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
               json_jsondoc_fail(load->error, place, "this host has no %s \"%s\"", kind->name,
                                 json_string_value(item));
    if (!json_is_integer(item))
        return json_jsondoc_fail(load->error, place, "expected a number or a name, found %s",
                                 loader_field_kind(item));
    if (!loader_field_count(load, item, place, 0, ID_MAX, &id))
        return false;
    *ret_id = (uint32_t)id;
    return true;
}

static bool read_ids(const struct load *load, json_t *value, const struct jsondoc_place *place,
                     const struct id_kind *kind, const uint32_t **ret_ids, size_t *ret_count) {
    if (!loader_field_array(load, value, place, SENDERS_MAX))
        return false;
    const size_t count = json_array_size(value);
    uint32_t *ids = arena_array(&load->catalog->arena, count, sizeof *ids);
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
    if (!loader_field_object(load, value, &at) ||
        !json_jsondoc_keys_known(value, &at, keys, load->error))
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
    if (!loader_families_start(load, root, place) ||
        (families != NULL && !loader_families(load, families, &at_families)) ||
        (attempts != NULL && !loader_attempts(load, attempts, &at_attempts)) ||
        (jobs != NULL && !loader_jobs(load, jobs, &at_jobs)))
        return false;
    if (load->family_count > 0)
        return loader_families_finish(load);
    if (families == NULL)
        return json_jsondoc_fail(load->error, place, "the key \"families\" is missing");
    return json_jsondoc_fail(load->error, &at_families, "at least one family is needed");
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

/* Read a whole catalog, starting at its top level. */
static bool loader_service(struct load *load, json_t *root, const struct jsondoc_place *place) {
    static const char *const keys[] = {
        "$schema",  "statgate",      "service",    "socket",  "resource", "scope",
        "groups",   "ignore_labels", "max_series", "senders", "sets",     "families",
        "attempts", "jobs",          "databases",  "queries", NULL};
    const struct jsondoc_place at_max = key_place(place, "max_series");
    const struct jsondoc_place at_sets = key_place(place, "sets");
    /* Check the version first: in another format these keys may mean something else. */
    if (!check_version(load, root, place) ||
        !json_jsondoc_keys_known(root, place, keys, load->error) ||
        !read_service_name(load, root, place) || !read_socket(load, root, place) ||
        !read_identity(load, root, place) || !read_ignored(load, root, place) ||
        !read_groups(load, root, place) || !read_senders(load, root, place))
        return false;
    json_t *max_series = json_object_get(root, "max_series");
    json_t *sets = json_object_get(root, "sets");
    load->catalog->max_series = SERIES_DEFAULT;
    if (max_series != NULL && !loader_field_count(load, max_series, &at_max, 1, LOAD_SERIES_MAX,
                                                  &load->catalog->max_series))
        return false;
    if (sets != NULL && !loader_sets(load, sets, &at_sets))
        return false;
    return read_declarations(load, root, place) && read_queries(load, root, place);
}

/* ---- loader ---- */

/* ---- one catalog ---- */

/* Bytes that the program has from the allocator. */
static uint64_t heap_in_use(void) {
    const struct mallinfo2 info = mallinfo2();
    return (uint64_t)info.uordblks + (uint64_t)info.hblkhd;
}

static struct catalog *from_json(const struct loader_source *source, json_t *root,
                                 struct error *ret_error) {
    const struct jsondoc_place place = {.key = source->name};
    struct fingerprint_reading reading;
    struct catalog *catalog = catalog_new();
    catalog->internal = source->internal;
    catalog->file = arena_strndup(&catalog->arena, source->name, strlen(source->name));
    struct arena scratch;
    arena_init(&scratch);
    struct load_variable *last = NULL;
    struct load_value_file *last_file = NULL;
    struct load load = {.catalog = catalog,
                        .error = ret_error,
                        .scratch = &scratch,
                        .internal = source->internal,
                        .source = source,
                        .variables = &last,
                        .files = &last_file};
    fingerprint_begin(&reading);
    fingerprint_add(&reading, source->text, source->len);
    catalog->text = fingerprint_end(&reading);
    const bool loaded = loader_service(&load, root, &place);
    if (loaded)
        environment_add(&load, &reading);
    value_file_add(catalog, &reading);
    catalog->fingerprint = fingerprint_end(&reading);
    catalog->reading_bytes += scratch.bytes;
    arena_done(&scratch);
    if (loaded)
        return catalog;
    catalog_free(catalog);
    return NULL;
}

struct catalog *loader_read(const struct loader_source *source, struct error *ret_error) {
    const uint64_t before = heap_in_use();
    json_t *root = json_jsondoc_parse(source->name, source->text, source->len, ret_error);
    if (root == NULL)
        return NULL;
    const uint64_t document = heap_in_use() - before;
    struct catalog *catalog = from_json(source, root, ret_error);
    if (catalog != NULL) {
        catalog->reading_bytes += document + source->len;
        catalog->text_bytes += source->len;
    }
    json_decref(root);
    return catalog;
}

struct catalog *loader_text(const char *name, const char *text, size_t len, bool internal,
                            struct error *ret_error) {
    const struct loader_source source = {
        .name = name, .text = text, .len = len, .internal = internal};
    return loader_read(&source, ret_error);
}

static struct catalog *load_file(const char *path, struct error *ret_error) {
    struct loader_source source = {.name = path};
    char *text = json_jsondoc_read(path, &source.len, ret_error);
    source.text = text;
    struct catalog *catalog = text != NULL ? loader_read(&source, ret_error) : NULL;
    free(text);
    return catalog;
}

/* ---- folders ---- */

static bool fail_path(struct error *ret_error, const char *path, const char *text) {
    const struct jsondoc_place place = {.key = path};
    return json_jsondoc_fail(ret_error, &place, "%s", text);
}

/* Whether a file's name is that of a catalog: *.json, but neither hidden nor a JSON Schema beside
 * the catalogs. */
static bool is_catalog_name(const char *name) {
    return name[0] != '.' && loader_field_ends_with(name, ".json") &&
           !loader_field_ends_with(name, ".schema.json");
}

void loader_files_done(struct loader_files *files) {
    for (size_t i = 0; i < files->count; i++)
        free(files->items[i]);
    free(files->items);
    *files = (struct loader_files){0};
}

/* FOLDER/NAME; the caller frees. */
static char *join(const char *folder, const char *name) {
    const size_t len = strlen(folder);
    const char *slash = len > 0 && folder[len - 1] == '/' ? "" : "/";
    const size_t size = len + 1 + strlen(name) + 1;
    char *path = memory_alloc(memory_heap(), size);
    (void)snprintf(path, size, "%s%s%s", folder, slash, name);
    return path;
}

/* Add a path, which is owned then. */
static void add_path(struct loader_files *files, char *path) {
    files->items =
        memory_resize(memory_heap(), (void *)files->items, files->count + 1, sizeof *files->items);
    files->items[files->count++] = path;
}

static int loader_by_bytes(const void *a, const void *b) {
    char *const *left = a;
    char *const *right = b;
    return strcmp(*left, *right);
}

static bool list_folder(struct loader_files *files, DIR *folder, const char *path,
                        struct error *ret_error) {
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (entry == NULL && errno != 0)
            return fail_path(ret_error, path, strerror(errno));
        if (entry == NULL)
            break;
        if (is_catalog_name(entry->d_name))
            add_path(files, join(path, entry->d_name));
    }
    files->is_empty_folder = files->count == 0;
    if (files->is_empty_folder)
        return fail_path(ret_error, path,
                         "the folder has no catalogs (*.json); put one there, or name one with "
                         "--catalog FILE");
    qsort(files->items, files->count, sizeof *files->items, loader_by_bytes);
    return true;
}

static bool list_path(struct loader_files *files, const char *path, struct error *ret_error) {
    DIR *folder = opendir(path);
    if (folder == NULL && errno == ENOENT)
        return fail_path(ret_error, path,
                         "no such file or folder; name a catalog, or a folder of catalogs, with "
                         "--catalog PATH");
    if (folder == NULL && errno == ENOTDIR) {
        add_path(files, memory_strndup(memory_heap(), path, strlen(path)));
        return true;
    }
    if (folder == NULL)
        return fail_path(ret_error, path, strerror(errno));
    const bool listed = list_folder(files, folder, path, ret_error);
    (void)closedir(folder);
    return listed;
}

bool loader_files(struct loader_files *ret_files, const char *path, struct error *ret_error) {
    *ret_files = (struct loader_files){0};
    if (list_path(ret_files, path, ret_error))
        return true;
    const bool is_empty_folder = ret_files->is_empty_folder;
    loader_files_done(ret_files);
    ret_files->is_empty_folder = is_empty_folder;
    return false;
}

/* ---- into a set ---- */

/* Load one file and add it. */
static bool add_file(struct catalog_set *set, const char *path, struct error *ret_error) {
    struct catalog *catalog = load_file(path, ret_error);
    if (catalog != NULL)
        catalog_set_add(set, catalog);
    return catalog != NULL;
}

size_t loader_path(struct catalog_set *set, const char *path, loader_refused_fn refused,
                   void *arg) {
    struct loader_files files;
    struct error error = {0};
    size_t count = 0;
    if (!loader_files(&files, path, &error)) {
        refused(arg, &error);
        return 1;
    }
    for (size_t i = 0; i < files.count; i++) {
        if (add_file(set, files.items[i], &error))
            continue;
        refused(arg, &error);
        count++;
    }
    loader_files_done(&files);
    return count;
}
