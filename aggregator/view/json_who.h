/*
 * json_who.h - a process in JSON, wherever one is named.
 */
#ifndef STATGATE_VIEW_JSON_WHO_H
#define STATGATE_VIEW_JSON_WHO_H

#include "base/json_writer.h"
#include "base/who.h"

/** `"KEY":{"pid":4711,"uid":1000,"comm":"worker","unit":"imgsrv.service"}`; texts that are not known are null, and so is
 * all of it without a number. */
void json_who_member(struct json_writer *json, const char *key, const struct who *who);
/** Its members, in an object that is open; of these the unit alone may be null. */
void json_who_put_members(struct json_writer *json, const struct who *who);
/** The member `unit` alone; null for "". */
void json_who_put_unit(struct json_writer *json, const char *unit);

#endif
