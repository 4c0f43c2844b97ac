/*
 * await.h - the line of callers that wait until what was sent before has been applied. Private.
 *
 * They ask from within another library, where nothing may be received; the next turn of the loop
 * receives once for all of them.
 */
#ifndef STATGATE_INGRESS_AWAIT_H
#define STATGATE_INGRESS_AWAIT_H

#include "ingress/sockets.h"

/** Add to the end of the line. */
void await_add(struct ingress *ingress, struct ingress_wait *wait);
/** Take out of the line; it must be in it. */
void await_remove(struct ingress *ingress, struct ingress_wait *wait);
/** If the line is not empty, receive and apply, for a turn's time at most. Returns how many, from the
 * front of the line, are done: nothing is left in the sockets, or this was their second turn. */
size_t await_serve(struct ingress *ingress);
/** Take `count` from the front of the line and call their `done`. */
void await_end(struct ingress *ingress, size_t count);

#endif
