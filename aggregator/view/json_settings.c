/* What a catalog file declares about a family, except name and labels, with the keys of the
 * file. */
#include "view/json_settings.h"

static void put_seconds(struct json_writer *json, const char *key, int64_t ms) {
    json_member_number(json, key, (double)ms / 1000);
}

static void put_numbers(struct json_writer *json, const char *key, const double *numbers,
                        uint32_t count) {
    json_open_member(json, key, '[');
    for (uint32_t i = 0; i < count; i++)
        json_number(json, numbers[i]);
    json_close(json, ']');
}

void json_settings_put_texts(struct json_writer *json, const char *key, const char *const *texts,
                             size_t count) {
    json_open_member(json, key, '[');
    for (size_t i = 0; i < count; i++)
        json_text(json, texts[i]);
    json_close(json, ']');
}

/* ---- who owns a value ---- */

static const char *merge_text(enum family_merge merge) {
    switch (merge) {
    case MERGE_SUM:
        return "sum";
    case MERGE_MIN:
        return "min";
    case MERGE_MAX:
        return "max";
    default:
        return "last";
    }
}

static void put_ownership(struct json_writer *json, const struct catalog_family *family) {
    const unsigned keys = family->kind->keys;
    if (keys & KEY_MERGE)
        json_member_text(json, "merge", merge_text(family->merge));
    if (keys & KEY_OWNER)
        json_member_text(json, "owner", family_is_owned(family) ? "process" : "host");
    if ((keys & KEY_READING) && family_is_owned(family))
        json_member_text(json, "reading", "absolute");
    if (family->merge == MERGE_READING_DROP)
        json_member_text(json, "ended", "drop");
}

/* ---- attempts and jobs ---- */

static void put_breaker(struct json_writer *json, const struct catalog_breaker *breaker) {
    json_key(json, "breaker");
    if (breaker->reported || !breaker->declared) {
        json_text(json, breaker->reported ? "reported" : NULL);
        return;
    }
    json_open(json, '{');
    json_member_u64(json, "open_after", breaker->open_after);
    put_seconds(json, "cooldown_s", breaker->cooldown_ms);
    json_member_u64(json, "probes", breaker->probes);
    json_close(json, '}');
}

/* The families derived from attempts and jobs. */

static void put_part(struct json_writer *json, const char *key, const struct catalog_family *part) {
    if (part != NULL)
        json_member_text(json, key, part->name);
}

static size_t put_attempts(struct json_writer *json, const struct catalog_attempts *attempts) {
    json_settings_put_texts(json, "success", attempts->words, attempts->success_count);
    json_settings_put_texts(json, "failure", attempts->words + attempts->success_count,
                            attempts->word_count - attempts->success_count);
    put_breaker(json, &attempts->breaker);
    if (attempts->expected_ms > 0)
        put_seconds(json, "expected_s", attempts->expected_ms);
    json_open_member(json, "names", '{');
    for (int i = 0; i < ATTEMPTS_PART_COUNT; i++)
        put_part(json, catalog_attempts_part_key((enum attempts_part)i), attempts->parts[i]);
    json_close(json, '}');
    return (size_t)attempts->word_count + ATTEMPTS_PART_COUNT;
}

static size_t put_jobs(struct json_writer *json, const struct catalog_jobs *jobs) {
    json_member_text(json, "state_label", jobs->state_label);
    json_member_u64(json, "max_live", jobs->max_live);
    json_open_member(json, "names", '{');
    for (int i = 0; i < JOBS_PART_COUNT; i++)
        put_part(json, catalog_jobs_part_key((enum jobs_part)i), jobs->parts[i]);
    json_close(json, '}');
    return JOBS_PART_COUNT;
}

/* ---- by kind ---- */

static size_t put_states(struct json_writer *json, const struct catalog_label *label) {
    json_open_member(json, "states", '[');
    for (uint32_t i = 0; i < label->value_count; i++)
        json_bytes(json, label->values[i].text, label->values[i].len);
    json_close(json, ']');
    return label->value_count;
}

static size_t put_by_kind(struct json_writer *json, const struct catalog_family *family) {
    if (family->kind->keys & KEY_BUCKETS)
        put_numbers(json, "buckets", family->buckets, family->bucket_count);
    if (family->kind->keys & KEY_QUANTILES)
        put_numbers(json, "quantiles", family->quantiles, family->quantile_count);
    if (family->window_ms > 0)
        put_seconds(json, "window_s", family->window_ms);
    if (family->state_label != NULL)
        return put_states(json, family->state_label);
    if (family->attempts != NULL)
        return put_attempts(json, family->attempts);
    if (family->jobs != NULL)
        return put_jobs(json, family->jobs);
    return (size_t)family->bucket_count + family->quantile_count;
}

/* Write the source of the family's values, and who owns them. */
static void put_source(struct json_writer *json, const struct catalog_family *family) {
    switch (family->source) {
    case SOURCE_DERIVED:
        json_member_text(json, "source", "state");
        break;
    case SOURCE_QUERY:
        json_member_text(json, "source", "query");
        json_member_text(json, "query", family->query->name);
        break;
    case SOURCE_DATAGRAMS:
        put_ownership(json, family);
        break;
    }
}

static const char *combine_text(enum query_combine combine) {
    switch (combine) {
    case COMBINE_SUM:
        return "sum";
    case COMBINE_MIN:
        return "min";
    case COMBINE_MAX:
        return "max";
    case COMBINE_REFUSE:
        break;
    }
    return NULL;
}

void json_settings_put_sources(struct json_writer *json, const struct catalog *catalog) {
    json_open_member(json, "databases", '[');
    for (size_t i = 0; i < catalog->database_count; i++) {
        json_open(json, '{');
        json_member_text(json, "name", catalog->databases[i].name);
        json_member_u64(json, "connections", catalog->databases[i].connections);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_open_member(json, "queries", '[');
    for (size_t i = 0; i < catalog->query_count; i++) {
        const struct catalog_query *query = &catalog->queries[i];
        json_open(json, '{');
        json_member_text(json, "name", query->name);
        json_member_text(json, "database", query->database->name);
        put_seconds(json, "timeout_s", query->timeout_ms);
        put_seconds(json, "cache_s", query->cache_ms);
        json_member_u64(json, "max_rows", query->max_rows);
        json_member_text(json, "combine", combine_text(query->combine));
        json_close(json, '}');
    }
    json_close(json, ']');
}

size_t json_settings_put(struct json_writer *json, const struct catalog_family *family) {
    if (family_has_lines(family))
        json_member_bool(json, "zeros", family->zeros);
    put_source(json, family);
    if (family->has_floor)
        json_member_number(json, "floor", family->floor);
    if (family->has_absent)
        json_member_number(json, "absent", family->absent);
    if (family->ttl_ms > 0)
        put_seconds(json, "ttl_s", family->ttl_ms);
    return put_by_kind(json, family);
}
