/*
 * client.h - one client of the control socket: its request, and its answer. Private to control/.
 *
 *   reading    up to timeout_ms for one line
 *   waiting    for whoever does it; the client's end is not noticed
 *   flowing    lines as they come (flow.h), until the client ends
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
    void (*closed)(void *arg, size_t place); /* the struct is free again */
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

/* Take over a non-blocking descriptor. NULL: out of memory; it stays the caller's. */
struct control_client *client_open(const struct memory *memory, uv_loop_t *loop, int fd,
                                   size_t place, const struct client_hooks *hooks);
/* Where nothing was asked yet, say that nobody will listen. */
void client_refuse(struct control_client *client, enum control_code code, const char *why);
/* Close at once; its answer goes nowhere. */
void client_close(struct control_client *client);

#endif
