/*
 * death.h - how a process ended, for the log and as an exit code. Pure.
 */
#ifndef STATGATE_SUPERVISOR_DEATH_H
#define STATGATE_SUPERVISOR_DEATH_H

#include <stdbool.h>
#include <stddef.h>

struct death {
    bool known; /**< false: it was not our child, so the kernel did not tell us how */
    int status; /**< of waitpid(2) */
};

enum { DEATH_TEXT_BYTES = 96 };

/** Write a text such as "exited with status 1" or "was killed by signal 11 (SIGSEGV), core
 * dumped". */
void death_describe(const struct death *death, char ret_text[DEATH_TEXT_BYTES]);
/** The exit code to use for it: the process's own, 128 plus the signal, or 1 if unknown. */
int death_code(const struct death *death);
/** Whether the process exited with 0. */
bool death_is_orderly(const struct death *death);

#endif
