#include "view/json_event.h"

#include "view/json_who.h"

/* NULL, which is written as null, for an empty text. */
static const char *known(const char *text) {
    return text[0] != '\0' ? text : NULL;
}

void json_event_put(struct json_writer *json, const struct events_item *item) {
    json_open(json, '{');
    json_member_u64(json, "id", item->id);
    json_member_time(json, "at", item->at_ms);
    json_member_text(json, "event", event_kind_text(item->kind));
    json_member_bool(json, "over", item->over);
    json_member_text(json, "service", known(item->service));
    json_member_text(json, "family", event_kind_has_family(item->kind) ? known(item->name) : NULL);
    json_member_text(json, "name", known(item->name));
    json_member_text(json, "labels", known(item->labels));
    json_who_member(json, "sender", &item->who);
    json_member_u64(json, "held_back", item->held);
    json_member_text(json, "text", item->text);
    json_close(json, '}');
}
