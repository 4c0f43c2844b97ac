/*
 * values.h - hints for types and numbers that a family does not take. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_VALUES_H
#define STATGATE_STATGATE_EXPLAIN_VALUES_H

#include "base/strbuf.h"
#include "gate/trace.h"

/** Refused values of a line that are shown at their places. */
enum { VALUES_SHOWN = 5 };

/** Values of the line were refused and others were not: each is at fault for itself. */
bool values_differ(const struct gate_trace *trace);
/** Which letters the family takes. */
void values_hint_type(struct strbuf *out, const struct gate_trace *trace);
/** Why the first number that was refused is no value of the family. */
void values_hint_number(struct strbuf *out, const struct gate_trace *trace);

#endif
