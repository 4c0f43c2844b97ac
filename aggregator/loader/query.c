/* Queries: text, the columns that bear labels and values, and the families they fill. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "loader/field.h"
#include "loader/sections.h"
#include "loader/value.h"

enum {
    SQL_MAX = 65536,
    SQL_LINES_MAX = 10000,
    COLUMN_MAX = 63, /* PostgreSQL cuts longer names (NAMEDATALEN - 1) */
    TIMEOUT_DEFAULT_MS = 2000
};
static const double timeout_max_s = 60;
static const double cache_max_s = 86400;

/* A query on its way: where it is, and what the file declares beside it. */
struct query_load {
    const struct load *load;
    json_t *root; /* of the catalog */
    json_t *object;
    const struct jsondoc_place *place;
    struct catalog_query *query;
};

static json_t *member(const struct query_load *at, const char *key) {
    return json_object_get(at->object, key);
}

static struct jsondoc_place member_place(const struct query_load *at, const char *key) {
    return (struct jsondoc_place){.parent = at->place, .key = key};
}

/* ---- text ---- */

static bool is_blank(const char *text) {
    return text[strspn(text, " \t\r\n\f\v")] == '\0';
}

/* A text, or lines of it. */
static bool read_sql(const struct query_load *at) {
    const struct load *load = at->load;
    const struct jsondoc_place place = member_place(at, "sql");
    json_t *value = member(at, "sql");
    if (value == NULL)
        return jsondoc_fail(load->error, at->place, "the key \"sql\" is missing");
    if (!json_is_array(value) && !json_is_string(value))
        return jsondoc_fail(load->error, &place, "expected a string, or an array of lines");
    const size_t lines = json_is_array(value) ? json_array_size(value) : 1;
    if (lines > SQL_LINES_MAX)
        return jsondoc_fail(load->error, &place, "%zu lines, at most %d are allowed", lines,
                            SQL_LINES_MAX);
    size_t len = 0;
    for (size_t i = 0; i < lines; i++) {
        const struct jsondoc_place here = {.parent = &place, .index = i};
        json_t *line = json_is_array(value) ? json_array_get(value, i) : value;
        if (!json_is_string(line))
            return jsondoc_fail(load->error, &here, "expected a string, found %s",
                                field_kind(line));
        len += json_string_length(line) + 1;
    }
    if (len > SQL_MAX + 1)
        return jsondoc_fail(load->error, &place, "%zu bytes, at most %d are allowed", len - 1,
                            SQL_MAX);
    char *text = arena_array(&load->catalog->arena, len + 1, 1);
    if (text == NULL)
        return loader_no_memory(load);
    char *end = text;
    for (size_t i = 0; i < lines; i++) {
        json_t *line = json_is_array(value) ? json_array_get(value, i) : value;
        if (i > 0)
            *end++ = '\n';
        memcpy(end, json_string_value(line), json_string_length(line));
        end += json_string_length(line);
    }
    *end = '\0';
    if (is_blank(text))
        return jsondoc_fail(load->error, &place, "the text is empty");
    at->query->sql = text;
    return true;
}

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
        return jsondoc_fail(at->load->error, place, "unknown database \"%s\"; did you mean \"%s\"?",
                            name, nearest);
    return jsondoc_fail(at->load->error, place,
                        "unknown database \"%s\"; declare it in \"databases\"", name);
}

static bool read_database(const struct query_load *at) {
    const struct load *load = at->load;
    const struct catalog *catalog = load->catalog;
    const struct jsondoc_place place = member_place(at, "database");
    json_t *value = member(at, "database");
    if (value == NULL && catalog->database_count == 1) {
        at->query->database = &catalog->databases[0];
        return true;
    }
    if (value == NULL && catalog->database_count == 0)
        return jsondoc_fail(load->error, at->place,
                            "there is no database; declare one in \"databases\"");
    if (value == NULL)
        return jsondoc_fail(load->error, at->place,
                            "the key \"database\" is missing; there are %zu to choose from",
                            catalog->database_count);
    const char *name = NULL;
    if (!field_text(load, value, &place, CATALOG_NAME_MAX, &name))
        return false;
    for (size_t i = 0; i < catalog->database_count; i++)
        if (strcmp(catalog->databases[i].name, name) == 0)
            at->query->database = &catalog->databases[i];
    return at->query->database != NULL || fail_database(at, &place, name);
}

