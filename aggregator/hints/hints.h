/*
 * hints.h - what a person can do about a line: for each reason, the facts that follow from the
 * catalog.
 *
 * Only this library words them: for one line from the gate's trace, and for many lines that were
 * rejected or folded for one reason from what the ledger keeps of them. Pure.
 */
#ifndef STATGATE_HINTS_HINTS_H
#define STATGATE_HINTS_HINTS_H

#include "base/strbuf.h"
#include "gate/gate.h"
#include "hints/world.h"

/** Append the cause and what to do, one sentence per line; nothing for a line without trouble.
 * Texts of the line are made visible (base/terminal.h). */
void hints_put(struct strbuf *out, const struct hints_world *world, const struct gate_trace *trace);

#endif
