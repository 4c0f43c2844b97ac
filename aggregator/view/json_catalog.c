/*
 * json_catalog.c - /debug/catalog: what is declared, with the arithmetic that bounds it.
 *
 * {"totals":{"services":1,"families":2,"bound":12,"lines":30,"series":5},
 * "services":[
 *  {"service":"imgsrv","file":..,"bound":..,..,"families":[
 *   {"name":..,"type":..,..,"merge":"last","buckets":[..],..,"labels":[
 *    {"name":"op","kind":"values","bound":3,"otherwise":null,"default":null,"values":["get",..]}]}]}],
 * "next":null}
 *
 * A family tells by the catalog file's own keys what it is: `merge`, `owner`, `reading`, `ended`,
 * `quantiles`, `window_s`, `states` and so on. Attempts and jobs have in `names` the families
 * derived from them by their keys; those say `"source":"state"`, and take no datagrams.
 *
 * `limit` counts families. A token stands for the family to begin with. An enumeration can be long,
 * so that a slice may also end between two of its values.
 */
#include <stdlib.h>

#include "view/json_parts.h"
#include "view/page.h"
#include "view/view_private.h"

struct catalog_list {
    struct view view;
    struct view_source source;
    struct page page;
    struct json_writer json;
    size_t service;
    size_t family;
    uint32_t label;
    uint32_t value;
    size_t written; /* families */
    bool begun;
    bool service_opened;
    bool family_opened;
    bool label_opened;
    bool full;
};

static const struct catalog *service_of(const struct catalog_list *list) {
    return list->source.set->catalogs[list->service];
}

static const struct catalog_family *family_of(const struct catalog_list *list) {
    return &service_of(list)->families[list->family];
}

/* ---- tokens: service and family ---- */

static void put_token(struct catalog_list *list) {
    const char *service = service_of(list)->service;
    const char *family = family_of(list)->name;
    struct strbuf text = {0};
    struct token_writer token;
    token_begin(&token, TOKEN_CATALOG);
    token_add(&token, service, strlen(service));
    token_add(&token, family, strlen(family));
    token_end(&token, &text);
    json_bytes(&list->json, text.data, text.len);
    if (text.failed)
        list->json.out->failed = true;
    strbuf_done(&text);
}

static bool find_place(struct catalog_list *list, struct token_reader *token) {
    const char *text;
    size_t len;
    if (!token_next(token, &text, &len))
        return false;
    const struct catalog *service = catalog_set_find(list->source.set, text, len);
    if (!service || !token_next(token, &text, &len))
        return false;
    const struct catalog_family *family = catalog_family_find(service, text, len);
    if (!family || !page_shows(&list->page, family))
        return false;
    list->service = service->index;
    list->family = (size_t)(family - service->families);
    return token_is_read(token);
}

static bool resume(struct catalog_list *list, const char *after, const char **ret_error) {
    struct token_reader token;
    const bool fine = token_open(&token, after, TOKEN_CATALOG) && find_place(list, &token);
    if (!fine)
        *ret_error = token.raw.failed ? NULL : page_bad_after;
    token_done(&token);
    return fine;
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

static void put_texts(struct json_writer *json, const char *key, const char *const *texts,
                      size_t count) {
    json_open_member(json, key, '[');
    for (size_t i = 0; i < count; i++)
        json_text(json, texts[i]);
    json_close(json, ']');
}

static uint64_t live_series(const struct catalog_list *list, const struct catalog *catalog) {
    uint64_t sum = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        sum += store_family_count(list->source.store, &catalog->families[i]);
    return sum;
}

/* null: everyone who can reach the socket. */
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

/* Work units of json_put_sources. */
static size_t units_of_sources(const struct catalog *catalog) {
    return 2 * catalog->database_count + 6 * catalog->query_count;
}

static void open_service(struct catalog_list *list) {
    const struct catalog *catalog = service_of(list);
    struct json_writer *json = &list->json;
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", catalog->service);
    json_member_text(json, "file", catalog->file);
    json_member_bool(json, "internal", catalog->internal);
    json_member_text(json, "socket", catalog->socket);
    put_attributes(json, "resource", catalog->resource, catalog->resource_count);
    put_attributes(json, "scope", catalog->scope, catalog->scope_count);
    put_texts(json, "ignore_labels", catalog->ignore_labels, catalog->ignore_label_count);
    put_admitted(json, catalog);
    json_put_sources(json, catalog);
    json_member_u64(json, "max_series", catalog->max_series);
    json_member_u64(json, "bound", catalog->bound);
    json_member_u64(json, "lines", catalog->lines);
    json_member_u64(json, "series", live_series(list, catalog));
    json_open_member(json, "families", '[');
    list->service_opened = true;
}

static void close_service(struct catalog_list *list) {
    if (list->service_opened) {
        json_close(&list->json, ']');
        json_close(&list->json, '}');
    }
    list->service_opened = false;
}

/* ---- a family ---- */

/* Returns work units. */
static size_t open_family(struct catalog_list *list) {
    const struct catalog_family *family = family_of(list);
    struct json_writer *json = &list->json;
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "name", family->name);
    json_member_text(json, "type", family_type_text(family->type));
    json_member_text(json, "unit", family->unit);
    json_member_text(json, "help", family->help);
    json_member_text(json, "group", family->group);
    json_member_bool(json, "exposed", family->exposed);
    put_texts(json, "aliases", family->aliases, family->alias_count);
    const size_t units = json_put_settings(json, family);
    json_member_u64(json, "combinations", family->combinations);
    json_member_u64(json, "bound", family->bound);
    json_member_u64(json, "reserved", family->reserved);
    json_member_u64(json, "lines", family->lines);
    json_member_u64(json, "series", store_family_count(list->source.store, family));
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
    struct json_writer *json = &list->json;
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "name", label->name);
    json_member_text(json, "kind", kind_text(label->kind));
    json_member_u64(json, "bound", label->bound);
    if (label->kind == LABEL_PATTERN)
        json_member_u64(json, "max", label->max);
    if (label->kind != LABEL_CONST) {
        put_value_member(json, "otherwise", label, label->otherwise);
        put_value_member(json, "default", label, label->default_value);
    }
    json_open_member(json, "values", '[');
    list->label_opened = true;
    list->value = 0;
}

