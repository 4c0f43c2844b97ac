/* SPDX-License-Identifier: MIT */
/* gen.h - statgate gen: the plan of typed functions for a catalog. */
#ifndef STATGATE_STATGATE_GEN_GEN_H
#define STATGATE_STATGATE_GEN_GEN_H

#include "statgate/command.h"

extern const struct command gen_command;

#endif
