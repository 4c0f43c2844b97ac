/* SPDX-License-Identifier: MIT */
/* json_status.c - /debug/status, /debug/events and /debug/history. */
#include "view/view_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- advice ---- */

void view_advice_find_line(const struct view_source *source, struct hints_group *group) {
    if (!source->hides_texts && !group->folded)
        (void)hints_latest_find(source->ledger, group);
}

/* ---- members ---- */

void view_advice_put_who(struct json_writer *json, const struct who *who) {
    json_open(json, '{');
    view_json_who_put_members(json, who);
    json_close(json, '}');
}

void view_advice_put_times(struct json_writer *json, double rate, int64_t first_ms, int64_t last_ms,
                           const struct who *sender) {
    json_member_number(json, "rate", rate);
    json_member_time_known(json, "first_seen", first_ms);
    json_member_time_known(json, "last_seen", last_ms);
    json_key(json, "last_sender");
    if (sender != NULL)
        view_advice_put_who(json, sender);
    else
        json_text(json, NULL);
}

/* Write the sentences without the newline at their end. */
static void put_hint(struct json_writer *json, const struct strbuf *text) {
    json_key(json, "hint");
    json_bytes(json, text->data, text->len > 0 ? text->len - 1 : 0);
}

void view_advice_put(struct json_writer *json, const struct view_source *source,
                     const struct hints_group *group) {
    const struct hints_world world = {.set = source->set, .breakers_jobs = source->breakers_jobs};
    struct strbuf text;
    strbuf_init(&text);
    hints_of_group(&text, &world, group);
    put_hint(json, &text);
    strbuf_done(&text);
}

/* ---- json event ----
 *
 * {"id":12,"at":1766533331507,"at_iso":"2025-12-23T23:22:11.507Z","event":"breaker_opened",
 *  "over":false,"service":"imgsrv","family":"imgsrv_background_job",
 *  "name":"imgsrv_background_job","labels":"job=\"publish\"",
 *  "sender":{"pid":4711,"uid":1000,"comm":"worker","unit":"imgsrv.service"},
 *  "held_back":0,"text":".."}
 *
 * A member that does not apply or is not known is null. `name` is the name of a family, query,
 * table or program.
 */

/* NULL, which is written as null, for an empty text. */
static const char *known(const char *text) {
    return text[0] != '\0' ? text : NULL;
}

static void event_put(struct json_writer *json, const struct events_item *item) {
    json_open(json, '{');
    json_member_u64(json, "id", item->id);
    json_member_time(json, "at", item->at_ms);
    json_member_text(json, "event", event_kind_text(item->kind));
    json_member_bool(json, "over", item->over);
    json_member_text(json, "service", known(item->service));
    json_member_text(json, "family", event_kind_has_family(item->kind) ? known(item->name) : NULL);
    json_member_text(json, "name", known(item->name));
    json_member_text(json, "labels", known(item->labels));
    view_json_who_member(json, "sender", &item->who);
    json_member_u64(json, "held_back", item->held);
    json_member_text(json, "text", item->text);
    json_close(json, '}');
}

/* ---- json events ----
 * /debug/events: the list of events, the latest first.
 *
 * {"last_id":12,"events":[
 *  {"id":12,"at":1766533331507,"event":"breaker_opened",..},..],
 * "next":null}
 *
 * A token holds the id before which the list continues. With a
 * number in `after`, the events behind this id come in their order, for a client that asks again:
 * with `next`, the id of the last one, if the page is full, else with `last_id`. An id beyond the
 * last one belongs to another ring, of which all are new.
 */

struct event_list {
    struct json_list base;
    uint64_t before; /* continue before this id; 0: begin with the latest event */
    uint64_t last;   /* the latest event when the list began */
    bool in_order;   /* events after `after`, in their order */
    uint64_t after;
};

static bool resume(struct json_list *base, struct page_token_reader *after) {
    struct event_list *list = (struct event_list *)base;
    return view_page_token_next_number(after, UINT64_MAX, &list->before) && list->before > 0;
}

static void begin(struct json_list *base) {
    struct event_list *list = (struct event_list *)base;
    list->last = events_last(base->source.events);
    json_open(&base->json, '{');
    json_member_u64(&base->json, "last_id", list->last);
    json_open_member(&base->json, "events", '[');
}

