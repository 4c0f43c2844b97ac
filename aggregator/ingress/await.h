/*
 * await.h - those who want to see what was sent before they asked. Private.
 *
 * They ask below another library's stack, where nothing may be received; the loop's next turn
 * receives for all of them at once.
 */
#ifndef STATGATE_INGRESS_AWAIT_H
#define STATGATE_INGRESS_AWAIT_H

#include "ingress/sockets.h"

/** At the end of the line. */
void await_add(struct ingress *ingress, struct ingress_wait *wait);
/** Out of the line, wherever it is. */
void await_remove(struct ingress *ingress, struct ingress_wait *wait);
/** If somebody waits: receive and apply, for a turn's time at most. Returns how many waited long enough,
 * the first of the line: nothing is left in the sockets, or it was their second turn. */
size_t await_serve(struct ingress *ingress);
/** Let so many go. */
void await_end(struct ingress *ingress, size_t count);

#endif
