/* The catalogs are generated as catalog text, so that the loader checks them like any other. */
#include "self/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "ledger/ledger.h"
#include "loader/loader.h"
#include "object/object.h"
#include "self/families.h"
#include "self/file_label.h"
#include "sg_proto.h"
#include "version/version.h"

static void write_list(struct json_writer *w, const char *const *items, size_t count) {
    json_open(w, '[');
    for (size_t i = 0; i < count; i++)
        json_text(w, items[i]);
    json_close(w, ']');
}

static void write_queries(struct json_writer *w, const struct catalog_set *set) {
    json_open(w, '[');
    for (size_t i = 0; i < set->count; i++)
        for (size_t j = 0; j < set->catalogs[i]->query_count; j++)
            json_text(w, set->catalogs[i]->queries[j].name);
    json_close(w, ']');
}

/* Write `first`, then the services of the set. */
static void write_services(struct json_writer *w, const char *first,
                           const struct catalog_set *set) {
    json_open(w, '[');
    json_text(w, first);
    for (size_t i = 0; i < set->count; i++)
        if (!set->catalogs[i]->internal)
            json_text(w, set->catalogs[i]->service);
    json_close(w, ']');
}

/* ---- the files of services ---- */

static size_t count_services(const struct catalog_set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += !set->catalogs[i]->internal;
    return count;
}

static int by_text(const void *a, const void *b) {
    return strcmp(a, b);
}

/* Write what the files are called, or their fingerprints; a label lists each value once. */
static void write_files(struct json_writer *w, enum self_label label,
                        const struct catalog_set *set) {
    const size_t count = count_services(set);
    char(*values)[CATALOG_VALUE_MAX + 1] = calloc(count + 1, sizeof *values);
    size_t used = 0;
    json_open(w, '[');
    for (size_t i = 0; values != NULL && i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        if (catalog->internal)
            continue;
        if (label == SELF_FILE)
            file_label(catalog->file, values[used++]);
        else
            fingerprint_put(values[used++], &catalog->fingerprint);
    }
    if (used > 0)
        qsort(values, used, sizeof *values, by_text);
    for (size_t i = 0; i < used; i++)
        if (i == 0 || strcmp(values[i], values[i - 1]) != 0)
            json_text(w, values[i]);
    if (used == 0)
        json_text(w, SELF_NO_SERVICE);
    json_close(w, ']');
    free(values);
}

static bool has_queries(const struct catalog_set *set) {
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->query_count > 0)
            return true;
    return false;
}

/* ---- values that are the same in every daemon ---- */

static const char *verdict_at(size_t i) {
    return ledger_verdict_text((enum verdict)i);
}

static const char *reason_at(size_t i) {
    return sg_reject_label((enum sg_reject)(SG_REJECT_NONE + 1 + i));
}

static const char *change_at(size_t i) {
    return object_match_reason_text((enum match_reason)i);
}

static const char *const tables[] = {SELF_TABLES};
static const char *const formats[] = {"openmetrics", "text"};
static const char *const causes[] = {SELF_CAUSES};
static const char *const results[] = {SELF_RESULTS};

#define LIST(items)                                                                                \
    { items, NULL, sizeof(items) / sizeof *(items) }

/* A list, or what gives each. */
static const struct {
    const char *const *items;
    const char *(*at)(size_t i);
    size_t count;
} fixed[SELF_LABEL_COUNT] = {
    [SELF_VERDICT] = {NULL, verdict_at, VERDICT_COUNT},
    [SELF_REASON] = {NULL, reason_at, SG_REJECT_COUNT - 1 - SG_REJECT_NONE},
    [SELF_TABLE] = LIST(tables),
    [SELF_FORMAT] = LIST(formats),
    [SELF_QUERY_REASON] = {self_query_reasons, NULL, SELF_QUERY_REASONS},
    [SELF_CAUSE] = LIST(causes),
    [SELF_RESULT] = LIST(results),
    [SELF_CHANGE] = {NULL, change_at, MATCH_REASON_COUNT},
};

#undef LIST

static void write_fixed(struct json_writer *w, enum self_label label) {
    if (fixed[label].items != NULL) {
        write_list(w, fixed[label].items, fixed[label].count);
        return;
    }
    json_open(w, '[');
    for (size_t i = 0; i < fixed[label].count; i++)
        json_text(w, fixed[label].at(i));
    json_close(w, ']');
}

/* ---- families ---- */

static void write_const(struct json_writer *w, const char *value) {
    json_open(w, '{');
    json_member_text(w, "const", value);
    json_close(w, '}');
}

