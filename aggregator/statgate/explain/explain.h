/*
 * explain.h - `statgate explain`: says what would become of a line, and why. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_EXPLAIN_H
#define STATGATE_STATGATE_EXPLAIN_EXPLAIN_H

#include "statgate/command.h"

extern const struct command explain_command;

#endif
