/* SPDX-License-Identifier: MIT */
/* self_catalog.c - the families of the daemon itself, as a catalog of their own. */
#include "self_metrics/self_metrics_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "base/utf8.h"
#include "loader/loader.h"
#include "sg_proto.h"
#include "version/version.h"

/* ---- families ---- */

const double self_metrics_wake_bounds[SELF_WAKE_BUCKETS] = {1, 2, 4, 8, 16, 32, 64};
const double self_metrics_scrape_bounds[SELF_SCRAPE_BUCKETS] = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};
const double self_metrics_pause_bounds[SELF_PAUSE_BUCKETS] = {0.01, 0.025, 0.05, 0.1, 0.25,
                                                              0.5,  1,     2.5,  5,   10};

const struct self_metrics_description self_metrics_families[SELF_FAMILY_COUNT] = {
#define SELF(id, name, type, unit, first, second, help) {name, type, unit, {first, second}, help},
#include "self_metrics/families.def"
#undef SELF
};

const char *const self_metrics_label_names[SELF_LABEL_COUNT] = {[SELF_NONE] = "",
                                                                [SELF_SERVICE] = "service",
                                                                [SELF_LOADED] = "service",
                                                                [SELF_VERDICT] = "verdict",
                                                                [SELF_REASON] = "reason",
                                                                [SELF_TABLE] = "table",
                                                                [SELF_FORMAT] = "format",
                                                                [SELF_VERSION] = "version",
                                                                [SELF_COMMIT] = "commit",
                                                                [SELF_FEATURES] = "features",
                                                                [SELF_INPUT] = "input",
                                                                [SELF_INPUT_END] = "reason",
                                                                [SELF_QUERY] = "query",
                                                                [SELF_QUERY_REASON] = "reason",
                                                                [SELF_CAUSE] = "cause",
                                                                [SELF_RESULT] = "result",
                                                                [SELF_CHANGE] = "reason",
                                                                [SELF_FILE] = "file",
                                                                [SELF_FINGERPRINT] = "fingerprint",
                                                                [SELF_JOB_LABELS] = "labels",
                                                                [SELF_JOB] = "name"};

const char *const self_metrics_query_reasons[SELF_QUERY_REASONS] = {
    "connect",    "connection_lost", "timeout",       "sql",         "missing_column",
    "wrong_type", "duplicate_row",   "too_many_rows", "too_long_row"};

const char *const self_metrics_input_ends[SELF_INPUT_ENDS] = {"frame_too_long", "too_many",
                                                              "memory"};

const char *const self_metrics_handler_codes[SELF_HANDLER_CODES] = {
    [SELF_HANDLER_200] = "200", [SELF_HANDLER_500] = "500", [SELF_HANDLER_503] = "503"};

/* Names and texts of promhttp, the handler of Go's client library, so that users who move from it
 * keep their series. */
const struct self_metrics_handler_description
    self_metrics_handler_families[SELF_HANDLER_FAMILY_COUNT] = {
        [SELF_HANDLER_IN_FLIGHT] = {"promhttp_metric_handler_requests_in_flight", "gauge", false,
                                    "Current number of scrapes being served."},
        [SELF_HANDLER_REQUESTS] = {"promhttp_metric_handler_requests_total", "counter", true,
                                   "Total number of scrapes by HTTP status code."}};

/* ---- file label: Makes a label's value of a path. ---- */

/* What is left of a long path begins with a character, not within one. */
static const char *end_of(const char *path) {
    const size_t len = strlen(path);
    const char *at = len > CATALOG_VALUE_MAX ? path + len - CATALOG_VALUE_MAX : path;
    while (at > path && ((unsigned char)*at & 0xc0) == 0x80)
        at++;
    return at;
}

void self_metrics_file_label(const char *path, char ret_text[CATALOG_VALUE_MAX + 1]) {
    char *out = ret_text;
    for (const char *at = end_of(path); *at != '\0';) {
        const size_t len = utf8_len(at, strlen(at));
        if (len == 0 || (unsigned char)*at < ' ' || *at == 0x7f || strchr(",|", *at) != NULL) {
            *out++ = '?';
            at++;
            continue;
        }
        memcpy(out, at, len);
        out += len;
        at += len;
    }
    *out = '\0';
}

void self_metrics_job_labels(const struct catalog_family *family, const uint32_t *ids,
                             char ret_text[CATALOG_VALUE_MAX + 1]) {
    enum { HASH_BYTES = 9 };
    char text[CATALOG_VALUE_MAX + 1] = SELF_NO_SERVICE;
    size_t len = 0;
    uint64_t hash = 0;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_value *value = &family->labels[i].values[ids[i]];
        const size_t room = len < sizeof text ? sizeof text - len : 0;
        hash = hash_bytes(value->text, value->len + 1, hash);
        len += (size_t)snprintf(room > 0 ? text + len : NULL, room, "%s%s=%s", i > 0 ? ";" : "",
                                family->labels[i].name, value->text);
    }
    if (len > CATALOG_VALUE_MAX) { /* cut, and yet each has a text of its own */
        len = CATALOG_VALUE_MAX - HASH_BYTES;
        while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
        (void)snprintf(text + len, sizeof text - len, "~%08x", (unsigned)hash);
    }
    self_metrics_file_label(text, ret_text);
}

