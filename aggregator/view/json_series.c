/* json_series.c - /debug/series. */
#include "view/view_private.h"

#include <math.h>

#include "store/store.h"

/* ---- json_values: The numbers of a series, by kind of its family. ---- */

void view_json_values_put_labels(struct json_writer *json, const struct store *store,
                                 const struct catalog_family *family, const struct series *series) {
    const uint32_t *ids = series_ids(family, series);
    json_open_member(json, "labels", '{');
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_value value = store_label_value(store, family, i, ids[i]);
        json_key(json, family->labels[i].name);
        json_bytes(json, value.text, value.len);
    }
    json_close(json, '}');
}

/* ---- histograms ---- */

static void put_estimates(struct json_writer *json, const struct catalog_family *family,
                          const struct series *series) {
    static const struct {
        const char *text;
        double q;
    } shown[] = {{"0.5", 0.5}, {"0.9", 0.9}, {"0.99", 0.99}};
    json_open_member(json, "quantiles", '{');
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
        json_member_number(json, shown[i].text,
                           view_quantile_estimate(family->buckets, series_buckets(series),
                                                  family->bucket_count, shown[i].q));
    json_close(json, '}');
}

size_t view_json_values_put_buckets(struct json_writer *json, const struct store *store,
                                    const struct catalog_family *family,
                                    const struct series *series, struct store_time now) {
    (void)store;
    (void)now;
    const uint64_t *counts = series_buckets(series);
    uint64_t total = 0;
    for (uint32_t i = 0; i <= family->bucket_count; i++)
        total += counts[i];
    json_member_u64(json, "count", total);
    json_member_number(json, "sum", series->value);
    json_open_member(json, "buckets", '[');
    uint64_t cumulative = 0;
    for (uint32_t i = 0; i <= family->bucket_count; i++) {
        cumulative += counts[i];
        json_open(json, '{');
        json_key(json, "le");
        json_le(json, i < family->bucket_count ? family->buckets[i] : INFINITY);
        json_member_u64(json, "count", cumulative);
        json_close(json, '}');
    }
    json_close(json, ']');
    put_estimates(json, family, series);
    return family->bucket_count;
}

/* ---- summaries ---- */

static void put_quantile(struct json_writer *json, double quantile, double value) {
    json_open(json, '{');
    json_member_number(json, "quantile", quantile);
    json_member_number(json, "value", value);
    json_close(json, '}');
}

size_t view_json_values_put_quantiles(struct json_writer *json, const struct store *store,
                                      const struct catalog_family *family,
                                      const struct series *series, struct store_time now) {
    double values[CATALOG_QUANTILES_MAX];
    size_t units = 0;
    json_member_u64(json, "count", series_summary(series)->count);
    json_member_number(json, "sum", series->value);
    json_open_member(json, "quantiles", '[');
    if (store_quantiles(store, family, series, now, values, &units))
        for (uint32_t i = 0; i < family->quantile_count; i++)
            put_quantile(json, family->quantiles[i], values[i]);
    json_close(json, ']');
    return units + family->quantile_count;
}

static void put_item(struct json_writer *json, const char *key,
                     const struct series_relayed *relayed, uint32_t item) {
    json_key(json, key);
    if (relayed->present >> item & 1)
        json_number(json, relayed->items[item]);
    else
        json_text(json, NULL);
}

size_t view_json_values_put_relayed(struct json_writer *json, const struct store *store,
                                    const struct catalog_family *family,
                                    const struct series *series, struct store_time now) {
    (void)store;
    (void)now;
    const struct series_relayed *relayed = series_relayed(series);
    put_item(json, "count", relayed, RELAYED_COUNT);
    put_item(json, "sum", relayed, RELAYED_SUM);
    json_open_member(json, "quantiles", '[');
    for (uint32_t i = 0; i < family->quantile_count; i++)
        if (relayed->present >> (RELAYED_QUANTILES + i) & 1)
            put_quantile(json, family->quantiles[i], relayed->items[RELAYED_QUANTILES + i]);
    json_close(json, ']');
    return family->quantile_count;
}

/* ---- the others ---- */

size_t view_json_values_put_state(struct json_writer *json, const struct store *store,
                                  const struct catalog_family *family, const struct series *series,
                                  struct store_time now) {
    (void)store;
    (void)now;
    const struct catalog_label *states = family->state_label;
    json_key(json, "value");
    if (series->value < 0) {
        json_text(json, NULL);
        return 0;
    }
    const struct catalog_value *state = &states->values[(uint32_t)series->value];
    json_bytes(json, state->text, state->len);
    return 0;
}

