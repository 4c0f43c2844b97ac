/* SPDX-License-Identifier: MIT */
/*
 * trace_text.h - a trace of the gate as text for cases, one fact on each line.
 */
#ifndef STATGATE_TESTS_TRACE_TEXT_H
#define STATGATE_TESTS_TRACE_TEXT_H

#include "base/strbuf.h"
#include "gate/gate.h"

void trace_text_put(struct strbuf *out, const struct gate_trace *trace);

#endif
