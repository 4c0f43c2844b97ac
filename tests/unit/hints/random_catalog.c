/* SPDX-License-Identifier: MIT */
#include "random_catalog.h"

#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "catalog/catalog.h"
#include "loader/loader.h"

#define COUNT(list)        ((uint32_t)(sizeof(list) / sizeof *(list)))
#define ONE_OF(seed, list) ((list)[below(seed, COUNT(list))])

/* splitmix64 (Steele, Lea, Flood 2014) */
static uint32_t below(uint64_t *seed, uint32_t bound) {
    uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % bound);
}

static const char *const values[] = {"x",  "y",     "z", "GET /a", "POST /b/{q}", "other", "none",
                                     "on", "ok",    "0", "1",      "a b",         "ab",    "t",
                                     "é",  "\"q\"", "/", "\\",     "x:y",         "2"};
static const char *const keys[] = {"a",       "b",        "p",   "t",     "l",       "e",    "job",
                                   "outcome", "w",        "n",   "state", "service", "host", "le",
                                   "s_st",    "quantile", "env", "9x",    "a.b"};

/* ---- labels ---- */

static json_t *some_values(uint64_t *seed) {
    json_t *list = json_array();
    const uint32_t first = below(seed, COUNT(values));
    const uint32_t count = 1 + below(seed, 4);
    for (uint32_t i = 0; i < count; i++)
        (void)json_array_append_new(list, json_string(values[(first + i) % COUNT(values)]));
    return list;
}

static json_t *random_label(uint64_t *seed) {
    static const char *const patterns[] = {"slug", "^[a-z]+$", "uuid"};
    json_t *label = json_object();
    switch (below(seed, 8)) {
    case 0:
        json_decref(label);
        return some_values(seed);
    case 1:
        (void)json_object_set_new(label, "const", json_string(ONE_OF(seed, values)));
        return label;
    case 2:
    case 3:
        (void)json_object_set_new(label, "pattern", json_string(ONE_OF(seed, patterns)));
        (void)json_object_set_new(label, "max", json_integer(1 + below(seed, 3)));
        break;
    case 4:
        (void)json_object_set_new(label, "templates", json_pack("[s,s]", "GET /a", "POST /b/{q}"));
        break;
    case 5:
        (void)json_object_set_new(label, "values",
                                  json_pack("[{s:s,s:s},s]", "value", "a,b", "wire", "ab", "c"));
        break;
    default:
        (void)json_object_set_new(label, "values", some_values(seed));
    }
    if (below(seed, 3) == 0)
        (void)json_object_set_new(label, "otherwise", json_string(ONE_OF(seed, values)));
    if (below(seed, 4) == 0)
        (void)json_object_set_new(label, "default", json_string(ONE_OF(seed, values)));
    return label;
}

static json_t *random_labels(uint64_t *seed) {
    json_t *labels = json_object();
    const uint32_t count = below(seed, 4);
    for (uint32_t i = 0; i < count; i++)
        (void)json_object_set_new(labels, keys[below(seed, 10)], random_label(seed));
    return labels;
}

/* ---- families ---- */

static json_t *random_family(uint64_t *seed, const char *kind, const char *name) {
    json_t *family =
        json_pack("{s:s,s:s,s:o}", "type", kind, "help", "h", "labels", random_labels(seed));
    if (strcmp(kind, "histogram") == 0)
        (void)json_object_set_new(family, "buckets", json_pack("[i,i]", 1, 2));
    if (strcmp(kind, "summary") == 0)
        (void)json_object_set_new(family, "quantiles", json_pack("[f]", 0.5));
    if (strcmp(kind, "summary") == 0 && below(seed, 2) == 0)
        (void)json_object_set_new(family, "reading", json_string("absolute"));
    if (strcmp(kind, "gauge") == 0 && below(seed, 2) == 0)
        (void)json_object_set_new(family, "merge", json_string("sum"));
    if (strcmp(kind, "stateset") == 0)
        (void)json_object_set_new(json_object_get(family, "labels"), name,
                                  json_pack("[s,s]", "on", "off"));
    if (below(seed, 4) == 0)
        (void)json_object_set_new(family, "max_series", json_integer(1 + below(seed, 12)));
    if (below(seed, 6) == 0)
        (void)json_object_set_new(family, "zeros", json_true());
    if (below(seed, 6) == 0)
        (void)json_object_set_new(family, "aliases", json_pack("[s+]", name, ".x"));
    return family;
}

