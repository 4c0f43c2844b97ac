/*
 * line.h - formats a line with its verdict, as the daemon sends it, for people. Pure. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_TAIL_LINE_H
#define STATGATE_STATGATE_TAIL_LINE_H

#include "base/strbuf.h"
#include "json/jsonread.h"

/**
 * Append `03:20:01.123  REJECTED  worker (4711)  shop_orders_total:1|c|#outcome:okay  label_value`
 * and a newline; for {"dropped":N}, a line that says that N lines were left out. The time is UTC.
 */
void line_put(struct strbuf *out, const json_t *line);

#endif
