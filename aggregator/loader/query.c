/* SPDX-License-Identifier: MIT */
/* query.c - databases and queries of a catalog. */
#include "loader/loader_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"

/* ---- database ----
 * Reads databases: how to reach them. The loader leaves the meaning of connection strings to libpq,
 * but refuses secrets in them.
 */

enum { NAME_MAX_BYTES = 64, CONNINFO_MAX = 1024 };

/* ---- secrets ---- */

/* Whether user:password@ precedes the host, found as libpq finds it ("Connection URIs"). */
static bool uri_has_password(const char *conninfo) {
    static const char *const schemes[] = {"postgresql://", "postgres://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        const char *authority = text_after(conninfo, schemes[i]);
        if (authority == NULL)
            continue;
        const char *end = authority + strcspn(authority, "@/");
        const char *colon = memchr(authority, ':', (size_t)(end - authority));
        return *end == '@' && colon != NULL && colon + 1 < end;
    }
    return false;
}

/* Whether the keyword password, or one that ends with it, has a value. */
static bool has_password(const char *conninfo) {
    static const char keyword[] = "password";
    for (const char *at = strstr(conninfo, keyword); at != NULL; at = strstr(at + 1, keyword)) {
        const char *behind = at + sizeof keyword - 1;
        if (behind[strspn(behind, " \t\r\n\f\v")] == '=')
            return true;
    }
    return uri_has_password(conninfo);
}

/* ---- one database ---- */

static bool read_conninfo(const struct load *load, json_t *object,
                          const struct jsondoc_place *place, struct catalog_database *database) {
    const struct jsondoc_place at = {.parent = place, .key = "conninfo"};
    json_t *value = json_object_get(object, "conninfo");
    if (value == NULL)
        return json_jsondoc_fail(load->error, place,
                                 "the key \"conninfo\" is missing; an empty one leaves all to the "
                                 "environment (PGHOST, PGDATABASE, PGSERVICE, ...)");
    if (json_is_string(value) && json_string_length(value) == 0) {
        database->conninfo = "";
        return true;
    }
    if (!loader_field_text(load, value, &at, CONNINFO_MAX, &database->conninfo))
        return false;
    if (has_password(database->conninfo))
        return json_jsondoc_fail(
            load->error, &at,
            "a password has no place in a catalog; leave it out, and put it into a "
            "passfile (passfile=FILE, ~/.pgpass), a service file (service=NAME) or "
            "PGPASSWORD");
    return true;
}

static bool read_connections(const struct load *load, json_t *object,
                             const struct jsondoc_place *place, struct catalog_database *database) {
    const struct jsondoc_place at = {.parent = place, .key = "connections"};
    json_t *value = json_object_get(object, "connections");
    uint64_t connections = CATALOG_CONNECTIONS_MAX;
    if (value != NULL &&
        !loader_field_count(load, value, &at, 1, CATALOG_CONNECTIONS_MAX, &connections))
        return false;
    database->connections = (uint32_t)connections;
    return true;
}

static bool load_database(const struct load *load, const char *name, json_t *object,
                          const struct jsondoc_place *place, struct catalog_database *database) {
    static const char *const keys[] = {"conninfo", "connections", NULL};
    if (!loader_field_is_name(name) || strlen(name) > NAME_MAX_BYTES)
        return json_jsondoc_fail(
            load->error, place,
            "the name of a database is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes", NAME_MAX_BYTES);
    if (!loader_field_object(load, object, place) ||
        !json_jsondoc_keys_known(object, place, keys, load->error))
        return false;
    database->catalog = load->catalog;
    database->name = arena_strndup(&load->catalog->arena, name, strlen(name));
    return read_conninfo(load, object, place, database) &&
           read_connections(load, object, place, database);
}

/* ---- all ---- */

static int by_name(const void *a, const void *b) {
    const struct catalog_database *left = a;
    const struct catalog_database *right = b;
    return strcmp(left->name, right->name);
}

