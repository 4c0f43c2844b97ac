/*
 * json_events.c - /debug/events: the list of events, the latest first.
 *
 * {"last_id":12,"events":[
 *  {"id":12,"at":1766533331507,"event":"breaker_opened",..},..],
 * "next":null}
 *
 * json_event.h has an event's members. A token holds the id before which the list continues.
 */
#include "view/event_filter.h"
#include "view/json_event.h"
#include "view/json_list.h"

struct event_list {
    struct json_list base;
    uint64_t before; /* continue before this id; 0: begin with the latest event */
    struct event_filter filter;
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
        if (event_filter_passes(&list->filter, item)) {
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
    struct event_filter filter;
    if (!event_filter_check(source, query, &filter, ret_error))
        return NULL;
    struct event_list *list = (struct event_list *)json_list_new(&kind, source, query, ret_error);
    if (list == NULL)
        return NULL;
    list->filter = filter;
    return &list->base.view;
}
