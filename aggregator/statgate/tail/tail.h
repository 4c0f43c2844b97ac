/* SPDX-License-Identifier: MIT */
/* tail.h - statgate tail: lines as they come, with their verdicts. */
#ifndef STATGATE_STATGATE_TAIL_TAIL_H
#define STATGATE_STATGATE_TAIL_TAIL_H

#include "statgate/command.h"

extern const struct command tail_command;

#endif
