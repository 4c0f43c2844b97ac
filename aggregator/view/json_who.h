/*
 * json_who.h - the JSON of a process, the same in all documents.
 */
#ifndef STATGATE_VIEW_JSON_WHO_H
#define STATGATE_VIEW_JSON_WHO_H

#include "base/json_writer.h"
#include "base/who.h"

/** Write the members `comm` and `unit` of the program into the object that is open; null if not
 * known. */
void json_who_put_program(struct json_writer *json, const struct who *who);
/** `"KEY":{"pid":4711,"uid":1000,"comm":"worker","unit":"imgsrv.service"}`. Unknown texts are null;
 * without a process id the whole member is null. */
void json_who_member(struct json_writer *json, const char *key, const struct who *who);
/** Write these members into an object that is open; only `unit` may be null. */
void json_who_put_members(struct json_writer *json, const struct who *who);
/** Write the member `unit`; null for "". */
void json_who_put_unit(struct json_writer *json, const char *unit);

#endif
