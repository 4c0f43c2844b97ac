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

#endif
