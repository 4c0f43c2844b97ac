/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a catalog. It is refused with a message that names the file, or becomes a consistent
 * model, without a crash, a leak or a long run.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "check.h"
#include "endpoint/endpoint.h"
#include "loader/loader.h"

static const char file[] = "x.json";

static void check_message(const char *text) {
    CHECK(strncmp(text, file, sizeof file - 1) == 0);
    CHECK(strlen(text) < ERROR_BYTES);
    for (; *text; text++)
        CHECK((unsigned char)*text >= ' ' && *text != 0x7F);
}

/* The empty value is that of an optional label alone. */
static void check_value(const struct catalog_value *value, bool may_be_empty) {
    CHECK(value->len == strlen(value->text));
    CHECK((value->len > 0 || may_be_empty) && value->len <= CATALOG_VALUE_MAX);
    CHECK(value->plain == !strpbrk(value->text, "\"\\\n"));
}

static void check_label(const struct catalog_label *label) {
    CHECK(label->name[0] != '\0' && strncmp(label->name, "__", 2) != 0);
    CHECK(label->value_count <= CATALOG_VALUES_MAX + 2);
    CHECK((label->pattern != NULL) == (label->kind == LABEL_PATTERN));
    CHECK((label->max > 0) == (label->kind == LABEL_PATTERN));
    CHECK(label->kind != LABEL_CONST ||
          (label->value_count == 1 && label->default_value == 0 && label->otherwise == -1));
    CHECK(label->kind != LABEL_VALUES || label->value_count > 0);
    CHECK(!label->templates || label->kind == LABEL_VALUES);
    CHECK(label->bound == (uint64_t)label->value_count + label->max);
    CHECK(label->otherwise >= -1 && label->otherwise < (int32_t)label->value_count);
    CHECK(label->default_value >= -1 && label->default_value < (int32_t)label->value_count);
    for (uint32_t id = 0; id < label->value_count; id++) {
        check_value(&label->values[id],
                    catalog_label_is_optional(label) && (int32_t)id == label->default_value);
        CHECK(id == 0 || strcmp(label->values[id - 1].text, label->values[id].text) < 0);
        const int32_t found =
            catalog_label_find(label, label->values[id].text, label->values[id].len);
        CHECK(found >= -1 && found < (int32_t)label->value_count);
        CHECK(!label->templates || found == (int32_t)id);
    }
    CHECK(catalog_label_find(label, "no value,", 9) == -1);
    if (label->pattern) {
        CHECK(!catalog_pattern_match(label->pattern, "", 0));
        (void)catalog_pattern_match(label->pattern,
                                    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", 49);
        CHECK(!catalog_pattern_match(label->pattern, "\xFF", 1));
    }
}

static bool is_increasing(const double *numbers, uint32_t count) {
    for (uint32_t i = 1; i < count; i++)
        if (!(numbers[i - 1] < numbers[i]))
            return false;
    return true;
}

/* Whether the family has this type, whatever its kind. */
static bool is_of(const struct catalog_family *family, const char *type) {
    return strcmp(family->kind->type, type) == 0;
}

static void check_owner(const struct catalog_family *family) {
    const bool counter = is_of(family, "counter");
    const bool latest = is_of(family, "info") || is_of(family, "summary");
    switch (family->merge) {
    case MERGE_NONE:
        CHECK(!is_of(family, "info"));
        return;
    case MERGE_SUM:
        CHECK(is_of(family, "gauge") || is_of(family, "updowncounter"));
        break;
    case MERGE_MIN:
    case MERGE_MAX:
        CHECK(is_of(family, "gauge"));
        break;
    case MERGE_READING:
    case MERGE_READING_DROP:
        CHECK(counter && !family->zeros);
        break;
    case MERGE_LATEST:
        CHECK(latest && !family->zeros);
        break;
    }
    CHECK(family->ttl_ms == 0 && family->body_words >= 2);
}

static void check_summary(const struct catalog_family *family) {
    if (!is_of(family, "summary")) {
        CHECK(family->quantile_count == 0 && family->window_ms == 0);
        return;
    }
    CHECK(family->quantile_count <= CATALOG_QUANTILES_MAX);
    CHECK(is_increasing(family->quantiles, family->quantile_count));
    CHECK(family->quantile_count == 0 ||
          (family->quantiles[0] >= 0 && family->quantiles[family->quantile_count - 1] <= 1));
    CHECK((family->window_ms > 0) != family_is_relayed(family));
}

static void check_states(const struct catalog_family *family) {
    CHECK((family->state_label != NULL) == (is_of(family, "stateset")));
    if (!family->state_label)
        return;
    CHECK(strcmp(family->state_label->name, family->name) == 0);
    CHECK(family->state_label->kind == LABEL_VALUES && family->state_label->otherwise == -1);
    CHECK(family->state_label->value_count <= CATALOG_STATES_MAX);
    CHECK(!family->zeros);
    check_label(family->state_label);
}

/* Checks that a derived family has all labels of its machine, and at most one more. */
static void check_part(const struct catalog *catalog, const struct catalog_family *machine,
                       const struct catalog_family *part, const char *key) {
    if (!part)
        return;
    CHECK(part >= catalog->families && part < catalog->families + catalog->family_count);
    CHECK(part->source == SOURCE_DERIVED && strcmp(part->part_key, key) == 0);
    CHECK(strcmp(part->key, machine->name) == 0 && part->group == machine->group);
    CHECK(part->label_count == machine->label_count ||
          part->label_count == machine->label_count + 1);
    uint32_t found = 0;
    for (uint32_t i = 0; i < part->label_count; i++)
        if (found < machine->label_count &&
            strcmp(part->labels[i].name, machine->labels[found].name) == 0)
            found++;
    CHECK(found == machine->label_count);
}

static void check_breaker(const struct catalog_breaker *breaker) {
    CHECK(breaker->open_after > 0 || breaker->failure_ratio > 0 || breaker->slow_ratio > 0);
    CHECK((breaker->slow_ratio > 0) == (breaker->slow_ms > 0));
    for (size_t i = 0; i < CATALOG_BREAKER_KEYS; i++) {
        const struct catalog_key *key = &catalog_breaker_keys[i];
        const double number = catalog_number(breaker, key);
        const double left_out = catalog_number(&catalog_breaker_defaults, key);
        CHECK(number <= left_out ? number >= key->least || number >= left_out
                                 : number <= key->most);
    }
    CHECK(breaker->cooldown_ms > 0 && breaker->cooldown_ms <= breaker->cooldown_max_ms);
    CHECK(breaker->probes > 0 && breaker->probe_ms > 0 && breaker->window_ms > 0);
}

static void check_machine(const struct catalog *catalog, const struct catalog_family *family) {
    const struct catalog_attempts *attempts = family->attempts;
    const struct catalog_jobs *jobs = family->jobs;
    CHECK((attempts != NULL) == (is_of(family, "attempts")));
    CHECK((jobs != NULL) == (is_of(family, "jobs")));
    CHECK(family_has_lines(family) || (family->zeros && family->source == SOURCE_DATAGRAMS));
    CHECK((family->part_key != NULL) == (family->source == SOURCE_DERIVED));
    if (attempts) {
        CHECK(attempts->success_count > 0 && attempts->success_count < attempts->word_count);
        CHECK(attempts->word_count <= CATALOG_WORDS_MAX);
        if (attempts->breaker.declared && !attempts->breaker.reported)
            check_breaker(&attempts->breaker);
        CHECK(attempts->breaker.declared ||
              (!attempts->parts[ATTEMPTS_OPENED] && !attempts->parts[ATTEMPTS_STATE]));
        for (int i = 0; i < ATTEMPTS_PART_COUNT; i++)
            check_part(catalog, family, attempts->parts[i],
                       catalog_attempts_part_key((enum attempts_part)i));
    }
    if (jobs) {
        CHECK(jobs->max_live > 0 && jobs->max_live <= CATALOG_LIVE_MAX);
        for (int i = 0; i < JOBS_PART_COUNT; i++)
            check_part(catalog, family, jobs->parts[i], catalog_jobs_part_key((enum jobs_part)i));
    }
}

/* Checks that a family has a query if its values come from one, and then nothing that only
 * datagrams can change. */
static void check_source(const struct catalog_family *family) {
    CHECK((family->query != NULL) == (family->source == SOURCE_QUERY));
    if (!family->query)
        return;
    CHECK(is_of(family, "gauge") || is_of(family, "counter"));
    CHECK(family->merge == MERGE_NONE && !family->zeros && !family->has_absent);
    CHECK(family->ttl_ms == 0 && family->alias_count == 0);
    size_t found = 0;
    for (size_t i = 0; i < family->query->value_count; i++)
        found += family->query->values[i].family == family;
    CHECK(found == 1);
    for (uint32_t i = 0; i < family->label_count; i++) {
        found = 0;
        for (size_t j = 0; j < family->query->label_count; j++)
            found += strcmp(family->query->labels[j].label, family->labels[i].name) == 0;
        CHECK(found <= 1 && (found == 1 || family->labels[i].default_value >= 0));
    }
}

static void check_column(const char *column) {
    CHECK(column[0] != '\0' && strlen(column) <= 63);
}

static void check_queries(const struct catalog *catalog) {
    CHECK(catalog->database_count <= CATALOG_DATABASES_MAX);
    CHECK(catalog->query_count <= CATALOG_QUERIES_MAX);
    for (size_t i = 0; i < catalog->database_count; i++) {
        const struct catalog_database *database = &catalog->databases[i];
        CHECK(database->catalog == catalog && database->name[0] != '\0');
        CHECK(strlen(database->conninfo) <= 1024 && !strstr(database->conninfo, "password="));
        CHECK(database->connections >= 1 && database->connections <= 8);
        CHECK(i == 0 || strcmp(catalog->databases[i - 1].name, database->name) < 0);
    }
    for (size_t i = 0; i < catalog->query_count; i++) {
        const struct catalog_query *query = &catalog->queries[i];
        CHECK(query->catalog == catalog && query->name[0] != '\0');
        CHECK(query->database >= catalog->databases &&
              query->database < catalog->databases + catalog->database_count);
        CHECK(query->sql[0] != '\0' && strlen(query->sql) <= 65536);
        CHECK(query->value_count > 0 && query->value_count <= CATALOG_QUERY_VALUES_MAX);
        CHECK(query->label_count <= CATALOG_LABELS_MAX);
        CHECK(query->timeout_ms > 0 && query->timeout_ms <= 60000);
        CHECK(query->cache_ms >= 0 && query->cache_ms <= 86400000);
        CHECK(query->max_rows > 0 && query->max_rows <= CATALOG_ROWS_LIMIT);
        for (size_t j = 0; j < query->value_count; j++) {
            CHECK(query->values[j].family->query == query);
            check_column(query->values[j].column);
        }
        for (size_t j = 0; j < query->label_count; j++)
            check_column(query->labels[j].column);
    }
}

static void check_family(const struct catalog *catalog, const struct catalog_family *family) {
    CHECK(catalog_family_find(catalog, family->name, strlen(family->name)) == family);
    CHECK(family->catalog == catalog);
    CHECK(family->label_count <= CATALOG_LABELS_MAX);
    CHECK(family->bound > 0 && family->bound <= family->combinations);
    CHECK(family->reserved < family->bound);
    CHECK(family->lines >= family->bound || !family_has_lines(family));
    CHECK((family->bucket_count > 0) == (is_of(family, "histogram")));
    CHECK(!family->zeros || catalog_family_zeros(family) <= family->bound - family->reserved);
    CHECK(family->ttl_ms >= 0);
    CHECK(!family->has_floor || family->floor <= 0);
    CHECK(family->ms_scale == 1 || family->ms_scale == 0.001);
    CHECK(is_increasing(family->buckets, family->bucket_count));
    check_owner(family);
    check_summary(family);
    check_states(family);
    check_machine(catalog, family);
    check_source(family);
    uint64_t combinations = 1;
    for (uint32_t i = 0; i < family->label_count; i++) {
        check_label(&family->labels[i]);
        CHECK(i == 0 || strcmp(family->labels[i - 1].name, family->labels[i].name) < 0);
        CHECK(family->source == SOURCE_DERIVED || catalog->ignores_all ||
              !catalog_ignores(catalog, family->labels[i].name, strlen(family->labels[i].name)));
        if (__builtin_mul_overflow(combinations, family->labels[i].bound, &combinations))
            combinations = UINT64_MAX;
    }
    CHECK(family->combinations == combinations);
}

static void check_set(const struct catalog_set *set) {
    const struct catalog *catalog = set->catalogs[0];
    uint64_t bound = 0;
    CHECK(set->family_count == catalog->family_count);
    for (size_t i = 0; i < set->family_count; i++) {
        CHECK(set->families[i]->index == i);
        bound += set->families[i]->bound;
    }
    CHECK(set->database_count == catalog->database_count);
    CHECK(set->query_count == catalog->query_count);
    for (size_t i = 0; i < set->database_count; i++)
        CHECK(set->databases[i] == &catalog->databases[i] && set->databases[i]->index == i);
    for (size_t i = 0; i < set->query_count; i++) {
        CHECK(set->queries[i] == &catalog->queries[i] && set->queries[i]->index == i);
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(set->queries[i]->name, set->queries[j]->name) != 0);
    }
    CHECK(set->bound == bound && bound <= catalog->max_series);
    CHECK(catalog_set_find(set, catalog->service, strlen(catalog->service)) == catalog);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct error error = {0};
    struct catalog *catalog = loader_text(file, (const char *)data, size, false, &error);
    if (!catalog) {
        check_message(error.text);
        return 0;
    }
    for (size_t i = 0; i < catalog->family_count; i++)
        check_family(catalog, &catalog->families[i]);
    check_queries(catalog);
    struct catalog_set set;
    catalog_set_init(&set);
    catalog_set_add(&set, catalog);
    for (int resource = RESOURCE_OFF; resource <= RESOURCE_LABELS; resource++) {
        const struct endpoint_options options = {.place = "x.json: /endpoints/0",
                                                 .name = "x",
                                                 .include = "all",
                                                 .exclude = "none",
                                                 .resource = (enum endpoint_resource)resource,
                                                 .scope_labels = true};
        struct endpoints endpoints;
        if (endpoints_build(&endpoints, &set, &options, 1, &error))
            check_set(&set);
        else
            check_message(error.text);
        endpoints_done(&endpoints);
    }
    catalog_set_done(&set);
    return 0;
}
