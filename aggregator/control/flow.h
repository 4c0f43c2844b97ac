/*
 * flow.h - an answer that goes on: lines reach the client as they come, until it leaves or the answer is ended.
 *
 * A client that reads slowly loses lines and holds nobody up: what does not fit into FLOW_MAX bytes is not taken.
 */
#ifndef STATGATE_CONTROL_FLOW_H
#define STATGATE_CONTROL_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "control/answer.h"

enum { FLOW_MAX = 65536 /**< bytes that wait for a client */ };

/** From now on the answer flows. `left` is called once if the client leaves, or the control socket is closed, before the
 * answer is ended: it is freed then. */
void flow_begin(struct control_answer *answer, void (*left)(void *arg), void *arg);
/** Add a line: `len` bytes without a newline, which the caller has made harmless. False: there is no room for it. */
bool flow_line(struct control_answer *answer, const char *text, size_t len);

#endif
