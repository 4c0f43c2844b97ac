/*
 * look.h - when a socket is looked at: when it is readable, every millisecond (tick.h), or when the
 * turn has time for it. Private.
 */
#ifndef STATGATE_INGRESS_LOOK_H
#define STATGATE_INGRESS_LOOK_H

#include "ingress/sockets.h"

/** Poll a socket, from now on. */
void look_start(struct ingress_socket *sock);
/** Work starts: returns when this turn's work would have started, had it been done in one piece. */
uint64_t look_begin(struct ingress *ingress);
/** Work ends: what is left comes with the next turn. */
void look_end(struct ingress *ingress);
/** A caller waits (await.h): do not sleep before the next turn. */
void look_soon(struct ingress *ingress);
/** The callback of an ingress's check handle: the end of a turn. */
void look_on_check(uv_check_t *check);

#endif
