/* SPDX-License-Identifier: MIT */
/*
 * explain.h - what the gate found out about a line, for people and for scripts. Pure.
 */
#ifndef STATGATE_EXPLAIN_EXPLAIN_H
#define STATGATE_EXPLAIN_EXPLAIN_H

#include "base/strbuf.h"
#include "gate/gate.h"
#include "hints/hints.h"

/** A line that was judged; all borrowed. */
struct explain_result {
    const struct gate_trace *trace;
    const struct hints_world *world;
    const char *exposed; /**< what a scrape now shows of it, whole lines */
};

/* ---- json: the result as a JSON object on one line, for scripts. ---- */

void explain_write_json(struct strbuf *out, const struct explain_result *result);

/* ---- text: the result for people, one step per line. ---- */

void explain_write_text(struct strbuf *out, const struct explain_result *result);

#endif