static json_t *random_attempts(uint64_t *seed) {
    json_t *attempts = json_pack("{s:o,s:[s],s:[s]}", "labels", random_labels(seed), "success",
                                 "ok", "failure", "err");
    if (below(seed, 2) == 0)
        (void)json_object_set_new(attempts, "breaker",
                                  below(seed, 2) == 0
                                      ? json_string("reported")
                                      : json_pack("{s:i,s:i}", "open_after", 3, "cooldown_s", 5));
    return attempts;
}

static json_t *random_jobs(uint64_t *seed) {
    static const int max_live[] = {1, 2, 131072, 262144};
    return json_pack("{s:o,s:[i],s:i}", "labels", random_labels(seed), "buckets", 1, "max_live",
                     ONE_OF(seed, max_live));
}

static json_t *random_document(uint64_t *seed, const char *service) {
    static const char *const kinds[][2] = {{"counter", "c_total"}, {"counter", "d_total"},
                                           {"gauge", "g"},         {"updowncounter", "u"},
                                           {"histogram", "h"},     {"summary", "r_seconds"},
                                           {"info", "i_info"},     {"stateset", "st"}};
    json_t *families = json_object();
    json_t *attempts = json_object();
    json_t *jobs = json_object();
    char name[64];
    const uint32_t count = 1 + below(seed, 4);
    for (uint32_t i = 0; i < count; i++) {
        const char *const *kind = ONE_OF(seed, kinds);
        (void)snprintf(name, sizeof name, "%s_%s", service, kind[1]);
        (void)json_object_set_new(families, name, random_family(seed, kind[0], name));
    }
    (void)snprintf(name, sizeof name, "%s_job", service);
    if (below(seed, 2) == 0)
        (void)json_object_set_new(attempts, name, random_attempts(seed));
    (void)snprintf(name, sizeof name, "%s_mail", service);
    if (below(seed, 2) == 0)
        (void)json_object_set_new(jobs, name, random_jobs(seed));
    return json_pack("{s:i,s:s,s:[s],s:o,s:o,s:o}", "statgate", 1, "service", service,
                     "ignore_labels", "env", "families", families, "attempts", attempts, "jobs",
                     jobs);
}

/* The most series that it can have. False: it is refused. */
static bool measure(const json_t *document, uint64_t *ret_bound) {
    struct error error;
    struct catalog_set set;
    char *text = json_dumps(document, 0);
    struct catalog *catalog = loader_text("random.json", text, strlen(text), false, &error);
    free(text);
    if (catalog == NULL)
        return false;
    catalog_set_init(&set);
    cr_assert(catalog_set_add(&set, catalog));
    const bool fits = catalog_set_finish(&set, &error) &&
                      catalog_samples_differ((const struct catalog_family *const *)set.families,
                                             set.family_count, &error);
    if (fits)
        *ret_bound = set.bound;
    catalog_set_done(&set);
    return fits;
}

json_t *random_catalog(uint64_t *seed, const char *service) {
    uint64_t bound = 0;
    json_t *document = random_document(seed, service);
    while (!measure(document, &bound)) {
        json_decref(document);
        document = random_document(seed, service);
    }
    static const uint32_t spare[] = {0, 0, 1, 3, 20, 1000};
    const uint64_t most = bound + ONE_OF(seed, spare);
    (void)json_object_set_new(document, "max_series",
                              json_integer(most > 0 ? (json_int_t)most : 1));
    return document;
}

/* ---- lines ---- */

static const char *name_at(const json_t *object, uint32_t index) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) if (index-- == 0) return key;
    return NULL;
}

