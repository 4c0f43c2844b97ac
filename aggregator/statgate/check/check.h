/* SPDX-License-Identifier: MIT */
/* check.h - statgate check: files, hosts, connections, and what could be better. */
#ifndef STATGATE_STATGATE_CHECK_CHECK_H
#define STATGATE_STATGATE_CHECK_CHECK_H

#include "statgate/command.h"

extern const struct command check_command;

/* Also for the program that does not hold it. */
#define CHECK_WORD    "check"
#define CHECK_SUMMARY "Check catalogs, and show how large everything can get."

#endif
