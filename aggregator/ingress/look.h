/*
 * look.h - decides when a socket is looked at: when it is readable, every millisecond (tick.h), or
 * when the turn has time for it. Private.
 */
#ifndef STATGATE_INGRESS_LOOK_H
#define STATGATE_INGRESS_LOOK_H

#include "ingress/sockets.h"

/** Start to poll a socket. */
void look_start(struct ingress_socket *sock);
/** Call when work starts. Returns when this turn's work would have started, had it been done in one
 * piece. */
uint64_t look_begin(struct ingress *ingress);
/** Call when work ends: the rest is done in the next turn. */
void look_end(struct ingress *ingress);
/** A caller waits (await.h): do not sleep before the next turn. */
void look_soon(struct ingress *ingress);
/** The callback of an ingress's check handle: the end of a turn. */
void look_on_check(uv_check_t *check);

#endif
