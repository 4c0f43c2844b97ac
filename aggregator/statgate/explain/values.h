/*
 * values.h - hints for types and numbers that a family does not take. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_VALUES_H
#define STATGATE_STATGATE_EXPLAIN_VALUES_H

#include "base/strbuf.h"
#include "statgate/explain/explanation.h"

/** Which letters the family takes. */
void values_hint_type(struct strbuf *out, const struct explanation *why);
/** Why the number at `offset` of the line is no value of the family. */
void values_hint_number(struct strbuf *out, const struct explanation *why, size_t offset);

#endif
