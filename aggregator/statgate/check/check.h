/*
 * check.h - `statgate check`: whether catalogs are valid, and how large everything can get. Private
 * to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_CHECK_H
#define STATGATE_STATGATE_CHECK_CHECK_H

#include "statgate/command.h"

extern const struct command check_command;

#endif
