/*
 * reload.h - `statgate reload`: has the daemon read its configuration and catalogs again. Private
 * to statgate/.
 */
#ifndef STATGATE_STATGATE_CONTROL_RELOAD_H
#define STATGATE_STATGATE_CONTROL_RELOAD_H

#include "statgate/command.h"

extern const struct command reload_command;

#endif