static void write_values(struct json_writer *w, enum self_label label,
                         const struct catalog_set *set) {
    if (label == SELF_SERVICE)
        write_services(w, SELF_NO_SERVICE, set);
    else if (label == SELF_LOADED) /* the built-in service takes no samples, but has series */
        write_services(w, "statgate", set);
    else if (label == SELF_FILE || label == SELF_FINGERPRINT)
        write_files(w, label, set);
    else if (label == SELF_VERSION)
        write_const(w, STATGATE_VERSION);
    else if (label == SELF_COMMIT)
        write_const(w, version_commit);
    else if (label == SELF_FEATURES)
        write_const(w, version_features);
    else if (label == SELF_QUERY)
        write_queries(w, set);
    else
        write_fixed(w, label);
}

static void write_buckets(struct json_writer *w, const double *bounds, size_t count) {
    json_open_member(w, "buckets", '[');
    for (size_t i = 0; i < count; i++)
        json_number(w, bounds[i]);
    json_close(w, ']');
}

/* Write `{"statgate":1,...,"families":{`; close_catalog closes it. */
static void open_catalog(struct json_writer *w) {
    json_open(w, '{');
    json_member_u64(w, "statgate", 1);
    json_member_text(w, "service", "statgate");
    json_open_member(w, "families", '{');
}

static void close_catalog(struct json_writer *w) {
    json_close(w, '}');
    json_close(w, '}');
}

static void write_family(struct json_writer *w, enum self_family which,
                         const struct catalog_set *set) {
    const struct self_description *family = &self_families[which];
    json_open_member(w, family->name, '{');
    json_member_text(w, "type", family->type);
    json_member_text(w, "help", family->help);
    if (text_begins(family->name, "process_"))
        json_member_text(w, "group", SELF_PROCESS_GROUP);
    if (family->unit != NULL)
        json_member_text(w, "unit", family->unit);
    if (which == SELF_WAKE_DATAGRAMS)
        write_buckets(w, self_wake_bounds, SELF_WAKE_BUCKETS);
    if (which == SELF_SCRAPE_DURATION)
        write_buckets(w, self_scrape_bounds, SELF_SCRAPE_BUCKETS);
    if (which == SELF_HANDOVER_PAUSE)
        write_buckets(w, self_pause_bounds, SELF_PAUSE_BUCKETS);
    if (strcmp(family->type, "gauge") != 0) /* a gauge is absent before it is first published */
        json_member_bool(w, "zeros", true);
    if (which == SELF_CATALOG_INFO) /* one of each service, not each file with each fingerprint */
        json_member_u64(w, "max_series", count_services(set) > 0 ? count_services(set) : 1);
    json_open_member(w, "labels", '{');
    for (int i = 0; i < SELF_LABELS_MAX && family->labels[i] != SELF_NONE; i++) {
        json_key(w, self_label_names[family->labels[i]]);
        write_values(w, family->labels[i], set);
    }
    json_close(w, '}');
    json_close(w, '}');
}

static void write_handler_family(struct json_writer *w,
                                 const struct self_handler_description *family) {
    json_open_member(w, family->name, '{');
    json_member_text(w, "type", family->type);
    json_member_text(w, "help", family->help);
    if (family->has_code) {
        json_member_bool(w, "zeros", true);
        json_open_member(w, "labels", '{');
        json_key(w, "code");
        write_list(w, self_handler_codes, SELF_HANDLER_CODES);
        json_close(w, '}');
    }
    json_close(w, '}');
}

/* Make the built-in catalog, with a label value for each catalog in `set` except those of handlers,
 * and for each of their queries.
 */
static struct catalog *make_own(const struct catalog_set *set, struct error *ret_error) {
    const bool queries = has_queries(set);
    struct strbuf text;
    strbuf_init(&text);
    struct json_writer w = {.out = &text};
    open_catalog(&w);
    for (int i = 0; i < SELF_FAMILY_COUNT; i++)
        if (queries || !self_of_queries((enum self_family)i))
            write_family(&w, (enum self_family)i, set);
    close_catalog(&w);
    struct catalog *catalog = loader_text("(built-in)", text.data, text.len, true, ret_error);
    strbuf_done(&text);
    return catalog;
}

static struct catalog *make_handler(const char *endpoint, struct error *ret_error) {
    struct strbuf text;
    strbuf_init(&text);
    struct json_writer w = {.out = &text};
    open_catalog(&w);
    for (int i = 0; i < SELF_HANDLER_FAMILY_COUNT; i++)
        write_handler_family(&w, &self_handler_families[i]);
    close_catalog(&w);
    struct catalog *catalog = loader_text("handler_metrics", text.data, text.len, true, ret_error);
    strbuf_done(&text);
    if (catalog == NULL)
        return NULL;
    /* Set the name here, because an endpoint's address is not a valid name in a catalog's text. */
    catalog->service = arena_strndup(&catalog->arena, endpoint, strlen(endpoint));
    if (catalog->service != NULL)
        return catalog;
    catalog_free(catalog);
    error_no_memory(ret_error);
    return NULL;
}

/* Add a catalog, which is owned here; NULL (with ret_error set) if it could not be made. */
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
