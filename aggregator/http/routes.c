/* SPDX-License-Identifier: MIT */
/* routes.c - what a request asks for: its path, parameters and forms. */
#include "http/http_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_writer.h"
#include "base/text.h"

/* ---- headers ---- */

const char *http_headers_find(const struct http_request *request, const char *name) {
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* Call `take` with each value of a header. */
struct header_walk {
    const char *name;
    void (*take)(struct negotiation *negotiation, const char *value);
    struct negotiation *negotiation;
};

static enum MHD_Result walk_header(void *arg, enum MHD_ValueKind kind, const char *name,
                                   const char *value) {
    const struct header_walk *walk = arg;
    (void)kind;
    if (value != NULL && strcasecmp(name, walk->name) == 0)
        walk->take(walk->negotiation, value);
    return MHD_YES;
}

void http_headers_negotiate(const struct http_request *request,
                            struct negotiation *ret_negotiation) {
    struct header_walk accept = {MHD_HTTP_HEADER_ACCEPT, http_negotiate_accept, ret_negotiation};
    struct header_walk encoding = {MHD_HTTP_HEADER_ACCEPT_ENCODING, http_negotiate_encoding,
                                   ret_negotiation};
    http_negotiate_init(ret_negotiation);
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, walk_header, &accept);
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, walk_header, &encoding);
}

/* ---- negotiate ---- */

/* A media range or coding of a list, with the parameters that matter. */
struct range {
    const char *name;
    size_t name_len;
    const char *version; /* NULL: none */
    size_t version_len;
    const char *escaping; /* a known scheme, or NULL; static */
    double quality;       /* 0: not acceptable, as if it cannot be read */
};

