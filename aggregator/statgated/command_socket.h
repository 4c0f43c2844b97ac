/*
 * command_socket.h - the daemon's control socket: its path, and how it passes from process to
 * process.
 */
#ifndef STATGATE_STATGATED_COMMAND_SOCKET_H
#define STATGATE_STATGATED_COMMAND_SOCKET_H

#include "statgated/daemon.h"

/** Executes a command; `arg` is the daemon. */
typedef void command_socket_take(void *arg, const struct control_request *request,
                                 struct control_answer *answer);

/** Listen on the control socket if the settings want one, on the former daemon's if it was kept.
 * At the default path, failure is only a warning: SIGHUP has the same effect as a reload
 * command. */
bool command_socket_open(struct daemon *daemon, struct inherited *inherited,
                         command_socket_take *take, struct start_error *ret_error);
/** Another process is the daemon: end commands that are under way, and leave the socket to that
 * process. */
void command_socket_leave(struct daemon *daemon);
/** Close the control socket. Safe twice. */
void command_socket_close(struct daemon *daemon);

#endif
