/* SPDX-License-Identifier: MIT */
/* query.c - databases and queries of a catalog. */
#include "loader/loader_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* ---- databases ----
 * How to reach them. The loader leaves the meaning of connection strings to libpq, but refuses
 * secrets in them.
 */

enum { DATABASE_NAME_MAX = 64, CONNINFO_MAX = 1024 };

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

static bool read_conninfo(const struct node *at, void *of) {
    struct catalog_database *database = of;
    database->conninfo = "";
    if (json_is_string(at->value) && json_string_length(at->value) == 0)
        return true;
    if (!loader_read_text(at, CONNINFO_MAX, &database->conninfo))
        return false;
    return !has_password(database->conninfo) ||
           loader_fail(at, "a password has no place in a catalog; leave it out, and put it into a "
                           "passfile (passfile=FILE, ~/.pgpass), a service file (service=NAME) or "
                           "PGPASSWORD");
}

static const struct load_key database_keys[] = {
    {"conninfo", .read = read_conninfo,
     .missing = "the key \"conninfo\" is missing; an empty one leaves all to the environment "
                "(PGHOST, PGDATABASE, PGSERVICE, ...)",

     .sentence =
         "Connection string as libpq takes it: service=NAME, keywords, or a URI; empty: all "
         "from the environment. No password: that belongs into a passfile, a service file "
         "or PGPASSWORD."},
    {"connections", LOAD_COUNT, .least = 1, .most = CATALOG_CONNECTIONS_MAX,
     .at = offsetof(struct catalog_database, connections),
     .sentence = "Maximum number of connections at a time; they are opened while queries wait for "
                 "each other. Default 8."},
};
const struct load_object loader_database_keys =
    LOAD_OBJECT("Of a database", "database", database_keys);

static bool read_database(const struct node *at, struct catalog_database *database) {
    const char *name = at->place.key;
    struct catalog *catalog = at->load->catalog;
    *database =
        (struct catalog_database){.catalog = catalog,
                                  .name = arena_strndup(&catalog->arena, name, strlen(name)),
                                  .connections = CATALOG_CONNECTIONS_MAX};
    if (!loader_is_name(name) || strlen(name) > DATABASE_NAME_MAX)
        return loader_fail(at, "the name of a database is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
                           DATABASE_NAME_MAX);
    return loader_read_object(at, &loader_database_keys, database);
}

static int by_name(const void *a, const void *b) {
    const struct catalog_database *left = a;
    const struct catalog_database *right = b;
    return strcmp(left->name, right->name);
}

bool loader_read_databases(const struct node *at) {
    struct catalog *catalog = at->load->catalog;
    const size_t count = json_object_size(at->value);
    struct walk walk = {0};
    struct node here;
    bool good = true;
    if (!loader_is_object(at) || !loader_is_within(at, count, CATALOG_DATABASES_MAX, "databases"))
        return false;
    catalog->databases = arena_array(&catalog->arena, count, sizeof *catalog->databases);
    while (loader_next(at, &walk, &here))
        good = read_database(&here, &catalog->databases[catalog->database_count++]) && good;
    if (catalog->database_count > 1)
        qsort(catalog->databases, catalog->database_count, sizeof *catalog->databases, by_name);
    return good;
}

/* ---- the text of a query, or an array of its lines ---- */

enum { SQL_MAX = 65536, SQL_LINES_MAX = 10000 };

/* The number of lines; a text counts as one, whatever it contains. */
static size_t line_count(const json_t *value) {
    return json_is_array(value) ? json_array_size(value) : 1;
}

static struct node line_at(const struct node *at, size_t index) {
    struct node here = loader_item(at, index);
    if (!json_is_array(at->value))
        here.value = at->value;
    return here;
}

/* The total bytes of all lines, with a newline between each two. */
static bool measure(const struct node *at, size_t *ret_len) {
    const size_t lines = line_count(at->value);
    if (!loader_is_within(at, lines, SQL_LINES_MAX, "lines"))
        return false;
    *ret_len = lines > 0 ? lines - 1 : 0;
    for (size_t i = 0; i < lines; i++) {
        const struct node here = line_at(at, i);
        if (!json_is_string(here.value))
            return loader_fail_type(&here, "a string");
        *ret_len += json_string_length(here.value);
    }
    return loader_is_within(at, *ret_len, SQL_MAX, "bytes");
}

