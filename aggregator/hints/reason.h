/*
 * reason.h - what to do about each reason for a rejection. Private to hints/.
 */
#ifndef STATGATE_HINTS_REASON_H
#define STATGATE_HINTS_REASON_H

#include "base/strbuf.h"
#include "gate/gate.h"
#include "hints/world.h"

/** Append what to do about a line with this trace, part of which was rejected for `reason`. */
void hints_put_reason(struct strbuf *out, const struct hints_world *world,
                      const struct gate_trace *trace, enum sg_reject reason);

#endif
