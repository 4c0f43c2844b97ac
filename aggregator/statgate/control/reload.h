/*
 * reload.h - `statgate reload`: the daemon reads its configuration and its catalogs again. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CONTROL_RELOAD_H
#define STATGATE_STATGATE_CONTROL_RELOAD_H

#include "statgate/command.h"

extern const struct command reload_command;

#endif
