/*
 * command_socket.h - the daemon's control socket: where it is, and from process to process.
 */
#ifndef STATGATE_STATGATED_COMMAND_SOCKET_H
#define STATGATE_STATGATED_COMMAND_SOCKET_H

#include "statgated/daemon.h"

/** Does a command; the daemon is `arg`. */
typedef void command_socket_take(void *arg, const struct control_request *request,
                                 struct control_answer *answer);

/** Listen on the control socket, if there is to be one: on that of a daemon before us, if it was kept. At its
 * default place it may fail with a warning: SIGHUP does what the commands do. */
bool command_socket_open(struct daemon *daemon, struct inherited *inherited,
                         command_socket_take *take, struct start_error *ret_error);
/** Another process is the daemon: what commands do here ends, and the socket is that one's. */
void command_socket_leave(struct daemon *daemon);
/** Safe twice. */
void command_socket_close(struct daemon *daemon);

#endif
