/* The catalogs are made as catalog text, so that the loader checks them like any other. */
#include "self/catalog.h"

#include <string.h>

#include "base/strbuf.h"
#include "ledger/ledger.h"
#include "loader/loader.h"
#include "self/families.h"
#include "sg_proto.h"

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
    case SELF_LABEL_COUNT:
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
    if (family->unit != NULL)
        strbuf_printf(out, ",\"unit\":\"%s\"", family->unit);
    if (which == SELF_WAKE_DATAGRAMS)
        write_buckets(out, self_wake_bounds, SELF_WAKE_BUCKETS);
    if (which == SELF_SCRAPE_DURATION)
        write_buckets(out, self_scrape_bounds, SELF_SCRAPE_BUCKETS);
    if (strcmp(family->type, "gauge") != 0) /* a gauge is absent before it is first published */
        strbuf_puts(out, ",\"zeros\":true");
    strbuf_puts(out, ",\"labels\":{");
    for (int i = 0; i < 2 && family->labels[i] != SELF_NONE; i++) {
        strbuf_printf(out, "%s\"%s\":", i == 0 ? "" : ",", self_label_names[family->labels[i]]);
        write_values(out, family->labels[i], set);
    }
    strbuf_puts(out, "}}");
}

/* With a label value for each catalog in `set`, but those of handlers, and for each of their
 * queries.
 */
static struct catalog *make_own(const struct catalog_set *set, struct error *ret_error) {
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

static struct catalog *make_handler(const char *endpoint, struct error *ret_error) {
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
    if (catalog == NULL)
        return NULL;
    /* Not through the text: an address is no name that a catalog may have. */
    catalog->service = arena_strndup(&catalog->arena, endpoint, strlen(endpoint));
    if (catalog->service != NULL)
        return catalog;
    catalog_free(catalog);
    error_no_memory(ret_error);
    return NULL;
}

/* Steals the catalog; NULL if it could not be made, with the reason in ret_error already. */
static bool add(struct catalog_set *set, struct catalog *catalog, struct error *ret_error) {
    if (catalog == NULL || catalog_set_add(set, catalog))
        return catalog != NULL;
    catalog_free(catalog);
    return error_no_memory(ret_error);
}

bool self_add_catalogs(struct catalog_set *set, const char *const *endpoints, size_t count,
                       struct error *ret_error) {
    if (!add(set, make_own(set, ret_error), ret_error))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add(set, make_handler(endpoints[i], ret_error), ret_error))
            return false;
    return true;
}