static bool read_sql(const struct node *at, void *of) {
    struct catalog_query *query = of;
    size_t len = 0;
    if (!json_is_array(at->value) && !json_is_string(at->value))
        return loader_fail(at, "expected a string, or an array of lines");
    if (!measure(at, &len))
        return false;
    char *text = arena_array(&at->load->catalog->arena, len + 1, 1);
    char *out = text;
    for (size_t i = 0; i < line_count(at->value); i++) {
        const struct node line = line_at(at, i);
        if (i > 0)
            *out++ = '\n';
        memcpy(out, json_string_value(line.value), json_string_length(line.value));
        out += json_string_length(line.value);
    }
    *out = '\0';
    query->sql = text;
    return text[strspn(text, " \t\r\n\f\v")] != '\0' || loader_fail(at, "the text is empty");
}

/* ---- columns: which of them hold the values and the labels of a query's families ---- */

enum { COLUMN_MAX = 63 /* PostgreSQL truncates longer names (NAMEDATALEN - 1) */ };

/* A family or label and its column: from a list of names, whose columns have the same names, or
 * from an object that maps names to columns. */
struct pair {
    const char *name;
    const char *column;
};

struct pairs {
    struct pair *items;
    size_t count;
};

/* The place of a pair's name. */
static struct node pair_at(const struct node *at, const struct pairs *pairs, size_t i) {
    return json_is_array(at->value) ? loader_item(at, i) : loader_member(at, pairs->items[i].name);
}

static bool read_pairs(const struct node *at, size_t items_max, struct pairs *ret_pairs) {
    struct arena *arena = &at->load->catalog->arena;
    struct load_texts texts = {0};
    struct walk walk = {0};
    struct node here;
    const bool listed = json_is_array(at->value);
    if (!listed && !json_is_object(at->value))
        return loader_fail_type(at, "columns by name, or an array of names");
    if (listed ? !loader_read_texts(at, items_max, "", &texts)
               : !loader_is_within(at, json_object_size(at->value), items_max, "items"))
        return false;
    ret_pairs->items = arena_array(arena, listed ? texts.count : json_object_size(at->value),
                                   sizeof *ret_pairs->items);
    while (loader_next(at, &walk, &here)) {
        struct pair *pair = &ret_pairs->items[ret_pairs->count];
        if (listed)
            pair->name = pair->column = texts.items[ret_pairs->count];
        else if (!loader_read_text(&here, CATALOG_VALUE_MAX, &pair->column))
            return false;
        else
            pair->name = arena_strndup(arena, here.place.key, strlen(here.place.key));
        if (strlen(pair->column) > COLUMN_MAX)
            return loader_fail(&here,
                               "PostgreSQL cuts the name of a column behind %d bytes; name a "
                               "shorter one (SELECT ... AS)",
                               COLUMN_MAX);
        ret_pairs->count++;
    }
    return true;
}

/* Refuse keys that say how datagrams change a family or who owns its values. */
static bool check_family_keys(struct load *load, const struct catalog_family *family) {
    static const char *const keys[] = {"merge", "owner",  "reading", "ended",
                                       "ttl_s", "absent", "zeros",   "aliases"};
    const struct node root = {
        .place = {.key = load->catalog->file}, .value = load->root, .load = load};
    const struct node families = loader_member(&root, "families");
    const struct node declaration = loader_member(&families, family->name);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct node here = loader_member(&declaration, keys[i]);
        if (here.value != NULL)
            return loader_fail(&here,
                               "this key is about datagrams, and the values of \"%s\" come from a "
                               "query: its rows are all there is; leave the key out",
                               family->name);
    }
    return true;
}

static bool check_family(const struct node *at, const struct catalog_query *query,
                         const struct catalog_family *family) {
    if (family->source == SOURCE_DERIVED)
        return loader_fail(at, "\"%s\" is derived from /%s/%s; a query fills families of its own",
                           family->name, family->section, family->key);
    if (family->source == SOURCE_QUERY && family->query == query)
        return loader_fail(at, "\"%s\" is listed twice", family->name);
    if (family->source == SOURCE_QUERY)
        return loader_fail(
            at, "the values of \"%s\" come from /queries/%zu already; a family has one query",
            family->name, (size_t)(family->query - at->load->catalog->queries));
    if (!family->kind->from_query)
        return loader_fail(at, "a query fills gauges and counters; \"%s\" is of type %s",
                           family->name, family->kind->type);
    return check_family_keys(at->load, family);
}

static bool fail_family(const struct node *at, const char *name) {
    const struct catalog *catalog = at->load->catalog;
    struct error what;
    if (json_object_get(json_object_get(at->load->root, "families"), name) != NULL ||
        loader_is_unread(at->load, "families", catalog->family_count))
        return false; /* its mistakes are reported */
    const char **known = arena_array(&at->load->scratch, catalog->family_count + 1, sizeof *known);
    for (size_t i = 0; i < catalog->family_count; i++)
        known[i] = catalog->families[i].name;
    known[catalog->family_count] = NULL;
    (void)error_set(&what, "unknown family \"%s\"", name);
    return loader_fail_unknown(at, what.text, name, known, "declare it in \"families\"");
}

