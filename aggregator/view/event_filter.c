#include "view/event_filter.h"

#include <string.h>

bool event_filter_check(const struct view_source *source, const struct json_query *query,
                        struct event_filter *ret_filter, const char **ret_error) {
    struct event_filter filter = {.of_kind = query->kind != NULL};
    if (filter.of_kind && !event_kind_find(query->kind, &filter.kind)) {
        *ret_error = "kind: no such kind of event";
        return false;
    }
    if (!json_selection_check(source, query, NULL, &filter.selection, ret_error))
        return false;
    *ret_filter = filter;
    return true;
}

bool event_filter_passes(const struct event_filter *filter, const struct events_item *item) {
    const struct json_selection *selection = &filter->selection;
    return (!filter->of_kind || item->kind == filter->kind) &&
           json_selection_has_pid(selection, item->who.pid) &&
           json_selection_has_time(selection, item->at_ms) &&
           (selection->service == NULL ||
            strcmp(item->service, selection->service->service) == 0) &&
           (selection->family == NULL ||
            (event_kind_has_family(item->kind) && strcmp(item->name, selection->family) == 0));
}
