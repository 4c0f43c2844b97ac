/* SPDX-License-Identifier: MIT */
/* top.h - statgate top: the screen, refreshed. */
#ifndef STATGATE_STATGATE_TOP_TOP_H
#define STATGATE_STATGATE_TOP_TOP_H

#include "statgate/command.h"

extern const struct command top_command;

#endif
