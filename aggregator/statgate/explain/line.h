/*
 * line.h - one line through the gate. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_LINE_H
#define STATGATE_STATGATE_EXPLAIN_LINE_H

#include "statgate/explain/explanation.h"
#include "statgate/explain/world.h"

/** Apply one line. Pointers in *ret lead into the line and the world, until the next call. */
void explain_line(struct explain_world *world, struct sg_span text, struct explanation *ret);

#endif
