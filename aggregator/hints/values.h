/*
 * values.h - hints for types and numbers that a family does not take.
 */
#ifndef STATGATE_HINTS_VALUES_H
#define STATGATE_HINTS_VALUES_H

#include "base/strbuf.h"
#include "gate/gate.h"

/** Refused values of a line that are shown one by one, at most. */
enum { VALUES_SHOWN = 5 };

/** Whether some values of the line were refused and others were not. */
bool values_differ(const struct gate_trace *trace);
/** Which letters the family takes. */
void values_hint_type(struct strbuf *out, const struct gate_trace *trace);
/** Why the first refused number is not a value of the family. */
void values_hint_number(struct strbuf *out, const struct gate_trace *trace);

#endif
