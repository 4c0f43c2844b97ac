/*
 * follow.h - `statgate events --follow`: events as they happen, even across restarts of the daemon.
 * Private to statgate/.
 */
#ifndef STATGATE_STATGATE_SHOWN_FOLLOW_H
#define STATGATE_STATGATE_SHOWN_FOLLOW_H

#include "statgate/shown/where.h"

/** Print events until output fails or the first connection fails; otherwise it never ends.
 * `json`: each event as a line of JSON. Returns the exit code. */
int follow_events(struct cli *cli, const struct command *command, const struct where *where,
                  const char *target, bool json);

#endif
