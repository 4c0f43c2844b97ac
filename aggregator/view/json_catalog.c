/* SPDX-License-Identifier: MIT */
/* json_catalog.c - /debug/catalog, and the walk over services that other views share. */
#include "view/view_private.h"

/* ---- json services ---- */

bool view_json_services_seek(struct json_services *list, struct page_token_reader *after) {
    const struct catalog_family *family = view_page_token_next_family(after, list->base.source.set);
    if (family == NULL || !json_list_shows(&list->base, family))
        return false;
    list->service = family->catalog->index;
    list->family = (size_t)(family - family->catalog->families);
    return true;
}

void view_json_services_close(struct json_services *list) {
    if (list->service_opened) {
        json_close(&list->base.json, ']');
        json_close(&list->base.json, '}');
    }
    list->service_opened = false;
}

bool view_json_services_find(struct json_services *list) {
    const struct catalog_set *set = list->base.source.set;
    for (; list->service < set->count; list->service++, list->family = 0) {
        for (; list->family < json_services_service(list)->family_count; list->family++)
            if (json_list_shows(&list->base, json_services_family(list)))
                return true;
        view_json_services_close(list);
    }
    return false;
}

/* ---- json settings ----
 * What a catalog file declares about a family, except name and labels, with the keys of the
 * file.
 */

static void put_numbers(struct json_writer *json, const char *key, const double *numbers,
                        uint32_t count) {
    json_open_member(json, key, '[');
    for (uint32_t i = 0; i < count; i++)
        json_number(json, numbers[i]);
    json_close(json, ']');
}

/* `"key":["text",..]` */
static void json_settings_put_texts(struct json_writer *json, const char *key,
                                    const char *const *texts, size_t count) {
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
    json_member_text(json, "mode", breaker->observe ? "observe" : "enforce");
    for (size_t i = 0; i < CATALOG_BREAKER_KEYS; i++) {
        const double number = catalog_number(breaker, &catalog_breaker_keys[i]);
        json_key(json, catalog_breaker_keys[i].key);
        if (number == 0) /* no such rule */
            json_text(json, NULL);
        else
            json_number(json, number);
    }
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
        view_json_put_seconds(json, "expected_s", attempts->expected_ms);
    json_open_member(json, "names", '{');
    for (int i = 0; i < ATTEMPTS_PART_COUNT; i++)
        put_part(json, catalog_attempts_part_key((enum attempts_part)i), attempts->parts[i]);
    json_close(json, '}');
    return (size_t)attempts->word_count + ATTEMPTS_PART_COUNT;
}

/* Returns the work units of its schedules. */
static size_t put_duty(struct json_writer *json, const struct catalog_family *family,
                       const struct catalog_duty *duty) {
    for (size_t i = 0; i < CATALOG_DUTY_KEYS; i++) {
        const double number = catalog_number(duty, &catalog_duty_keys[i]);
        if (number == 0) /* left out */
            continue;
        json_key(json, catalog_duty_keys[i].key);
        json_number(json, number);
    }
    if (duty->zone != NULL && duty->zone->name[0] != '\0')
        json_member_text(json, "tz", duty->zone->name);
    if (duty->schedule != NULL)
        json_member_text(json, "schedule", duty->schedule->text);
    if (duty->by_value == NULL)
        return 1;
    const struct catalog_label *label = &family->labels[duty->label];
    json_open_member(json, "schedule", '{');
    json_open_member(json, label->name, '{');
    for (uint32_t i = 0; i < label->value_count; i++)
        if (duty->by_value[i] != NULL)
            json_member_text(json, label->values[i].text, duty->by_value[i]->text);
    json_close(json, '}');
    json_close(json, '}');
    return label->value_count;
}

