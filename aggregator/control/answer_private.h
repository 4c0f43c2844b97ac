/*
 * answer_private.h - an answer, for the code that sends it. Private to control/.
 */
#ifndef STATGATE_CONTROL_ANSWER_PRIVATE_H
#define STATGATE_CONTROL_ANSWER_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "control/answer.h"

struct control_answer {
    const struct memory *memory;
    struct strbuf text;
    uint64_t left_out; /* lines */
    /* Called when the answer has ended: its text is complete, and the callee frees the answer.
     * NULL: nobody wants the answer. */
    void (*ended)(void *arg);
    /* Called when the answer begins to flow (flow.h), and when it has bytes again. */
    void (*flows)(void *arg);
    void *arg;
    bool flowing;
    void (*left)(void *arg); /* set by flow_begin */
    void *left_arg;
};

/* Make an answer. NULL: out of memory. */
struct control_answer *control_answer_new(const struct memory *memory, void (*ended)(void *arg),
                                          void (*flows)(void *arg), void *arg);
void control_answer_free(struct control_answer *answer);

#endif
