/* SPDX-License-Identifier: MIT */
/* tail_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_STATGATE_TAIL_TAIL_PRIVATE_H
#define STATGATE_STATGATE_TAIL_TAIL_PRIVATE_H

#include "base/strbuf.h"
#include "statgate/command.h"
#include "json/json.h"

/* ---- line ----
 * formats a line with its verdict, as the daemon sends it, for people. Pure. Private to
 * statgate/.
 */

/**
 * Append `03:20:01.123  REJECTED  worker (4711)  shop_orders_total:1|c|#outcome:okay  label_value`
 * and a newline; for {"dropped":N}, a line that says that N lines were left out. The time is UTC.
 */
void tail_line_put(struct strbuf *out, const json_t *line);

#endif
