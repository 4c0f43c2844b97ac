/*
 * hints.h - what a person can do about a line: for each reason the facts that the catalog knows.
 * Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_HINTS_H
#define STATGATE_STATGATE_EXPLAIN_HINTS_H

#include "base/strbuf.h"
#include "gate/trace.h"
#include "statgate/explain/world.h"

/** Why it was so and what to do, a sentence a line; nothing for a line without trouble. */
void explain_put_hints(struct strbuf *out, const struct explain_world *world,
                       const struct gate_trace *trace);

#endif