bool loader_databases(const struct load *load, json_t *value, const struct jsondoc_place *place) {
    if (!loader_field_object(load, value, place))
        return false;
    const size_t count = json_object_size(value);
    if (count > CATALOG_DATABASES_MAX)
        return json_jsondoc_fail(load->error, place, "%zu databases, at most %d are allowed", count,
                                 CATALOG_DATABASES_MAX);
    struct catalog_database *databases =
        arena_array(&load->catalog->arena, count, sizeof *databases);
    size_t done = 0;
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item) {
        const struct jsondoc_place at = {.parent = place, .key = key};
        if (!load_database(load, key, item, &at, &databases[done++]))
            return false;
    }
    if (count > 1)
        qsort(databases, count, sizeof *databases, by_name);
    load->catalog->databases = databases;
    load->catalog->database_count = count;
    return true;
}

/* ---- query sql: reads the SQL text of a query. ---- */

struct query_load {
    const struct load *load;
    json_t *root;   /* of the catalog: a query reads its families' declarations there */
    json_t *object; /* the query's own */
    const struct jsondoc_place *place;
    struct catalog_query *query;
};

/* A member of the query; NULL if absent. */
static inline json_t *query_member(const struct query_load *at, const char *key) {
    return json_object_get(at->object, key);
}

static inline struct jsondoc_place query_place(const struct query_load *at, const char *key) {
    return (struct jsondoc_place){.parent = at->place, .key = key};
}

enum { SQL_MAX = 65536, SQL_LINES_MAX = 10000 };

static bool is_blank(const char *text) {
    return text[strspn(text, " \t\r\n\f\v")] == '\0';
}

/* The number of lines; a text counts as one, whatever it contains. */
static size_t line_count(json_t *value) {
    return json_is_array(value) ? json_array_size(value) : 1;
}

static json_t *line_at(json_t *value, size_t index) {
    return json_is_array(value) ? json_array_get(value, index) : value;
}

/* The total bytes of all lines, with a newline between each two. */
static bool measure(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    size_t *ret_len) {
    const size_t lines = line_count(value);
    if (lines > SQL_LINES_MAX)
        return json_jsondoc_fail(load->error, place, "%zu lines, at most %d are allowed", lines,
                                 SQL_LINES_MAX);
    size_t len = lines > 0 ? lines - 1 : 0;
    for (size_t i = 0; i < lines; i++) {
        const struct jsondoc_place here = {.parent = place, .index = i};
        json_t *line = line_at(value, i);
        if (!json_is_string(line))
            return json_jsondoc_fail(load->error, &here, "expected a string, found %s",
                                     loader_field_kind(line));
        len += json_string_length(line);
    }
    if (len > SQL_MAX)
        return json_jsondoc_fail(load->error, place, "%zu bytes, at most %d are allowed", len,
                                 SQL_MAX);
    *ret_len = len;
    return true;
}

static void join(json_t *value, char *out) {
    for (size_t i = 0; i < line_count(value); i++) {
        json_t *line = line_at(value, i);
        if (i > 0)
            *out++ = '\n';
        memcpy(out, json_string_value(line), json_string_length(line));
        out += json_string_length(line);
    }
    *out = '\0';
}

/* Read the key "sql": a text, or an array of its lines. Returns false with the reason in
 * load->error. */
static bool query_sql_read(const struct query_load *at) {
    const struct load *load = at->load;
    const struct jsondoc_place place = query_place(at, "sql");
    json_t *value = query_member(at, "sql");
    size_t len = 0;
    if (value == NULL)
        return json_jsondoc_fail(load->error, at->place, "the key \"sql\" is missing");
    if (!json_is_array(value) && !json_is_string(value))
        return json_jsondoc_fail(load->error, &place, "expected a string, or an array of lines");
    if (!measure(load, value, &place, &len))
        return false;
    char *text = arena_array(&load->catalog->arena, len + 1, 1);
    join(value, text);
    if (is_blank(text))
        return json_jsondoc_fail(load->error, &place, "the text is empty");
    at->query->sql = text;
    return true;
}

/* ---- query columns ----
 * reads which columns of a query hold the values and the labels of its families.
 */

enum { COLUMN_MAX = 63 /* PostgreSQL truncates longer names (NAMEDATALEN - 1) */ };

/* ---- pairs ---- */

