/*
 * kept_listeners.h - listening sockets that pass from process to process, under names with a common
 * beginning: one for HTTP, one for commands. The name of a Unix socket says which file it had:
 * "statgate-http-8-DEVICE-INODE".
 */
#ifndef STATGATE_STATGATED_KEPT_LISTENERS_H
#define STATGATE_STATGATED_KEPT_LISTENERS_H

#include "endpoint/endpoint.h"
#include "host/unix_listener.h"
#include "statgated/handover.h"

enum {
    KEPT_LISTENERS_MAX = ENDPOINTS_MAX + 1 /**< one for each endpoint, and one for /debug */
};

struct kept_listeners {
    const char *beginning;
    struct unix_listener sockets[KEPT_LISTENERS_MAX]; /**< whoever takes a socket writes -1 here */
    char names[KEPT_LISTENERS_MAX][INHERITED_NAME_MAX];
    int fds[KEPT_LISTENERS_MAX];
    size_t count;
};

/** Take the sockets whose names start with `beginning` (INHERITED_...) out of `inherited`. */
void kept_listeners_find(struct kept_listeners *kept, struct inherited *inherited,
                         const char *beginning);
/** Close the sockets that were not taken; the manager gives them up later. */
void kept_listeners_settle(const struct kept_listeners *kept, struct handover *handover);
/** Have this socket kept, unless it already is. */
void kept_listeners_keep(struct handover *handover, const char *beginning,
                         const struct unix_listener *listener);

#endif
