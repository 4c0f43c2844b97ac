/*
 * kept_listeners.h - listening sockets that go from process to process under names of one beginning: those of HTTP, and
 * that of commands. A Unix socket's name says which file it had: "statgate-http-8-DEVICE-INODE".
 */
#ifndef STATGATE_STATGATED_KEPT_LISTENERS_H
#define STATGATE_STATGATED_KEPT_LISTENERS_H

#include "endpoint/endpoint.h"
#include "host/unix_listener.h"
#include "statgated/handover.h"

enum {
    KEPT_LISTENERS_MAX = ENDPOINTS_MAX + 1 /**< an address for each endpoint, and that of /debug */
};

struct kept_listeners {
    const char *beginning;
    struct unix_listener sockets[KEPT_LISTENERS_MAX]; /**< whoever takes one puts -1 here */
    char names[KEPT_LISTENERS_MAX][INHERITED_NAME_MAX];
    int fds[KEPT_LISTENERS_MAX];
    size_t count;
};

/** Take those of a beginning (INHERITED_...) out of `inherited`. */
void kept_listeners_find(struct kept_listeners *kept, struct inherited *inherited,
                         const char *beginning);
/** Those that were not taken are closed, and given up later. */
void kept_listeners_settle(const struct kept_listeners *kept, struct handover *handover);
/** Have one kept, unless it is already. */
void kept_listeners_keep(struct handover *handover, const char *beginning,
                         const struct unix_listener *listener);

#endif
