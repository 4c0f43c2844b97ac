/*
 * tail.h - `statgate tail`: prints lines with their verdicts as the daemon receives them. Private
 * to statgate/.
 */
#ifndef STATGATE_STATGATE_TAIL_TAIL_H
#define STATGATE_STATGATE_TAIL_TAIL_H

#include "statgate/command.h"

extern const struct command tail_command;

#endif