static size_t put_jobs(struct json_writer *json, const struct catalog_family *family) {
    const struct catalog_jobs *jobs = family->jobs;
    size_t units = JOBS_PART_COUNT;
    json_member_text(json, "state_label", jobs->state_label);
    json_member_u64(json, "max_live", jobs->max_live);
    if (jobs->duty.declared)
        units += put_duty(json, family, &jobs->duty);
    json_open_member(json, "names", '{');
    for (int i = 0; i < JOBS_PART_COUNT; i++)
        put_part(json, catalog_jobs_part_key((enum jobs_part)i), jobs->parts[i]);
    json_close(json, '}');
    return units;
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
    if (family_has_window(family))
        view_json_put_seconds(json, "window_s", family->window_ms);
    if (family->state_label != NULL)
        return put_states(json, family->state_label);
    if (family->attempts != NULL)
        return put_attempts(json, family->attempts);
    if (family->jobs != NULL)
        return put_jobs(json, family);
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

/* Databases and queries of a catalog, without conninfo (it may hold secrets) and without SQL. */
static void json_settings_put_sources(struct json_writer *json, const struct catalog *catalog) {
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
        view_json_put_seconds(json, "timeout_s", query->timeout_ms);
        view_json_put_seconds(json, "cache_s", query->cache_ms);
        json_member_u64(json, "max_rows", query->max_rows);
        json_member_text(json, "combine", combine_text(query->combine));
        json_close(json, '}');
    }
    json_close(json, ']');
}

size_t view_json_settings_put(struct json_writer *json, const struct catalog_family *family) {
    if (family_has_lines(family))
        json_member_bool(json, "zeros", family->zeros);
    put_source(json, family);
    if (family->has_floor)
        json_member_number(json, "floor", family->floor);
    if (family->has_absent)
        json_member_number(json, "absent", family->absent);
    if (family->ttl_ms > 0)
        view_json_put_seconds(json, "ttl_s", family->ttl_ms);
    return put_by_kind(json, family);
}

/* ---- json catalog ----
 * /debug/catalog: the declarations of the catalogs, with their bounds.
 *
 * {"totals":{"services":1,"families":2,"bound":12,"lines":30,"series":5},
 * "reload":{"at":1700000000000,"ok":true,"error":null,"changed":["added ..",..],"refused":[],
 * "accepted":null,"folder":"/srv"},
 * "services":[
 *  {"service":"imgsrv","file":..,"bound":..,..,"families":[
 *   {"name":..,"type":..,..,"merge":"last","buckets":[..],..,"labels":[
 *    {"name":"op","kind":"values","bound":3,"otherwise":null,"default":null,
 *     "values":["get",..]}]}]}],
 * "next":null}
 *
 * A family is described with the keys of the catalog file: `merge`, `owner`, `reading`, `ended`,
 * `quantiles`, `window_s`, `states` and so on. `names` of attempts and jobs has, by key, the
 * families derived from them; these have `"source":"state"` and take no datagrams.
 *
 * `limit` counts families. A token names the family to begin with. An enumeration can be long,
 * so a slice may also end between two of its values.
 */

struct catalog_list {
    struct json_services services;
    uint32_t label;
    uint32_t value;
    bool family_opened;
    bool label_opened;
};

static const struct catalog_family *family_of(const struct catalog_list *list) {
    return json_services_family(&list->services);
}

static struct json_writer *json_of(struct catalog_list *list) {
    return &list->services.base.json;
}

static bool resume(struct json_list *base, struct page_token_reader *after) {
    return view_json_services_seek((struct json_services *)base, after);
}

static void remember_place(struct catalog_list *list) {
    struct json_list *base = &list->services.base;
    struct page_token_writer token;
    view_json_list_begin_token(base, &token);
    view_page_token_add_family(&token, family_of(list));
    view_page_token_end(&token, &base->next);
}

/* ---- a service ---- */

static void put_attributes(struct json_writer *json, const char *key,
                           const struct catalog_attribute *attributes, size_t count) {
    json_open_member(json, key, '{');
    for (size_t i = 0; i < count; i++) {
        json_text(json, attributes[i].key);
        strbuf_putc(json->out, ':');
        json->comma = false;
        json_text(json, attributes[i].value);
    }
    json_close(json, '}');
}

