/*
 * event_line.h - writes one event as a line for people. Pure. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_SHOWN_EVENT_LINE_H
#define STATGATE_STATGATE_SHOWN_EVENT_LINE_H

#include "base/strbuf.h"
#include "json/jsonread.h"

/** Append `2026-11-23 02:35:06  breaker_opened   shop orders: a sentence; worker (4711)` and a
 * newline. */
void event_line_put(struct strbuf *out, const json_t *event);

#endif