/* ---- columns ---- */

/* What a family or label is paired with: a list of names, whose columns are called the same, or an
 * object of columns by name. */
struct pair {
    const char *name;
    const char *column;
};

struct pairs {
    struct pair *items;
    size_t count;
    bool listed;
};

/* Where the name of a pair is. */
static struct jsondoc_place pair_place(const struct pairs *pairs, const struct jsondoc_place *place,
                                       size_t i) {
    return (struct jsondoc_place){
        .parent = place, .key = pairs->listed ? NULL : pairs->items[i].name, .index = i};
}

static bool check_column(const struct load *load, const char *column,
                         const struct jsondoc_place *place) {
    if (strlen(column) > COLUMN_MAX)
        return jsondoc_fail(load->error, place,
                            "PostgreSQL cuts the name of a column behind %d bytes; name a shorter "
                            "one (SELECT ... AS)",
                            COLUMN_MAX);
    return true;
}

static bool read_listed(const struct load *load, json_t *value, const struct jsondoc_place *place,
                        size_t items_max, struct pairs *pairs) {
    struct load_texts texts = {0};
    if (!field_texts(load, value, place, items_max, "", &texts))
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
        if (!field_text(load, item, &here, CATALOG_VALUE_MAX, &pair->column) ||
            !check_column(load, pair->column, &here))
            return false;
        pair->name = arena_strndup(&load->catalog->arena, key, strlen(key));
        if (pair->name == NULL)
            return loader_no_memory(load);
        pairs->count++;
    }
    return true;
}

static bool read_pairs(const struct load *load, json_t *value, const struct jsondoc_place *place,
                       size_t items_max, struct pairs *ret_pairs) {
    const bool listed = json_is_array(value);
    if (!listed && !json_is_object(value))
        return jsondoc_fail(load->error, place,
                            "expected columns by name, or an array of names that are the columns', "
                            "too; found %s",
                            field_kind(value));
    const size_t count = listed ? json_array_size(value) : json_object_size(value);
    if (count > items_max)
        return jsondoc_fail(load->error, place, "%zu items, at most %zu are allowed", count,
                            items_max);
    struct pairs pairs = {.items = arena_array(&load->catalog->arena, count, sizeof *pairs.items)};
    if (pairs.items == NULL)
        return loader_no_memory(load);
    if (!(listed ? read_listed(load, value, place, items_max, &pairs)
                 : read_mapped(load, value, place, &pairs)))
        return false;
    *ret_pairs = pairs;
    return true;
}

/* ---- the families ---- */

/* Keys that say how datagrams change a family, or who owns what they bring. */
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
            return jsondoc_fail(at->load->error, &place,
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
        return jsondoc_fail(error, place,
                            "\"%s\" is derived from /%s/%s; a query fills families of its own",
                            family->name, family->section, family->key);
    if (family->source == SOURCE_QUERY && family->query == at->query)
        return jsondoc_fail(error, place, "\"%s\" is listed twice", family->name);
    if (family->source == SOURCE_QUERY)
        return jsondoc_fail(error, place,
                            "the values of \"%s\" come from /queries/%zu already; a family has one "
                            "query",
                            family->name, (size_t)(family->query - at->load->catalog->queries));
    if (!family->kind->from_query)
        return jsondoc_fail(error, place, "a query fills gauges and counters; \"%s\" is of type %s",
                            family->name, family->kind->type);
    return check_family_keys(at, family);
}