/* A family or label and its column: from a list of names, whose columns have the same names, or
 * from an object that maps names to columns. */
struct pair {
    const char *name;
    const char *column;
};

struct pairs {
    struct pair *items;
    size_t count;
    bool listed;
};

/* The place of a pair's name. */
static struct jsondoc_place pair_place(const struct pairs *pairs, const struct jsondoc_place *place,
                                       size_t i) {
    return (struct jsondoc_place){
        .parent = place, .key = pairs->listed ? NULL : pairs->items[i].name, .index = i};
}

static bool check_column(const struct load *load, const char *column,
                         const struct jsondoc_place *place) {
    if (strlen(column) > COLUMN_MAX)
        return json_jsondoc_fail(
            load->error, place,
            "PostgreSQL cuts the name of a column behind %d bytes; name a shorter "
            "one (SELECT ... AS)",
            COLUMN_MAX);
    return true;
}

static bool read_listed(const struct load *load, json_t *value, const struct jsondoc_place *place,
                        size_t items_max, struct pairs *pairs) {
    struct load_texts texts = {0};
    if (!loader_field_texts(load, value, place, items_max, "", &texts))
        return false;
    pairs->listed = true;
    for (; pairs->count < texts.count; pairs->count++) {
        const struct jsondoc_place here = {.parent = place, .index = pairs->count};
        const char *name = texts.items[pairs->count];
        if (!check_column(load, name, &here))
            return false;
        pairs->items[pairs->count] = (struct pair){name, name};
    }
    return true;
}

static bool read_mapped(const struct load *load, json_t *value, const struct jsondoc_place *place,
                        struct pairs *pairs) {
    const char *key;
    json_t *item;
    json_object_foreach(value, key, item) {
        const struct jsondoc_place here = {.parent = place, .key = key};
        struct pair *pair = &pairs->items[pairs->count];
        if (!loader_field_text(load, item, &here, CATALOG_VALUE_MAX, &pair->column) ||
            !check_column(load, pair->column, &here))
            return false;
        pair->name = arena_strndup(&load->catalog->arena, key, strlen(key));
        pairs->count++;
    }
    return true;
}

static bool read_pairs(const struct load *load, json_t *value, const struct jsondoc_place *place,
                       size_t items_max, struct pairs *ret_pairs) {
    const bool listed = json_is_array(value);
    if (!listed && !json_is_object(value))
        return json_jsondoc_fail(
            load->error, place,
            "expected columns by name, or an array of names that are the columns', "
            "too; found %s",
            loader_field_kind(value));
    const size_t count = listed ? json_array_size(value) : json_object_size(value);
    if (count > items_max)
        return json_jsondoc_fail(load->error, place, "%zu items, at most %zu are allowed", count,
                                 items_max);
    struct pairs pairs = {.items = arena_array(&load->catalog->arena, count, sizeof *pairs.items)};
    if (!(listed ? read_listed(load, value, place, items_max, &pairs)
                 : read_mapped(load, value, place, &pairs)))
        return false;
    *ret_pairs = pairs;
    return true;
}

/* ---- the families ---- */

/* Refuse keys that say how datagrams change a family or who owns its values. */
static bool check_family_keys(const struct query_load *at, const struct catalog_family *family) {
    static const char *const keys[] = {"merge",  "owner", "reading", "ended", "ttl_s",
                                       "absent", "zeros", "aliases", NULL};
    const struct jsondoc_place file = {.key = at->load->catalog->file};
    const struct jsondoc_place families = {.parent = &file, .key = "families"};
    const struct jsondoc_place declaration = {.parent = &families, .key = family->name};
    json_t *object = json_object_get(json_object_get(at->root, "families"), family->name);
    for (size_t i = 0; keys[i] != NULL; i++) {
        const struct jsondoc_place place = {.parent = &declaration, .key = keys[i]};
        if (json_object_get(object, keys[i]) != NULL)
            return json_jsondoc_fail(
                at->load->error, &place,
                "this key is about datagrams, and the values of \"%s\" come from a "
                "query: its rows are all there is; leave the key out",
                family->name);
    }
    return true;
}

