/*
 * json_series.c - /debug/series: every series with its numbers, a page at a time.
 *
 * {"services":[
 *  {"service":"imgsrv","families":[
 *   {"name":..,"type":..,"unit":..,"help":..,"exposed":..,"bound":..,"live":..,"series":[
 *    {"labels":{..},"value":3,"created":1766533331507},
 *    {"labels":{..},"value":4,"created":1766533331507,"parts":2},
 *    {"labels":{..},"count":3,"sum":1.5,"buckets":[{"le":"1.0","count":3},..],"quantiles":{..},..}]}]}],
 * "next":null}
 *
 * json_parts.h has the numbers of each type. `parts` counts the live processes that an owned value
 * is made of. Families without series are listed, too, but not what has no lines of its own
 * (attempts, jobs). A token stands for "behind this series", or for "from the start of this family"
 * when the page ended before its first series.
 */
#include <stdlib.h>

#include "view/json_parts.h"
#include "view/page.h"
#include "view/view_private.h"

struct series_list {
    struct view view;
    struct view_source source;
    struct page page;
    struct json_writer json;
    size_t service; /* the family being walked */
    size_t family;
    struct store_cursor cursor;
    struct strbuf next;         /* the token that the answer ends with */
    struct token_reader resume; /* keys of the series that the page before ended with ... */
    struct store_key *keys;     /* ... NULL: the page starts with a whole family */
    size_t written;             /* series */
    bool begun;
    bool walking;        /* the cursor is open */
    bool resuming;       /* the family at hand is the one that the page before ended in */
    bool full;           /* there is more than the page takes */
    bool service_opened; /* `{"service":` was written, not yet closed */
    bool family_opened;
};

static const struct catalog *service_of(const struct series_list *list) {
    return list->source.set->catalogs[list->service];
}

static const struct catalog_family *family_of(const struct series_list *list) {
    return &service_of(list)->families[list->family];
}

/* ---- tokens ---- */

static void begin_token(struct series_list *list, struct token_writer *token) {
    const char *service = service_of(list)->service;
    const char *family = family_of(list)->name;
    strbuf_clear(&list->next);
    token_begin(token, TOKEN_SERIES);
    token_add(token, service, strlen(service));
    token_add(token, family, strlen(family));
}

static void remember_family(struct series_list *list) {
    struct token_writer token;
    begin_token(list, &token);
    token_end(&token, &list->next);
}

static void remember_series(struct series_list *list, const struct series *series) {
    const struct catalog_family *family = family_of(list);
    const uint32_t *ids = series_ids(family, series);
    struct token_writer token;
    begin_token(list, &token);
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_value *value =
            store_label_value(list->source.store, family, i, ids[i]);
        token_add(&token, value->text, value->len);
    }
    token_end(&token, &list->next);
}

/* The service and family of a token; false when there are none such in this list. */
static bool find_place(struct series_list *list) {
    const struct catalog_set *set = list->source.set;
    const char *text;
    size_t len;
    if (!token_next(&list->resume, &text, &len))
        return false;
    const struct catalog *service = catalog_set_find(set, text, len);
    if (!service || !token_next(&list->resume, &text, &len))
        return false;
    const struct catalog_family *family = catalog_family_find(service, text, len);
    if (!family || !family_has_lines(family) || !page_shows(&list->page, family))
        return false;
    list->service = service->index;
    list->family = (size_t)(family - service->families);
    return true;
}

/* False with a sentence, or with NULL when memory is out. */
static bool resume(struct series_list *list, const char *after, const char **ret_error) {
    if (!token_open(&list->resume, after, TOKEN_SERIES) || !find_place(list)) {
        *ret_error = list->resume.raw.failed ? NULL : page_bad_after;
        return false;
    }
    if (token_is_read(&list->resume))
        return true;
    const uint32_t labels = family_of(list)->label_count;
    list->keys = calloc((size_t)labels + 1, sizeof *list->keys);
    if (!list->keys) {
        *ret_error = NULL;
        return false;
    }
    for (uint32_t i = 0; i < labels; i++) {
        if (!token_next(&list->resume, &list->keys[i].text, &list->keys[i].len)) {
            *ret_error = page_bad_after;
            return false;
        }
    }
    list->resuming = true;
    if (token_is_read(&list->resume))
        return true;
    *ret_error = page_bad_after;
    return false;
}

/* ---- writing ---- */

/* Returns work units. */
static size_t put_series(struct series_list *list, const struct series *series,
                         struct store_time now) {
    const struct catalog_family *family = family_of(list);
    struct json_writer *json = &list->json;
    json_line(json);
    json_open(json, '{');
    json_put_labels(json, list->source.store, family, series);
    const size_t units = json_put_numbers(json, list->source.store, family, series, now);
    json_member_i64(json, "created", series->created_ms);
    if (family->type == FAMILY_GAUGE || family->type == FAMILY_STATESET)
        json_member_i64(json, "updated_ms_ago", now.mono_ms - series->updated_ms);
    if (family_is_owned(family))
        json_member_u64(json, "parts", series_owned(series)->part_count);
    if (series->flags & SERIES_FALLBACK)
        json_member_bool(json, "fallback", true);
    json_close(json, '}');
    return 4 + family->label_count + units;
}

