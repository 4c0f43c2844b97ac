/*
 * queue.h - how many datagrams a socket's receive queue holds, and how to get a deep one.
 *
 * The kernel copies net.unix.max_dgram_qlen of the creator's network namespace into a socket when
 * it is made, and nothing changes it later (net/unix/af_unix.c, unix_create1). The default is 10,
 * in every new namespace too. A queue of N admits N + 1 datagrams, shared by all senders.
 */
#ifndef STATGATE_INGRESS_QUEUE_H
#define STATGATE_INGRESS_QUEUE_H

#include <stdint.h>

/** Where a queue's depth comes from. */
enum queue_source {
    QUEUE_OWN,       /**< the socket was made in a namespace of its own */
    QUEUE_HOST,      /**< the host's setting when the socket was made */
    QUEUE_INHERITED, /**< made by another process; the host's present setting is the best guess */
    QUEUE_KEPT       /**< made by an earlier process of ours, which recorded the depth */
};

/** "own", "host sysctl", "inherited" or "kept". Static. */
const char *queue_source_text(enum queue_source source);

/** The present net.unix.max_dgram_qlen of this network namespace; 0 when it cannot be read. */
uint32_t queue_host_depth(void);

enum { QUEUE_WHY_MAX = 160 };

/**
 * Make a datagram socket with a queue of `depth`, whatever the host's setting. A short-lived child
 * process enters a network namespace (and a user namespace around it, if it needs one), writes the
 * depth there, makes the socket and passes it back; the host's setting is unchanged. Paths,
 * credentials and speed are those of any other socket: the only thing that crosses namespaces is
 * the look-up of a path, which works by inode.
 *
 * Returns the descriptor (close-on-exec), or -1 with the reason in ret_why (QUEUE_WHY_MAX bytes).
 * Takes at most about timeout_ms. Call it before threads start.
 */
int queue_deep_socket(uint32_t depth, int timeout_ms, char *ret_why);

#endif