/* ---- catalog ----
 * The catalogs are generated as catalog text, so that the loader checks them like any other.
 */

static size_t count_services(const struct catalog_set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        count += !set->catalogs[i]->internal;
    return count;
}

static bool is_watched(const struct catalog_family *family) {
    return family->jobs != NULL && family->jobs->duty.declared;
}

static size_t count_jobs(const struct catalog_set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->count; i++)
        for (size_t j = 0; j < set->catalogs[i]->family_count; j++)
            if (is_watched(&set->catalogs[i]->families[j]))
                count += (size_t)set->catalogs[i]->families[j].combinations;
    return count;
}

static bool has_queries(const struct catalog_set *set) {
    for (size_t i = 0; i < set->count; i++)
        if (set->catalogs[i]->query_count > 0)
            return true;
    return false;
}

bool self_metrics_has(const struct catalog_set *set, enum self_metrics_family which) {
    switch (self_metrics_families[which].labels[0]) {
    case SELF_QUERY:
        return has_queries(set);
    case SELF_INPUT:
        return set->input_count > 0;
    case SELF_JOB_LABELS:
        return count_jobs(set) > 0;
    default:
        return true;
    }
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
    [SELF_INPUT_END] = {self_metrics_input_ends, NULL, SELF_INPUT_ENDS},
    [SELF_QUERY_REASON] = {self_metrics_query_reasons, NULL, SELF_QUERY_REASONS},
    [SELF_CAUSE] = LIST(causes),
    [SELF_RESULT] = LIST(results),
    [SELF_CHANGE] = {NULL, change_at, MATCH_REASON_COUNT},
};

#undef LIST

/* ---- values of a label ---- */

typedef char value_text[CATALOG_VALUE_MAX + 1];

struct values {
    value_text *items;
    size_t count;
};

static char *next_value(struct values *values) {
    values->items = memory_resize(values->items, values->count + 1, sizeof *values->items);
    return values->items[values->count++];
}

static void add_value(struct values *values, const char *text) {
    (void)snprintf(next_value(values), sizeof(value_text), "%s", text);
}

/* Add the labels of each of a family's jobs. */
static void add_jobs(struct values *values, const struct catalog_family *family) {
    for (uint64_t i = 0; i < family->combinations; i++) {
        uint32_t ids[CATALOG_LABELS_MAX];
        catalog_family_combination(family, i, ids);
        self_metrics_job_labels(family, ids, next_value(values));
    }
}

static void gather(struct values *values, enum self_metrics_label label,
                   const struct catalog_set *set) {
    for (size_t i = 0; i < fixed[label].count; i++)
        add_value(values, fixed[label].items != NULL ? fixed[label].items[i] : fixed[label].at(i));
    if (label == SELF_SERVICE)
        add_value(values, SELF_NO_SERVICE);
    if (label == SELF_LOADED) /* the built-in service takes no samples, but has series */
        add_value(values, "statgate");
    for (size_t i = 0; label == SELF_INPUT && i < set->input_count; i++)
        self_metrics_file_label(set->inputs[i], next_value(values));
    for (size_t i = 0; i < set->count; i++) {
        const struct catalog *catalog = set->catalogs[i];
        for (size_t j = 0; label == SELF_QUERY && j < catalog->query_count; j++)
            add_value(values, catalog->queries[j].name);
        if (catalog->internal)
            continue;
        if (label == SELF_SERVICE || label == SELF_LOADED)
            add_value(values, catalog->service);
        if (label == SELF_FILE)
            self_metrics_file_label(catalog->file, next_value(values));
        if (label == SELF_FINGERPRINT)
            fingerprint_put(next_value(values), &catalog->fingerprint);
        for (size_t j = 0; j < catalog->family_count; j++) {
            if (label == SELF_JOB && is_watched(&catalog->families[j]))
                add_value(values, catalog->families[j].name);
            if (label == SELF_JOB_LABELS && is_watched(&catalog->families[j]))
                add_jobs(values, &catalog->families[j]);
        }
    }
}

static int by_text(const void *a, const void *b) {
    return strcmp(a, b);
}

