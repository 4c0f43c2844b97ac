/*
 * send.h - `statgate send`: sends lines to the daemon, for scripts and cron. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_SEND_SEND_H
#define STATGATE_STATGATE_SEND_SEND_H

#include "statgate/command.h"

extern const struct command send_command;

#endif
