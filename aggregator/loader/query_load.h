/*
 * query_load.h - a query that is being read. Private to loader/.
 */
#ifndef STATGATE_LOADER_QUERY_LOAD_H
#define STATGATE_LOADER_QUERY_LOAD_H

#include "loader/load.h"

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

#endif
