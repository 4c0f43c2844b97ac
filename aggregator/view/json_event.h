/*
 * json_event.h - one event in JSON, for the list and for the stream of new events.
 */
#ifndef STATGATE_VIEW_JSON_EVENT_H
#define STATGATE_VIEW_JSON_EVENT_H

#include "base/json_writer.h"
#include "events/events.h"

/**
 * {"id":12,"at":1766533331507,"at_iso":"2025-12-23T23:22:11.507Z","event":"breaker_opened",
 *  "over":false,"service":"imgsrv","family":"imgsrv_background_job",
 *  "name":"imgsrv_background_job","labels":"job=\"publish\"",
 *  "sender":{"pid":4711,"uid":1000,"comm":"worker","unit":"imgsrv.service"},
 *  "held_back":0,"text":".."}
 *
 * A member that does not apply or is not known is null. `name` is the name of a family, query,
 * table or program.
 */
void json_event_put(struct json_writer *json, const struct events_item *item);

#endif
