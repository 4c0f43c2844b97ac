/*
 * json_status.c - /debug/status: the state of the daemon, and problems
 * (status/status.h).
 *
 * {"ok":false,"version":"1.0","started":..,"uptime_s":..,"catalogs_loaded":..,"reload_error":null,
 *  "not_ready":null,"samples":..,"samples_per_s":..,"rejected":..,"rejected_per_s":..,"folded":..,"folded_per_s":..,"folded_most":null,
 *  "lost":..,"series":..,"series_bound":..,"queue":{"capacity":..,"most":..},
 *  "memory":{"resident_bytes":..,"bound_bytes":..},
 *  "problems":[
 *  {"kind":"rejections","text":"..","link":"/?service=shop#rejections","count":2,"service":"shop",
 *   "family":"orders_total","label":"outcome","reason":"label_value","since":null,"last":null,
 *   "sender":null},..],
 * "problems_left_out":0}
 *
 * Each time is followed by its text, as in all views. null: not known, or there is none. All facts
 * are collected before the first byte is written.
 */
#include "base/json_writer.h"
#include "status/status.h"
#include "view/json_who.h"
#include "view/slice.h"

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
    json_who_member(json, "sender", &folding->who);
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

static void put_problem(struct json_writer *json, const struct status_problem *problem) {
    const struct catalog_family *family = problem->family;
    json_line(json);
    json_open(json, '{');
    json_member_text(json, "kind", status_kind_text(problem->kind));
    json_member_text(json, "text", problem->text);
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
    json_who_member(json, "sender", &problem->who);
    json_close(json, '}');
}

/* ---- the cursor ---- */

struct status_source view_status_source(const struct view_source *source) {
    return (struct status_source){.set = source->set,
                                  .store = source->store,
                                  .ledger = source->ledger,
                                  .machines = source->machines,
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

static enum view_state step(struct view *base, struct strbuf *out, size_t budget,
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
        put_problem(&view->json, &problems->items[view->next]);
        slice_spend(&slice, UNITS);
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
    memory_release(view->source.memory, view);
}

struct view *view_json_status(const struct view_source *source, const struct json_query *query,
                              const char **ret_error) {
    (void)query;
    *ret_error = NULL;
    struct status_view *view = memory_alloc(source->memory, sizeof *view);
    if (view == NULL)
        return NULL;
    view->view = (struct view){.step = step, .free = end};
    view->source = *source;
    return &view->view;
}
