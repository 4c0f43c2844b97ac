/*
 * top.h - `statgate top`: shows what a daemon is doing, on the whole screen. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_TOP_TOP_H
#define STATGATE_STATGATE_TOP_TOP_H

#include "statgate/command.h"

extern const struct command top_command;

#endif
