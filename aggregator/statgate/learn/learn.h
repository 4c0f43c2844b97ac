/* SPDX-License-Identifier: MIT */
/* learn.h - statgate learn: a catalog for what is sent and refused. */
#ifndef STATGATE_STATGATE_LEARN_LEARN_H
#define STATGATE_STATGATE_LEARN_LEARN_H

#include "statgate/command.h"

extern const struct command learn_command;

#endif
