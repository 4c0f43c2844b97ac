#include "catalog/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fail_many(const struct catalog *catalog, const char *what, size_t count, size_t most,
                      char *ret_error, size_t error_size) {
    (void)snprintf(ret_error, error_size,
                   "%s: /%s: with this catalog there are %zu %s, the limit is %zu", catalog->file,
                   what, count, what, most);
    return false;
}

static bool counts_fit(const struct catalog_set *set, char *ret_error, size_t error_size) {
    size_t databases = 0;
    size_t queries = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        databases += catalog->database_count;
        queries += catalog->query_count;
        if (databases > CATALOG_DATABASES_MAX)
            return fail_many(catalog, "databases", databases, CATALOG_DATABASES_MAX, ret_error,
                             error_size);
        if (queries > CATALOG_QUERIES_MAX)
            return fail_many(catalog, "queries", queries, CATALOG_QUERIES_MAX, ret_error,
                             error_size);
    }
    return true;
}

static bool is_wanted(const struct catalog_query *query) {
    for (size_t i = 0; i < query->value_count; i++)
        if (query->values[i].family->exposed)
            return true;
    return false;
}

static bool names_differ(const struct catalog_set *set, char *ret_error, size_t error_size) {
    for (size_t i = 1; i < set->query_count; i++) {
        const struct catalog_query *query = set->queries[i];
        for (size_t j = 0; j < i; j++) {
            const struct catalog_query *other = set->queries[j];
            if (strcmp(query->name, other->name) != 0)
                continue;
            (void)snprintf(ret_error, error_size,
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

bool source_number(struct catalog_set *set, char *ret_error, size_t error_size) {
    if (!counts_fit(set, ret_error, error_size))
        return false;
    free(set->databases);
    free(set->queries);
    set->database_count = 0;
    set->query_count = 0;
    set->databases = malloc(CATALOG_DATABASES_MAX * sizeof(struct catalog_database *));
    set->queries = malloc(CATALOG_QUERIES_MAX * sizeof(struct catalog_query *));
    if (set->databases == NULL || set->queries == NULL) {
        (void)snprintf(ret_error, error_size, "out of memory");
        return false;
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
    return names_differ(set, ret_error, error_size);
}
