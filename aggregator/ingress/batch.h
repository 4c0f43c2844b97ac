/*
 * batch.h - one recvmmsg(2) of datagrams with their senders' credentials, as the gate takes them.
 *
 *   slot 0            slot 1            ...   slot 63
 *   [64 KiB | pad]    [64 KiB | pad]          [64 KiB]
 *
 * A slot holds the largest datagram that clients send. Pages of a slot cost memory when first used;
 * the odd padding spreads the first lines of the slots over the processor's caches.
 */
#ifndef STATGATE_INGRESS_BATCH_H
#define STATGATE_INGRESS_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "gate/gate.h"

enum {
    BATCH_SLOTS = 64,
    BATCH_TASTE = 8,
    BATCH_TASTE_BYTES = 32 * 1024, /**< if the first BATCH_TASTE have more, the rest wait */
    BATCH_SLOT_BYTES = 64 * 1024,
    BATCH_SLOT_STRIDE = BATCH_SLOT_BYTES + 25 * 64
};

/** Room for exactly one SCM_CREDENTIALS, so no descriptor can be passed beside it. */
union batch_control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(struct ucred))];
};

struct batch {
    struct gate_datagram datagrams[BATCH_SLOTS]; /**< `count` of them */
    size_t count;
    bool more; /**< the last receive did not see the end of the queue */
    char *memory;
    size_t used; /**< headers that the last receive changed */
    struct mmsghdr headers[BATCH_SLOTS];
    struct iovec parts[BATCH_SLOTS];
    union batch_control controls[BATCH_SLOTS];
};

/** 0 or a negative errno. */
int batch_init(struct batch *batch);
/** Safe on a zeroed struct. */
void batch_done(struct batch *batch);

/**
 * Replace the content with what waits on the socket, at most BATCH_SLOTS datagrams, without
 * waiting. The first BATCH_TASTE of them show how large they are: if they are large, no more are
 * taken, since copying four megabytes takes too long. Adds to `traffic`: the bytes kept, and those that
 * the kernel cut off. Descriptors that came along are closed. Returns how many datagrams came (0:
 * nothing waits) or a negative errno.
 */
int batch_receive(struct batch *batch, int fd, gate_scope scope, struct ledger_traffic *traffic);

#endif
