/*
 * explain.h - what the gate found out about a line, for people and for scripts: of the command, which
 * applies lines to tables of its own, and of the daemon, which only tries them. Pure.
 */
#ifndef STATGATE_EXPLAIN_EXPLAIN_H
#define STATGATE_EXPLAIN_EXPLAIN_H

#include "base/strbuf.h"
#include "gate/trace.h"
#include "hints/world.h"

/** A line that was judged; all borrowed. */
struct explain_result {
    const struct gate_trace *trace;
    const struct hints_world *world;
    const char *
        exposed; /**< what a scrape shows of it now, lines with their ends; NULL: the line was only tried */
};

#endif
