/*
 * machine.h - hints for lines of attempts and jobs. Private to hints/.
 */
#ifndef STATGATE_HINTS_MACHINE_H
#define STATGATE_HINTS_MACHINE_H

#include "base/strbuf.h"
#include "gate/gate.h"
#include "hints/world.h"

/** Which letters the family takes. */
void machine_hint_letter(struct strbuf *out, const struct gate_trace *trace);
/** Why the first refused outcome, state or event was refused. */
void machine_hint_word(struct strbuf *out, const struct hints_world *world,
                       const struct gate_trace *trace);
/** Why an event was ignored. */
void machine_hint_repeated(struct strbuf *out, const struct hints_world *world,
                           const struct gate_trace *trace);
/** What to know about accepted events. */
void machine_hint_taken(struct strbuf *out, const struct hints_world *world,
                        const struct gate_trace *trace);

#endif