static void open_family(struct series_list *list) {
    const struct catalog_family *family = family_of(list);
    struct json_writer *json = &list->json;
    if (!list->service_opened) {
        json_line(json);
        json_open(json, '{');
        json_member_text(json, "service", service_of(list)->service);
        json_open_member(json, "families", '[');
        list->service_opened = true;
    }
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "name", family->name);
    json_member_text(json, "type", family_type_text(family->type));
    json_member_text(json, "unit", family->unit);
    json_member_text(json, "help", family->help);
    json_member_bool(json, "exposed", family->exposed);
    json_member_u64(json, "bound", family->bound);
    json_member_u64(json, "live", store_family_count(list->source.store, family));
    json_open_member(json, "series", '[');
    list->family_opened = true;
}

static void close_family(struct series_list *list) {
    if (list->family_opened) {
        json_close(&list->json, ']');
        json_close(&list->json, '}');
    }
    list->family_opened = false;
}

static void close_service(struct series_list *list) {
    close_family(list);
    if (list->service_opened) {
        json_close(&list->json, ']');
        json_close(&list->json, '}');
    }
    list->service_opened = false;
}

static void put_end(struct series_list *list) {
    struct json_writer *json = &list->json;
    close_service(list);
    json_close(json, ']');
    json_line(json);
    json_key(json, "next");
    if (!list->full)
        json_text(json, NULL);
    else
        json_bytes(json, list->next.data, list->next.len);
    json_close(json, '}');
    strbuf_putc(json->out, '\n');
    if (list->next.failed)
        json->out->failed = true;
}

/* ---- walking ---- */

static bool begin_family(struct series_list *list, struct slice *slice) {
    const struct catalog_family *family = family_of(list);
    if (!slice_settle(slice, list->source.store, family))
        return false;
    store_cursor_open(list->source.store, &list->cursor, family);
    if (list->resuming)
        store_cursor_seek(list->source.store, &list->cursor, list->keys);
    list->walking = true;
    return true;
}

/* One series that does not fit the page any more tells that there is a next one. */
static void end_page(struct series_list *list) {
    if (!list->family_opened && !list->resuming)
        remember_family(list);
    list->full = true;
}

/* False when the slice or the page ended before the family did. */
static bool walk_family(struct series_list *list, struct slice *slice, struct store_time now) {
    struct store *store = list->source.store;
    while (!slice_is_spent(slice)) {
        const struct series *series = store_cursor_next(store, &list->cursor, now);
        slice_spend(slice, list->cursor.units);
        if (!series) {
            store_cursor_close(store, &list->cursor);
            list->walking = false;
            /* What is empty behind a token was shown by the page before. */
            if (!list->family_opened && !list->resuming)
                open_family(list);
            close_family(list);
            list->resuming = false;
            return true;
        }
        if (list->written == list->page.limit) {
            end_page(list);
            return false;
        }
        if (!list->family_opened)
            open_family(list);
        slice_spend(slice, put_series(list, series, now));
        if (++list->written == list->page.limit)
            remember_series(list, series);
    }
    return false;
}

/* The next family that the filter lets through, from the present place on. */
static bool find_family(struct series_list *list) {
    const struct catalog_set *set = list->source.set;
    for (; list->service < set->count; list->service++, list->family = 0) {
        for (; list->family < service_of(list)->family_count; list->family++)
            if (family_has_lines(family_of(list)) && page_shows(&list->page, family_of(list)))
                return true;
        close_service(list);
    }
    return false;
}

static enum view_state series_step(struct view *view, struct strbuf *out, size_t budget,
                                   struct store_time now) {
    struct series_list *list = (struct series_list *)view;
    struct slice slice = slice_begin(out, budget > 0 ? budget : 1);
    list->json.out = out;
    if (!list->begun) {
        json_open(&list->json, '{');
        json_open_member(&list->json, "services", '[');
        list->begun = true;
    }
    while (!list->full && find_family(list)) {
        if (out->failed)
            return VIEW_DONE;
        if (slice_is_spent(&slice))
            return VIEW_MORE;
        if (!list->walking && !begin_family(list, &slice))
            return VIEW_MORE;
        if (walk_family(list, &slice, now)) {
            list->family++;
            slice_spend(&slice, 4);
        } else if (!list->full) {
            return out->failed ? VIEW_DONE : VIEW_MORE;
        }
    }
    put_end(list);
    return VIEW_DONE;
}

static void series_free(struct view *view) {
    struct series_list *list = (struct series_list *)view;
    store_cursor_close(list->source.store, &list->cursor);
    strbuf_done(&list->next);
    token_done(&list->resume);
    free(list->keys);
    free(list);
}

struct view *view_json_series(const struct view_source *source, const struct json_query *query,
                              const char **ret_error) {
    *ret_error = NULL;
    struct series_list *list = calloc(1, sizeof *list);
    if (!list)
        return NULL;
    list->view = (struct view){.step = series_step, .free = series_free};
    list->source = *source;
    if (!page_check(source, query, family_has_lines, &list->page, ret_error) ||
        (query->after && !resume(list, query->after, ret_error))) {
        view_free(&list->view);
        return NULL;
    }
    return &list->view;
}
