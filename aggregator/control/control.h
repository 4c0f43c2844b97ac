/* SPDX-License-Identifier: MIT */
/*
 * control.h - the control socket: a stream socket beside the datagram socket, through which root
 * and the daemon's own user give commands (proto/CONTROL.md).
 *
 * One request per connection, at most CONTROL_CLIENTS_MAX at a time; the kernel identifies the
 * sender. The caller implements the commands: it gets each one with an answer that it ends later
 * (below).
 */
#ifndef STATGATE_CONTROL_CONTROL_H
#define STATGATE_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <uv.h>

#include "base/error.h"
#include "base/memory.h"
#include "host/unix_socket.h"

/* ---- code: the reason why a command was not done, as one word for programs. ---- */

/** The codes of codes.def: CONTROL_REFUSED, ... */
enum control_code {
#define CODE(id, word, exit_code) CONTROL_##id,
#include "control/codes.def"
#undef CODE
    CONTROL_CODE_COUNT
};

/** The word of a code. Static. */
const char *control_code_word(enum control_code code);
/** Find the code of a word of `len` bytes; CONTROL_CODE_COUNT if there is none. */
enum control_code control_code_find(const char *word, size_t len);
/** The exit code of the command `statgate` for this reason. */
int control_code_exit(enum control_code code);

/* ---- answer: the answer to a command, which may end long after the command arrived.
 *
 * An answer has lines for people, then a last line with the result. The code that got the
 * answer must end it once, with control_answer_ok or control_answer_error, even if the client has
 * left meanwhile or the control socket was closed; no one reads the answer then.
 */

enum {
    CONTROL_ANSWER_MAX = 65536 /**< bytes of lines; further lines are dropped and counted */
};

struct control_answer;

/** Add a line. Control bytes in it become `?`. */
void control_answer_line(struct control_answer *answer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** End the answer: the command was done. Frees the answer. */
void control_answer_ok(struct control_answer *answer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** End the answer: the command was not done. Frees the answer. */
void control_answer_error(struct control_answer *answer, enum control_code code, const char *format,
                          ...) __attribute__((format(printf, 3, 4)));

/* ---- flow: an answer that continues: lines reach the client as they are added, until the client
 * leaves or the answer is ended.
 *
 * A client that reads slowly loses lines and delays no one: a line that does not fit into FLOW_MAX
 * bytes is dropped.
 */

enum { FLOW_MAX = 65536 /**< most bytes that wait for a client */ };

/** Let the answer flow from now on. `left` is called once if the client leaves, or the control
 * socket is closed, before the answer is ended; the answer is freed after that. */
void control_flow_begin(struct control_answer *answer, void (*left)(void *arg), void *arg);
/** Add a line of `len` bytes without a newline; the caller must have escaped control bytes. False:
 * there is no room for it. */
bool control_flow_line(struct control_answer *answer, const char *text, size_t len);

/* ---- request: parses a line of the control socket (proto/CONTROL.md).
 *
 *   reload
 *   forget SERVICE FAMILY [KEY=VALUE,...]
 *   tail [KEY=VALUE,...]
 *   address
 *
 * Pure. Names are not looked up here.
 */

enum {
    CONTROL_LINE_MAX = 8192, /**< bytes of a request, with its newline */
    CONTROL_LABELS_MAX = 32
};

enum control_command { CONTROL_RELOAD, CONTROL_FORGET, CONTROL_TAIL, CONTROL_ADDRESS };

struct control_label {
    const char *key;
    const char *value; /**< may be "" */
};

/** Texts are terminated and stored in the line that was read. */
struct control_request {
    enum control_command command;
    const char *service;                             /**< for forget */
    const char *family;                              /**< for forget */
    struct control_label labels[CONTROL_LABELS_MAX]; /**< no key twice; for tail, its filters */
    size_t label_count;
};

/** Parse a line of `len` bytes without its newline. The line is changed, and must have room for one
 * more byte. False, with a sentence in ret_error, if it is not a request. */
bool control_request_read(char *line, size_t len, struct control_request *ret_request,
                          struct error *ret_error);

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
