/* SPDX-License-Identifier: MIT */
/* control_command.h - statgate reload and forget: commands for the daemon, on its control socket.
 */
#ifndef STATGATE_STATGATE_CONTROL_CONTROL_COMMAND_H
#define STATGATE_STATGATE_CONTROL_CONTROL_COMMAND_H

#include "fetch/fetch.h"
#include "statgate/command.h"
#include "statgate/send/send.h"

/* ---- ask ----
 * gives a command to the daemon on its control socket and prints the answer.
 */

/** The first flags of every command that uses the control socket, in this order. */
enum { ASK_CONTROL, ASK_SOCKET, ASK_TIMEOUT, ASK_FLAG_COUNT };
#define ASK_FLAGS                                                                                  \
    [ASK_CONTROL] = {"control", "PATH",                                                            \
                     "The daemon's control socket. Without it $STATGATE_CONTROL, else the one "    \
                     "beside the socket."},                                                        \
    [ASK_SOCKET] = {"socket", "PATH",                                                              \
                    "The daemon's socket, which the control socket is beside. Without it "         \
                    "$STATGATE_SOCKET, else that of the configuration file, else one of the "      \
                    "default places, as for statgate send."},                                      \
    [ASK_TIMEOUT] = {"timeout", "SECONDS", "How long to wait for the answer. 20 by default."}

/** Give the command at `target` and print the answer, or an error in the command's name. The texts
 * are those of the flags above; NULL: not given. Returns the exit code. */
int control_give(struct cli *cli, const struct command *command, const char *target,
                 const char *control, const char *sock, const char *timeout);

/**
 * Ask the daemon that is found without being named for the address of its /debug: by the control
 * socket beside `sock_path`, or (NULL) of the environment, the settings and the default places.
 * False if none answers within a second. `ret_address` has `size` bytes.
 */
bool control_ask_address(struct cli *cli, const char *sock_path, char *ret_address, size_t size);

/* ---- forget ----
 * `statgate forget`: ends series that should never have been sent.
 */

extern const struct command control_forget_command;

/* ---- reach: finds the daemon's control socket and asks there. ---- */

struct reach {
    struct cli *cli;
    struct send_places places; /**< paths of control sockets */
    const char *path;          /**< the path that answered */
    struct fetch_address address;
    char wrong[ERROR_BYTES]; /**< error in the configuration file */
};

/** List the paths to try: `control`, or the control socket beside `sock` (NULL: not given), else
 * those from the environment, the configuration file, and the default paths. */
void control_reach_list(struct reach *reach, struct cli *cli, const char *control,
                        const char *sock);
/** POST to the first path that answers. NULL: none does, and each place has its reason. */
struct fetch *control_reach_ask(struct reach *reach, const char *target, size_t body_max);
/** Report in the command's name that no path answers. Returns the exit code. */
int control_reach_fail(const struct reach *reach, const struct command *command);

/* ---- reload ----
 * `statgate reload`: has the daemon read its configuration and catalogs again. Private
 * to statgate/.
 */

extern const struct command control_reload_command;

#endif
