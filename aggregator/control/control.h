/*
 * control.h - the control socket: a stream socket beside the datagram socket, through which root
 * and the daemon's own user give commands (proto/PROTOCOL.md, "The control socket").
 *
 * One request per connection, at most CONTROL_CLIENTS_MAX at a time; the kernel identifies the
 * sender. The caller implements the commands: it gets each one with an answer that it ends later
 * (answer.h).
 */
#ifndef STATGATE_CONTROL_CONTROL_H
#define STATGATE_CONTROL_CONTROL_H

#include <sys/types.h>
#include <uv.h>

#include "base/memory.h"
#include "control/answer.h"
#include "control/request.h"
#include "host/unix_listener.h"

enum {
    CONTROL_CLIENTS_MAX = 8,
    CONTROL_TIMEOUT_MS = 10000,
    CONTROL_MODE = 0600,
    CONTROL_LOOK_MS = 250, /**< between two checks of the path */
    CONTROL_WAIT_LOOKS_MAX =
        20 /**< if the path cannot be bound again, attempts back off to this many checks */
};

struct control;

struct control_options {
    const char *path;
    const char *setting; /**< the setting that sets the path, for error messages: "--control" */
    uid_t uid;           /**< user whose processes may give commands, besides root */
    /** Sockets that earlier processes listened on. One that is still in place at the path is used,
     * and its fd here becomes -1; the caller keeps the others. */
    struct unix_listener *kept;
    size_t kept_count;
    uint64_t timeout_ms; /**< limit for a request and for reading an answer; 0: the default */
    void (*command)(void *arg, const struct control_request *request,
                    struct control_answer *answer);
    /** The path was removed or replaced, and a new socket now listens there under the same
     * descriptor. May be NULL. */
    void (*bound)(void *arg);
    /** The path was removed or replaced and cannot be bound again. Called once for each reason. May
     * be NULL. */
    void (*lost)(void *arg, const char *why);
    uint64_t look_ms; /**< 0: the default */
    void *arg;
};

/** Listen; options are copied. NULL with a sentence in ret_error. Commands arrive once the loop
 * turns. */
struct control *control_open(const struct memory *memory, uv_loop_t *loop,
                             const struct control_options *options, struct error *ret_error);
/** How many clients were turned away because there was no memory for them. */
uint64_t control_no_memory(const struct control *control);
/** The socket, for keeping it for the next process. */
struct unix_listener control_socket(const struct control *control);
/** The socket belongs to another process from now on: stop accepting, and do not remove its file on
 * close. Clients that have not sent a request yet have to ask again; other answers continue. */
void control_leave(struct control *control);
/** Close everything, and remove the file if it is still ours. Answers that have not ended are
 * discarded. The loop has to turn afterwards. NULL is fine. */
void control_close(struct control *control);

#endif
