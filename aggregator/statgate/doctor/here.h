/*
 * here.h - what `statgate doctor` sees of this host: the socket, and the daemon's process. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCTOR_HERE_H
#define STATGATE_STATGATE_DOCTOR_HERE_H

#include "statgate/cli.h"
#include "statgate/doctor/findings.h"

enum { HERE_PATH_MAX = 4096 };

/** Whether this user may send, and where: *ret_path, "" if nowhere. `given`: the socket's path, or NULL. */
void here_socket(const struct cli *cli, const char *given, char ret_path[HERE_PATH_MAX],
                 struct findings *findings);
/** Whether the daemon behind that socket can see processes from here, as far as that can be found out. */
void here_processes(const char *path, struct findings *findings);

#endif
