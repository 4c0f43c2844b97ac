/*
 * await.h - the queue of callers that wait until earlier datagrams have been applied. Private.
 *
 * They ask from within another library, where nothing may be received; the next turn of the loop
 * receives once for all of them.
 */
#ifndef STATGATE_INGRESS_AWAIT_H
#define STATGATE_INGRESS_AWAIT_H

#include "ingress/sockets.h"

/** Add to the end of the queue. */
void await_add(struct ingress *ingress, struct ingress_wait *wait);
/** Remove from the queue; the caller must be in it. */
void await_remove(struct ingress *ingress, struct ingress_wait *wait);
/** If the queue is not empty, receive and apply, for at most a turn's time. Returns how many at the
 * front of the queue are done: nothing is left in the sockets, or this was their second turn. */
size_t await_serve(struct ingress *ingress);
/** Remove `count` from the front of the queue and call their `done`. */
void await_end(struct ingress *ingress, size_t count);

#endif
