/* Reads queries: the database, the limits, and all keys of a query in the right order. */
#include <math.h>
#include <string.h>

#include "base/nearest.h"
#include "loader/field.h"
#include "loader/query_columns.h"
#include "loader/query_sql.h"
#include "loader/sections.h"
#include "loader/value.h"

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
        return jsondoc_fail(at->load->error, place, "unknown database \"%s\"; did you mean \"%s\"?",
                            name, nearest);
    return jsondoc_fail(at->load->error, place,
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
    if (cache != NULL && !field_number(load, cache, &at_cache, &cache_s))
        return false;
    if (!(cache_s >= 0 && cache_s <= cache_max_s))
        return jsondoc_fail(load->error, &at_cache, "seconds from 0 to %.0f are expected",
                            cache_max_s);
    at->query->cache_ms = (int64_t)ceil(cache_s * 1000);
    return true;
}

static bool read_rows(const struct query_load *at) {
    const struct jsondoc_place place = query_place(at, "max_rows");
    json_t *value = query_member(at, "max_rows");
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
    return jsondoc_fail(at->load->error, &place, "expected sum, min or max");
}

/* Read the name. If absent, it is the name of the first family. */
static bool read_name(const struct query_load *at) {
    const struct jsondoc_place place = query_place(at, "name");
    json_t *value = query_member(at, "name");
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
    return read_database(at) && query_sql_read(at) && query_columns_values(at) &&
           query_columns_labels(at) && read_times(at) && read_rows(at) && read_combine(at) &&
           read_name(at);
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
