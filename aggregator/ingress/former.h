/*
 * former.h - sockets that another has replaced: read on for the senders connected to them. Private.
 */
#ifndef STATGATE_INGRESS_FORMER_H
#define STATGATE_INGRESS_FORMER_H

#include "ingress/sockets.h"

/** Where there are too many, the oldest refuses further datagrams: the kernel tells its senders to
 * connect again. Inherited ones do not count: they are their maker's, and their senders would not
 * learn it. */
void former_limit(struct ingress *ingress);
/** Take a socket that is empty and refuses datagrams out of the ingress, and free it. */
void former_retire(struct ingress_socket *sock);

#endif