/* Write the values of a label, each once; those that services choose in order. */
static void write_values(struct json_writer *w, enum self_metrics_label label,
                         const struct catalog_set *set) {
    const char *only = label == SELF_VERSION    ? STATGATE_VERSION
                       : label == SELF_COMMIT   ? version_commit
                       : label == SELF_FEATURES ? version_features
                                                : NULL;
    struct values values = {0};
    json_open(w, only != NULL ? '{' : '[');
    if (only != NULL)
        json_member_text(w, "const", only);
    else
        gather(&values, label, set);
    const bool chosen = label == SELF_FILE || label == SELF_FINGERPRINT || label == SELF_INPUT ||
                        label == SELF_JOB || label == SELF_JOB_LABELS;
    if (chosen && values.count > 0)
        qsort(values.items, values.count, sizeof *values.items, by_text);
    if (chosen && values.count == 0)
        add_value(&values, SELF_NO_SERVICE);
    for (size_t i = 0; i < values.count; i++)
        if (!chosen || i == 0 || strcmp(values.items[i], values.items[i - 1]) != 0)
            json_text(w, values.items[i]);
    json_close(w, only != NULL ? '}' : ']');
    free(values.items);
}

/* ---- families ---- */

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

static void write_family(struct json_writer *w, enum self_metrics_family which,
                         const struct catalog_set *set) {
    const struct self_metrics_description *family = &self_metrics_families[which];
    json_open_member(w, family->name, '{');
    json_member_text(w, "type", family->type);
    json_member_text(w, "help", family->help);
    if (text_begins(family->name, "process_"))
        json_member_text(w, "group", SELF_PROCESS_GROUP);
    if (family->unit != NULL)
        json_member_text(w, "unit", family->unit);
    if (which == SELF_WAKE_DATAGRAMS)
        write_buckets(w, self_metrics_wake_bounds, SELF_WAKE_BUCKETS);
    if (which == SELF_SCRAPE_DURATION)
        write_buckets(w, self_metrics_scrape_bounds, SELF_SCRAPE_BUCKETS);
    if (which == SELF_HANDOVER_PAUSE)
        write_buckets(w, self_metrics_pause_bounds, SELF_PAUSE_BUCKETS);
    if (strcmp(family->type, "gauge") != 0) /* a gauge is absent before it is first published */
        json_member_bool(w, "zeros", true);
    if (which == SELF_CATALOG_INFO) /* one of each service, not each file with each fingerprint */
        json_member_u64(w, "max_series", count_services(set) > 0 ? count_services(set) : 1);
    if (which == SELF_JOB_PROBLEM) /* one of each job, as well */
        json_member_u64(w, "max_series", count_jobs(set));
    json_open_member(w, "labels", '{');
    for (int i = 0; i < SELF_LABELS_MAX && family->labels[i] != SELF_NONE; i++) {
        json_key(w, self_metrics_label_names[family->labels[i]]);
        write_values(w, family->labels[i], set);
    }
    json_close(w, '}');
    json_close(w, '}');
}

static void write_handler_family(struct json_writer *w,
                                 const struct self_metrics_handler_description *family) {
    json_open_member(w, family->name, '{');
    json_member_text(w, "type", family->type);
    json_member_text(w, "help", family->help);
    if (family->has_code) {
        json_member_bool(w, "zeros", true);
        json_open_member(w, "labels", '{');
        json_open_member(w, "code", '[');
        for (size_t i = 0; i < SELF_HANDLER_CODES; i++)
            json_text(w, self_metrics_handler_codes[i]);
        json_close(w, ']');
        json_close(w, '}');
    }
    json_close(w, '}');
}

/* Make the built-in catalog, with a label value for each catalog in `set` except those of handlers,
 * and for each of their queries.
 */
static struct catalog *make_own(const struct catalog_set *set, struct error *ret_error) {
    struct strbuf text;
    strbuf_init(&text);
    struct json_writer w = {.out = &text};
    open_catalog(&w);
    for (int i = 0; i < SELF_FAMILY_COUNT; i++)
        if (self_metrics_has(set, (enum self_metrics_family)i))
            write_family(&w, (enum self_metrics_family)i, set);
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
        write_handler_family(&w, &self_metrics_handler_families[i]);
    close_catalog(&w);
    struct catalog *catalog = loader_text("handler_metrics", text.data, text.len, true, ret_error);
    strbuf_done(&text);
    if (catalog == NULL)
        return NULL;
    /* Set the name here, because an endpoint's address is not a valid name in a catalog's text. */
    catalog->service = arena_strndup(&catalog->arena, endpoint, strlen(endpoint));
    return catalog;
}

/* Add a catalog; false if it could not be made (NULL). */
static bool add(struct catalog_set *set, struct catalog *catalog) {
    if (catalog != NULL)
        catalog_set_add(set, catalog);
    return catalog != NULL;
}

bool self_metrics_add_catalogs(struct catalog_set *set, const char *const *endpoints, size_t count,
                               struct error *ret_error) {
    if (!add(set, make_own(set, ret_error)))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!add(set, make_handler(endpoints[i], ret_error)))
            return false;
    return true;
}
