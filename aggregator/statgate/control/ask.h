/*
 * ask.h - sends a command to the daemon's control socket and prints the answer. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_CONTROL_ASK_H
#define STATGATE_STATGATE_CONTROL_ASK_H

#include "statgate/command.h"

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

/**
 * Send the request (a line without its newline), and print the lines of the answer and its final
 * line, or an error in the command's name. If the daemon is about to be replaced, the request is
 * sent again. Returns the exit code, which is CLI_FAILURE also if no daemon answers in time.
 */
int ask_daemon(struct cli *cli, const struct command *command, const struct settings *settings,
               const char *request);

/**
 * Ask the daemon that is found without being named for the address of its /debug: by the control
 * socket beside `sock_path`, or (NULL) of the environment, the settings and the default places, as
 * ask_daemon does. False if none
 * answers within a second. `ret_address` has `size` bytes.
 */
bool ask_address(struct cli *cli, const char *sock_path, char *ret_address, size_t size);

#endif
