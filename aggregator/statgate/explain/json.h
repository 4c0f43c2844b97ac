/*
 * json.h - one JSON object on a line, of `statgate explain --json`. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_JSON_H
#define STATGATE_STATGATE_EXPLAIN_JSON_H

#include "base/strbuf.h"
#include "gate/trace.h"
#include "statgate/explain/world.h"

void explain_write_json(struct strbuf *out, const struct explain_world *world,
                        const struct gate_trace *trace);

#endif
