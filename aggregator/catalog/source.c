#include "catalog/source.h"

#include <stdlib.h>
#include <string.h>

static bool fail_many(const struct catalog *catalog, const char *what, size_t count, size_t most,
                      struct error *ret_error) {
    return error_set(ret_error, "%s: /%s: with this catalog there are %zu %s, the limit is %zu",
                     catalog->file, what, count, what, most);
}

static bool counts_fit(const struct catalog_set *set, struct error *ret_error) {
    size_t databases = 0;
    size_t queries = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        databases += catalog->database_count;
        queries += catalog->query_count;
        if (databases > CATALOG_DATABASES_MAX)
            return fail_many(catalog, "databases", databases, CATALOG_DATABASES_MAX, ret_error);
        if (queries > CATALOG_QUERIES_MAX)
            return fail_many(catalog, "queries", queries, CATALOG_QUERIES_MAX, ret_error);
    }
    return true;
}

static bool is_wanted(const struct catalog_query *query) {
    for (size_t i = 0; i < query->value_count; i++)
        if (query->values[i].family->exposed)
            return true;
    return false;
}

static bool names_differ(const struct catalog_set *set, struct error *ret_error) {
    for (size_t i = 1; i < set->query_count; i++) {
        const struct catalog_query *query = set->queries[i];
        for (size_t j = 0; j < i; j++) {
            const struct catalog_query *other = set->queries[j];
            if (strcmp(query->name, other->name) != 0)
                continue;
            error_set(ret_error,
                      "%s: /queries/%zu: the query /queries/%zu of service \"%s\" (%s) is "
                      "called \"%s\", too; give one of them another \"name\"",
                      query->catalog->file, (size_t)(query - query->catalog->queries),
                      (size_t)(other - other->catalog->queries), other->catalog->service,
                      other->catalog->file, query->name);
            return false;
        }
    }
    return true;
}

bool source_number(struct catalog_set *set, struct error *ret_error) {
    if (!counts_fit(set, ret_error))
        return false;
    free(set->databases);
    free(set->queries);
    set->database_count = 0;
    set->query_count = 0;
    set->databases = malloc(CATALOG_DATABASES_MAX * sizeof(struct catalog_database *));
    set->queries = malloc(CATALOG_QUERIES_MAX * sizeof(struct catalog_query *));
    if (set->databases == NULL || set->queries == NULL) {
        return error_no_memory(ret_error);
    }
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        for (size_t j = 0; j < catalog->database_count; j++) {
            catalog->databases[j].index = (uint32_t)set->database_count;
            set->databases[set->database_count++] = &catalog->databases[j];
        }
        for (size_t j = 0; j < catalog->query_count; j++) {
            struct catalog_query *query = &catalog->queries[j];
            query->index = UINT32_MAX;
            if (!is_wanted(query))
                continue;
            query->index = (uint32_t)set->query_count;
            set->queries[set->query_count++] = query;
        }
    }
    return names_differ(set, ret_error);
}
