/*
 * control.h - the control socket: a stream socket beside the datagram socket, through which root and
 * the daemon's own user give commands (proto/PROTOCOL.md, "The control socket").
 *
 * One request a connection, at most CONTROL_CLIENTS_MAX at a time; the kernel says who asks. What
 * commands do is the caller's: it gets each with an answer to be ended some time (answer.h).
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
    CONTROL_LOOK_MS = 250, /**< between two looks at the path */
    CONTROL_WAIT_LOOKS_MAX =
        20 /**< where it cannot be bound again, these grow to so many times as long */
};

struct control;

struct control_options {
    const char *path;
    const char *setting; /**< what sets the path, named in errors: "--control" */
    uid_t uid;           /**< whose processes may ask, besides root's */
    /** Sockets that processes before us listened on. One that is in its place at the path is used, and
     * its fd here becomes -1; the others are the caller's. */
    struct unix_listener *kept;
    size_t kept_count;
    uint64_t timeout_ms; /**< for a request to come, and for an answer to be read; 0: the default */
    void (*command)(void *arg, const struct control_request *request,
                    struct control_answer *answer);
    /** The path was removed or replaced, and another socket listens there under the same descriptor. May be NULL. */
    void (*bound)(void *arg);
    /** It was, and cannot be bound again, once for each reason. May be NULL. */
    void (*lost)(void *arg, const char *why);
    uint64_t look_ms; /**< 0: the default */
    void *arg;
};

/** Listen; options are copied. NULL with a sentence. The loop is to turn before commands come. */
struct control *control_open(const struct memory *memory, uv_loop_t *loop,
                             const struct control_options *options, struct error *ret_error);
/** The socket, to be kept for the next process. */
struct unix_listener control_socket(const struct control *control);
/** The socket belongs to another process from now on: nobody is accepted any more, and its file stays when it
 * is closed. Who has not asked yet has to ask again; answers go on. */
void control_leave(struct control *control);
/** Close everything, and remove the file, if it is still ours. Answers that have not ended go nowhere. The loop has to
 * turn afterwards. NULL is fine. */
void control_close(struct control *control);

#endif
