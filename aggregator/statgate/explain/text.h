/*
 * text.h - the steps for people, one a line. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_TEXT_H
#define STATGATE_STATGATE_EXPLAIN_TEXT_H

#include "base/strbuf.h"
#include "gate/trace.h"
#include "statgate/explain/world.h"

void explain_write_text(struct strbuf *out, const struct explain_world *world,
                        const struct gate_trace *trace);

#endif
