/*
 * reach.h - where the daemon's control socket may be, and the way there. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CONTROL_REACH_H
#define STATGATE_STATGATE_CONTROL_REACH_H

#include "statgate/command.h"
#include "statgate/send/places.h"

struct reach {
    struct cli *cli;
    struct send_places places; /**< of control sockets */
    const char *path;          /**< that answered */
    char wrong[ERROR_BYTES];   /**< the configuration file, where it was looked for a path */
};

/** List the places: the control socket, or the one beside `sock` (NULL: not given), else those of the environment, the
 * configuration file, and the default ones. */
void reach_list(struct reach *reach, struct cli *cli, const char *control, const char *sock);
/** A stream socket to the first that answers, non-blocking; -1: none does, and each place knows why. */
int reach_connect(struct reach *reach);
/** Tell that none does, in the command's name. Returns the exit code. */
int reach_fail(const struct reach *reach, const struct command *command);

#endif
