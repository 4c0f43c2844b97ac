/*
 * routes.c - see routes.h.
 */
#include "http/routes.h"

#include <string.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "page/page.h"

struct route_entry {
    const char *path;
    enum route route;
    unsigned part;
    const char *about;
    const char *parameters[12]; /* ended by NULL */
};

static const struct route_entry routes[] = {
    {"/debug", ROUTE_DEBUG, SERVES_DEBUG, "this index", {"pretty", NULL}},
    {"/debug/status",
     ROUTE_STATUS,
     SERVES_DEBUG,
     "the state of the daemon, and its problems",
     {"pretty", NULL}},
    {"/debug/events",
     ROUTE_EVENTS,
     SERVES_DEBUG,
     "what happened, the latest first; as text/event-stream, what happens",
     {"service", "family", "kind", "pid", "since", "limit", "after", "pretty", NULL}},
    {"/debug/series",
     ROUTE_SERIES,
     SERVES_DEBUG,
     "every series with its value",
     {"service", "family", "since", "limit", "after", "pretty", NULL}},
    {"/debug/rejections",
     ROUTE_REJECTIONS,
     SERVES_DEBUG,
     "what was rejected or folded, by reason and family, and the latest lines",
     {"service", "family", "reason", "pid", "since", "limit", "after", "pretty", NULL}},
    {"/debug/senders",
     ROUTE_SENDERS,
     SERVES_DEBUG,
     "the processes that send, with their books",
     {"service", "pid", "since", "limit", "after", "pretty", NULL}},
    {"/debug/catalog",
     ROUTE_CATALOG,
     SERVES_DEBUG,
     "what the catalogs declare, with the bound of each family",
     {"service", "family", "limit", "after", "pretty", NULL}},
    {"/debug/breakers",
     ROUTE_BREAKERS,
     SERVES_DEBUG,
     "attempts and circuit breakers: state, since when, and why",
     {"service", "family", "pid", "since", "limit", "after", "pretty", NULL}},
    {"/debug/jobs",
     ROUTE_JOBS,
     SERVES_DEBUG,
     "live jobs, oldest first, with the process that has them",
     {"service", "family", "pid", "since", "limit", "after", "pretty", NULL}},
    {"/debug/history",
     ROUTE_HISTORY,
     SERVES_DEBUG,
     "curves of the daemon, a service or a family, oldest point first",
     {"service", "family", "span", "pretty", NULL}},
    {"/debug/queries",
     ROUTE_QUERIES,
     SERVES_DEBUG,
     "databases and queries: last run, rows, errors",
     {"service", "family", "since", "pretty", NULL}},
    {"/debug/endpoints",
     ROUTE_ENDPOINTS,
     SERVES_DEBUG,
     "pages of metrics: where they are, what they serve, what they answered",
     {"service", "pretty", NULL}},
    {"/debug/ingress",
     ROUTE_INGRESS,
     SERVES_DEBUG,
     "sockets, queues and datagrams",
     {"pretty", NULL}},
    {"/debug/explain",
     ROUTE_EXPLAIN,
     SERVES_DEBUG,
     "what would become of a line, and why",
     {"line", "service", "pretty", NULL}},
    {"/healthz", ROUTE_HEALTHZ, SERVES_HEALTH, "200 while the daemon's loop turns", {NULL}},
    {"/readyz", ROUTE_READYZ, SERVES_HEALTH, "200 when it takes datagrams, else 503", {NULL}},
    {"/", ROUTE_LANDING_PAGE, SERVES_DEBUG, "the status page", {NULL}},
};

enum { ROUTE_COUNT = sizeof routes / sizeof routes[0] };

/* Find the page at this path or above it. Returns the length of the page's path, or 0. */
static size_t find_page(const char *path, const struct route_table *table, size_t *ret_page) {
    size_t longest = 0;
    for (size_t i = 0; i < table->page_count; i++) {
        const size_t len = strlen(table->pages[i]);
        if (len <= longest || strncmp(path, table->pages[i], len) != 0)
            continue;
        if (path[len] != '\0' && (path[len] != '/' || path[len + 1] == '\0'))
            continue;
        longest = len;
        *ret_page = i;
    }
    return longest;
}

enum route route_find(const char *path, const struct route_table *table, size_t *ret_page,
                      const char **ret_service) {
    const size_t len = find_page(path, table, ret_page);
    if (len > 0 && path[len] == '\0')
        return ROUTE_METRICS;
    if (len > 0) {
        *ret_service = path + len + 1;
        return ROUTE_SERVICE;
    }
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if ((routes[i].part & table->parts) != 0 && strcmp(path, routes[i].path) == 0)
            return routes[i].route;
    return (table->parts & SERVES_DEBUG) != 0 && page_asset(path) != NULL ? ROUTE_ASSET
                                                                          : ROUTE_NONE;
}

