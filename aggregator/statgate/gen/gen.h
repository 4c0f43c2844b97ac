/*
 * gen.h - `statgate gen`: generates functions for what a program's catalog declares. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_GEN_GEN_H
#define STATGATE_STATGATE_GEN_GEN_H

#include "statgate/command.h"

extern const struct command gen_command;

#endif
