/* SPDX-License-Identifier: MIT */
/* json_series.c - /debug/series, /debug/breakers and /debug/jobs. */
#include "view/view_private.h"

#include <math.h>
#include <stdlib.h>

/* ---- json series: /debug/series. ---- */

/* ---- json values: The numbers of a series, by kind of its family. ---- */

static void view_json_values_put_labels(struct json_writer *json, const struct store *store,
                                        const struct catalog_family *family,
                                        const struct series *series) {
    const uint32_t *ids = series_ids(family, series);
    json_open_member(json, "labels", '{');
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_value value = store_label_value(store, family, i, ids[i]);
        if (value.len == 0)
            continue; /* this series lacks the label */
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

/* ---- json series ----
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
 * how many seconds ago that was; null: there was none, or it is not known (store_written). `parts`
 * is the number of live processes that an owned value is merged from. Families without series are
 * listed, too, but not declarations without lines of their own (attempts, jobs). A token means
 * "after this series", or "from the start of this family" if the page ended before its first
 * series.
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
    list->keys = memory_array((size_t)labels + 1, sizeof *list->keys);
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
    free(list->keys);
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

/* ---- json jobs: /debug/breakers and /debug/jobs. ---- */

/* ---- json breakers ----
 * /debug/breakers: attempts and circuit breakers, and why they are as they are.
 *
 * {"breakers":[
 *  {"service":"imgsrv","name":"imgsrv_background_job","labels":{"job":"publish"},
 *   "declared":"daemon","mode":"enforce","judged":"half_open","forced":null,
 *   "window":{"attempts":20,"failed":12,"timed":20,"slow":0},"state":"half_open","since":1766533331507,"epoch":7,
 *   "consecutive_failures":5,"opened":1,"denied":40,"last_transition":{"at":1766533331507,"why":".."},
 *   "last_success":null,"last_error":1766533301507,"last_pid":4711,"cooldown_ends":null,
 *   "opened_by":{"at":1766533301507,"pid":4711,"uid":1000,"comm":"worker","unit":"imgsrv.service"},
 *   "attempts":[{"at":..,"outcome":"error","pid":4711,"comm":"worker"},..]},..],
 * "next":null}
 *
 * `mode` and `judged`, what the rules say, are of breakers that the daemon runs: `state` is what
 * they are for clients, closed while on trial ("observe"). `forced` is what a person has decided:
 * {"at":..,"until":..,"uid":1000,"why":".."}. `window` is null if no rule looks at it.
 * `declared` says who runs the breaker; null: attempts are only counted, and there is no state.
 * `attempts` are the last failures in a row and the probes after them, the oldest first;
 * `opened_by` is the sender of the attempt or report that opened the breaker last; `cooldown_ends`
 * is set for an open breaker that the daemon runs, `epoch` for half_open. Times are Unix
 * milliseconds; null: never, or not known. The order is that of the catalogs; a token holds a
 * machine's number, which is fixed while the daemon runs.
 */

struct breaker_list {
    struct json_list base;
    size_t breaker; /* the next one; a token holds its number */
};

static bool json_breakers_resume(struct json_list *base, struct page_token_reader *after) {
    struct breaker_list *list = (struct breaker_list *)base;
    uint64_t breaker;
    if (!view_page_token_next_number(after, CATALOG_MACHINES_MAX, &breaker))
        return false;
    list->breaker = (size_t)breaker;
    return true;
}

/* ---- writing ---- */

static const char *declared_text(const struct breakers_entry *breaker) {
    if (breaker->family->attempts->breaker.reported)
        return "reported";
    return breaker->declared ? "daemon" : NULL;
}

static void put_transition(struct json_writer *json, const struct breakers_entry *breaker) {
    json_key(json, "last_transition");
    if (breaker->why == NULL) {
        json_text(json, NULL);
        return;
    }
    json_open(json, '{');
    json_member_time(json, "at", breaker->since_ms);
    json_member_text(json, "why", breaker->why);
    json_close(json, '}');
}

static void put_opened(struct json_writer *json, const struct breakers_entry *breaker) {
    json_key(json, "opened_by");
    if (breaker->opened_by == NULL) {
        json_text(json, NULL);
        return;
    }
    json_open(json, '{');
    json_member_time(json, "at", breaker->opened_ms);
    view_json_who_put_members(json, breaker->opened_by);
    json_close(json, '}');
}

static void put_attempts(struct json_list *list, size_t index) {
    struct breakers_noted_attempt attempts[BREAKERS_ATTEMPTS_MAX];
    struct json_writer *json = &list->json;
    const size_t count = breakers_attempts(list->source.breakers_jobs, index, attempts);
    json_open_member(json, "attempts", '[');
    for (size_t i = 0; i < count; i++) {
        json_open(json, '{');
        json_member_time(json, "at", attempts[i].at_ms);
        json_member_text(json, "outcome", attempts[i].outcome);
        json_member_known(json, "pid", attempts[i].pid);
        json_key(json, "comm");
        json_bytes(json, attempts[i].comm, strnlen(attempts[i].comm, WHO_COMM_MAX));
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void put_forced(struct json_writer *json, const struct breakers_entry *breaker) {
    json_key(json, "forced");
    if (!breaker->forced) {
        json_text(json, NULL);
        return;
    }
    json_open(json, '{');
    json_member_time(json, "at", breaker->forced_ms);
    json_member_time_known(json, "until", breaker->forced_until_ms);
    json_member_u64(json, "uid", breaker->forced_uid);
    json_key(json, "why");
    json_bytes(json, breaker->forced_why, strlen(breaker->forced_why));
    json_close(json, '}');
}

static void put_window(struct json_list *list, size_t index, const struct breakers_entry *breaker,
                       struct store_time now) {
    const struct catalog_breaker *rules = &breaker->family->attempts->breaker;
    struct json_writer *json = &list->json;
    json_key(json, "window");
    if (rules->failure_ratio <= 0 && rules->slow_ratio <= 0) {
        json_text(json, NULL);
        return;
    }
    const struct breakers_sums sums = breakers_window(list->source.breakers_jobs, index, now);
    json_open(json, '{');
    json_member_u64(json, "attempts", sums.attempts);
    json_member_u64(json, "failed", sums.failed);
    json_member_u64(json, "timed", sums.timed);
    json_member_u64(json, "slow", sums.slow);
    json_close(json, '}');
}

static void put_breaker(struct json_list *list, size_t index, const struct breakers_entry *breaker,
                        struct store_time now) {
    const struct catalog_breaker *rules = &breaker->family->attempts->breaker;
    const bool runs = breaker->declared && !rules->reported;
    struct json_writer *json = &list->json;
    const char *declared = declared_text(breaker);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", breaker->family->catalog->service);
    json_member_text(json, "name", breaker->family->name);
    view_json_values_put_labels(json, list->source.store, breaker->family, breaker->series);
    json_member_text(json, "declared", declared);
    json_member_text(json, "mode", !runs ? NULL : rules->observe ? "observe" : "enforce");
    json_member_text(json, "judged", runs ? catalog_breaker_state_text(breaker->judged) : NULL);
    put_forced(json, breaker);
    put_window(list, index, breaker, now);
    json_member_text(json, "state",
                     declared != NULL ? catalog_breaker_state_text(breaker->state) : NULL);
    json_member_time_known(json, "since", declared != NULL ? breaker->since_ms : 0);
    if (declared != NULL && breaker->state == BREAKER_HALF_OPEN)
        json_member_u64(json, "epoch", breaker->epoch);
    json_member_u64(json, "consecutive_failures", breaker->consecutive_failures);
    json_member_u64(json, "opened", breaker->opened);
    json_member_u64(json, "denied", breaker->denied);
    put_transition(json, breaker);
    json_member_time_known(json, "last_success", breaker->last_success_ms);
    json_member_time_known(json, "last_error", breaker->last_error_ms);
    json_member_known(json, "last_pid", breaker->last_pid);
    json_member_time_known(json, "cooldown_ends", breaker->cooldown_ends_ms);
    put_opened(json, breaker);
    put_attempts(list, index);
    json_close(json, '}');
}

/* ---- walking ---- */

static int64_t later(int64_t a, int64_t b) {
    return a > b ? a : b;
}

static bool shows(const struct json_list *list, const struct breakers_entry *breaker) {
    const int64_t attempt_ms = later(breaker->last_success_ms, breaker->last_error_ms);
    const int64_t change_ms = breaker->why != NULL ? breaker->since_ms : 0;
    return json_list_shows(list, breaker->family) &&
           json_selection_has_pid(&list->selection, breaker->last_pid) &&
           json_selection_has_time(&list->selection, later(attempt_ms, change_ms));
}

static void json_breakers_begin(struct json_list *base) {
    json_open(&base->json, '{');
    json_open_member(&base->json, "breakers", '[');
}

static bool json_breakers_write(struct json_list *base, struct slice *slice,
                                struct store_time now) {
    struct breaker_list *list = (struct breaker_list *)base;
    const struct breakers_jobs *breakers_jobs = base->source.breakers_jobs;
    const size_t count = breakers_jobs != NULL ? breakers_count(breakers_jobs) : 0;
    for (; list->breaker < count; list->breaker++) {
        if (slice_is_spent(slice))
            return false;
        struct breakers_entry breaker;
        breakers_at(breakers_jobs, list->breaker, &breaker);
        slice_spend(slice, 1);
        if (!shows(base, &breaker))
            continue;
        if (json_list_is_full(base)) {
            view_json_list_set_number(base, list->breaker);
            break;
        }
        put_breaker(base, list->breaker, &breaker, now);
        base->written++;
        slice_spend(slice, 40 + breaker.family->label_count);
    }
    json_close(&base->json, ']');
    return true;
}

static bool has_attempts(const struct catalog_family *family) {
    return family->attempts != NULL;
}

struct view *view_json_breakers(const struct view_source *source, const struct json_query *query,
                                const char **ret_error) {
    static const struct json_list_kind kind = {.size = sizeof(struct breaker_list),
                                               .list = PAGE_TOKEN_BREAKERS,
                                               .shows = has_attempts,
                                               .resume = json_breakers_resume,
                                               .begin = json_breakers_begin,
                                               .write = json_breakers_write};
    return view_json_list_new(&kind, source, query, ret_error);
}

/* ---- json jobs ----
 * /debug/jobs: the live jobs, oldest first, and the processes that run them.
 *
 * {"families":[{"service":"imgsrv","name":"thumbnails","live":2,"queued":1,"running":1},..],
 * "watched":[
 *  {"service":"host","name":"tasks","labels":{"task":"backup"},"problem":"was missed","failures":1,
 *   "missed":1,"next_start":1766533380000,"late_s":12.5,"last_success":1766446980000,
 *   "last_outcome":"succeeded","last_exit":"0","last_end":1766446980000,"last_ran_s":8.25,
 *   "last_owner":{"pid":4711,"uid":1000,"comm":"statgate","unit":"cron.service"}},..],
 * "jobs":[
 *  {"service":"imgsrv","name":"thumbnails","labels":{"queue":"fast"},"id":"7f3a",
 *   "state":"running","since":1766533331507,"age_s":1.5,"queued_at":1766533330000,"pid":4711,
 *   "comm":"worker","unit":null,"owned":true},..],
 * "ended":[
 *  {"service":"imgsrv","name":"thumbnails","labels":{"queue":"fast"},"id":"7f39",
 *   "outcome":"lost","at":1766533331507,"ran_s":3.2,
 *   "owner":{"pid":4711,"uid":1000,"comm":"worker","unit":null}},..],
 * "next":null}
 *
 * `watched` has all jobs that a catalog says what to do of, a row for each combination of labels,
 * on the first page only. `problem` is the end of a sentence, null if all is well; what is not
 * known is null.
 *
 * Every page has all families. Jobs are grouped by family, in the order of the families' names;
 * within a family, the job that has been in its state for longest comes first. `since` and
 * `queued_at` are Unix milliseconds. They are null if unknown, and so are `pid`, and `comm` and
 * `unit` of that process. `owned`: the job is lost when that process ends.
 *
 * `ended` is only on the first page: at most `limit` jobs, the latest first. At most 64 of each
 * outcome are kept. `owner` is the process that sent the end, or that ran a lost job. `ran_s` is
 * null if the start of the job is unknown.
 *
 * A token means "after this job's last event". A job that changes its state between two slices or
 * pages moves to the end, so it may be listed again with its new state.
 */

struct job_list {
    struct json_list base;
    bool families_done;
    bool watched_done;
    bool jobs_done;
    bool continued;  /* not the first page: without ended jobs */
    uint64_t before; /* the ended job that was written last, 0 none */
    size_t ended;    /* number of ended jobs written */
    size_t row;      /* of the families: index in the set */
    size_t watched;  /* index of the next watched job */
    size_t family;   /* of the jobs: index in the set; its jobs ... */
    uint64_t serial; /* ... after this one */
    uint32_t hint;   /* where that job was */
};

static const struct catalog_family *family_at(const struct job_list *list, size_t index) {
    return list->base.source.set->families[index];
}

static size_t family_count(const struct job_list *list) {
    return list->base.source.breakers_jobs != NULL ? list->base.source.set->family_count : 0;
}

/* ---- tokens: service, family, serial ---- */

static void remember_place(struct job_list *list) {
    struct page_token_writer token;
    view_json_list_begin_token(&list->base, &token);
    view_page_token_add_family(&token, family_at(list, list->family));
    view_page_token_add_number(&token, list->serial);
    view_page_token_end(&token, &list->base.next);
}

static bool json_jobs_resume(struct json_list *base, struct page_token_reader *after) {
    struct job_list *list = (struct job_list *)base;
    const struct catalog_family *family = view_page_token_next_family(after, base->source.set);
    if (family == NULL || !json_list_shows(base, family))
        return false;
    list->family = family->index;
    list->continued = true;
    return view_page_token_next_number(after, UINT64_MAX, &list->serial);
}

/* ---- writing ---- */

static void put_family(struct json_list *list, const struct catalog_family *family) {
    struct json_writer *json = &list->json;
    uint64_t counts[JOB_STATE_COUNT];
    jobs_counts(list->source.breakers_jobs, family, counts);
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", family->catalog->service);
    json_member_text(json, "name", family->name);
    json_member_u64(json, "live", jobs_count(list->source.breakers_jobs, family));
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        json_member_u64(json, catalog_job_state_text((enum job_state)i), counts[i]);
    json_close(json, '}');
}

void view_json_put_seconds(struct json_writer *json, const char *key, int64_t ms) {
    json_key(json, key);
    if (ms < 0)
        json_text(json, NULL);
    else
        json_number(json, (double)ms / 1000);
}

static void put_exit(struct json_writer *json, const char *key, bool said, int32_t code) {
    char text[SG_EXIT_MAX];
    if (said)
        sg_exit_text(code, text);
    json_member_text(json, key, said ? text : NULL);
}

static void put_watched(struct json_list *list, const struct jobs_watched *job) {
    struct json_writer *json = &list->json;
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", job->family->catalog->service);
    json_member_text(json, "name", job->family->name);
    view_json_values_put_labels(json, list->source.store, job->family, job->series);
    json_member_text(json, "problem", jobs_problem_text(job->problem));
    json_member_u64(json, "failures", job->failures);
    json_member_u64(json, "missed", job->missed);
    json_member_time_known(json, "next_start", job->next_ms);
    view_json_put_seconds(json, "late_s", job->late_ms);
    json_member_time_known(json, "last_success", job->last_success_ms);
    json_member_text(json, "last_outcome",
                     job->ended ? catalog_job_outcome_text(job->outcome) : NULL);
    put_exit(json, "last_exit", job->ended && job->exit != SG_EXIT_UNSAID, job->exit);
    json_member_time_known(json, "last_end", job->ended_ms);
    view_json_put_seconds(json, "last_ran_s", job->ended ? job->ran_ms : -1);
    view_json_who_member(json, "last_owner", job->owner);
    json_close(json, '}');
}

/* Begin a job, live or ended, with the members that identify it. */
static void open_job(struct json_list *list, const struct catalog_family *family,
                     const struct series *series, struct sg_span id) {
    struct json_writer *json = &list->json;
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "service", family->catalog->service);
    json_member_text(json, "name", family->name);
    view_json_values_put_labels(json, list->source.store, family, series);
    json_key(json, "id");
    json_bytes(json, id.at, id.len);
}

/* Returns the work units that its process took. */
static size_t put_job(struct json_list *list, const struct jobs_entry *job, struct store_time now) {
    struct json_writer *json = &list->json;
    struct who who;
    const int64_t age_ms = now.mono_ms > job->since_mono_ms ? now.mono_ms - job->since_mono_ms : 0;
    open_job(list, job->family, job->series, (struct sg_span){job->id, job->id_len});
    json_member_text(json, "state", catalog_job_state_text(job->state));
    json_member_time_known(json, "since", job->since_ms);
    json_member_number(json, "age_s", (double)age_ms / 1000);
    json_member_time_known(json, "queued_at", job->queued_ms);
    const size_t units = ledger_sender_name(list->source.ledger, job->pid, job->since_ms, &who);
    json_member_known(json, "pid", job->pid);
    view_json_who_put_program(json, &who);
    json_member_bool(json, "owned", job->owned);
    json_close(json, '}');
    return units;
}

static void put_ended(struct json_list *list, const struct jobs_ended *job) {
    struct json_writer *json = &list->json;
    open_job(list, job->family, job->series, (struct sg_span){job->id, job->id_len});
    json_member_text(json, "outcome", catalog_job_outcome_text(job->outcome));
    json_member_time(json, "at", job->at_ms);
    view_json_put_seconds(json, "ran_s", job->ran_ms);
    put_exit(json, "exit", job->exit != SG_EXIT_UNSAID, job->exit);
    json_open_member(json, "owner", '{');
    view_json_who_put_members(json, job->who);
    json_close(json, '}');
    json_close(json, '}');
}

/* ---- walking ---- */

static void json_jobs_begin(struct json_list *base) {
    json_open(&base->json, '{');
    json_open_member(&base->json, "families", '[');
}

/* Each of these returns false if the slice ended before it was done. */

static bool write_families(struct job_list *list, struct slice *slice) {
    for (; list->row < family_count(list); list->row++) {
        if (slice_is_spent(slice))
            return false;
        const struct catalog_family *family = family_at(list, list->row);
        slice_spend(slice, 1);
        if (!json_list_shows(&list->base, family))
            continue;
        put_family(&list->base, family);
        slice_spend(slice, 5 + (size_t)family->combinations / 8);
    }
    return true;
}

static bool write_watched(struct job_list *list, struct slice *slice, struct store_time now) {
    struct json_list *base = &list->base;
    const struct breakers_jobs *breakers_jobs = base->source.breakers_jobs;
    const size_t count =
        breakers_jobs != NULL && !list->continued ? jobs_watch_count(breakers_jobs) : 0;
    for (; list->watched < count; list->watched++) {
        struct jobs_watched job;
        if (slice_is_spent(slice))
            return false;
        slice_spend(slice, 1);
        if (!jobs_watch_at(breakers_jobs, list->watched, now, &job) ||
            !json_list_shows(base, job.family))
            continue;
        put_watched(base, &job);
        slice_spend(slice, 20 + job.family->label_count);
    }
    return true;
}

static bool shows_job(const struct json_list *list, const struct jobs_entry *job) {
    return json_selection_has_pid(&list->selection, job->pid) &&
           json_selection_has_time(&list->selection, job->since_ms);
}

static bool write_jobs(struct job_list *list, struct slice *slice, struct store_time now) {
    struct json_list *base = &list->base;
    while (list->family < family_count(list)) {
        if (slice_is_spent(slice))
            return false;
        const struct catalog_family *family = family_at(list, list->family);
        struct jobs_entry job;
        slice_spend(slice, 1);
        if (!json_list_shows(base, family) ||
            !jobs_next(base->source.breakers_jobs, family, list->serial, &list->hint, &job)) {
            list->family++;
            list->serial = 0;
            list->hint = 0;
            continue;
        }
        if (!shows_job(base, &job)) {
            list->serial = job.serial;
            continue;
        }
        if (json_list_is_full(base))
            break;
        slice_spend(slice, put_job(base, &job, now));
        list->serial = job.serial;
        if (++base->written == base->selection.limit)
            remember_place(list);
        slice_spend(slice, 12 + family->label_count);
    }
    return true;
}

static bool shows_ended(const struct json_list *list, const struct jobs_ended *job) {
    return json_list_shows(list, job->family) &&
           json_selection_has_pid(&list->selection, job->who->pid) &&
           json_selection_has_time(&list->selection, job->at_ms);
}

static bool write_ended(struct job_list *list, struct slice *slice) {
    struct json_list *base = &list->base;
    const struct breakers_jobs *breakers_jobs = base->source.breakers_jobs;
    struct jobs_ended job;
    while (breakers_jobs != NULL && !list->continued && list->ended < base->selection.limit &&
           jobs_ended(breakers_jobs, list->before != 0 ? list->before : UINT64_MAX, &job)) {
        if (slice_is_spent(slice))
            return false;
        list->before = job.serial;
        slice_spend(slice, 5);
        if (!shows_ended(base, &job))
            continue;
        put_ended(base, &job);
        list->ended++;
        slice_spend(slice, 15 + job.family->label_count);
    }
    return true;
}

static bool json_jobs_write(struct json_list *base, struct slice *slice, struct store_time now) {
    struct job_list *list = (struct job_list *)base;
    struct json_writer *json = &base->json;
    if (!list->families_done) {
        if (!write_families(list, slice))
            return false;
        json_close(json, ']');
        json_line(json);
        json_open_member(json, "watched", '[');
        list->families_done = true;
    }
    if (!list->watched_done) {
        if (!write_watched(list, slice, now))
            return false;
        json_close(json, ']');
        json_line(json);
        json_open_member(json, "jobs", '[');
        list->watched_done = true;
    }
    if (!list->jobs_done) {
        if (!write_jobs(list, slice, now))
            return false;
        json_close(json, ']');
        json_line(json);
        json_open_member(json, "ended", '[');
        list->jobs_done = true;
    }
    if (!write_ended(list, slice))
        return false;
    json_close(json, ']');
    return true;
}

static bool has_jobs(const struct catalog_family *family) {
    return family->jobs != NULL;
}

struct view *view_json_jobs(const struct view_source *source, const struct json_query *query,
                            const char **ret_error) {
    static const struct json_list_kind kind = {.size = sizeof(struct job_list),
                                               .list = PAGE_TOKEN_JOBS,
                                               .shows = has_jobs,
                                               .resume = json_jobs_resume,
                                               .begin = json_jobs_begin,
                                               .write = json_jobs_write};
    return view_json_list_new(&kind, source, query, ret_error);
}