bool route_is_json(const char *path) {
    return text_is_below(path, "/debug");
}

bool route_is_for_people(const char *path) {
    return strcmp(path, "/") == 0 || text_is_below(path, "/-") || route_is_json(path);
}

/* ---- parameters ---- */

static const struct route_entry *find_entry(enum route route) {
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (routes[i].route == route)
            return &routes[i];
    return NULL;
}

static bool takes(const struct route_entry *entry, const char *name) {
    for (size_t i = 0; entry->parameters[i] != NULL; i++)
        if (strcmp(entry->parameters[i], name) == 0)
            return true;
    return false;
}

const char *route_unknown_parameter(enum route route, const struct target *target) {
    const struct {
        const char *name;
        const char *value;
    } known[] = {
#define PARAMETER(field, name) {name, target->field},
#include "http/target.def"
#undef PARAMETER
    };
    const struct route_entry *entry = find_entry(route);
    if (entry == NULL || !route_is_json(entry->path))
        return NULL;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].value != NULL && !takes(entry, known[i].name))
            return known[i].name;
    return target->unknown;
}

void route_write_unknown(struct strbuf *out, enum route route, const char *name) {
    const struct route_entry *entry = find_entry(route);
    strbuf_printf(out, "unknown parameter \"%.100s\"; %s takes ", name, entry->path);
    for (size_t i = 0; entry->parameters[i] != NULL; i++)
        strbuf_printf(out, "%s%s", i > 0 ? ", " : "", entry->parameters[i]);
    if (entry->parameters[0] == NULL)
        strbuf_puts(out, "none");
}

const char *route_metrics_path_fault(const char *path) {
    if (path[0] != '/')
        return "must start with /";
    if (strpbrk(path, "?#% \t\r\n\"<>") != NULL)
        return "must not contain ? # % quotes, angle brackets or blanks";
    if (path[1] == '\0' || path[strlen(path) - 1] == '/')
        return "must name a page: / itself and a / at the end are not taken";
    if (strstr(path, "//") != NULL)
        return "must not contain an empty part (//)";
    if (route_is_json(path))
        return "must not lie under /debug";
    if (text_is_below(path, "/-"))
        return "must not lie under /-";
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if (strcmp(path, routes[i].path) == 0)
            return "is a page of its own already";
    return NULL;
}

/* ---- what people read ---- */

/* Write an array member of `count` texts. */
static void write_texts(struct json_writer *w, const char *key, const char *const *texts,
                        size_t count) {
    json_open_member(w, key, '[');
    for (size_t i = 0; i < count; i++)
        json_text(w, texts[i]);
    json_close(w, ']');
}

static void write_view(struct json_writer *w, const struct route_entry *entry) {
    size_t count = 0;
    while (entry->parameters[count] != NULL)
        count++;
    json_open(w, '{');
    json_member_text(w, "path", entry->path);
    json_member_text(w, "about", entry->about);
    write_texts(w, "parameters", entry->parameters, count);
    json_close(w, '}');
}

void route_write_index(struct strbuf *out, const struct route_table *table) {
    struct json_writer w = {.out = out};
    json_open(&w, '{');
    if (table->page_count > 0)
        json_member_text(&w, "metrics", table->pages[0]);
    write_texts(&w, "pages", table->pages, table->page_count);
    json_open_member(&w, "views", '[');
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if ((routes[i].part & table->parts & SERVES_DEBUG) != 0)
            write_view(&w, &routes[i]);
    json_close(&w, ']');
    json_close(&w, '}');
    strbuf_puts(out, "\n");
}

void route_list(struct strbuf *out, const struct route_table *table, route_put_fn put) {
    for (size_t i = 0; i < ROUTE_COUNT; i++)
        if ((routes[i].part & table->parts) != 0 && routes[i].route != ROUTE_LANDING_PAGE)
            put(out, routes[i].path, routes[i].about);
}

void route_write_paths(struct strbuf *out, const struct route_table *table,
                       const char *debug_setting) {
    strbuf_puts(out, "no such page; there are");
    const char *comma = " ";
    for (size_t i = 0; i < table->page_count; i++) {
        strbuf_printf(out, "%s%s, %s/SERVICE", comma, table->pages[i], table->pages[i]);
        comma = ", ";
    }
    for (size_t i = 0; i < ROUTE_COUNT; i++) {
        if ((routes[i].part & table->parts) == 0)
            continue;
        strbuf_puts(out, comma);
        strbuf_puts(out, routes[i].path);
        comma = ", ";
    }
    if ((table->parts & SERVES_DEBUG) == 0 && debug_setting != NULL)
        strbuf_printf(out, "; /debug is at the address of %s", debug_setting);
}