static bool check_family(const struct query_load *at, const struct jsondoc_place *place,
                         const struct catalog_family *family) {
    struct error *error = at->load->error;
    if (family->source == SOURCE_DERIVED)
        return json_jsondoc_fail(error, place,
                                 "\"%s\" is derived from /%s/%s; a query fills families of its own",
                                 family->name, family->section, family->key);
    if (family->source == SOURCE_QUERY && family->query == at->query)
        return json_jsondoc_fail(error, place, "\"%s\" is listed twice", family->name);
    if (family->source == SOURCE_QUERY)
        return json_jsondoc_fail(
            error, place,
            "the values of \"%s\" come from /queries/%zu already; a family has one "
            "query",
            family->name, (size_t)(family->query - at->load->catalog->queries));
    if (!family->kind->from_query)
        return json_jsondoc_fail(error, place,
                                 "a query fills gauges and counters; \"%s\" is of type %s",
                                 family->name, family->kind->type);
    return check_family_keys(at, family);
}

static bool fail_family(const struct query_load *at, const struct jsondoc_place *place,
                        const char *name) {
    const struct catalog *catalog = at->load->catalog;
    const char **known =
        arena_array(&at->load->catalog->arena, catalog->family_count + 1, sizeof *known);
    for (size_t i = 0; i < catalog->family_count; i++)
        known[i] = catalog->families[i].name;
    const char *nearest = nearest_word(name, known);
    if (nearest != NULL)
        return json_jsondoc_fail(at->load->error, place,
                                 "unknown family \"%s\"; did you mean \"%s\"?", name, nearest);
    return json_jsondoc_fail(at->load->error, place,
                             "unknown family \"%s\"; declare it in \"families\"", name);
}

/* Refuse a column that two families share. */
static bool check_unshared(const struct query_load *at, const struct jsondoc_place *place,
                           const struct query_value *values, size_t count, const char *column) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(values[i].column, column) == 0)
            return json_jsondoc_fail(at->load->error, place,
                                     "the column \"%s\" has the values of \"%s\"; a family has a "
                                     "column of its own",
                                     column, values[i].family->name);
    return true;
}

/* Assign the family that a pair names to the query. */
static bool read_value(const struct query_load *at, const struct jsondoc_place *place,
                       const struct pair *pair, struct query_value *values, size_t count) {
    struct catalog *catalog = at->load->catalog;
    const struct catalog_family *known =
        catalog_family_find(catalog, pair->name, strlen(pair->name));
    if (known == NULL)
        return fail_family(at, place, pair->name);
    if (!check_family(at, place, known) || !check_unshared(at, place, values, count, pair->column))
        return false;
    struct catalog_family *family = &catalog->families[known - catalog->families];
    family->source = SOURCE_QUERY;
    family->query = at->query;
    values[count] = (struct query_value){.family = family, .column = pair->column};
    return true;
}

/* Read the key "values". The families that it names belong to the query afterwards. Returns false
 * with the reason in load->error. */
static bool query_columns_values(const struct query_load *at) {
    const struct load *load = at->load;
    const struct jsondoc_place place = query_place(at, "values");
    json_t *value = query_member(at, "values");
    struct pairs pairs = {0};
    if (value == NULL)
        return json_jsondoc_fail(load->error, at->place, "the key \"values\" is missing");
    if (!read_pairs(load, value, &place, CATALOG_QUERY_VALUES_MAX, &pairs))
        return false;
    if (pairs.count == 0)
        return json_jsondoc_fail(load->error, &place, "at least one family is needed");
    struct query_value *values = arena_array(&load->catalog->arena, pairs.count, sizeof *values);
    for (size_t i = 0; i < pairs.count; i++) {
        const struct jsondoc_place here = pair_place(&pairs, &place, i);
        if (!read_value(at, &here, &pairs.items[i], values, i))
            return false;
    }
    at->query->values = values;
    at->query->value_count = pairs.count;
    return true;
}

/* ---- labels ---- */

static bool bears(const struct catalog_query *query, const char *label) {
    for (size_t i = 0; i < query->label_count; i++)
        if (strcmp(query->labels[i].label, label) == 0)
            return true;
    return false;
}

