/* SPDX-License-Identifier: MIT */
/* check.h - statgate check: files, hosts, connections, and what could be better. */
#ifndef STATGATE_STATGATE_CHECK_CHECK_H
#define STATGATE_STATGATE_CHECK_CHECK_H

#include "statgate/command.h"

extern const struct command check_command;

#endif
