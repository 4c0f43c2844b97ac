/*
 * json_history.c - /debug/history: the curves of the daemon, of a service, or of a family.
 *
 * {"service":"shop","family":null,"span":"5m","step_ms":1000,"until":1766533331000,
 *  "until_iso":"2025-12-23T23:42:11.000Z","curves":{
 *  "samples":[null,null,12,0,..],
 *  "rejected":[..],..}}
 *
 * The oldest point is first; each point covers `step_ms`, and the last one ends at `until` (Unix
 * time). null: not known. `senders` is the greatest number of processes within the step. A family
 * has `accepted`, and `folded` if it can fold. Without a service: the whole daemon.
 */
#include <string.h>

#include "base/json_writer.h"
#include "view/json_selection.h"
#include "view/slice.h"

struct history_view {
    struct view view;
    struct view_source source;
    const struct catalog *service;       /* NULL: the whole daemon */
    const struct catalog_family *family; /* NULL: the service's curves */
    enum history_span span;
    struct json_writer json;
    size_t next; /* curve to write */
    struct history_points points;
};

enum { POINTS_A_UNIT = 2 };

static size_t curve_count(const struct history_view *view) {
    struct history_points points;
    if (view->family == NULL)
        return HISTORY_CURVE_COUNT;
    return 1 + history_family_curve(view->source.history, view->family, HISTORY_FAMILY_FOLDED,
                                    view->span, &points);
}

static const char *curve_name(const struct history_view *view, size_t curve) {
    return view->family != NULL ? history_family_curve_text((enum history_family_curve)curve)
                                : history_curve_text((enum history_curve)curve);
}

static int service_index(const struct history_view *view) {
    return view->service != NULL ? (int)view->service->index : HISTORY_ALL;
}

/* False: there is no such curve. */
static bool read_curve(struct history_view *view, size_t curve) {
    const struct history *history = view->source.history;
    if (view->family != NULL)
        return history_family_curve(history, view->family, (enum history_family_curve)curve,
                                    view->span, &view->points);
    return history_service_curve(history, service_index(view), (enum history_curve)curve,
                                 view->span, &view->points);
}

static void put_front(struct history_view *view, struct store_time now) {
    struct json_writer *json = &view->json;
    const struct history_points *points = &view->points;
    json_open(json, '{');
    json_member_text(json, "service", view->service != NULL ? view->service->service : NULL);
    json_member_text(json, "family", view->family != NULL ? view->family->name : NULL);
    json_member_text(json, "span", history_span_text(view->span));
    json_member_u64(json, "step_ms", points->step_ms);
    json_member_time(json, "until", now.real_ms - (now.mono_ms - points->end_mono_ms));
    json_open_member(json, "curves", '{');
}

static void put_curve(struct history_view *view, size_t curve) {
    struct json_writer *json = &view->json;
    json_line(json);
    json_open_member(json, curve_name(view, curve), '[');
    for (uint32_t i = 0; i < view->points.count; i++) {
        if (view->points.values[i] == HISTORY_UNKNOWN)
            json_text(json, NULL);
        else
            json_u64(json, view->points.values[i]);
    }
    json_close(json, ']');
}

static enum view_state step(struct view *base, struct strbuf *out, size_t budget,
                            struct store_time now) {
    struct history_view *view = (struct history_view *)base;
    struct slice slice = slice_begin(base, out, budget);
    view->json.out = out;
    while (view->next < curve_count(view) && !slice_is_spent(&slice)) {
        (void)read_curve(view, view->next);
        if (view->next == 0)
            put_front(view, now);
        put_curve(view, view->next++);
        slice_spend(&slice, view->points.count / POINTS_A_UNIT);
    }
    if (out->failed)
        return VIEW_DONE;
    if (view->next < curve_count(view))
        return VIEW_MORE;
    json_close(&view->json, '}');
    json_close(&view->json, '}');
    strbuf_putc(out, '\n');
    return VIEW_DONE;
}

static void free_view(struct view *base) {
    const struct history_view *view = (const struct history_view *)base;
    memory_release(view->source.memory, base);
}

static bool read_span(const char *text, enum history_span *ret_span) {
    for (enum history_span span = 0; span < HISTORY_SPAN_COUNT; span++)
        if (text == NULL || strcmp(text, history_span_text(span)) == 0) {
            *ret_span = span;
            return true;
        }
    return false;
}

/* Read the query. NULL, or a sentence if its curves cannot be shown. */
static const char *select(struct history_view *view, const struct json_query *query) {
    struct json_selection selection;
    const char *error;
    if (!read_span(query->span, &view->span))
        return "span: 5m or 24h";
    if (query->family != NULL && query->service == NULL)
        return "family: name its service, too";
    if (!json_selection_check(&view->source, query, NULL, &selection, &error))
        return error;
    view->service = selection.service;
    if (selection.family != NULL)
        view->family =
            catalog_family_find(selection.service, selection.family, strlen(selection.family));
    if (!read_curve(view, 0))
        return view->family != NULL ? "family: it takes no samples"
                                    : "service: it takes no samples";
    return NULL;
}

struct view *view_json_history(const struct view_source *source, const struct json_query *query,
                               const char **ret_error) {
    *ret_error = NULL;
    struct history_view *view = memory_alloc(source->memory, sizeof *view);
    if (view == NULL)
        return NULL;
    view->view = (struct view){.step = step, .free = free_view};
    view->source = *source;
    *ret_error = select(view, query);
    if (*ret_error == NULL)
        return &view->view;
    view_free(&view->view);
    return NULL;
}
