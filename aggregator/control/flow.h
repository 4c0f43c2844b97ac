/*
 * flow.h - an answer that continues: lines reach the client as they are added, until the client
 * leaves or the answer is ended.
 *
 * A client that reads slowly loses lines and delays nobody: a line that does not fit into FLOW_MAX
 * bytes is dropped.
 */
#ifndef STATGATE_CONTROL_FLOW_H
#define STATGATE_CONTROL_FLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "control/answer.h"

enum { FLOW_MAX = 65536 /**< most bytes that wait for a client */ };

/** Let the answer flow from now on. `left` is called once if the client leaves, or the control
 * socket is closed, before the answer is ended; the answer is freed after that. */
void flow_begin(struct control_answer *answer, void (*left)(void *arg), void *arg);
/** Add a line of `len` bytes without a newline; the caller must have escaped control bytes. False:
 * there is no room for it. */
bool flow_line(struct control_answer *answer, const char *text, size_t len);

#endif