/* The next event of the list, or NULL. */
static const struct events_item *next_event(const struct event_list *list) {
    const struct events *events = list->base.source.events;
    if (!list->in_order)
        return events_before(events, list->before > 0 ? list->before : UINT64_MAX);
    const struct events_item *item = events_after(events, list->after);
    return item != NULL && item->id <= list->last ? item : NULL;
}

static void set_next(struct event_list *list) {
    if (list->in_order)
        strbuf_printf(&list->base.next, "%" PRIu64, list->after);
    else
        view_json_list_set_number(&list->base, list->before);
}

static bool passes(const struct json_selection *selection, const struct events_item *item) {
    return (selection->kind < 0 || (int)item->kind == selection->kind) &&
           json_selection_has_pid(selection, item->who.pid) &&
           json_selection_has_time(selection, item->at_ms) &&
           (selection->service == NULL ||
            strcmp(item->service, selection->service->service) == 0) &&
           (selection->family == NULL ||
            (event_kind_has_family(item->kind) && strcmp(item->name, selection->family) == 0));
}

static bool write(struct json_list *base, struct slice *slice, struct store_time now) {
    enum { UNITS = 15 };
    struct event_list *list = (struct event_list *)base;
    const struct events_item *item;
    (void)now;
    while ((item = next_event(list)) != NULL) {
        if (slice_is_spent(slice))
            return false;
        slice_spend(slice, 1);
        if (passes(&base->selection, item)) {
            if (json_list_is_full(base)) {
                set_next(list);
                break;
            }
            json_line(&base->json);
            event_put(&base->json, item);
            base->written++;
            slice_spend(slice, UNITS);
        }
        list->before = item->id;
        list->after = item->id;
    }
    json_close(&base->json, ']');
    return true;
}

