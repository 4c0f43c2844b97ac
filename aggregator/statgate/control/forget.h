/*
 * forget.h - `statgate forget`: ends series that should never have been sent. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CONTROL_FORGET_H
#define STATGATE_STATGATE_CONTROL_FORGET_H

#include "statgate/command.h"

extern const struct command forget_command;

#endif
