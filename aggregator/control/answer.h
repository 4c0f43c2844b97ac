/*
 * answer.h - the answer to a command, which may end long after the command came.
 *
 * Lines for people, then one that says how it went. Whoever got the answer ends it, once, by
 * control_answer_ok or control_answer_error, also when the client has gone away meanwhile, or the
 * control socket was closed: nobody reads it then.
 */
#ifndef STATGATE_CONTROL_ANSWER_H
#define STATGATE_CONTROL_ANSWER_H

#include "control/code.h"

enum {
    CONTROL_ANSWER_MAX = 65536 /**< bytes of lines; what goes beyond is left out, and counted */
};

struct control_answer;

/** Add a line. Control bytes in it become `?`. */
void control_answer_line(struct control_answer *answer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** It was done; the answer ends, and is freed. */
void control_answer_ok(struct control_answer *answer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** It was not done. */
void control_answer_error(struct control_answer *answer, enum control_code code, const char *format,
                          ...) __attribute__((format(printf, 3, 4)));

#endif