/* Check that every label of the families has a column or needs none. */
static bool labels_are_borne(const struct query_load *at, const struct jsondoc_place *place) {
    for (size_t i = 0; i < at->query->value_count; i++) {
        const struct catalog_family *family = at->query->values[i].family;
        for (uint32_t j = 0; j < family->label_count; j++) {
            const struct catalog_label *label = &family->labels[j];
            if (label->default_value < 0 && !bears(at->query, label->name))
                return json_jsondoc_fail(
                    at->load->error, place,
                    "no column has the label \"%s\" of \"%s\"; name one, or give "
                    "the label a default",
                    label->name, family->name);
        }
    }
    return true;
}

static bool is_of_a_family(const struct catalog_query *query, const char *label) {
    for (size_t i = 0; i < query->value_count; i++)
        for (uint32_t j = 0; j < query->values[i].family->label_count; j++)
            if (strcmp(query->values[i].family->labels[j].name, label) == 0)
                return true;
    return false;
}

/* Read the key "labels", after the values: each label of the families needs a column or a
 * default. */
static bool query_columns_labels(const struct query_load *at) {
    const struct load *load = at->load;
    const struct jsondoc_place place = query_place(at, "labels");
    json_t *value = query_member(at, "labels");
    struct pairs pairs = {0};
    if (value == NULL)
        return labels_are_borne(at, at->place);
    if (!read_pairs(load, value, &place, CATALOG_LABELS_MAX, &pairs))
        return false;
    struct query_label *labels = arena_array(&load->catalog->arena, pairs.count, sizeof *labels);
    for (size_t i = 0; i < pairs.count; i++) {
        const struct jsondoc_place here = pair_place(&pairs, &place, i);
        if (!is_of_a_family(at->query, pairs.items[i].name))
            return json_jsondoc_fail(load->error, &here,
                                     "no family of the query has the label \"%s\"",
                                     pairs.items[i].name);
        labels[i] = (struct query_label){pairs.items[i].name, pairs.items[i].column};
    }
    at->query->labels = labels;
    at->query->label_count = pairs.count;
    return labels_are_borne(at, &place);
}

/* ---- query ----
 * Reads queries: the database, the limits, and all keys of a query in the right order.
 */

enum { TIMEOUT_DEFAULT_MS = 2000 };
static const double timeout_max_s = 60;
static const double cache_max_s = 86400;

/* ---- which database ---- */

static bool fail_database(const struct query_load *at, const struct jsondoc_place *place,
                          const char *name) {
    const struct catalog *catalog = at->load->catalog;
    const char *known[CATALOG_DATABASES_MAX + 1];
    for (size_t i = 0; i < catalog->database_count; i++)
        known[i] = catalog->databases[i].name;
    known[catalog->database_count] = NULL;
    const char *nearest = nearest_word(name, known);
    if (nearest != NULL)
        return json_jsondoc_fail(at->load->error, place,
                                 "unknown database \"%s\"; did you mean \"%s\"?", name, nearest);
    return json_jsondoc_fail(at->load->error, place,
                             "unknown database \"%s\"; declare it in \"databases\"", name);
}

static bool read_database(const struct query_load *at) {
    const struct load *load = at->load;
    const struct catalog *catalog = load->catalog;
    const struct jsondoc_place place = query_place(at, "database");
    json_t *value = query_member(at, "database");
    if (value == NULL && catalog->database_count == 1) {
        at->query->database = &catalog->databases[0];
        return true;
    }
    if (value == NULL && catalog->database_count == 0)
        return json_jsondoc_fail(load->error, at->place,
                                 "there is no database; declare one in \"databases\"");
    if (value == NULL)
        return json_jsondoc_fail(load->error, at->place,
                                 "the key \"database\" is missing; there are %zu to choose from",
                                 catalog->database_count);
    const char *name = NULL;
    if (!loader_field_text(load, value, &place, CATALOG_NAME_MAX, &name))
        return false;
    for (size_t i = 0; i < catalog->database_count; i++)
        if (strcmp(catalog->databases[i].name, name) == 0)
            at->query->database = &catalog->databases[i];
    return at->query->database != NULL || fail_database(at, &place, name);
}

