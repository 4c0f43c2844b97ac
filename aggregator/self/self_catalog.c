/* The built-in catalog as catalog text, so that the loader checks it like any other. */
#include <string.h>

#include "base/strbuf.h"
#include "loader/loader.h"
#include "self/self_private.h"

const double self_wake_bounds[SELF_WAKE_BUCKETS] = {1, 2, 4, 8, 16, 32, 64};
const double self_scrape_bounds[SELF_SCRAPE_BUCKETS] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                        0.05,   0.1,   0.25,   0.5,   1,    2.5};

const struct self_description self_families[SELF_FAMILY_COUNT] = {
#define SELF(id, name, type, unit, first, second, help) {name, type, unit, {first, second}, help},
#include "self/self.def"
#include "sg_proto.h"
#undef SELF
};

static const char *const label_names[] = {
    [SELF_NONE] = "",          [SELF_SERVICE] = "service",
    [SELF_LOADED] = "service", [SELF_VERDICT] = "verdict",
    [SELF_REASON] = "reason",  [SELF_TABLE] = "table",
    [SELF_FORMAT] = "format",  [SELF_VERSION] = "version",
    [SELF_QUERY] = "query",    [SELF_QUERY_REASON] = "reason"};

const char *const self_query_reasons[SELF_QUERY_REASONS] = {
    "connect",    "connection_lost", "timeout",       "sql",         "missing_column",
    "wrong_type", "duplicate_row",   "too_many_rows", "too_long_row"};

const char *const self_handler_codes[SELF_HANDLER_CODES] = {
    [SELF_HANDLER_200] = "200", [SELF_HANDLER_500] = "500", [SELF_HANDLER_503] = "503"};

/* Names and texts of promhttp, the handler of Go's client library: who moves from it keeps them. */
const struct self_handler_description self_handler_families[SELF_HANDLER_FAMILY_COUNT] = {
    [SELF_HANDLER_IN_FLIGHT] = {"promhttp_metric_handler_requests_in_flight", "gauge", false,
                                "Current number of scrapes being served."},
    [SELF_HANDLER_REQUESTS] = {"promhttp_metric_handler_requests_total", "counter", true,
                               "Total number of scrapes by HTTP status code."}};

bool self_of_queries(enum self_family which) {
    return self_families[which].labels[0] == SELF_QUERY;
}

static void write_list(struct strbuf *out, const char *const *items, size_t count) {
    strbuf_putc(out, '[');
    for (size_t i = 0; i < count; i++)
        strbuf_printf(out, "%s\"%s\"", i == 0 ? "" : ",", items[i]);
    strbuf_putc(out, ']');
}

static void write_queries(struct strbuf *out, const struct catalog_set *set) {
    const char *before = "[";
    for (size_t i = 0; i < set->count; i++) {
        for (size_t j = 0; j < set->catalogs[i]->query_count; j++) {
            strbuf_printf(out, "%s\"%s\"", before, set->catalogs[i]->queries[j].name);
            before = ",";
        }
    }
    strbuf_putc(out, ']');
}

static bool has_queries(const struct catalog_set *set) {
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->query_count > 0)
            return true;
    return false;
}

static void write_values(struct strbuf *out, enum self_label label, const struct catalog_set *set) {
    static const char *const tables[] = {SELF_TABLES};
    static const char *const formats[] = {"openmetrics", "text"};
    const char *names[SG_REJECT_COUNT + VERDICT_COUNT];
    size_t count = 0;
    switch (label) {
    case SELF_NONE:
        break;
    case SELF_SERVICE:
    case SELF_LOADED:
        /* The built-in service takes no samples, but has series. */
        strbuf_puts(out, label == SELF_SERVICE ? "[\"" SELF_NO_SERVICE "\"" : "[\"statgate\"");
        for (size_t i = 0; i < set->count; i++)
            if (!set->catalogs[i]->internal)
                strbuf_printf(out, ",\"%s\"", set->catalogs[i]->service);
        strbuf_putc(out, ']');
        break;
    case SELF_VERDICT:
        for (; count < VERDICT_COUNT; count++)
            names[count] = verdict_text((enum verdict)count);
        write_list(out, names, count);
        break;
    case SELF_REASON:
        for (int i = SG_REJECT_NONE + 1; i < SG_REJECT_COUNT; i++)
            names[count++] = sg_reject_label((enum sg_reject)i);
        write_list(out, names, count);
        break;
    case SELF_TABLE:
        write_list(out, tables, sizeof tables / sizeof *tables);
        break;
    case SELF_FORMAT:
        write_list(out, formats, sizeof formats / sizeof *formats);
        break;
    case SELF_VERSION:
        strbuf_puts(out, "{\"const\":\"" STATGATE_VERSION "\"}");
        break;
    case SELF_QUERY:
        write_queries(out, set);
        break;
    case SELF_QUERY_REASON:
        write_list(out, self_query_reasons, SELF_QUERY_REASONS);
        break;
    }
}

