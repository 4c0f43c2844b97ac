/*
 * names.h - hints for names that no family has or that several services declare. Private to hints/.
 */
#ifndef STATGATE_HINTS_NAMES_H
#define STATGATE_HINTS_NAMES_H

#include "base/strbuf.h"
#include "gate/gate.h"
#include "hints/world.h"

/** Whether the family has this name, or has it as an alias. */
bool names_has(const struct catalog_family *family, struct sg_span name);
bool names_has_alias(const struct catalog_family *family, struct sg_span name);

/** For a name that no family on this socket has, or that several services declare. */
void names_hint_unknown(struct strbuf *out, const struct hints_world *world,
                        const struct gate_trace *trace);
void names_hint_ambiguous(struct strbuf *out, const struct gate_trace *trace);

#endif
