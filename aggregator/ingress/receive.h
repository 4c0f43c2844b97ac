/*
 * receive.h - receives from a socket into the batch, and applies the batch to the sink in steps.
 * Private.
 */
#ifndef STATGATE_INGRESS_RECEIVE_H
#define STATGATE_INGRESS_RECEIVE_H

#include "ingress/sockets.h"

/** Whether the batch has datagrams that were not applied yet. */
bool receive_has_rest(const struct ingress *ingress);
/** Whether the sink applied a part of the next one. */
bool receive_is_midway(const struct ingress *ingress);

/** Call when sockets are looked at: records the time of the first look. */
void receive_note_look(struct ingress *ingress);

/** Fill the batch, which must have no rest. Returns the number of datagrams or a negative errno. A
 * socket that fails cannot be waited for. */
int receive_fill(struct ingress_socket *sock);

/**
 * Apply step by step until nothing is left or the time of a turn that started at `begun_ns` is used
 * up. Scrapes wait while a datagram is interrupted, so the turn ends when that datagram is
 * completed. Returns how many datagrams were applied.
 */
size_t receive_apply(struct ingress *ingress, uint64_t begun_ns);

/** Apply the rest, without the loop. */
void receive_finish(struct ingress *ingress);
/** The same, then receive and apply until nothing waits on any socket or the time is up; at least
 * one step. Returns how many datagrams were applied. */
size_t receive_all(struct ingress *ingress, uint64_t end_ns, bool *ret_empty);

#endif
