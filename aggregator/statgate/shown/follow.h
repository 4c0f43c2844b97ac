/*
 * follow.h - `statgate events --follow`: events as they come, also over the end of a daemon. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_SHOWN_FOLLOW_H
#define STATGATE_STATGATE_SHOWN_FOLLOW_H

#include "statgate/shown/where.h"

/** Print events to the end of time, or until output breaks or the first connection fails. `json`: each as a line of
 * JSON. Returns the exit code. */
int follow_events(struct cli *cli, const struct command *command, const struct where *where,
                  const char *target, bool json);

#endif