static void write_buckets(struct strbuf *out, const double *bounds, size_t count) {
    strbuf_puts(out, ",\"buckets\":[");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(out, "%s%.17g", i == 0 ? "" : ",", bounds[i]);
    strbuf_putc(out, ']');
}

static void write_family(struct strbuf *out, enum self_family which,
                         const struct catalog_set *set) {
    const struct self_description *family = &self_families[which];
    strbuf_printf(out, "\"%s\":{\"type\":\"%s\",\"help\":\"%s\"", family->name, family->type,
                  family->help);
    if (strncmp(family->name, "process_", 8) == 0)
        strbuf_puts(out, ",\"group\":\"" SELF_PROCESS_GROUP "\"");
    if (family->unit)
        strbuf_printf(out, ",\"unit\":\"%s\"", family->unit);
    if (which == SELF_WAKE_DATAGRAMS)
        write_buckets(out, self_wake_bounds, SELF_WAKE_BUCKETS);
    if (which == SELF_SCRAPE_DURATION)
        write_buckets(out, self_scrape_bounds, SELF_SCRAPE_BUCKETS);
    if (strcmp(family->type, "gauge") != 0) /* a gauge is absent before it is first published */
        strbuf_puts(out, ",\"zeros\":true");
    strbuf_puts(out, ",\"labels\":{");
    for (int i = 0; i < 2 && family->labels[i] != SELF_NONE; i++) {
        strbuf_printf(out, "%s\"%s\":", i == 0 ? "" : ",", label_names[family->labels[i]]);
        write_values(out, family->labels[i], set);
    }
    strbuf_puts(out, "}}");
}

struct catalog *self_catalog(const struct catalog_set *set, struct jsondoc_error *ret_error) {
    const bool queries = has_queries(set);
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(&text, "{\"statgate\":1,\"service\":\"statgate\",\"families\":{");
    for (int i = 0; i < SELF_FAMILY_COUNT; i++) {
        if (self_of_queries((enum self_family)i) && !queries)
            continue;
        if (i > 0)
            strbuf_putc(&text, ',');
        write_family(&text, (enum self_family)i, set);
    }
    strbuf_puts(&text, "}}");
    struct catalog *catalog = loader_text("(built-in)", text.data, text.len, true, ret_error);
    strbuf_done(&text);
    return catalog;
}

struct catalog *self_handler_catalog(const char *endpoint, struct jsondoc_error *ret_error) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(&text, "{\"statgate\":1,\"service\":\"statgate\",\"families\":{");
    for (int i = 0; i < SELF_HANDLER_FAMILY_COUNT; i++) {
        const struct self_handler_description *family = &self_handler_families[i];
        strbuf_printf(&text, "%s\"%s\":{\"type\":\"%s\",\"help\":\"%s\"", i == 0 ? "" : ",",
                      family->name, family->type, family->help);
        if (family->has_code) {
            strbuf_puts(&text, ",\"zeros\":true,\"labels\":{\"code\":");
            write_list(&text, self_handler_codes, SELF_HANDLER_CODES);
            strbuf_putc(&text, '}');
        }
        strbuf_putc(&text, '}');
    }
    strbuf_puts(&text, "}}");
    struct catalog *catalog = loader_text("handler_metrics", text.data, text.len, true, ret_error);
    strbuf_done(&text);
    if (!catalog)
        return NULL;
    /* Not through the text: an address is no name that a catalog may have. */
    catalog->service = arena_strndup(&catalog->arena, endpoint, strlen(endpoint));
    if (catalog->service)
        return catalog;
    catalog_free(catalog);
    (void)strcpy(ret_error->text, "out of memory");
    return NULL;
}

void self_write_markdown(struct strbuf *out) {
    strbuf_puts(out, "| family | type | labels | description |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < SELF_FAMILY_COUNT; i++) {
        const struct self_description *family = &self_families[i];
        strbuf_printf(out, "| `%s` | %s | ", family->name, family->type);
        for (int j = 0; j < 2 && family->labels[j] != SELF_NONE; j++)
            strbuf_printf(out, "%s`%s`", j == 0 ? "" : ", ", label_names[family->labels[j]]);
        if (family->labels[0] == SELF_NONE)
            strbuf_puts(out, "none");
        strbuf_printf(out, " | %s |\n", family->help);
    }
}

void self_write_handler_markdown(struct strbuf *out) {
    strbuf_puts(out, "| family | type | labels | description |\n| --- | --- | --- | --- |\n");
    for (int i = 0; i < SELF_HANDLER_FAMILY_COUNT; i++) {
        const struct self_handler_description *family = &self_handler_families[i];
        strbuf_printf(out, "| `%s` | %s | %s | %s |\n", family->name, family->type,
                      family->has_code ? "`code`" : "none", family->help);
    }
}