/* Assign the family that a pair names to the query. */
static bool take_family(const struct node *at, const struct pair *pair, struct catalog_query *query,
                        struct query_value *values) {
    struct catalog *catalog = at->load->catalog;
    const struct catalog_family *known =
        catalog_family_find(catalog, pair->name, strlen(pair->name));
    if (known == NULL)
        return fail_family(at, pair->name);
    if (!check_family(at, query, known))
        return false;
    for (size_t i = 0; i < query->value_count; i++)
        if (strcmp(values[i].column, pair->column) == 0)
            return loader_fail(at,
                               "the column \"%s\" has the values of \"%s\"; a family has a column "
                               "of its own",
                               pair->column, values[i].family->name);
    struct catalog_family *family = &catalog->families[known - catalog->families];
    family->source = SOURCE_QUERY;
    family->query = query;
    values[query->value_count++] = (struct query_value){.family = family, .column = pair->column};
    return true;
}

/* The families that it names belong to the query afterwards. */
static bool read_values(const struct node *at, void *of) {
    struct catalog_query *query = of;
    struct pairs pairs = {0};
    bool good = true;
    if (!read_pairs(at, CATALOG_QUERY_VALUES_MAX, &pairs))
        return false;
    if (pairs.count == 0)
        return loader_fail(at, "at least one family is needed");
    struct query_value *values =
        arena_array(&at->load->catalog->arena, pairs.count, sizeof *values);
    query->values = values;
    for (size_t i = 0; i < pairs.count; i++) {
        const struct node here = pair_at(at, &pairs, i);
        good = take_family(&here, &pairs.items[i], query, values) && good;
    }
    if (!good)
        query->value_count = 0; /* not all of its families are known */
    return good;
}

static bool bears(const struct catalog_query *query, const char *label) {
    for (size_t i = 0; i < query->label_count; i++)
        if (strcmp(query->labels[i].label, label) == 0)
            return true;
    return false;
}

/* Check that every label of the families has a column or needs none. The labels of a family that is
 * wrong are not known. */
static bool check_labels(const struct node *at, const struct catalog_query *query) {
    for (size_t i = 0; i < query->value_count; i++) {
        const struct catalog_family *family = query->values[i].family;
        for (uint32_t j = 0; family->bound > 0 && j < family->label_count; j++) {
            const struct catalog_label *label = &family->labels[j];
            if (label->default_value < 0 && !bears(query, label->name))
                return loader_fail(at,
                                   "no column has the label \"%s\" of \"%s\"; name one, or give "
                                   "the label a default",
                                   label->name, family->name);
        }
    }
    return true;
}

static bool is_of_a_family(const struct catalog_query *query, const char *label) {
    for (size_t i = 0; i < query->value_count; i++) {
        const struct catalog_family *family = query->values[i].family;
        if (family->bound == 0)
            return true;
        for (uint32_t j = 0; j < family->label_count; j++)
            if (strcmp(family->labels[j].name, label) == 0)
                return true;
    }
    return query->value_count == 0;
}

/* Each label of the families needs a column or a default. */
static bool read_labels(const struct node *at, void *of) {
    struct catalog_query *query = of;
    struct pairs pairs = {0};
    if (!read_pairs(at, CATALOG_LABELS_MAX, &pairs))
        return false;
    struct query_label *labels =
        arena_array(&at->load->catalog->arena, pairs.count, sizeof *labels);
    for (size_t i = 0; i < pairs.count; i++) {
        const struct node here = pair_at(at, &pairs, i);
        if (!is_of_a_family(query, pairs.items[i].name))
            return loader_fail(&here, "no family of the query has the label \"%s\"",
                               pairs.items[i].name);
        labels[i] = (struct query_label){pairs.items[i].name, pairs.items[i].column};
    }
    query->labels = labels;
    query->label_count = pairs.count;
    return check_labels(at, query);
}

/* ---- a query ---- */

enum { TIMEOUT_DEFAULT_MS = 2000, TIMEOUT_MAX_S = 60, CACHE_MAX_S = 86400 };