static void put_ids(struct json_writer *json, const char *key, const uint32_t *ids, size_t count) {
    json_open_member(json, key, '[');
    for (size_t i = 0; i < count; i++)
        json_u64(json, ids[i]);
    json_close(json, ']');
}

static uint64_t live_series(const struct catalog_list *list, const struct catalog *catalog) {
    uint64_t sum = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        sum += store_family_count(list->services.base.source.store, &catalog->families[i]);
    return sum;
}

/* Write who may send; null: every process that can reach the socket. */
static void put_admitted(struct json_writer *json, const struct catalog *catalog) {
    json_key(json, "senders");
    if (!catalog->senders_restricted) {
        json_text(json, NULL);
        return;
    }
    json_open(json, '{');
    put_ids(json, "uid", catalog->uids, catalog->uid_count);
    put_ids(json, "gid", catalog->gids, catalog->gid_count);
    json_close(json, '}');
}

/* Returns work units, those of json_settings_put_sources. */
static size_t open_service(struct catalog_list *list) {
    const struct catalog *catalog = json_services_service(&list->services);
    struct json_writer *json = json_of(list);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", catalog->service);
    json_member_text(json, "file", catalog->file);
    json_member_bool(json, "internal", catalog->internal);
    json_member_text(json, "socket", catalog->socket);
    put_attributes(json, "resource", catalog->resource, catalog->resource_count);
    put_attributes(json, "scope", catalog->scope, catalog->scope_count);
    json_settings_put_texts(json, "ignore_labels", catalog->ignore_labels,
                            catalog->ignore_label_count);
    put_admitted(json, catalog);
    json_settings_put_sources(json, catalog);
    json_member_u64(json, "max_series", catalog->max_series);
    json_member_u64(json, "bound", catalog->bound);
    json_member_u64(json, "lines", catalog->lines);
    json_member_u64(json, "series", live_series(list, catalog));
    json_open_member(json, "families", '[');
    list->services.service_opened = true;
    return 2 * catalog->database_count + 6 * catalog->query_count;
}

/* ---- a family ---- */

/* Returns work units. */
static size_t open_family(struct catalog_list *list) {
    const struct catalog_family *family = family_of(list);
    struct json_writer *json = json_of(list);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "name", family->name);
    json_member_text(json, "type", family->kind->type);
    json_member_text(json, "unit", family->unit);
    json_member_text(json, "help", family->help);
    json_member_text(json, "group", family->group);
    json_member_bool(json, "exposed", family->exposed);
    json_settings_put_texts(json, "aliases", family->aliases, family->alias_count);
    const size_t units = view_json_settings_put(json, family);
    json_member_u64(json, "combinations", family->combinations);
    json_member_u64(json, "bound", family->bound);
    json_member_u64(json, "reserved", family->reserved);
    json_member_u64(json, "lines", family->lines);
    json_member_u64(json, "series", store_family_count(list->services.base.source.store, family));
    json_open_member(json, "labels", '[');
    list->family_opened = true;
    list->label = 0;
    return 10 + units;
}

static const char *kind_text(enum label_kind kind) {
    switch (kind) {
    case LABEL_VALUES:
        return "values";
    case LABEL_PATTERN:
        return "pattern";
    case LABEL_CONST:
        break;
    }
    return "const";
}

static void put_value_member(struct json_writer *json, const char *key,
                             const struct catalog_label *label, int32_t id) {
    json_member_text(json, key, id >= 0 ? label->values[id].text : NULL);
}

static void open_label(struct catalog_list *list) {
    const struct catalog_label *label = &family_of(list)->labels[list->label];
    struct json_writer *json = json_of(list);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "name", label->name);
    json_member_text(json, "kind", kind_text(label->kind));
    json_member_u64(json, "bound", label->bound);
    if (label->variable != NULL)
        json_member_text(json, "variable", label->variable);
    if (label->file != NULL)
        json_member_text(json, "file", label->file->path);
    if (label->kind == LABEL_PATTERN)
        json_member_u64(json, "max", label->max);
    if (label->kind != LABEL_CONST) {
        put_value_member(json, "otherwise", label, label->otherwise);
        put_value_member(json, "default", label,
                         catalog_label_is_optional(label) ? -1 : label->default_value);
    }
    if (catalog_label_is_optional(label))
        json_member_bool(json, "optional", true);
    json_open_member(json, "values", '[');
    list->label_opened = true;
    list->value = 0;
}

