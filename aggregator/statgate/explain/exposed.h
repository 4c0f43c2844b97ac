/*
 * exposed.h - shows the series that a line changed as a scrape would. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_EXPOSED_H
#define STATGATE_STATGATE_EXPLAIN_EXPOSED_H

#include "base/strbuf.h"
#include "gate/gate.h"
#include "statgate/explain/world.h"

/** Append all lines of the series; for attempts and jobs, those of the derived series that the
 * line changed. */
void explain_put_exposed(struct strbuf *out, const struct explain_world *world,
                         const struct gate_trace *trace);

#endif
