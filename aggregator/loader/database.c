/* Reads databases: how to reach them. The loader leaves the meaning of connection strings to libpq,
 * but refuses secrets in them. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "loader/field.h"
#include "loader/sections.h"

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
        return jsondoc_fail(load->error, place,
                            "the key \"conninfo\" is missing; an empty one leaves all to the "
                            "environment (PGHOST, PGDATABASE, PGSERVICE, ...)");
    if (json_is_string(value) && json_string_length(value) == 0) {
        database->conninfo = "";
        return true;
    }
    if (!field_text(load, value, &at, CONNINFO_MAX, &database->conninfo))
        return false;
    if (has_password(database->conninfo))
        return jsondoc_fail(load->error, &at,
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
    if (value != NULL && !field_count(load, value, &at, 1, CATALOG_CONNECTIONS_MAX, &connections))
        return false;
    database->connections = (uint32_t)connections;
    return true;
}

static bool load_database(const struct load *load, const char *name, json_t *object,
                          const struct jsondoc_place *place, struct catalog_database *database) {
    static const char *const keys[] = {"conninfo", "connections", NULL};
    if (!field_is_name(name) || strlen(name) > NAME_MAX_BYTES)
        return jsondoc_fail(load->error, place,
                            "the name of a database is [a-zA-Z_][a-zA-Z0-9_]*, at most %d bytes",
                            NAME_MAX_BYTES);
    if (!field_object(load, object, place) || !jsondoc_keys_known(object, place, keys, load->error))
        return false;
    database->catalog = load->catalog;
    database->name = arena_strndup(&load->catalog->arena, name, strlen(name));
    if (database->name == NULL)
        return loader_no_memory(load);
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
    if (!field_object(load, value, place))
        return false;
    const size_t count = json_object_size(value);
    if (count > CATALOG_DATABASES_MAX)
        return jsondoc_fail(load->error, place, "%zu databases, at most %d are allowed", count,
                            CATALOG_DATABASES_MAX);
    struct catalog_database *databases =
        arena_array(&load->catalog->arena, count, sizeof *databases);
    if (databases == NULL)
        return loader_no_memory(load);
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