/* ---- limits ---- */

static bool read_times(const struct query_load *at) {
    const struct load *load = at->load;
    const struct jsondoc_place at_timeout = query_place(at, "timeout_s");
    const struct jsondoc_place at_cache = query_place(at, "cache_s");
    json_t *timeout = query_member(at, "timeout_s");
    json_t *cache = query_member(at, "cache_s");
    double cache_s = 0;
    at->query->timeout_ms = TIMEOUT_DEFAULT_MS;
    if (timeout != NULL &&
        !loader_seconds(load, timeout, &at_timeout, timeout_max_s, &at->query->timeout_ms))
        return false;
    if (cache != NULL && !loader_field_number(load, cache, &at_cache, &cache_s))
        return false;
    if (!(cache_s >= 0 && cache_s <= cache_max_s))
        return json_jsondoc_fail(load->error, &at_cache, "seconds from 0 to %.0f are expected",
                                 cache_max_s);
    at->query->cache_ms = (int64_t)ceil(cache_s * 1000);
    return true;
}

static bool read_rows(const struct query_load *at) {
    const struct jsondoc_place place = query_place(at, "max_rows");
    json_t *value = query_member(at, "max_rows");
    uint64_t rows = CATALOG_ROWS_MAX;
    if (value != NULL && !loader_field_count(at->load, value, &place, 1, CATALOG_ROWS_LIMIT, &rows))
        return false;
    at->query->max_rows = (uint32_t)rows;
    return true;
}

static bool read_combine(const struct query_load *at) {
    static const struct {
        const char *word;
        enum query_combine combine;
    } words[] = {{"sum", COMBINE_SUM}, {"min", COMBINE_MIN}, {"max", COMBINE_MAX}};
    const struct jsondoc_place place = query_place(at, "combine");
    json_t *value = query_member(at, "combine");
    if (value == NULL)
        return true;
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i].word) == 0) {
            at->query->combine = words[i].combine;
            return true;
        }
    }
    return json_jsondoc_fail(at->load->error, &place, "expected sum, min or max");
}

/* Read the name. If absent, it is the name of the first family. */
static bool read_name(const struct query_load *at) {
    const struct jsondoc_place place = query_place(at, "name");
    json_t *value = query_member(at, "name");
    if (value == NULL) {
        at->query->name = at->query->values[0].family->name;
        return true;
    }
    if (!loader_field_text(at->load, value, &place, CATALOG_NAME_MAX, &at->query->name))
        return false;
    return loader_field_is_name(at->query->name) ||
           json_jsondoc_fail(at->load->error, &place,
                             "the name of a query is [a-zA-Z_][a-zA-Z0-9_]*: \"%s\" is not",
                             at->query->name);
}

/* ---- all ---- */

static bool load_query(const struct query_load *at) {
    static const char *const keys[] = {"name",      "database", "sql",      "labels",  "values",
                                       "timeout_s", "cache_s",  "max_rows", "combine", NULL};
    if (!loader_field_object(at->load, at->object, at->place) ||
        !json_jsondoc_keys_known(at->object, at->place, keys, at->load->error))
        return false;
    at->query->catalog = at->load->catalog;
    return read_database(at) && query_sql_read(at) && query_columns_values(at) &&
           query_columns_labels(at) && read_times(at) && read_rows(at) && read_combine(at) &&
           read_name(at);
}

bool loader_queries(const struct load *load, json_t *root, json_t *value,
                    const struct jsondoc_place *place) {
    struct catalog *catalog = load->catalog;
    if (!loader_field_array(load, value, place, CATALOG_QUERIES_MAX))
        return false;
    const size_t count = json_array_size(value);
    catalog->queries = arena_array(&catalog->arena, count, sizeof *catalog->queries);
    for (size_t i = 0; i < count; i++) {
        const struct jsondoc_place here = {.parent = place, .index = i};
        const struct query_load at = {.load = load,
                                      .root = root,
                                      .object = json_array_get(value, i),
                                      .place = &here,
                                      .query = &catalog->queries[i]};
        if (!load_query(&at))
            return false;
    }
    catalog->query_count = count;
    return true;
}
