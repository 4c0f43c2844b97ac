/*
 * batch.h - the datagrams of one recvmmsg(2) with their senders' credentials, in the gate's form.
 *
 * They are in the inbox (inbox.h), so that the next process finds those that were not applied.
 */
#ifndef STATGATE_INGRESS_BATCH_H
#define STATGATE_INGRESS_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "gate/gate.h"
#include "ingress/inbox.h"

enum {
    BATCH_SLOTS = INBOX_SLOTS,
    BATCH_TASTE = INBOX_WHOLE,
    BATCH_TASTE_BYTES = 32 * 1024 /**< if the first BATCH_TASTE have more bytes, the rest wait */
};

/** Must not move. */
struct batch {
    struct gate_datagram datagrams[BATCH_SLOTS]; /**< `count` of them */
    size_t count;
    bool more;   /**< the last receive did not see the end of the queue */
    size_t used; /**< private: headers that the last receive changed */
    bool large;  /**< private: a datagram larger than a slot's head has arrived */
    struct inbox inbox;
    struct iovec parts[BATCH_SLOTS]; /**< private */
};

/** Make the inbox in `object`, or, if that is NULL, on the heap. Returns false when out of
 * memory. */
bool batch_init(struct batch *batch, const struct memory *memory, struct object *object);
/** Safe on a zeroed struct. */
void batch_done(struct batch *batch, const struct memory *memory);

/**
 * Replace the content with datagrams that wait on the socket, at most BATCH_SLOTS, without waiting.
 * The first BATCH_TASTE show how large they are: if they are large, no more are received, since
 * copying four megabytes takes too long. Adds to `traffic`, committed: the bytes kept and the bytes
 * that the kernel cut off. Descriptors that came along are closed. Returns the number of datagrams
 * (0: none wait) or a negative errno.
 *
 * Before it receives, it moves the position in the object's undo record to the first datagram: all
 * datagrams received earlier must have been applied.
 */
int batch_receive(struct batch *batch, int fd, gate_scope scope, struct ledger_traffic *traffic);

/**
 * Fill the batch from the inbox, `used` headers: for batch_receive, and after a takeover (rest.h).
 * Adds the datagrams from number `count_from` on to `traffic`, in one commit with their number in
 * the inbox, so that a reader after a kill knows whether they are counted.
 */
void batch_take(struct batch *batch, size_t count_from, gate_scope scope,
                struct ledger_traffic *traffic);

#endif