/* Both return false when the slice ended first. */

static bool write_label(struct catalog_list *list, struct slice *slice) {
    const struct catalog_label *label = &family_of(list)->labels[list->label];
    if (!list->label_opened)
        open_label(list);
    for (; list->value < label->value_count; list->value++) {
        if (slice_is_spent(slice))
            return false;
        const struct catalog_value *value = &label->values[list->value];
        json_bytes(&list->json, value->text, value->len);
        slice_spend(slice, 1);
    }
    json_close(&list->json, ']');
    json_close(&list->json, '}');
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
    json_close(&list->json, ']');
    json_close(&list->json, '}');
    list->family_opened = false;
    return true;
}

/* ---- the whole ---- */

static void put_head(struct catalog_list *list) {
    const struct catalog_set *set = list->source.set;
    struct json_writer *json = &list->json;
    struct store_figures figures;
    store_figures(list->source.store, &figures);
    json_open(json, '{');
    json_open_member(json, "totals", '{');
    json_member_u64(json, "services", set->count);
    json_member_u64(json, "families", set->family_count);
    json_member_u64(json, "bound", set->bound);
    json_member_u64(json, "lines", set->lines);
    json_member_u64(json, "series", figures.series);
    json_close(json, '}');
    json_line(json);
    json_open_member(json, "services", '[');
}

static void put_end(struct catalog_list *list) {
    struct json_writer *json = &list->json;
    close_service(list);
    json_close(json, ']');
    json_line(json);
    json_key(json, "next");
    if (list->full)
        put_token(list);
    else
        json_text(json, NULL);
    json_close(json, '}');
    strbuf_putc(json->out, '\n');
}

/* The next family that the filter lets through, from the present place on. */
static bool find_family(struct catalog_list *list) {
    const struct catalog_set *set = list->source.set;
    for (; list->service < set->count; list->service++, list->family = 0) {
        for (; list->family < service_of(list)->family_count; list->family++)
            if (page_shows(&list->page, family_of(list)))
                return true;
        close_service(list);
    }
    return false;
}

static enum view_state catalog_step(struct view *view, struct strbuf *out, size_t budget,
                                    struct store_time now) {
    struct catalog_list *list = (struct catalog_list *)view;
    struct slice slice = slice_begin(out, budget > 0 ? budget : 1);
    (void)now;
    list->json.out = out;
    if (!list->begun)
        put_head(list);
    list->begun = true;
    while (find_family(list)) {
        if (slice_is_spent(&slice))
            return out->failed ? VIEW_DONE : VIEW_MORE;
        if (list->written == list->page.limit) {
            list->full = true;
            break;
        }
        if (!list->service_opened) {
            open_service(list);
            slice_spend(&slice, units_of_sources(service_of(list)));
        }
        if (!write_family(list, &slice))
            return out->failed ? VIEW_DONE : VIEW_MORE;
        list->written++;
        list->family++;
    }
    put_end(list);
    return VIEW_DONE;
}

static void catalog_list_free(struct view *view) {
    free(view);
}

struct view *view_json_catalog(const struct view_source *source, const struct json_query *query,
                               const char **ret_error) {
    *ret_error = NULL;
    struct catalog_list *list = calloc(1, sizeof *list);
    if (!list)
        return NULL;
    list->view = (struct view){.step = catalog_step, .free = catalog_list_free};
    list->source = *source;
    if (!page_check(source, query, NULL, &list->page, ret_error) ||
        (query->after && !resume(list, query->after, ret_error))) {
        view_free(&list->view);
        return NULL;
    }
    return &list->view;
}
