/*
 * here.h - what `statgate doctor` finds on this host: the socket, and the daemon's process. Private
 * to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCTOR_HERE_H
#define STATGATE_STATGATE_DOCTOR_HERE_H

#include "statgate/cli.h"
#include "statgate/doctor/findings.h"

enum { HERE_PATH_MAX = 4096 };

/** Check whether this user may send, and to which socket: *ret_path, "" if to none. `given`: the
 * socket's path, or NULL. */
void here_socket(const struct cli *cli, const char *given, char ret_path[HERE_PATH_MAX],
                 struct findings *findings);
/** Check whether the daemon behind that socket can see this host's processes, as far as
 * possible. */
void here_processes(const char *path, struct findings *findings);

#endif
