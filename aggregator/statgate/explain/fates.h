/*
 * fates.h - what became of each label. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_FATES_H
#define STATGATE_STATGATE_EXPLAIN_FATES_H

#include "statgate/explain/explanation.h"
#include "statgate/explain/world.h"

/** Fill in why->labels: where the line found a series, its labels are the truth; the rest is the
 * gate's order of events once more: labels in the order of the line, then those it lacks. */
void explain_labels(const struct explain_world *world, struct explanation *why);

#endif
