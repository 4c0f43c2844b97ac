/*
 * advice.h - JSON about many lines that were rejected or folded for one reason: since when, from
 * which sender, and what to do.
 */
#ifndef STATGATE_VIEW_ADVICE_H
#define STATGATE_VIEW_ADVICE_H

#include "base/json_writer.h"
#include "base/who.h"
#include "hints/group.h"
#include "view/view.h"

/** Work units of writing the members below. */
enum { ADVICE_UNITS = 400 };

/** Complete the group with its latest line, if that was kept whole and lines may be shown: its
 * text, and the value at fault if the group has none. The line is borrowed until the next
 * rejection. */
void advice_find_line(const struct view_source *source, struct hints_group *group);

/** `rate`, `first_seen`, `last_seen` (0: null) and `last_sender` (NULL: null). */
void advice_put_times(struct json_writer *json, double rate, int64_t first_ms, int64_t last_ms,
                      const struct who *sender);
/** `hint`: sentences, one per line; and `patch`: a part of a catalog, or null. */
void advice_put(struct json_writer *json, const struct view_source *source,
                const struct hints_group *group);
/** `{"pid":..,"uid":..,"comm":..,"unit":..}`; `unit` is null if it is not known. */
void advice_put_who(struct json_writer *json, const struct who *who);

#endif