static bool find_database(const struct node *at, const char *name,
                          const struct catalog_database **ret_database) {
    const struct catalog *catalog = at->load->catalog;
    const char *known[CATALOG_DATABASES_MAX + 1] = {NULL};
    struct error what;
    if (loader_is_unread(at->load, "databases", catalog->database_count))
        return false;
    for (size_t i = 0; i < catalog->database_count; i++) {
        known[i] = catalog->databases[i].name;
        if (strcmp(known[i], name) != 0)
            continue;
        *ret_database = &catalog->databases[i];
        return true;
    }
    (void)error_set(&what, "unknown database \"%s\"", name);
    return loader_fail_unknown(at, what.text, name, known, "declare it in \"databases\"");
}

/* The only database needs no name. */
static bool read_database_of(const struct node *at, struct catalog_query *query) {
    const struct catalog *catalog = at->load->catalog;
    const struct node here = loader_member(at, "database");
    const char *name = NULL;
    if (here.value != NULL)
        return loader_read_text(&here, CATALOG_NAME_MAX, &name) &&
               find_database(&here, name, &query->database);
    query->database = catalog->databases;
    if (loader_is_unread(at->load, "databases", catalog->database_count))
        return false;
    if (catalog->database_count == 0)
        return loader_fail(at, "there is no database; declare one in \"databases\"");
    return catalog->database_count == 1 ||
           loader_fail(at, "the key \"database\" is missing; there are %zu to choose from",
                       catalog->database_count);
}

static bool read_name(const struct node *at, void *of) {
    struct catalog_query *query = of;
    if (!loader_read_text(at, CATALOG_NAME_MAX, &query->name))
        return false;
    return loader_is_name(query->name) ||
           loader_fail(at, "the name of a query is [a-zA-Z_][a-zA-Z0-9_]*: \"%s\" is not",
                       query->name);
}

static const struct load_word combines[] = {
    {"sum", COMBINE_SUM}, {"min", COMBINE_MIN}, {"max", COMBINE_MAX}, {0}};

#define OF(member) .at = offsetof(struct catalog_query, member)
static const struct load_key query_keys[] = {
    {"database", .schema = "database_name",
     .sentence = "A name in databases. May be left out where there is only one."},
    {"sql", .read = read_sql, .missing = "",

     .sentence = "One statement without parameters, run in a read-only transaction; or its lines."},
    {"values", .read = read_values, .missing = "", .schema = "query_values",
     .sentence = "Columns by family; or families, whose columns have the same name. A family is a "
                 "gauge or a counter."},
    {"labels", .read = read_labels, .schema = "query_labels",
     .sentence = "Columns by label; or labels, whose columns have the same name."},
    {"timeout_s", LOAD_SECONDS, .most = TIMEOUT_MAX_S, OF(timeout_ms),
     .sentence = "The server ends a run that takes longer. Default 2."},
    {"cache_s", LOAD_SECONDS_OR_0, .most = CACHE_MAX_S, OF(cache_ms),
     .sentence = "Rows are shown for this many seconds before the query runs again. Default 0: it "
                 "runs for each scrape."},
    {"max_rows", LOAD_COUNT, .least = 1, .most = CATALOG_ROWS_LIMIT, OF(max_rows),
     .sentence = "More rows are an error of the query. Default 10000."},
    {"combine", LOAD_WORD, .words = combines, OF(combine),
     .sentence = "How to combine rows of one series. Without it they are an error of the query."},
    {"name", .read = read_name,
     .sentence =
         "In the daemon's own metrics and in /debug/queries; unique in the daemon. Default: "
         "the first of its families."},
};
#undef OF
const struct load_object loader_query_keys = LOAD_OBJECT("Of a query", "query", query_keys);

static bool read_query(const struct node *at, struct catalog_query *query) {
    const bool known = loader_check_object(at, &loader_query_keys);
    *query = (struct catalog_query){.catalog = at->load->catalog,
                                    .timeout_ms = TIMEOUT_DEFAULT_MS,
                                    .max_rows = CATALOG_ROWS_MAX};
    if (!json_is_object(at->value))
        return false;
    const bool placed = read_database_of(at, query);
    if (!loader_read_keys(at, &loader_query_keys, NULL, known, query) || !placed)
        return false;
    if (query->name == NULL)
        query->name = query->values[0].family->name;
    return json_object_get(at->value, "labels") != NULL || check_labels(at, query);
}

bool loader_read_queries(const struct node *at) {
    struct catalog *catalog = at->load->catalog;
    struct walk walk = {0};
    struct node here;
    bool good = true;
    if (!loader_is_array(at, CATALOG_QUERIES_MAX))
        return false;
    catalog->queries =
        arena_array(&catalog->arena, json_array_size(at->value), sizeof *catalog->queries);
    while (loader_next(at, &walk, &here))
        good = read_query(&here, &catalog->queries[catalog->query_count++]) && good;
    return good;
}
