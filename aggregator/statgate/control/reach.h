/*
 * reach.h - finds the daemon's control socket and connects to it. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CONTROL_REACH_H
#define STATGATE_STATGATE_CONTROL_REACH_H

#include "statgate/command.h"
#include "statgate/send/places.h"

struct reach {
    struct cli *cli;
    struct send_places places; /**< paths of control sockets */
    const char *path;          /**< the path that answered */
    char wrong[ERROR_BYTES];   /**< error in the configuration file */
};

/** List the paths to try: `control`, or the control socket beside `sock` (NULL: not given), else
 * those from the environment, the configuration file, and the default paths. */
void reach_list(struct reach *reach, struct cli *cli, const char *control, const char *sock);
/** Connect to the first path that answers. Returns a non-blocking stream socket, or -1 if none
 * answers; each place then has its reason. */
int reach_connect(struct reach *reach);
/** Report in the command's name that no path answers. Returns the exit code. */
int reach_fail(const struct reach *reach, const struct command *command);

#endif
