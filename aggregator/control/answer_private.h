/*
 * answer_private.h - an answer, for those who send it. Private to control/.
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
    /* Called when it has ended: text is complete, and the answer is the callee's to free. NULL: nobody
     * wants it. */
    void (*ended)(void *arg);
    /* Called when it flows (flow.h), and when it has bytes again. */
    void (*flows)(void *arg);
    void *arg;
    bool flowing;
    void (*left)(void *arg); /* of whoever lets it flow */
    void *left_arg;
};

/* NULL: out of memory. */
struct control_answer *control_answer_new(const struct memory *memory, void (*ended)(void *arg),
                                          void (*flows)(void *arg), void *arg);
void control_answer_free(struct control_answer *answer);

#endif
