/*
 * line.h - a line with its verdict, as the daemon sends it, for people. Pure. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_TAIL_LINE_H
#define STATGATE_STATGATE_TAIL_LINE_H

#include "base/strbuf.h"
#include "json/jsonread.h"

/**
 * Append `03:20:01.123  REJECTED  worker (4711)  shop_orders_total:1|c|#outcome:okay  label_value`, or for {"dropped":N}
 * that so many were left out, and a newline. The time is UTC.
 */
void line_put(struct strbuf *out, const json_t *line);

#endif