size_t view_json_values_put_value(struct json_writer *json, const struct store *store,
                                  const struct catalog_family *family, const struct series *series,
                                  struct store_time now) {
    (void)store;
    (void)family;
    (void)now;
    json_member_number(json, "value", series->value);
    return 0;
}

/* ---- json_series ----
 * /debug/series: every series with its numbers, a page at a time.
 *
 * {"services":[
 *  {"service":"imgsrv","families":[
 *   {"name":..,"type":..,"unit":..,"help":..,"exposed":..,"bound":..,"live":..,"series":[
 *    {"labels":{..},"value":3,"created":1766533331507,"written":1766533341507,"age_s":2.5},
 *    {"labels":{..},"value":4,"created":1766533331507,"written":null,"age_s":null,"parts":2},
 *    {"labels":{..},"count":3,"sum":1.5,"buckets":[{"le":"1.0","count":3},..],
 *     "quantiles":{..},..}]}]}],
 * "next":null}
 *
 * view_private.h has the numbers of each type. `written` is the time of the last sample, `age_s`
 * how many seconds ago that was; null: there was none, or it is not known (store_written). With a
 * history there is `rate`, the count per second since the series was last shown; null: its kind
 * does not count, or it was not shown lately. `parts` is the number of live processes that an owned
 * value is merged from. Families without series are listed, too, but not declarations without lines
 * of their own (attempts, jobs). A token means "after this series", or "from the start of this
 * family" if the page ended before its first series.
 */

struct series_list {
    struct json_services services; /* the family being walked */
    struct store_cursor cursor;
    struct store_key *keys; /* labels of the last series of the previous page, in the token; NULL:
                             * the page starts with a whole family */
    bool walking;           /* the cursor is open */
    bool resuming;          /* the previous page ended in the present family */
    bool family_opened;
};

static const struct catalog_family *family_of(const struct series_list *list) {
    return json_services_family(&list->services);
}

static struct store *store_of(const struct series_list *list) {
    return list->services.base.source.store;
}

static struct json_writer *json_of(struct series_list *list) {
    return &list->services.base.json;
}

/* ---- tokens ---- */

/* `series` NULL: from the start of the family on. */
static void remember(struct series_list *list, const struct series *series) {
    const struct catalog_family *family = family_of(list);
    struct json_list *base = &list->services.base;
    struct page_token_writer token;
    view_json_list_begin_token(base, &token);
    view_page_token_add_family(&token, family);
    for (uint32_t i = 0; series != NULL && i < family->label_count; i++) {
        const struct catalog_value value =
            store_label_value(store_of(list), family, i, series_ids(family, series)[i]);
        view_page_token_add(&token, value.text, value.len);
    }
    view_page_token_end(&token, &base->next);
}

static bool resume(struct json_list *base, struct page_token_reader *after) {
    struct series_list *list = (struct series_list *)base;
    if (!view_json_services_seek(&list->services, after))
        return false;
    if (view_page_token_is_read(after))
        return true;
    const uint32_t labels = family_of(list)->label_count;
    list->keys = memory_array(base->source.memory, (size_t)labels + 1, sizeof *list->keys);
    if (list->keys == NULL) {
        after->raw.failed = true;
        return false;
    }
    for (uint32_t i = 0; i < labels; i++)
        if (!view_page_token_next(after, &list->keys[i].text, &list->keys[i].len))
            return false;
    list->resuming = true;
    return true;
}

/* ---- writing ---- */

/* Unix time of the last sample; 0: not known, or there was none. */
static int64_t written_ms(const struct series_list *list, const struct series *series,
                          struct store_time now) {
    const int64_t mono_ms = store_written(family_of(list), series);
    return mono_ms > 0 ? now.real_ms - (now.mono_ms - mono_ms) : 0;
}

static void put_written(struct series_list *list, const struct series *series,
                        struct store_time now) {
    struct json_writer *json = json_of(list);
    const int64_t at_ms = written_ms(list, series, now);
    json_member_time_known(json, "written", at_ms);
    json_key(json, "age_s");
    if (at_ms == 0)
        json_text(json, NULL);
    else
        json_number(json, (double)(now.real_ms - at_ms) / 1000);
}

/* The series' count per second. False: its kind does not count, or it was not shown lately. */
static bool find_rate(const struct series_list *list, const struct series *series,
                      struct store_time now, double *ret_rate) {
    const struct catalog_family *family = family_of(list);
    struct history_series looked_at = {.family = family->index, .generation = series->generation};
    if (family->source == SOURCE_QUERY || !store_total(family, series, &looked_at.total))
        return false;
    looked_at.place = store_place(store_of(list), family, series);
    return history_series_rate(list->services.base.source.history, &looked_at, now.mono_ms,
                               ret_rate);
}