/* Both functions return false if the slice ended before they were done. */

static bool write_label(struct catalog_list *list, struct slice *slice) {
    const struct catalog_label *label = &family_of(list)->labels[list->label];
    if (!list->label_opened)
        open_label(list);
    for (; list->value < label->value_count; list->value++) {
        if (slice_is_spent(slice))
            return false;
        const struct catalog_value *value = &label->values[list->value];
        if (value->len > 0)
            json_bytes(json_of(list), value->text, value->len);
        slice_spend(slice, 1);
    }
    json_close(json_of(list), ']');
    json_close(json_of(list), '}');
    list->label_opened = false;
    slice_spend(slice, 4);
    return true;
}

static bool write_family(struct catalog_list *list, struct slice *slice) {
    if (!list->family_opened)
        slice_spend(slice, open_family(list));
    for (; list->label < family_of(list)->label_count; list->label++) {
        if (slice_is_spent(slice) || !write_label(list, slice))
            return false;
    }
    json_close(json_of(list), ']');
    json_close(json_of(list), '}');
    list->family_opened = false;
    return true;
}

/* ---- the whole ---- */

static void put_lines(struct json_writer *json, const char *key, const char *line, size_t count) {
    json_open_member(json, key, '[');
    for (size_t i = 0; i < count; i++, line += strlen(line) + 1)
        json_text(json, line);
    json_close(json, ']');
}

static void put_reload(struct json_writer *json, const struct view_reload *reload) {
    json_line(json);
    json_open_member(json, "reload", '{');
    json_member_time(json, "at", reload->real_ms);
    json_member_bool(json, "ok", reload->error == NULL && reload->refused_count == 0);
    json_member_text(json, "error", reload->error);
    put_lines(json, "changed", reload->changed, reload->changed_count);
    put_lines(json, "refused", reload->refused, reload->refused_count);
    json_member_time_known(json, "accepted", reload->kept_ms);
    json_member_text(json, "folder", reload->folder);
    json_close(json, '}');
}

static void begin(struct json_list *base) {
    const struct catalog_set *set = base->source.set;
    struct json_writer *json = &base->json;
    struct store_figures figures;
    store_figures(base->source.store, &figures);
    json_open(json, '{');
    json_open_member(json, "totals", '{');
    json_member_u64(json, "services", set->count);
    json_member_u64(json, "families", set->family_count);
    json_member_u64(json, "bound", set->bound);
    json_member_u64(json, "lines", set->lines);
    json_member_u64(json, "series", figures.series);
    json_close(json, '}');
    if (base->source.reload != NULL)
        put_reload(json, base->source.reload);
    json_line(json);
    json_open_member(json, "services", '[');
}

static bool write(struct json_list *base, struct slice *slice, struct store_time now) {
    struct catalog_list *list = (struct catalog_list *)base;
    (void)now;
    while (view_json_services_find(&list->services)) {
        if (slice_is_spent(slice))
            return false;
        if (json_list_is_full(base)) {
            remember_place(list);
            break;
        }
        if (!list->services.service_opened)
            slice_spend(slice, open_service(list));
        if (!write_family(list, slice))
            return false;
        base->written++;
        list->services.family++;
    }
    view_json_services_close(&list->services);
    json_close(&base->json, ']');
    return true;
}

struct view *view_json_catalog(const struct view_source *source, const struct json_query *query,
                               const char **ret_error) {
    static const struct json_list_kind kind = {.size = sizeof(struct catalog_list),
                                               .list = PAGE_TOKEN_CATALOG,
                                               .resume = resume,
                                               .begin = begin,
                                               .write = write};
    return view_json_list_new(&kind, source, query, ret_error);
}
