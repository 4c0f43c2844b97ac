/*
 * answer.h - the answer to a command, which may end long after the command arrived.
 *
 * An answer has lines for people, then a last line with the result. The code that got the answer
 * must end it once, with control_answer_ok or control_answer_error, even if the client has left
 * meanwhile or the control socket was closed; nobody reads the answer then.
 */
#ifndef STATGATE_CONTROL_ANSWER_H
#define STATGATE_CONTROL_ANSWER_H

#include "control/code.h"

enum {
    CONTROL_ANSWER_MAX = 65536 /**< bytes of lines; further lines are dropped and counted */
};

struct control_answer;

/** Add a line. Control bytes in it become `?`. */
void control_answer_line(struct control_answer *answer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** End the answer: the command was done. Frees the answer. */
void control_answer_ok(struct control_answer *answer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** End the answer: the command was not done. Frees the answer. */
void control_answer_error(struct control_answer *answer, enum control_code code, const char *format,
                          ...) __attribute__((format(printf, 3, 4)));

#endif