static void put_tag(uint64_t *seed, struct strbuf *out, const char *key) {
    strbuf_puts(out, strchr(strbuf_cstr(out), '#') == NULL ? "|#" : ",");
    strbuf_puts(out, key);
    if (below(seed, 20) > 0)
        strbuf_printf(out, ":%s", ONE_OF(seed, values));
}

static const json_t *find_declaration(const json_t *catalog, const char *name) {
    static const char *const sections[] = {"families", "attempts", "jobs"};
    for (size_t i = 0; i < COUNT(sections); i++) {
        const json_t *found = json_object_get(json_object_get(catalog, sections[i]), name);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static void put_name(uint64_t *seed, const json_t *catalog, char *name, size_t size) {
    static const char *const ends[] = {"_new_total",
                                       ".new",
                                       "_new",
                                       "_new_seconds",
                                       "_c",
                                       "-u",
                                       "_h_count",
                                       "_r_seconds_sum",
                                       "_job_errors_total",
                                       "_q_info",
                                       "_st",
                                       "_mail_x",
                                       ""};
    static const char *const sections[] = {"families", "families", "attempts", "jobs"};
    const json_t *section = json_object_get(catalog, ONE_OF(seed, sections));
    const char *service = json_string_value(json_object_get(catalog, "service"));
    const uint32_t count = (uint32_t)json_object_size(section);
    if (count > 0 && below(seed, 3) > 0)
        (void)snprintf(name, size, "%s%s", name_at(section, below(seed, count)),
                       below(seed, 16) == 0 ? "_total" : "");
    else
        (void)snprintf(name, size, "%s%s", below(seed, 8) > 0 ? service : "", ONE_OF(seed, ends));
}

/* One that the declaration takes, as a rule. */
static char letter_for(uint64_t *seed, const json_t *declaration) {
    const char *type = json_string_value(json_object_get(declaration, "type"));
    if (declaration == NULL || below(seed, 12) == 0)
        return "cghajb"[below(seed, 6)];
    if (type == NULL)
        return json_object_get(declaration, "success") != NULL ? 'a' : 'j';
    if (strcmp(type, "histogram") == 0 ||
        (strcmp(type, "summary") == 0 && json_object_get(declaration, "reading") == NULL))
        return 'h';
    return strcmp(type, "counter") == 0 || strcmp(type, "updowncounter") == 0 ? 'c' : 'g';
}

static void put_values(uint64_t *seed, struct strbuf *out, char letter) {
    static const char *const numbers[] = {"1", "1", "0", "-1", "2.5", "1e308", "1e308", "x", "-3"};
    static const char *const outcomes[] = {"ok", "err", "boom", "timeout", "refused", "a b", "a,b"};
    static const char *const events[] = {"queued", "started", "failed", "boom"};
    const uint32_t count = below(seed, 4) == 0 ? 2 + below(seed, 3) : 1;
    for (uint32_t i = 0; i < count; i++)
        strbuf_printf(out, ":%s",
                      letter == 'a' || letter == 'b' ? ONE_OF(seed, outcomes)
                      : letter == 'j'                ? ONE_OF(seed, events)
                                                     : ONE_OF(seed, numbers));
    strbuf_printf(out, "|%c", letter);
    if (letter == 'j' && below(seed, 10) > 0)
        strbuf_printf(out, "|i:%u", below(seed, 4));
    if (below(seed, 10) == 0)
        strbuf_puts(out, "|@0.1");
}

void random_line(uint64_t *seed, const json_t *catalog, struct strbuf *out) {
    char name[128];
    const char *key;
    json_t *label;
    put_name(seed, catalog, name, sizeof name);
    const json_t *declaration = find_declaration(catalog, name);
    strbuf_puts(out, name);
    put_values(seed, out, letter_for(seed, declaration));
    json_object_foreach(json_object_get(declaration, "labels"), key, label) if (below(seed, 6) > 0)
        put_tag(seed, out, key);
    for (uint32_t more = below(seed, 6); more < 3; more++)
        put_tag(seed, out, ONE_OF(seed, keys));
}
