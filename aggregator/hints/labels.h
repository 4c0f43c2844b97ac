/*
 * labels.h - hints for labels and their values. Private to hints/.
 */
#ifndef STATGATE_HINTS_LABELS_H
#define STATGATE_HINTS_LABELS_H

#include "base/strbuf.h"
#include "gate/gate.h"
#include "hints/world.h"

/** Which values are allowed for the labels with this fate. */
void labels_hint_values(struct strbuf *out, const struct hints_world *world,
                        const struct gate_trace *trace, enum trace_fate fate);
/** Which labels the family has. */
void labels_hint_unknown(struct strbuf *out, const struct gate_trace *trace);
/** Which table is full, and how to make room. */
void labels_hint_full(struct strbuf *out, const struct hints_world *world,
                      const struct gate_trace *trace);

#endif