static const char *known_escaping(const char *text, size_t len) {
    /* Both spellings of the first scheme are in use; the answer repeats the requested one. */
    static const char *const schemes[] = {"allow-utf-8", "allow-utf8", "underscores", "values"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (len == strlen(schemes[i]) && strncasecmp(text, schemes[i], len) == 0)
            return schemes[i];
    return NULL;
}

/* The value of a parameter that begins so ("q="), without quotes; NULL: it is another one. */
static const char *value_of(const char *parameter, const char *beginning, size_t *ret_len) {
    const size_t len = strlen(beginning);
    if (strncasecmp(parameter, beginning, len) != 0)
        return NULL;
    parameter += len + (parameter[len] == '"' ? 1 : 0);
    *ret_len = strcspn(parameter, "\",; \t");
    return parameter;
}

static void take_parameter(struct range *range, const char *at) {
    const char *value;
    size_t len;
    if ((value = value_of(at, "q=", &len)) != NULL) {
        const double quality = strtod(value, NULL);
        range->quality = quality > 1 ? 1 : quality > 0 ? quality : 0; /* also for NaN */
    } else if ((value = value_of(at, "version=", &len)) != NULL) {
        range->version = value;
        range->version_len = len;
    } else if ((value = value_of(at, "escaping=", &len)) != NULL) {
        range->escaping = known_escaping(value, len);
    }
}

/* Read the next range of a list, and move *rest behind it. No range that scrapers send has a comma
 * or semicolon in quotes. False at the end. */
static bool next_range(const char **rest, struct range *ret_range) {
    do {
        const char *at = *rest + strspn(*rest, ", \t");
        const char *end = at + strcspn(at, ",");
        if (*at == '\0')
            return false;
        *rest = end;
        *ret_range = (struct range){.name = at, .name_len = strcspn(at, ",; \t"), .quality = 1};
        while ((at = memchr(at, ';', (size_t)(end - at))) != NULL) {
            at += 1 + strspn(at + 1, " \t");
            take_parameter(ret_range, at);
        }
    } while (ret_range->name_len == 0);
    return true;
}

/* Names of types and codings are case-insensitive. */
static bool is_named(const struct range *range, const char *name) {
    return range->name_len == strlen(name) && strncasecmp(range->name, name, range->name_len) == 0;
}

static bool has_version(const struct range *range, const char *version) {
    return range->version == NULL || text_is(range->version, range->version_len, version);
}

/* ---- Accept ---- */

enum { RANK_NONE, RANK_ANY, RANK_TYPE, RANK_NAMED };

static void offer(struct negotiated *best, int rank, const struct range *range, unsigned order) {
    const bool versioned =
        range->version != NULL && text_is(range->version, range->version_len, "1.0.0");
    const char *escaping = versioned && range->quality > 0 ? range->escaping : NULL;
    if (rank == RANK_NONE || rank < best->rank)
        return;
    if (rank > best->rank || range->quality > best->quality)
        *best = (struct negotiated){rank, range->quality, order,
                                    escaping != NULL ? escaping : best->escaping};
    else if (escaping != NULL)
        best->escaping = escaping;
}

void http_negotiate_init(struct negotiation *negotiation) {
    *negotiation = (struct negotiation){.gzip = -1, .identity = -1, .any_coding = -1};
}

void http_negotiate_accept(struct negotiation *negotiation, const char *value) {
    for (struct range range; next_range(&value, &range); negotiation->order++) {
        /* Some Java clients send a lone `*` for any type. */
        const int any = is_named(&range, "*/*") || is_named(&range, "*") ? RANK_ANY : RANK_NONE;
        const bool openmetrics = is_named(&range, "application/openmetrics-text") &&
                                 (has_version(&range, "1.0.0") || has_version(&range, "0.0.1"));
        const bool text = is_named(&range, "text/plain") && has_version(&range, "0.0.4");
        offer(&negotiation->openmetrics,
              openmetrics                         ? RANK_NAMED
              : is_named(&range, "application/*") ? RANK_TYPE
                                                  : any,
              &range, negotiation->order);
        offer(&negotiation->text,
              text                         ? RANK_NAMED
              : is_named(&range, "text/*") ? RANK_TYPE
                                           : any,
              &range, negotiation->order);
        negotiation->html |= is_named(&range, "text/html") && range.quality > 0;
    }
}

enum exposition_format http_negotiate_format(const struct negotiation *negotiation,
                                             const char **ret_escaping) {
    const struct negotiated *om = &negotiation->openmetrics;
    const struct negotiated *text = &negotiation->text;
    bool openmetrics = om->quality > text->quality && om->quality > 0;
    if (om->quality == text->quality && om->quality > 0)
        openmetrics =
            om->rank == RANK_NAMED && (text->rank < RANK_NAMED || om->order < text->order);
    *ret_escaping = openmetrics ? om->escaping : NULL;
    return openmetrics ? EXPOSITION_OPENMETRICS : EXPOSITION_TEXT;
}

/* ---- Accept-Encoding ---- */

void http_negotiate_encoding(struct negotiation *negotiation, const char *value) {
    for (struct range range; next_range(&value, &range);) {
        /* x-gzip is the same coding (RFC 9110 section 8.4.1.3). */
        double *quality = is_named(&range, "gzip") || is_named(&range, "x-gzip")
                              ? &negotiation->gzip
                          : is_named(&range, "identity") ? &negotiation->identity
                          : is_named(&range, "*")        ? &negotiation->any_coding
                                                         : NULL;
        if (quality != NULL && range.quality > *quality)
            *quality = range.quality;
    }
}

bool http_negotiate_gzip(const struct negotiation *negotiation) {
    const double gzip = negotiation->gzip >= 0 ? negotiation->gzip : negotiation->any_coding;
    /* If not named, identity is acceptable but not preferred: a client that names gzip wants it. */
    return gzip > 0 && gzip >= negotiation->identity;
}

/* ---- target ---- */

/* Decode in place: the result is never longer. In a query, `+` is a blank, as forms encode it. */
static bool decode(char *text, bool query) {
    char *out = text;
    for (const char *in = text; *in != '\0'; in++) {
        if (*in != '%') {
            *out++ = query && *in == '+' ? ' ' : *in;
            continue;
        }
        const int high = text_hex_digit(in[1]);
        const int low = high >= 0 ? text_hex_digit(in[2]) : -1;
        if (low < 0 || (high == 0 && low == 0))
            return false;
        *out++ = (char)(high << 4 | low);
        in += 2;
    }
    *out = '\0';
    return true;
}

static const char **parameter(struct target *target, const char *name) {
#define PARAMETER(field, text, ...)                                                                \
    if (strcmp(name, text) == 0)                                                                   \
        return &target->field;
#include "http/target.def"
#undef PARAMETER
    return NULL;
}

static bool parse_query(char *query, struct target *target) {
    while (query != NULL) {
        char *next = strchr(query, '&');
        if (next != NULL)
            *next++ = '\0';
        char *value = strchr(query, '=');
        if (value != NULL)
            *value++ = '\0';
        else
            value = query + strlen(query);
        const bool empty = *query == '\0' && *value == '\0';
        const char **place = decode(query, true) ? parameter(target, query) : NULL;
        if (place == NULL && !empty && target->unknown == NULL)
            target->unknown = query;
        if (place != NULL && *place == NULL) {
            if (!decode(value, true))
                return false;
            *place = value;
        }
        query = next;
    }
    return true;
}

bool http_target_parse(char *text, struct target *ret_target, const char **ret_reason) {
    struct target target = {.path = text};
    if (strchr(text, ' ') != NULL || strchr(text, '\t') != NULL) {
        *ret_reason = "the target has a blank, which is %20";
        return false;
    }
    char *query = strchr(text, '?');
    if (query != NULL)
        *query++ = '\0';
    char *path = text;
    /* Absolute form (RFC 9112 section 3.2.2). */
    char *scheme_end = strstr(path, "://");
    if (path[0] != '/' && scheme_end != NULL) {
        char *slash = strchr(scheme_end + 3, '/');
        target.authority = scheme_end + 3;
        target.authority_len =
            slash != NULL ? (size_t)(slash - target.authority) : strlen(target.authority);
        /* An empty path means the root; the text before it has room for that. */
        if (slash == NULL) {
            path[0] = '/';
            path[1] = '\0';
        } else {
            path = slash;
        }
    }
    target.path = path;
    if (!decode(path, false)) {
        *ret_reason = "the path has a % that two hexadecimal digits other than 00 do not follow";
        return false;
    }
    if (!parse_query(query, &target)) {
        *ret_reason = "a parameter has a % that two hexadecimal digits other than 00 do not follow";
        return false;
    }
    *ret_target = target;
    return true;
}

/* ---- routes ---- */

struct route_entry {
    const char *path;
    enum route route;
    unsigned part;
    const char *about;
    const char *parameters; /* words; NULL: any */
};

static const struct route_entry routes[] = {
    {"/debug", ROUTE_DEBUG, SERVES_DEBUG, "this index", ""},
#define P(name) #name " "
#define FOLLOWED
#define FORCED
#define VIEW(id, name, about, parameters)                                                          \
    {"/debug/" #name, ROUTE_##id, SERVES_DEBUG, about, parameters ""},
#define DAEMON_VIEW VIEW
#include "view/views.def"
#undef VIEW
#undef DAEMON_VIEW
#undef P
#undef FOLLOWED
#undef FORCED
#define COMMAND(id, name, about, parameters)                                                       \
    {"/" #name, ROUTE_##id, SERVES_COMMANDS, about, parameters},
#include "control/commands.def"
#undef COMMAND
    {"/healthz", ROUTE_HEALTHZ, SERVES_HEALTH, "200 while the daemon's loop turns", NULL},
    {"/readyz", ROUTE_READYZ, SERVES_HEALTH, "200 when it takes datagrams, else 503", NULL},
    {"/", ROUTE_LANDING_PAGE, SERVES_DEBUG, "the status page", NULL},
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
    /* The page itself is at / alone: its links are relative. */
    const bool is_asset = page_asset(path) != NULL && strcmp(path, PAGE_INDEX) != 0;
    return (table->parts & SERVES_DEBUG) != 0 && is_asset ? ROUTE_ASSET : ROUTE_NONE;
}

bool route_command(enum route route, enum control_command *ret_command) {
    switch (route) {
#define COMMAND(id, name, about, parameters)                                                       \
    case ROUTE_##id:                                                                               \
        *ret_command = CONTROL_##id;                                                               \
        return true;
#include "control/commands.def"
#undef COMMAND
    default:
        return false;
    }
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

/* The next word of a list; *words moves behind it. False at the end. */
static bool next_word(const char **words, const char **ret_word, size_t *ret_len) {
    *words += strspn(*words, " ");
    *ret_word = *words;
    *ret_len = strcspn(*words, " ");
    *words += *ret_len;
    return *ret_len > 0;
}

static bool takes(const struct route_entry *entry, const char *name) {
    const char *words = entry->parameters;
    const char *word;
    size_t len;
    while (next_word(&words, &word, &len))
        if (text_is(word, len, name))
            return true;
    return false;
}

const char *route_unknown_parameter(enum route route, const struct target *target) {
    const struct {
        const char *name;
        const char *value;
    } known[] = {
#define PARAMETER(field, name, ...) {name, target->field},
#include "http/target.def"
#undef PARAMETER
    };
    const struct route_entry *entry = find_entry(route);
    if (entry == NULL || entry->parameters == NULL)
        return NULL;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].value != NULL && !takes(entry, known[i].name))
            return known[i].name;
    return target->unknown;
}

void route_write_unknown(struct strbuf *out, enum route route, const char *name) {
    const struct route_entry *entry = find_entry(route);
    const char *words = entry->parameters;
    const char *word;
    size_t len;
    strbuf_printf(out, "unknown parameter \"%.100s\"; %s takes%s", name, entry->path,
                  *words == '\0' ? " none" : "");
    for (const char *comma = " "; next_word(&words, &word, &len); comma = ", ")
        strbuf_printf(out, "%s%.*s", comma, (int)len, word);
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
        if (routes[i].part != SERVES_COMMANDS && strcmp(path, routes[i].path) == 0)
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
    const char *words = entry->parameters != NULL ? entry->parameters : "";
    const char *word;
    size_t len;
    json_line(w);
    json_open(w, '{');
    json_member_text(w, "path", entry->path);
    json_member_text(w, "about", entry->about);
    json_open_member(w, "parameters", '[');
    while (next_word(&words, &word, &len))
        json_bytes(w, word, len);
    json_close(w, ']');
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
    strbuf_printf(out, "no such %s; there are",
                  (table->parts & SERVES_COMMANDS) != 0 ? "command" : "page");
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
