/*
 * shown.h - commands that show what a running daemon knows, from its views below /debug: as a table
 * for people, or as the daemon's own JSON. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_SHOWN_SHOWN_H
#define STATGATE_STATGATE_SHOWN_SHOWN_H

#include "statgate/command.h"

extern const struct command shown_series_command;
extern const struct command shown_rejections_command;
extern const struct command shown_senders_command;
extern const struct command shown_breakers_command;
extern const struct command shown_jobs_command;
extern const struct command shown_queries_command;
extern const struct command shown_events_command;

#endif
