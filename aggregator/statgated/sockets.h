/*
 * sockets.h - the sockets that senders write to: the shared one, and those of services that
 * have their own.
 */
#ifndef STATGATE_STATGATED_SOCKETS_H
#define STATGATE_STATGATED_SOCKETS_H

#include "statgated/daemon.h"

/** Watch the paths of sockets that will be opened. Returns 0 or a negative errno. */
int sockets_watch_paths(struct daemon *daemon);
/** Open the shared socket and the services' own, using inherited and kept ones first, and hand
 * them to the ingress. Kept sockets that match none of them are closed. */
bool sockets_open(struct daemon *daemon, struct inherited *inherited,
                  struct start_error *ret_error);

/** This daemon counts: set modes and groups of its sockets, and remove files of sockets that the
 * former daemon had elsewhere. */
void sockets_settle(struct daemon *daemon);

/** ingress_options.opened and closed; `daemon` is their arg. Sockets of our own outlive the
 * process. */
void sockets_opened(void *daemon, const struct ingress_listener *listener);
void sockets_closed(void *daemon, const struct ingress_listener *listener);

#endif
