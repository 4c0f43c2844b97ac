/*
 * former.h - sockets that another has replaced: they are still read for the senders connected to
 * them. Private.
 */
#ifndef STATGATE_INGRESS_FORMER_H
#define STATGATE_INGRESS_FORMER_H

#include "ingress/sockets.h"

/** If there are too many, make the oldest refuse further datagrams: the kernel tells its senders to
 * connect again. Inherited ones do not count: they belong to their maker, and their senders would
 * not be told. */
void former_limit(struct ingress *ingress);
/** Remove a socket that is empty and refuses datagrams from the ingress, and free it. */
void former_retire(struct ingress_socket *sock);

#endif
