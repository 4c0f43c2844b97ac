/*
 * event_filter.h - which events a client asks for: for the list, and for the stream of new events.
 */
#ifndef STATGATE_VIEW_EVENT_FILTER_H
#define STATGATE_VIEW_EVENT_FILTER_H

#include "events/events.h"
#include "view/json_selection.h"

/** A checked query. Its pointers are into the catalogs. */
struct event_filter {
    struct json_selection selection;
    bool of_kind;
    enum event_kind kind;
};

/** False with a sentence (static) in *ret_error. */
bool event_filter_check(const struct view_source *source, const struct json_query *query,
                        struct event_filter *ret_filter, const char **ret_error);
bool event_filter_passes(const struct event_filter *filter, const struct events_item *item);

#endif
