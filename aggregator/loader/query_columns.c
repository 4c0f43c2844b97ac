#include "loader/query_columns.h"

#include <string.h>

#include "base/nearest.h"
#include "loader/field.h"

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

/* Refuse a column that two families share. */
static bool check_unshared(const struct query_load *at, const struct jsondoc_place *place,
                           const struct query_value *values, size_t count, const char *column) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(values[i].column, column) == 0)
            return jsondoc_fail(at->load->error, place,
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

bool query_columns_values(const struct query_load *at) {
    const struct load *load = at->load;
    const struct jsondoc_place place = query_place(at, "values");
    json_t *value = query_member(at, "values");
    struct pairs pairs = {0};
    if (value == NULL)
        return jsondoc_fail(load->error, at->place, "the key \"values\" is missing");
    if (!read_pairs(load, value, &place, CATALOG_QUERY_VALUES_MAX, &pairs))
        return false;
    if (pairs.count == 0)
        return jsondoc_fail(load->error, &place, "at least one family is needed");
    struct query_value *values = arena_array(&load->catalog->arena, pairs.count, sizeof *values);
    if (values == NULL)
        return loader_no_memory(load);
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

bool query_columns_labels(const struct query_load *at) {
    const struct load *load = at->load;
    const struct jsondoc_place place = query_place(at, "labels");
    json_t *value = query_member(at, "labels");
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