static bool fail_family(const struct query_load *at, const struct jsondoc_place *place,
                        const char *name) {
    const struct catalog *catalog = at->load->catalog;
    const char **known =
        arena_array(&at->load->catalog->arena, catalog->family_count + 1, sizeof *known);
    if (known == NULL)
        return loader_no_memory(at->load);
    for (size_t i = 0; i < catalog->family_count; i++)
        known[i] = catalog->families[i].name;
    const char *nearest = nearest_word(name, known);
    if (nearest != NULL)
        return jsondoc_fail(at->load->error, place, "unknown family \"%s\"; did you mean \"%s\"?",
                            name, nearest);
    return jsondoc_fail(at->load->error, place, "unknown family \"%s\"; declare it in \"families\"",
                        name);
}

static bool read_values(const struct query_load *at) {
    const struct load *load = at->load;
    struct catalog *catalog = load->catalog;
    const struct jsondoc_place place = member_place(at, "values");
    json_t *value = member(at, "values");
    struct pairs pairs = {0};
    if (value == NULL)
        return jsondoc_fail(load->error, at->place, "the key \"values\" is missing");
    if (!read_pairs(load, value, &place, CATALOG_QUERY_VALUES_MAX, &pairs))
        return false;
    if (pairs.count == 0)
        return jsondoc_fail(load->error, &place, "at least one family is needed");
    struct query_value *values = arena_array(&catalog->arena, pairs.count, sizeof *values);
    if (values == NULL)
        return loader_no_memory(load);
    for (size_t i = 0; i < pairs.count; i++) {
        const struct pair *pair = &pairs.items[i];
        const struct jsondoc_place here = pair_place(&pairs, &place, i);
        const struct catalog_family *known =
            catalog_family_find(catalog, pair->name, strlen(pair->name));
        if (known == NULL)
            return fail_family(at, &here, pair->name);
        if (!check_family(at, &here, known))
            return false;
        for (size_t j = 0; j < i; j++)
            if (strcmp(values[j].column, pair->column) == 0)
                return jsondoc_fail(load->error, &here,
                                    "the column \"%s\" has the values of \"%s\"; a family has a "
                                    "column of its own",
                                    pair->column, values[j].family->name);
        struct catalog_family *family = &catalog->families[known - catalog->families];
        family->source = SOURCE_QUERY;
        family->query = at->query;
        values[i] = (struct query_value){.family = family, .column = pair->column};
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

/* Every label of the families has a column, or can do without. */
static bool labels_are_borne(const struct query_load *at, const struct jsondoc_place *place) {
    for (size_t i = 0; i < at->query->value_count; i++) {
        const struct catalog_family *family = at->query->values[i].family;
        for (uint32_t j = 0; j < family->label_count; j++) {
            const struct catalog_label *label = &family->labels[j];
            if (label->default_value < 0 && !bears(at->query, label->name))
                return jsondoc_fail(at->load->error, place,
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

static bool read_labels(const struct query_load *at) {
    const struct load *load = at->load;
    const struct jsondoc_place place = member_place(at, "labels");
    json_t *value = member(at, "labels");
    struct pairs pairs = {0};
    if (value == NULL)
        return labels_are_borne(at, at->place);
    if (!read_pairs(load, value, &place, CATALOG_LABELS_MAX, &pairs))
        return false;
    struct query_label *labels = arena_array(&load->catalog->arena, pairs.count, sizeof *labels);
    if (labels == NULL)
        return loader_no_memory(load);
    for (size_t i = 0; i < pairs.count; i++) {
        const struct jsondoc_place here = pair_place(&pairs, &place, i);
        if (!is_of_a_family(at->query, pairs.items[i].name))
            return jsondoc_fail(load->error, &here, "no family of the query has the label \"%s\"",
                                pairs.items[i].name);
        labels[i] = (struct query_label){pairs.items[i].name, pairs.items[i].column};
    }
    at->query->labels = labels;
    at->query->label_count = pairs.count;
    return labels_are_borne(at, &place);
}

/* ---- limits ---- */

static bool read_times(const struct query_load *at) {
    const struct load *load = at->load;
    const struct jsondoc_place at_timeout = member_place(at, "timeout_s");
    const struct jsondoc_place at_cache = member_place(at, "cache_s");
    json_t *timeout = member(at, "timeout_s");
    json_t *cache = member(at, "cache_s");
    double cache_s = 0;
    at->query->timeout_ms = TIMEOUT_DEFAULT_MS;
    if (timeout != NULL &&
        !loader_seconds(load, timeout, &at_timeout, timeout_max_s, &at->query->timeout_ms))
        return false;
    if (cache != NULL && !field_number(load, cache, &at_cache, &cache_s))
        return false;
    if (!(cache_s >= 0 && cache_s <= cache_max_s))
        return jsondoc_fail(load->error, &at_cache, "seconds from 0 to %.0f are expected",
                            cache_max_s);
    at->query->cache_ms = (int64_t)ceil(cache_s * 1000);
    return true;
}

static bool read_rows(const struct query_load *at) {
    const struct jsondoc_place place = member_place(at, "max_rows");
    json_t *value = member(at, "max_rows");
    uint64_t rows = CATALOG_ROWS_MAX;
    if (value != NULL && !field_count(at->load, value, &place, 1, CATALOG_ROWS_LIMIT, &rows))
        return false;
    at->query->max_rows = (uint32_t)rows;
    return true;
}

static bool read_combine(const struct query_load *at) {
    static const struct {
        const char *word;
        enum query_combine combine;
    } words[] = {{"sum", COMBINE_SUM}, {"min", COMBINE_MIN}, {"max", COMBINE_MAX}};
    const struct jsondoc_place place = member_place(at, "combine");
    json_t *value = member(at, "combine");
    if (value == NULL)
        return true;
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(text, words[i].word) == 0) {
            at->query->combine = words[i].combine;
            return true;
        }
    }
    return jsondoc_fail(at->load->error, &place, "expected sum, min or max");
}

/* That of the first family, unless the file has one. */
static bool read_name(const struct query_load *at) {
    const struct jsondoc_place place = member_place(at, "name");
    json_t *value = member(at, "name");
    if (value == NULL) {
        at->query->name = at->query->values[0].family->name;
        return true;
    }
    if (!field_text(at->load, value, &place, CATALOG_NAME_MAX, &at->query->name))
        return false;
    return field_is_name(at->query->name) ||
           jsondoc_fail(at->load->error, &place,
                        "the name of a query is [a-zA-Z_][a-zA-Z0-9_]*: \"%s\" is not",
                        at->query->name);
}

/* ---- all ---- */

static bool load_query(const struct query_load *at) {
    static const char *const keys[] = {"name",      "database", "sql",      "labels",  "values",
                                       "timeout_s", "cache_s",  "max_rows", "combine", NULL};
    if (!field_object(at->load, at->object, at->place) ||
        !jsondoc_keys_known(at->object, at->place, keys, at->load->error))
        return false;
    at->query->catalog = at->load->catalog;
    return read_database(at) && read_sql(at) && read_values(at) && read_labels(at) &&
           read_times(at) && read_rows(at) && read_combine(at) && read_name(at);
}

bool loader_queries(const struct load *load, json_t *root, json_t *value,
                    const struct jsondoc_place *place) {
    struct catalog *catalog = load->catalog;
    if (!field_array(load, value, place, CATALOG_QUERIES_MAX))
        return false;
    const size_t count = json_array_size(value);
    catalog->queries = arena_array(&catalog->arena, count, sizeof *catalog->queries);
    if (catalog->queries == NULL)
        return loader_no_memory(load);
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
