/*
 * json_events.c - /debug/events: what happened, the latest first.
 *
 * {"last_id":12,"events":[
 *  {"id":12,"at":1766533331507,"event":"breaker_opened",..},..],
 * "next":null}
 *
 * json_event.h has an event's members. A token holds the id before which the list goes on.
 */
#include <string.h>

#include "view/json_event.h"
#include "view/json_list.h"

struct event_list {
    struct json_list base;
    uint64_t before; /* the id; 0: begin with the latest */
    bool of_kind;
    enum event_kind event_kind;
};

static bool resume(struct json_list *base, struct page_token_reader *after) {
    struct event_list *list = (struct event_list *)base;
    return page_token_next_number(after, UINT64_MAX, &list->before) && list->before > 0;
}

static void begin(struct json_list *base) {
    json_open(&base->json, '{');
    json_member_u64(&base->json, "last_id", events_last(base->source.events));
    json_open_member(&base->json, "events", '[');
}

static bool is_asked_for(const struct event_list *list, const struct events_item *item) {
    const struct json_selection *selection = &list->base.selection;
    return (!list->of_kind || item->kind == list->event_kind) &&
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
    while ((item = events_before(base->source.events,
                                 list->before > 0 ? list->before : UINT64_MAX)) != NULL) {
        if (slice_is_spent(slice))
            return false;
        slice_spend(slice, 1);
        if (is_asked_for(list, item)) {
            if (json_list_is_full(base)) {
                json_list_set_number(base, list->before);
                break;
            }
            json_line(&base->json);
            json_event_put(&base->json, item);
            base->written++;
            slice_spend(slice, UNITS);
        }
        list->before = item->id;
    }
    json_close(&base->json, ']');
    return true;
}

struct view *view_json_events(const struct view_source *source, const struct json_query *query,
                              const char **ret_error) {
    static const struct json_list_kind kind = {.size = sizeof(struct event_list),
                                               .list = PAGE_TOKEN_EVENTS,
                                               .resume = resume,
                                               .begin = begin,
                                               .write = write};
    enum event_kind event_kind = EVENT_KIND_COUNT;
    if (query->kind != NULL && !event_kind_find(query->kind, &event_kind)) {
        *ret_error = "kind: no such kind of event";
        return NULL;
    }
    struct event_list *list = (struct event_list *)json_list_new(&kind, source, query, ret_error);
    if (list == NULL)
        return NULL;
    list->of_kind = query->kind != NULL;
    list->event_kind = event_kind;
    return &list->base.view;
}
