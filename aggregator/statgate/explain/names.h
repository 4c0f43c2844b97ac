/*
 * names.h - hints for names that lead nowhere, or to several services. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_NAMES_H
#define STATGATE_STATGATE_EXPLAIN_NAMES_H

#include "base/strbuf.h"
#include "gate/trace.h"
#include "statgate/explain/world.h"

/** Of a name that no family of this socket has, and of one that several services declare. */
void names_hint_unknown(struct strbuf *out, const struct explain_world *world,
                        const struct gate_trace *trace);
void names_hint_ambiguous(struct strbuf *out, const struct gate_trace *trace);

#endif
