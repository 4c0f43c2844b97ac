/*
 * check.h - `statgate check`: are these catalogs good, and how large can it get? Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_CHECK_H
#define STATGATE_STATGATE_CHECK_CHECK_H

#include "statgate/command.h"

extern const struct command check_command;

#endif
