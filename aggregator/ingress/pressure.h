/* SPDX-License-Identifier: MIT */
/*
 * pressure.h - how much waits in the sockets' queues, and who sends most while one is full.
 *
 * A daemon cannot see a send that the kernel refuses. It sees a queue that was not found empty for
 * as many datagrams as it holds: then it is full, or was so a moment ago, and senders are refused
 * or wait. While that lasts, the first datagram of each batch is counted for its process, in eight
 * counters that name any process with more than a ninth of them (Misra and Gries, 1982). Pure.
 */
#ifndef STATGATE_INGRESS_PRESSURE_H
#define STATGATE_INGRESS_PRESSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate/gate.h"

enum { PRESSURE_SENDERS = 8 };

struct pressure_sender {
    int32_t pid;
    uint32_t uid;
    uint64_t count; /**< 0: a free place */
};

/** Zeroed at first. */
struct pressure {
    uint64_t received; /**< datagrams, of all queues */
    uint64_t full;     /**< of them, those without an empty look for a queue's depth */
    uint64_t counted;  /**< batches whose sender was counted */
    uint64_t most;     /**< the most datagrams received without an empty look, at most the depth */
    gate_scope scope;  /**< the socket that was full last */
    struct pressure_sender senders[PRESSURE_SENDERS];
};

/** What was received from a queue since it was last found empty. */
struct pressure_run {
    uint64_t datagrams;
};

/** A batch of datagrams, received from a queue of this depth. */
struct pressure_batch {
    uint64_t depth; /**< of the queue, in datagrams; 0: unknown, and never full */
    size_t datagrams;
    bool empty;                      /**< the queue was found empty */
    const struct gate_origin *first; /**< whose the first datagram is; NULL: there is none */
};
/** Count a batch; `run` is that of its queue. */
void ingress_pressure_received(struct pressure *pressure, struct pressure_run *run,
                               const struct pressure_batch *batch);
/** Whether at least half of the datagrams came from a full queue, and eight times its depth. */
bool ingress_pressure_is_full(const struct pressure *pressure, uint64_t depth);
/** The process with most of the batches of a full queue; its count is at most what it sent. NULL:
 * so many send alike that none stands out. */
const struct pressure_sender *ingress_pressure_most(const struct pressure *pressure);

#endif