static void put_rate(struct series_list *list, const struct series *series, struct store_time now) {
    struct json_writer *json = json_of(list);
    double rate;
    if (list->services.base.source.history == NULL)
        return;
    json_key(json, "rate");
    if (find_rate(list, series, now, &rate))
        json_number(json, rate);
    else
        json_text(json, NULL);
}

/* Returns work units. */
static size_t put_series(struct series_list *list, const struct series *series,
                         struct store_time now) {
    const struct catalog_family *family = family_of(list);
    struct json_writer *json = json_of(list);
    json_line(json);
    json_open(json, '{');
    view_json_values_put_labels(json, store_of(list), family, series);
    const size_t units = view_kinds[family->kind - catalog_kind_rows].put_json(json, store_of(list),
                                                                               family, series, now);
    json_member_time(json, "created", series->created_ms);
    put_written(list, series, now);
    put_rate(list, series, now);
    if (family_state(family) & STATE_UPDATED)
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
    struct json_writer *json = json_of(list);
    if (!list->services.service_opened) {
        json_line(json);
        json_open(json, '{');
        json_member_text(json, "service", json_services_service(&list->services)->service);
        json_open_member(json, "families", '[');
        list->services.service_opened = true;
    }
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "name", family->name);
    json_member_text(json, "type", family->kind->type);
    json_member_text(json, "unit", family->unit);
    json_member_text(json, "help", family->help);
    json_member_bool(json, "exposed", family->exposed);
    json_member_u64(json, "bound", family->bound);
    json_member_u64(json, "live", store_family_count(store_of(list), family));
    json_open_member(json, "series", '[');
    list->family_opened = true;
}

static void close_family(struct series_list *list) {
    if (list->family_opened) {
        json_close(json_of(list), ']');
        json_close(json_of(list), '}');
    }
    list->family_opened = false;
}

/* ---- walking ---- */

static bool begin_family(struct series_list *list, struct slice *slice) {
    const struct catalog_family *family = family_of(list);
    if (!slice_settle(slice, store_of(list), family))
        return false;
    store_cursor_open(store_of(list), &list->cursor, family);
    if (list->resuming)
        store_cursor_seek(store_of(list), &list->cursor, list->keys);
    list->walking = true;
    return true;
}

/* False if the slice or the page ended before the family did. */
static bool walk_family(struct series_list *list, struct slice *slice, struct store_time now) {
    struct json_list *base = &list->services.base;
    struct store *store = store_of(list);
    while (!slice_is_spent(slice)) {
        const struct series *series = store_cursor_next(store, &list->cursor, now);
        slice_spend(slice, list->cursor.units);
        if (series == NULL) {
            store_cursor_close(store, &list->cursor);
            list->walking = false;
            /* If nothing is left after a token, the previous page has shown the family. */
            if (!list->family_opened && !list->resuming)
                open_family(list);
            close_family(list);
            list->resuming = false;
            return true;
        }
        if (!json_selection_has_time(&base->selection, written_ms(list, series, now)))
            continue;
        if (json_list_is_full(base)) {
            if (!list->family_opened && !list->resuming)
                remember(list, NULL);
            return false;
        }
        if (!list->family_opened)
            open_family(list);
        slice_spend(slice, put_series(list, series, now));
        if (++base->written == base->selection.limit)
            remember(list, series);
    }
    return false;
}

static void begin(struct json_list *base) {
    json_open(&base->json, '{');
    json_open_member(&base->json, "services", '[');
}

static bool write(struct json_list *base, struct slice *slice, struct store_time now) {
    struct series_list *list = (struct series_list *)base;
    while (!base->full && view_json_services_find(&list->services)) {
        if (slice_is_spent(slice) || (!list->walking && !begin_family(list, slice)))
            return false;
        if (walk_family(list, slice, now)) {
            list->services.family++;
            slice_spend(slice, 4);
        } else if (!base->full) {
            return false;
        }
    }
    close_family(list);
    view_json_services_close(&list->services);
    json_close(&base->json, ']');
    return true;
}

static void done(struct json_list *base) {
    struct series_list *list = (struct series_list *)base;
    store_cursor_close(store_of(list), &list->cursor);
    memory_release(base->source.memory, list->keys);
}

struct view *view_json_series(const struct view_source *source, const struct json_query *query,
                              const char **ret_error) {
    static const struct json_list_kind kind = {.size = sizeof(struct series_list),
                                               .list = PAGE_TOKEN_SERIES,
                                               .shows = family_has_lines,
                                               .resume = resume,
                                               .begin = begin,
                                               .write = write,
                                               .done = done};
    return view_json_list_new(&kind, source, query, ret_error);
}
