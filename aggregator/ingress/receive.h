/*
 * receive.h - from a socket into the batch, and from the batch into the sink, in steps. Private.
 */
#ifndef STATGATE_INGRESS_RECEIVE_H
#define STATGATE_INGRESS_RECEIVE_H

#include "ingress/sockets.h"

/** Whether the batch has datagrams that were not applied yet. */
bool receive_has_rest(const struct ingress *ingress);
/** Whether the sink took a part of the next one. */
bool receive_is_midway(const struct ingress *ingress);

/** Sockets are looked at: the first time is kept. */
void receive_note_look(struct ingress *ingress);

/** Fill the batch, which has no rest. Returns the number of datagrams or a negative errno. A socket
 * that fails cannot be waited for. */
int receive_fill(struct ingress_socket *sock);

/**
 * Apply, step by step, until nothing is left or the time of a turn that started at `begun_ns` is
 * used. A scrape waits while a datagram is cut; so when that datagram ends, the turn does. Returns
 * how many datagrams were applied.
 */
size_t receive_apply(struct ingress *ingress, uint64_t begun_ns);

/** Without the loop: apply the rest. */
void receive_finish(struct ingress *ingress);
/** Likewise, then receive and apply until nothing waits on any socket or
 * time is over; at least one step. Returns how many datagrams were applied. */
size_t receive_all(struct ingress *ingress, uint64_t end_ns, bool *ret_empty);

#endif
