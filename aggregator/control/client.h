/*
 * client.h - one client of the control socket, with its request and its answer. Private to
 * control/.
 *
 *   reading    up to timeout_ms for one line
 *   waiting    for the code that carries out the command; does not notice if the client leaves
 *   flowing    lines as they are added (flow.h), until the client leaves
 *   writing    up to timeout_ms
 */
#ifndef STATGATE_CONTROL_CLIENT_H
#define STATGATE_CONTROL_CLIENT_H

#include <uv.h>

#include "control/answer_private.h"
#include "control/control.h"

struct client_hooks {
    void (*command)(void *arg, const struct control_request *request,
                    struct control_answer *answer);
    void *command_arg;
    uint64_t timeout_ms;
    void (*closed)(void *arg, size_t place); /* the struct was freed */
    void *closed_arg;
};

enum client_state {
    CLIENT_READING,
    CLIENT_WAITING,
    CLIENT_FLOWING,
    CLIENT_WRITING,
    CLIENT_CLOSING
};

struct control_client {
    const struct client_hooks *hooks;
    const struct memory *memory;
    size_t place;
    enum client_state state;
    int fd;
    uv_poll_t poll;
    uv_timer_t timer;
    size_t open_handles;
    char line[CONTROL_LINE_MAX + 1];
    size_t len;
    struct control_answer *answer;
    size_t sent;
};

/* Make a client from a non-blocking descriptor and take the descriptor over. NULL: out of memory;
 * the caller then still owns it. */
struct control_client *client_open(const struct memory *memory, uv_loop_t *loop, int fd,
                                   size_t place, const struct client_hooks *hooks);
/* Refuse a client that has not sent its request yet, with a reason. */
void client_refuse(struct control_client *client, enum control_code code, const char *why);
/* Close at once; its answer is discarded. */
void client_close(struct control_client *client);

#endif
