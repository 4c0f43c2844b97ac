/*
 * sockets.h - the sockets that senders write to: the shared one, and those of services that
 * have their own.
 */
#ifndef STATGATE_STATGATED_SOCKETS_H
#define STATGATE_STATGATED_SOCKETS_H

#include "statgated/daemon.h"

/** Watch the paths of the sockets that are opened next. Returns 0 or a negative errno. */
int sockets_watch_paths(struct daemon *daemon);
/** Open the shared socket and the services' own, inherited ones first, and hand them to the
 * ingress. */
bool sockets_open(struct daemon *daemon, struct inherited *inherited,
                  struct start_error *ret_error);

#endif