/* Whether `after` is an id and no token: digits alone, which no token is. */
static bool is_id(const char *text) {
    return text != NULL && *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

struct view *view_json_events(const struct view_source *source, const struct json_query *query,
                              const char **ret_error) {
    static const struct json_list_kind kind = {.size = sizeof(struct event_list),
                                               .list = PAGE_TOKEN_EVENTS,
                                               .resume = resume,
                                               .begin = begin,
                                               .write = write};
    struct json_query plain = *query;
    const bool in_order = is_id(query->after);
    if (in_order)
        plain.after = NULL;
    struct event_list *list =
        (struct event_list *)view_json_list_new(&kind, source, &plain, ret_error);
    if (list == NULL)
        return NULL;
    list->in_order = in_order;
    list->after = in_order ? strtoull(query->after, NULL, 10) : 0;
    if (list->after > events_last(source->events))
        list->after = 0;
    return &list->base.view;
}

/* ---- json history ----
 * /debug/history: the curves of the daemon, or of a service.
 *
 * {"service":"shop","span":"5m","step_ms":1000,"until":1766533331000,
 *  "until_iso":"2025-12-23T23:42:11.000Z","curves":{
 *  "samples":[null,null,12,0,..],
 *  "rejected":[..],..}}
 *
 * The oldest point is first; each point covers `step_ms`, and the last one ends at `until` (Unix
 * time). null: not known. Without a service: the whole daemon.
 */

struct history_view {
    struct view view;
    struct view_source source;
    const struct catalog *service; /* NULL: the whole daemon */
    enum history_span span;
    struct json_writer json;
    size_t next; /* curve to write */
    struct history_points points;
};

enum { POINTS_A_UNIT = 2 };

/* False: there are no curves of it. */
static bool read_curve(struct history_view *view, size_t curve) {
    const int service = view->service != NULL ? (int)view->service->index : HISTORY_ALL;
    return history_curve(view->source.history, service, (enum history_curve)curve, view->span,
                         &view->points);
}

static void put_front(struct history_view *view, struct store_time now) {
    struct json_writer *json = &view->json;
    const struct history_points *points = &view->points;
    json_open(json, '{');
    json_member_text(json, "service", view->service != NULL ? view->service->service : NULL);
    json_member_text(json, "span", history_span_text(view->span));
    json_member_u64(json, "step_ms", points->step_ms);
    json_member_time(json, "until", now.real_ms - (now.mono_ms - points->end_mono_ms));
    json_open_member(json, "curves", '{');
}

static void put_curve(struct history_view *view, size_t curve) {
    struct json_writer *json = &view->json;
    json_line(json);
    json_open_member(json, history_curve_text((enum history_curve)curve), '[');
    for (uint32_t i = 0; i < view->points.count; i++) {
        if (view->points.values[i] == HISTORY_UNKNOWN)
            json_text(json, NULL);
        else
            json_u64(json, view->points.values[i]);
    }
    json_close(json, ']');
}

static enum view_state json_history_step(struct view *base, struct strbuf *out, size_t budget,
                                         struct store_time now) {
    struct history_view *view = (struct history_view *)base;
    struct slice slice = slice_begin(base, out, budget);
    view->json.out = out;
    while (view->next < HISTORY_CURVE_COUNT && !slice_is_spent(&slice)) {
        (void)read_curve(view, view->next);
        if (view->next == 0)
            put_front(view, now);
        put_curve(view, view->next++);
        slice_spend(&slice, view->points.count / POINTS_A_UNIT);
    }
    if (out->failed)
        return VIEW_DONE;
    if (view->next < HISTORY_CURVE_COUNT)
        return VIEW_MORE;
    json_close(&view->json, '}');
    json_close(&view->json, '}');
    strbuf_putc(out, '\n');
    return VIEW_DONE;
}

static void free_view(struct view *base) {
    free(base);
}

/* Read the query. NULL, or a sentence if its curves cannot be shown. */
static const char *read_query(struct history_view *view, const struct json_query *query) {
    struct json_selection selection;
    const char *error;
    if (!view_json_selection_check(&view->source, query, NULL, &selection, &error))
        return error;
    view->service = selection.service;
    view->span = selection.span;
    return read_curve(view, 0) ? NULL : "service: it takes no samples";
}

struct view *view_json_history(const struct view_source *source, const struct json_query *query,
                               const char **ret_error) {
    *ret_error = NULL;
    struct history_view *view = memory_alloc(sizeof *view);
    view->view = (struct view){.step = json_history_step, .free = free_view};
    view->source = *source;
    *ret_error = read_query(view, query);
    if (*ret_error == NULL)
        return &view->view;
    view_free(&view->view);
    return NULL;
}

/* ---- json status ----
 * /debug/status: the state of the daemon, and problems
 * (status/status.h).
 *
 * {"ok":false,"version":"1.0","host":"..","now":..,"started":..,"uptime_s":..,"catalogs_loaded":..,"reload_error":null,
 *  "not_ready":null,"samples":..,"samples_per_s":..,"rejected":..,"rejected_per_s":..,"folded":..,"folded_per_s":..,"folded_most":null,
 *  "lost":..,"series":..,"series_bound":..,"queue":{"capacity":..,"most":..},
 *  "memory":{"resident_bytes":..,"bound_bytes":..},
 *  "problems":[
 *  {"kind":"rejections","severity":"critical","text":"..","link":"/?show=rejections","count":2,"service":"shop",
 *   "family":"orders_total","label":"outcome","reason":"label_value","since":null,"last":null,
 *   "sender":null,"line":{"text":"..","cut":false,"offset":31},
 *   "spelled":[{"text":"..","count":2,..},..],"hint":".."},..],
 * "problems_left_out":0}
 *
 * Rejections alone have `line`, the latest one that is kept whole (null: none, or hidden),
 * `spelled`, the most frequent names or labels that no catalog declares, and `hint`, what to do.
 *
 * Each time is followed by its text, as in all views. null: not known, or there is none. All facts
 * are collected before the first byte is written.
 */

struct status_view {
    struct view view;
    struct view_source source;
    struct json_writer json;
    bool begun; /* all facts are collected, and the head is written */
    size_t next;
    struct status status;
};

/* ---- the head ---- */

static void put_rate(struct json_writer *json, const char *key, double rate) {
    json_key(json, key);
    if (rate < 0)
        json_text(json, NULL);
    else
        json_number(json, rate);
}

static void put_facts(struct json_writer *json, const struct status_facts *facts,
                      struct store_time now) {
    const int64_t uptime_ms = facts->started_ms > 0 && now.mono_ms > facts->started_mono_ms
                                  ? now.mono_ms - facts->started_mono_ms
                                  : 0;
    json_member_text(json, "version", facts->version);
    json_member_text(json, "host", facts->host);
    json_member_time(json, "now", now.real_ms);
    json_member_time_known(json, "started", facts->started_ms);
    json_member_number(json, "uptime_s", (double)uptime_ms / 1000);
    json_member_time_known(json, "catalogs_loaded", facts->loaded_ms);
    json_member_text(json, "reload_error", facts->reload_error);
    json_member_text(json, "not_ready", facts->not_ready);
}

static void put_folding(struct json_writer *json, const struct status_folding *folding) {
    const struct catalog_family *family = folding->family;
    if (family == NULL) {
        json_member_text(json, "folded_most", NULL);
        return;
    }
    json_open_member(json, "folded_most", '{');
    json_member_text(json, "service", family->catalog->service);
    json_member_text(json, "family", family->name);
    json_member_text(json, "label",
                     folding->label >= 0 ? family->labels[folding->label].name : NULL);
    json_member_number(json, "rate", folding->rate);
    view_json_who_member(json, "sender", &folding->who);
    json_close(json, '}');
}

static void put_samples(struct json_writer *json, const struct status *status) {
    json_member_u64(json, "samples", status->samples);
    put_rate(json, "samples_per_s", status->facts.samples_rate);
    json_member_u64(json, "rejected", status->rejected);
    put_rate(json, "rejected_per_s", status->facts.rejected_rate);
    json_member_u64(json, "folded", status->folded);
    put_rate(json, "folded_per_s", status->facts.folded_rate);
    put_folding(json, &status->folding);
    json_member_u64(json, "lost", status->lost);
    json_member_u64(json, "series", status->series);
    json_member_u64(json, "series_bound", status->bound);
}

static void put_fill(struct json_writer *json, const struct status_facts *facts) {
    json_open_member(json, "queue", '{');
    json_member_known(json, "capacity", (int64_t)facts->queue_capacity);
    json_member_u64(json, "most", facts->queue_most);
    json_close(json, '}');
    json_open_member(json, "memory", '{');
    json_member_known(json, "resident_bytes", (int64_t)facts->memory_bytes);
    json_member_known(json, "bound_bytes", (int64_t)facts->memory_bound);
    json_close(json, '}');
}

static void put_head(struct status_view *view, struct store_time now) {
    struct json_writer *json = &view->json;
    json_open(json, '{');
    json_member_bool(json, "ok", status_is_ok(&view->status));
    put_facts(json, &view->status.facts, now);
    put_samples(json, &view->status);
    put_fill(json, &view->status.facts);
    json_open_member(json, "problems", '[');
}

/* ---- problems ---- */

static struct sg_span span_of(const char *text) {
    return (struct sg_span){.at = text, .len = strlen(text)};
}

/* Write the latest line of the rejections, if it may be shown: null, or what /debug/rejections has
 * in `recent`. */
static void put_line(struct json_writer *json, const struct recent *recent) {
    if (recent == NULL) {
        json_member_text(json, "line", NULL);
        return;
    }
    json_open_member(json, "line", '{');
    json_key(json, "text");
    json_bytes(json, recent->line, recent->line_len);
    json_member_bool(json, "cut", recent->line_cut);
    json_member_u64(json, "offset", recent->offset);
    json_close(json, '}');
}

static bool is_of(const struct ledger_spelled *spelled, const struct status_problem *problem) {
    return spelled->reason == problem->reason && spelled->family == problem->family &&
           (problem->family != NULL || spelled->service == problem->service);
}

/* Write the most frequent names, or labels, that no catalog declares. */
static void put_spelled(struct status_view *view, const struct status_problem *problem,
                        int64_t now_ms) {
    enum { MOST = 5 };
    const struct ledger *ledger = view->source.ledger;
    const enum ledger_spelling which =
        problem->reason == SG_REJECT_UNKNOWN_FAMILY ? LEDGER_UNKNOWN_NAMES : LEDGER_UNKNOWN_LABELS;
    struct json_writer *json = &view->json;
    uint16_t places[LEDGER_SPELLED_MAX];
    size_t written = 0;
    json_open_member(json, "spelled", '[');
    const size_t count =
        problem->reason != SG_REJECT_UNKNOWN_FAMILY && problem->reason != SG_REJECT_UNKNOWN_LABEL
            ? 0
            : ledger_spelled_order(ledger, which, places);
    for (size_t i = 0; i < count && written < MOST && !view->source.hides_texts; i++) {
        struct ledger_spelled spelled;
        if (!ledger_spelled(ledger, which, places[i], now_ms, &spelled) ||
            !is_of(&spelled, problem))
            continue;
        written++;
        json_open(json, '{');
        json_key(json, "text");
        json_bytes(json, spelled.text, spelled.len);
        json_member_u64(json, "count", spelled.count);
        view_advice_put_times(json, spelled.rate, spelled.first_ms, spelled.last_ms,
                              spelled.sender);
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* Write what is known about rejections beyond the sentence, and what to do. */
static void put_rejections(struct status_view *view, const struct status_problem *problem,
                           int64_t now_ms) {
    const struct view_source *source = &view->source;
    struct hints_group group = {.family = problem->family, .reason = problem->reason};
    if (problem->family != NULL && problem->label >= 0)
        group.label = span_of(problem->family->labels[problem->label].name);
    put_line(&view->json, source->hides_texts ? NULL : hints_latest_find(source->ledger, &group));
    put_spelled(view, problem, now_ms);
    view_advice_put(&view->json, source, &group);
}

static void put_problem(struct status_view *view, const struct status_problem *problem,
                        int64_t now_ms) {
    struct json_writer *json = &view->json;
    const struct catalog_family *family = problem->family;
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "kind", status_kind_text(problem->kind));
    json_member_text(json, "severity", status_kind_severity(problem->kind));
    json_member_text(json, "about", problem->about);
    json_member_text(json, "text", problem->text);
    json_member_text(json, "todo", status_kind_todo(problem->kind));
    json_member_text(json, "link", problem->link);
    json_member_u64(json, "count", problem->count);
    json_member_text(json, "service", problem->service != NULL ? problem->service->service : NULL);
    json_member_text(json, "family", family != NULL ? family->name : NULL);
    json_member_text(json, "label",
                     family != NULL && problem->label >= 0 ? family->labels[problem->label].name
                                                           : NULL);
    json_member_text(json, "reason",
                     problem->reason != SG_REJECT_NONE ? sg_reject_label(problem->reason) : NULL);
    json_member_time_known(json, "since", problem->since_ms);
    json_member_time_known(json, "last", problem->last_ms);
    view_json_who_member(json, "sender", &problem->who);
    if (problem->kind == STATUS_REJECTIONS)
        put_rejections(view, problem, now_ms);
    json_close(json, '}');
}

/* ---- the cursor ---- */

struct status_source view_status_source(const struct view_source *source) {
    return (struct status_source){.set = source->set,
                                  .store = source->store,
                                  .ledger = source->ledger,
                                  .breakers_jobs = source->breakers_jobs,
                                  .events = source->events,
                                  .history = source->history,
                                  .facts = source->facts,
                                  .look = source->look,
                                  .look_arg = source->look_arg};
}

static bool collect(struct status_view *view, struct slice *slice, struct store_time now) {
    const struct status_source source = view_status_source(&view->source);
    return status_collect(&view->status, &source, now, &slice->budget);
}

static enum view_state json_status_step(struct view *base, struct strbuf *out, size_t budget,
                                        struct store_time now) {
    enum { UNITS = 15 };
    struct status_view *view = (struct status_view *)base;
    const struct status_problems *problems = &view->status.problems;
    struct slice slice = slice_begin(base, out, budget);
    view->json.out = out;
    if (!view->begun && !collect(view, &slice, now))
        return VIEW_MORE;
    if (!view->begun)
        put_head(view, now); /* in the turn for which the facts are valid */
    view->begun = true;
    for (; view->next < problems->count; view->next++) {
        if (slice_is_spent(&slice))
            return out->failed ? VIEW_DONE : VIEW_MORE;
        const struct status_problem *problem = &problems->items[view->next];
        put_problem(view, problem, now.real_ms);
        slice_spend(&slice, UNITS + (problem->kind == STATUS_REJECTIONS ? ADVICE_UNITS : 0));
    }
    json_close(&view->json, ']');
    json_line(&view->json);
    json_member_u64(&view->json, "problems_left_out", problems->left_out);
    json_close(&view->json, '}');
    strbuf_putc(out, '\n');
    return VIEW_DONE;
}

static void end(struct view *base) {
    struct status_view *view = (struct status_view *)base;
    free(view);
}

struct view *view_json_status(const struct view_source *source, const struct json_query *query,
                              const char **ret_error) {
    (void)query;
    *ret_error = NULL;
    struct status_view *view = memory_alloc(sizeof *view);
    view->view = (struct view){.step = json_status_step, .free = end};
    view->source = *source;
    return &view->view;
}
